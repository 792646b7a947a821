// Safetensors: what the header may say and what the data must be.
#include "converters/safetensors/safetensors.h"

#include <gtest/gtest.h>

#include "converters/crc32.h"
#include "tests/converters/damage.h"
#include "tests/converters/raw_bytes.h"

namespace mien::testing {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  return number_bytes<uint64_t>(header.size()) + header + data;
}

Result<Checkpoint> read(const std::string& file) {
  return read_safetensors(bytes_in(file), file.size());
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape, size_t begin,
                  size_t end) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

void expect_refused(const std::string& file, Code code, const std::string& part) {
  const Result<Checkpoint> r = read(file);
  ASSERT_FALSE(r.ok()) << "expected: " << part;
  EXPECT_EQ(r.status().code(), code) << r.status().message();
  EXPECT_NE(r.status().message().find(part), std::string::npos) << r.status().message();
}

TEST(Safetensors, TensorsInTheOrderOfTheHeader) {
  const std::string header = "{\"__metadata__\":{\"format\":\"pt\",\"n\":\"[1]\"}," +
                             entry("z.weight", "F32", "1,2", 4, 12) + " , " + entry("a", "I8", "4", 0, 4) + "," +
                             entry("s", "F32", "", 12, 16) + "," + entry("e", "F32", "0,3", 16, 16) + "}      ";
  const Result<Checkpoint> r = read(file_of(header, "abcd" + values_bytes<float>({1.5f, -2, 7})));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->format, "safetensors");
  ASSERT_EQ(r->tensors.size(), 4u);
  EXPECT_EQ(r->tensors[0].name, "z.weight");
  EXPECT_EQ(r->tensors[0].shape, (Shape{1, 2}));
  EXPECT_EQ(r->tensors[0].type, "float32");
  EXPECT_EQ(r->tensors[0].values, (std::vector<float>{1.5f, -2}));
  EXPECT_EQ(r->tensors[1].type, "int8");
  EXPECT_TRUE(r->tensors[1].values.empty());
  EXPECT_EQ(r->tensors[2].shape.rank, 0);
  EXPECT_EQ(r->tensors[2].values, (std::vector<float>{7}));
  EXPECT_EQ(r->tensors[3].shape, (Shape{0, 3}));
}

TEST(Safetensors, ElementTypes) {
  const auto one = [](const std::string& type, const std::string& data, const std::string& count) {
    const Result<Checkpoint> r = read(file_of("{" + entry("w", type, count, 0, data.size()) + "}", data));
    EXPECT_TRUE(r.ok()) << r.status().message();
    return r.ok() ? r->tensors[0] : NamedTensor{};
  };
  using F = std::vector<float>;
  EXPECT_EQ(one("F16", values_bytes<uint16_t>({0x3c00, 0xc000}), "2").values, (F{1, -2}));
  EXPECT_EQ(one("BF16", values_bytes<uint16_t>({0x3f80, 0xc000}), "2").values, (F{1, -2}));
  EXPECT_EQ(one("F64", values_bytes<double>({0.1, -2}), "2").values, (F{0.1f, -2}));
  for (const auto& [type, name, bytes] :
       std::vector<std::tuple<const char*, const char*, size_t>>{{"BOOL", "bool", 1},
                                                                 {"U8", "uint8", 1},
                                                                 {"I8", "int8", 1},
                                                                 {"U16", "uint16", 2},
                                                                 {"I16", "int16", 2},
                                                                 {"U32", "uint32", 4},
                                                                 {"I32", "int32", 4},
                                                                 {"U64", "uint64", 8},
                                                                 {"I64", "int64", 8}}) {
    const NamedTensor t = one(type, std::string(3 * bytes, '\1'), "3");
    EXPECT_EQ(t.type, name);
    EXPECT_TRUE(t.values.empty());
  }
  for (const char* type : {"F8_E4M3", "F4", "C64", "f32", ""})
    expect_refused(file_of("{" + entry("w", type, "4", 0, 4) + "}", "abcd"), Code::unsupported,
                   "tensor 'w': element type");
}

TEST(Safetensors, Lengths) {
  const std::string header = "{" + entry("w", "F32", "1", 0, 4) + "}";
  const std::string file = file_of(header, "abcd");
  ASSERT_TRUE(read(file).ok());
  for (size_t n = 0; n < file.size(); ++n) EXPECT_FALSE(read(file.substr(0, n)).ok()) << n;
  expect_refused(file + "x", Code::corrupt, "belong to no tensor");
  std::string longer = file, shorter = file;
  ++longer[0], --shorter[0];
  EXPECT_FALSE(read(longer).ok());
  EXPECT_FALSE(read(shorter).ok());
  std::string huge = file;
  huge.replace(0, 8, std::string(8, '\xff'));
  expect_refused(huge, Code::corrupt, "at byte 0: a header of 18446744073709551615 bytes");
  expect_refused(file_of("", "abcd"), Code::corrupt, "does not begin as JSON");
  expect_refused(file_of(" " + header, "abcd"), Code::corrupt, "does not begin as JSON");
}

TEST(Safetensors, DataAreCoveredOnce) {
  const std::string data(16, 'x');
  const auto two = [](size_t a, size_t b, size_t c, size_t d) {
    return "{" + entry("p", "F32", "2", a, b) + "," + entry("q", "F32", "2", c, d) + "}";
  };
  EXPECT_TRUE(read(file_of(two(8, 16, 0, 8), data)).ok());
  expect_refused(file_of(two(0, 8, 4, 12), data), Code::corrupt, "two tensors overlap");
  expect_refused(file_of(two(0, 8, 0, 8), data), Code::corrupt, "two tensors overlap");
  expect_refused(file_of(two(0, 8, 8, 16), data + "xx"), Code::corrupt, "belong to no tensor");
  expect_refused(file_of(two(1, 9, 9, 17), data + "x"), Code::corrupt, "belong to no tensor");
  expect_refused(file_of(two(0, 8, 16, 8), data), Code::corrupt, "tensor 'q': lies outside");
  expect_refused(file_of(two(0, 8, 8, 24), data), Code::corrupt, "tensor 'q': lies outside");
  expect_refused(file_of("{" + entry("p", "F32", "3", 0, 16) + "}", data), Code::corrupt, "needs 12 bytes, has 16");
  expect_refused(file_of("{" + entry("p", "F32", "4294967296,4294967296", 0, 16) + "}", data), Code::corrupt, "larger");
  expect_refused(file_of("{" + entry("p", "U8", "1,1,1,1,1,1,16", 0, 16) + "}", data), Code::unsupported, "rank 7");
}

// Headers that are not what the format says, with 4 bytes of data.
TEST(Safetensors, WrongHeaders) {
  const std::string good = entry("w", "F32", "1", 0, 4);
  for (const auto& [header, part] : std::vector<std::pair<std::string, std::string>>{
           {"{" + good + "," + good + "}", "'w' is described twice"},
           {"{" + good + ",\"\\u0077\":" + good.substr(4) + "}", "'w' is described twice"},
           {"{\"__metadata__\":{},\"__metadata__\":{}," + good + "}", "__metadata__ appears twice"},
           {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}," + good + "}", "__metadata__ has 'a' twice"},
           {"{\"__metadata__\":{\"a\":1}," + good + "}", "a number where none can be"},
           {"{\"__metadata__\":{\"a\":{}}," + good + "}", "an object where none can be"},
           {"{\"__metadata__\":[]," + good + "}", "a list where none can be"},
           {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", "'w' is not fully described"},
           {"{\"w\":{}}", "'w' is not fully described"},
           {"{\"w\":[]}", "a list where none can be"},
           {"{\"w\":1}", "a number where none can be"},
           {"{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "a member twice"},
           {"{\"w\":{\"dtype\":\"F32\",\"extra\":1}}", "has a member 'extra'"},
           {"{\"w\":{\"dtype\":1}}", "a number where none can be"},
           {"{\"w\":{\"dtype\":[]}}", "a list where none can be"},
           {"{\"w\":{\"dtype\":null}}", "a null"},
           {"{\"w\":{\"dtype\":true}}", "a truth value"},
           {"{\"w\":{\"shape\":\"1\"}}", "a text where none can be"},
           {"{\"w\":{\"shape\":[[1]]}}", "a list where none can be"},
           {"{\"w\":{\"shape\":[\"1\"]}}", "a text where none can be"},
           {"{\"w\":{\"shape\":[-1]}}", "a negative number"},
           {"{\"w\":{\"shape\":[1.0]}}", "no plain integer"},
           {"{\"w\":{\"shape\":[1e0]}}", "no plain integer"},
           {"{\"w\":{\"shape\":[9007199254740992]}}", "above 2^53"},
           {"{\"w\":{\"shape\":[99999999999999999999999]}}", "no plain integer"},
           {"{\"w\":{\"shape\":[1,1,1,1,1,1,1,1,1]}}", "a rank above 8"},
           {"{\"w\":{\"data_offsets\":[0]}}", "not two numbers"},
           {"{\"w\":{\"data_offsets\":[0,4,4]}}", "not two numbers"},
           {"{\"\":" + good.substr(4) + "}", "no text"},
           {"{\"a\\u001bb\":" + good.substr(4) + "}", "no text"},
           {"{\"a\xff\":" + good.substr(4) + "}", "no JSON text"},
           {"{" + good + "}x", "no JSON text"},
           {"{" + good + ",}", "no JSON text"},
           {"{" + good, "no JSON text"},
           {"{" + good + "}{}", "no JSON text"},
           {"{\"w\":" + std::string(100000, '{'), "no JSON text"},
           {"{\"w\":{\"shape\":" + std::string(100000, '[') + "}", "a list where none can be"},
           {"{\"__metadata__\":{\"a\":\"" + std::string(5 << 20, 'x') + "\"}," + good + "}", "a text longer"},
       }) {
    expect_refused(file_of(header, "abcd"), Code::corrupt, part);
  }
  expect_refused(file_of("{\"w\":?}", ""), Code::corrupt, "at byte 13: the header is no JSON text");
}

TEST(Safetensors, Fixtures) {
  const auto load = [](const std::string& name) {
    const std::vector<uint8_t> file = fixture(name);
    return std::string(file.begin(), file.end());
  };
  if (load("st_ok.safetensors").empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  const Result<Checkpoint> r = read(load("st_ok.safetensors"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  uint32_t crc = 0;
  for (const NamedTensor& t : r->tensors)
    crc = crc32(reinterpret_cast<const uint8_t*>(t.values.data()), t.values.size() * sizeof(float), crc);
  EXPECT_EQ(r->tensors.size(), 4u);
  EXPECT_EQ(crc, 0x1ba0ee56u);  // NumPy's reading of the same bytes
  expect_refused(load("st_dup.safetensors"), Code::corrupt, "tensor 'a' is described twice");
  expect_refused(load("st_hole.safetensors"), Code::corrupt, "belong to no tensor");
}

}  // namespace
}  // namespace mien::testing
