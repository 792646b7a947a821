// The pickle machine: what each opcode builds, and every way to misuse it.
#include <gtest/gtest.h>

#include "converters/pickle/pickle.h"
#include "tests/converters/pytorch_writer.h"

namespace mien::testing {
namespace {

using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Use;
using pickle::Values;

Result<Use> rule(std::string_view module, std::string_view name) {
  if (module != "m") return Status(Code::unsupported, "no such module");
  return name == "Dict" ? Use::dictionary : Use::record;
}

Result<Pickle> run(const std::string& bytes) {
  return pickle::read_pickle(bytes_in(bytes), bytes.size(), 1000, rule);
}

// The root in the way Python prints it; records as name(arguments){state}.
std::string print(const Values& values, Ref v) {
  const auto list = [&](const std::vector<Ref>& items) {
    std::string out;
    for (Ref item : items) out += (out.empty() ? "" : ",") + print(values, item);
    return out;
  };
  switch (values.kind(v)) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return values.truth(v) ? "True" : "False";
    case Kind::integer:
      return std::to_string(values.integer(v));
    case Kind::big_integer:
      return "big" + std::to_string(values.slice(v).size());
    case Kind::real:
      return std::to_string(values.real(v));
    case Kind::text:
      return "'" + std::string(values.slice(v)) + "'";
    case Kind::bytes:
      return "b'" + std::string(values.slice(v)) + "'";
    case Kind::list:
      return "[" + list(values.items(v)) + "]";
    case Kind::tuple:
      return "(" + list(values.items(v)) + ")";
    case Kind::dict:
      return "{" + list(values.items(v)) + "}";
    case Kind::set:
      return "set";
    case Kind::global:
      return std::string(values.module_of(v)) + "." + std::string(values.name_of(v));
    case Kind::record:
      return print(values, values.items(v)[0]) + print(values, values.items(v)[1]) + "{" +
             print(values, values.items(v)[2]) + "}";
    case Kind::persistent:
      return "id" + print(values, values.items(v)[0]);
  }
  return "?";
}

std::string result_of(const std::string& opcodes) {
  const std::string bytes = opcodes + ".";  // the values point into it
  const Result<Pickle> p = run(bytes);
  return p.ok() ? print(p->values, p->root) : p.status().message();
}

// A text with zeros in it.
template <size_t n>
std::string raw(const char (&text)[n]) {
  return std::string(text, n - 1);
}

TEST(Pickle, Scalars) {
  EXPECT_EQ(result_of("N"), "None");
  EXPECT_EQ(result_of("\x88"), "True");
  EXPECT_EQ(result_of("\x89"), "False");
  EXPECT_EQ(result_of("I01\n"), "True");
  EXPECT_EQ(result_of("I00\n"), "False");
  EXPECT_EQ(result_of("I-12\n"), "-12");
  EXPECT_EQ(result_of("L123456789012L\n"), "123456789012");
  EXPECT_EQ(result_of("F-2.5\n"), "-2.500000");
  EXPECT_EQ(result_of("J\xfe\xff\xff\xff"), "-2");
  EXPECT_EQ(result_of("K\xff"), "255");
  EXPECT_EQ(result_of("M\xff\xff"), "65535");
  EXPECT_EQ(result_of(raw("\x8a\x00")), "0");
  EXPECT_EQ(result_of("\x8a\x01\xff"), "-1");
  EXPECT_EQ(result_of("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"), "9223372036854775807");
  EXPECT_EQ(result_of(raw("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00")), "big9");
  EXPECT_EQ(result_of(raw("\x8b\x02\x00\x00\x00\x00\x80")), "-32768");
  EXPECT_EQ(result_of(raw("G\x3f\xf8\x00\x00\x00\x00\x00\x00")), "1.500000");
}

TEST(Pickle, TextAndBytes) {
  for (const std::string& opcodes : {raw("X\x02\x00\x00\x00"
                                         "ab"),
                                     raw("\x8c\x02"
                                         "ab"),
                                     raw("Vab\n"),
                                     raw("\x8d\x02\x00\x00\x00\x00\x00\x00\x00"
                                         "ab")})
    EXPECT_EQ(result_of(opcodes), "'ab'");
  for (const std::string& opcodes : {raw("T\x02\x00\x00\x00"
                                         "ab"),
                                     raw("U\x02"
                                         "ab"),
                                     raw("S'ab'\n"), raw("S\"ab\"\n"),
                                     raw("B\x02\x00\x00\x00"
                                         "ab"),
                                     raw("C\x02"
                                         "ab"),
                                     raw("\x8e\x02\x00\x00\x00\x00\x00\x00\x00"
                                         "ab"),
                                     raw("\x96\x02\x00\x00\x00\x00\x00\x00\x00"
                                         "ab")})
    EXPECT_EQ(result_of(opcodes), "b'ab'");
}

TEST(Pickle, Containers) {
  EXPECT_EQ(result_of("(K\1K\2t"), "(1,2)");
  EXPECT_EQ(result_of(")"), "()");
  EXPECT_EQ(result_of("K\1\x85"), "(1)");
  EXPECT_EQ(result_of("K\1K\2\x86"), "(1,2)");
  EXPECT_EQ(result_of("K\1K\2K\3\x87"), "(1,2,3)");
  EXPECT_EQ(result_of("]K\1a(K\2K\3e"), "[1,2,3]");
  EXPECT_EQ(result_of("(K\1l"), "[1]");
  EXPECT_EQ(result_of("}K\1K\2s(K\3K\4u"), "{1,2,3,4}");
  EXPECT_EQ(result_of("(K\1K\2d"), "{1,2}");
  EXPECT_EQ(result_of("\x8f(K\1\x90"), "set");
}

TEST(Pickle, StackAndMemo) {
  EXPECT_EQ(result_of("K\1K\2"
                      "0"),
            "1");
  EXPECT_EQ(result_of("K\1(K\2K\3"
                      "1"),
            "1");
  EXPECT_EQ(result_of("K\1(0"), "1");
  EXPECT_EQ(result_of("(K\1"
                      "2t"),
            "(1,1)");
  EXPECT_EQ(result_of("(K\1q\7K\2h\7t"), "(1,2,1)");
  EXPECT_EQ(result_of("(K\1p7\ng7\nt"), "(1,1)");
  EXPECT_EQ(result_of(raw("(K\1r\x07\x00\x00\x00j\x07\x00\x00\x00t")), "(1,1)");
  EXPECT_EQ(result_of(raw("(K\1\x94K\2\x94h\x01h\x00t")), "(1,2,2,1)");
  EXPECT_EQ(result_of(raw("\x80\x05\x95\x01\x00\x00\x00\x00\x00\x00\x00N")), "None");
}

TEST(Pickle, CallsBecomeRecords) {
  EXPECT_EQ(result_of("cm\nF\n(K\1tR"), "m.F(1){None}");
  EXPECT_EQ(result_of("cm\nF\n)\x81}b"), "m.F(){{}}");
  EXPECT_EQ(result_of("\x8c\1m\x8c\1F\x93"), "m.F");
  EXPECT_EQ(result_of("cm\nDict\n)R}b"), "{}");
  EXPECT_EQ(result_of("cm\nDict\n(](](K\1K\2eetR"), "{1,2}");
  EXPECT_EQ(result_of("cm\nDict\n(}K\1K\2stR"), "{1,2}");
  EXPECT_EQ(result_of("K\1Q"), "id1");
}

TEST(Pickle, StopsAtStopAndSaysWhere) {
  const Result<Pickle> p = run("K\1.K\2.");
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p->size, 3u);
  EXPECT_EQ(run("K\1N").status().message(), "at byte 1003: in a pickle: needs 1 bytes where 0 are left");
}

TEST(Pickle, WrongOperands) {
  for (const auto& [opcodes, part] :
       std::vector<std::pair<std::string, std::string>>{{"", "not on the stack"},
                                                        {"0", "not on the stack"},
                                                        {"2", "not on the stack"},
                                                        {"a", "not on the stack"},
                                                        {"(K\1a", "no list"},
                                                        {"q\1", "not on the stack"},
                                                        {"(q\1", "not on the stack"},
                                                        {"\x85", "not on the stack"},
                                                        {"K\1(\x85", "not on the stack"},
                                                        {"t", "needs a mark"},
                                                        {"1", "needs a mark"},
                                                        {"u", "needs a mark"},
                                                        {"}K\1a", "no list is there"},
                                                        {"]K\1K\2s", "no dict is there"},
                                                        {"](K\1K\2u", "no dict is there"},
                                                        {"}(K\1u", "has no value"},
                                                        {"(K\1d", "has no value"},
                                                        {"K\1(K\1\x90", "no set is there"},
                                                        {"K\1K\2R", "calls what is no class"},
                                                        {"cm\nF\nK\1R", "without a tuple"},
                                                        {"cm\nF\n]R", "without a tuple"},
                                                        {"cm\nF\n)R)R", "calls what is no class"},
                                                        {"K\1}b", "a state to what has none"},
                                                        {"cm\nDict\n(]K\1atR", "what is no pair"},
                                                        {"K\1K\2\x93", "is no text"},
                                                        {"cn\nF\n", "no such module"},
                                                        {"h\1", "was not memorized"},
                                                        {"g1\n", "was not memorized"},
                                                        {"Ix\n", "is none"},
                                                        {"I\n", "is none"},
                                                        {"I99999999999999999999\n", "is none"},
                                                        {"I1", "has no end"},
                                                        {"Fx\n", "is none"},
                                                        {"p-1\n", "is none"},
                                                        {"Vx\\u0041\n", "escapes"},
                                                        {"Sx\n", "without its quotes"},
                                                        {"S'\n", "without its quotes"},
                                                        {raw("X\xff\xff\xff\xff"), "bytes where"},
                                                        {raw("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"), "bytes where"},
                                                        {raw("\x8b\xff\xff\xff\xff"), "bytes where"},
                                                        {"J\1", "bytes where"},
                                                        {"\x80\x06", "protocol above 5"},
                                                        {raw("\x95\xff\x00\x00\x00\x00\x00\x00\x00N"), "a frame"},
                                                        {raw("Nr\x40\x42\x0f\x00"), "a memo larger"}}) {
    const Result<Pickle> p = run(opcodes + ".");
    ASSERT_FALSE(p.ok()) << part;
    EXPECT_NE(p.status().message().find(part), std::string::npos) << p.status().message();
  }
  for (const char* opcode : {"i", "o", "P", "\x82", "\x84", "\x92", "\x97", "\x98", "!", "\xff"})
    EXPECT_NE(run(std::string("N") + opcode + ".").status().message().find("is none that data needs"),
              std::string::npos);
}

TEST(Pickle, Limits) {
  const auto refused = [](const std::string& opcodes, const std::string& part) {
    EXPECT_NE(result_of(opcodes).find(part), std::string::npos) << result_of(opcodes).substr(0, 200);
  };
  std::string popped;
  for (int i = 0; i < 2600000; ++i) popped += "N0";
  refused(popped, "more opcodes");
  refused(std::string(1100000, 'N'), "a stack deeper");
  refused(std::string(1100000, '('), "more marks");
  refused(std::string(900000, ']'), "more values");
  std::string large = "]";
  for (int i = 0; i < 20; ++i) large += "(" + std::string(200000, 'N') + "e";
  refused(large, "more values");
}

}  // namespace
}  // namespace mien::testing
