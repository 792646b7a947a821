#include "converters/pickle/pickle.h"

#include <algorithm>
#include <string>

#include "converters/pickle/operands.h"
#include "converters/pickle/stack.h"

namespace mien::pickle {
namespace {

class Machine {
 public:
  Machine(const uint8_t* data, size_t size, uint64_t offset, GlobalRule rule)
      : in_(data, size, offset), rule_(rule), stack_(&in_, &values_) {}

  Result<Pickle> run() {
    for (int64_t done = 0; !in_.failed(); ++done) {
      const uint8_t opcode = in_.opcode();
      if (!in_.failed() && opcode == '.') break;
      if (done == kMaxOpcodes) in_.fail("more opcodes than any checkpoint needs");
      if (!in_.failed() && !scalar(opcode) && !text(opcode) && !container(opcode) && !movement(opcode) && !call(opcode))
        in_.fail("opcode " + std::to_string(opcode) + " is none that data needs");
      if (values_.memory() > kMaxMemory) in_.fail("more values than any checkpoint needs");
    }
    const Ref root = stack_.pop();
    if (in_.failed()) return in_.status();
    return Pickle{std::move(values_), root, in_.position()};
  }

 private:
  // Opcodes in five groups. Each says whether the opcode was one of its own.

  bool scalar(uint8_t opcode) {
    switch (opcode) {
      // clang-format off
      case 'N': stack_.push(Values::kNone); return true;
      case 0x88: stack_.push(Values::kTrue); return true;
      case 0x89: stack_.push(Values::kFalse); return true;
      case 'J': integer(in_.number<int32_t>()); return true;
      case 'K': integer(in_.number<uint8_t>()); return true;
      case 'M': integer(in_.number<uint16_t>()); return true;
      case 0x8a: long_integer(in_.number<uint8_t>()); return true;
      case 0x8b: long_integer(in_.number<uint32_t>()); return true;
      case 'I': integer_or_truth(); return true;
      case 'L': integer(in_.line_integer()); return true;
      case 'F': real(in_.line_real()); return true;
      case 'G': real(in_.big_endian_real()); return true;
      default: return false;
        // clang-format on
    }
  }

  bool text(uint8_t opcode) {
    switch (opcode) {
      // clang-format off
      case 'X': slice(Kind::text, in_.take(in_.number<uint32_t>())); return true;
      case 0x8c: slice(Kind::text, in_.take(in_.number<uint8_t>())); return true;
      case 0x8d: slice(Kind::text, in_.take(in_.number<uint64_t>())); return true;
      case 'V': slice(Kind::text, in_.raw_line()); return true;
      case 'T': case 'B': slice(Kind::bytes, in_.take(in_.number<uint32_t>())); return true;
      case 'U': case 'C': slice(Kind::bytes, in_.take(in_.number<uint8_t>())); return true;
      case 0x8e: case 0x96: slice(Kind::bytes, in_.take(in_.number<uint64_t>())); return true;
      case 'S': slice(Kind::bytes, in_.quoted_line()); return true;
      default: return false;
        // clang-format on
    }
  }

  bool container(uint8_t opcode) {
    switch (opcode) {
      // clang-format off
      case ')': compound(Kind::tuple, {}); return true;
      case 't': compound(Kind::tuple, stack_.pop_to_mark()); return true;
      case 0x85: case 0x86: case 0x87: compound(Kind::tuple, stack_.pop_many(opcode - 0x84u)); return true;
      case ']': compound(Kind::list, {}); return true;
      case 'l': compound(Kind::list, stack_.pop_to_mark()); return true;
      case 'a': append(Kind::list, "list", stack_.pop_many(1)); return true;
      case 'e': append(Kind::list, "list", stack_.pop_to_mark()); return true;
      case '}': compound(Kind::dict, {}); return true;
      case 'd': compound(Kind::dict, pairs(stack_.pop_to_mark())); return true;
      case 's': append(Kind::dict, "dict", stack_.pop_many(2)); return true;
      case 'u': append(Kind::dict, "dict", pairs(stack_.pop_to_mark())); return true;
      case 0x8f: stack_.push(values_.make(Kind::set)); return true;
      case 0x90: stack_.pop_to_mark(), stack_.target(Kind::set, "set"); return true;
      default: return false;
        // clang-format on
    }
  }

  bool movement(uint8_t opcode) {
    switch (opcode) {
      // clang-format off
      case 0x80: if (in_.number<uint8_t>() > 5) in_.fail("a protocol above 5"); return true;
      case 0x95: if (in_.number<uint64_t>() > in_.left()) in_.fail("a frame that is longer than the rest"); return true;
      case '(': stack_.mark(); return true;
      case '0': stack_.drop(); return true;
      case '1': stack_.pop_to_mark(); return true;
      case '2': stack_.duplicate(); return true;
      case 'p': stack_.memorize(in_.line_index()); return true;
      case 'q': stack_.memorize(in_.number<uint8_t>()); return true;
      case 'r': stack_.memorize(in_.number<uint32_t>()); return true;
      case 0x94: stack_.memorize_next(); return true;
      case 'g': stack_.recall(in_.line_index()); return true;
      case 'h': stack_.recall(in_.number<uint8_t>()); return true;
      case 'j': stack_.recall(in_.number<uint32_t>()); return true;
      default: return false;
        // clang-format on
    }
  }

  bool call(uint8_t opcode) {
    switch (opcode) {
      // clang-format off
      case 'c': global_of_lines(); return true;
      case 0x93: global(stack_.pop_many(2)); return true;
      case 'R': case 0x81: reduce(); return true;
      case 'b': build(); return true;
      case 'Q': compound(Kind::persistent, {stack_.pop()}); return true;
      default: return false;
        // clang-format on
    }
  }

  void integer(int64_t value) {
    const Ref v = values_.make(Kind::integer);
    values_.set_integer(v, value);
    stack_.push(v);
  }

  void real(double value) {
    const Ref v = values_.make(Kind::real);
    values_.set_real(v, value);
    stack_.push(v);
  }

  void slice(Kind kind, std::string_view bytes) {
    if (!in_.failed()) stack_.push(values_.make_slice(kind, bytes));
  }

  void compound(Kind kind, std::vector<Ref> items) {
    if (!in_.failed()) stack_.push(values_.make_compound(kind, std::move(items)));
  }

  void long_integer(uint32_t bytes) {
    const std::string_view digits = in_.take(bytes);
    if (digits.size() > 8) return slice(Kind::big_integer, digits);
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size(); ++i) value |= uint64_t{static_cast<uint8_t>(digits[i])} << (8 * i);
    const int unused = 64 - 8 * static_cast<int>(digits.size());
    integer(unused == 64 ? 0 : static_cast<int64_t>(value << unused) >> unused);
  }

  // Protocol 0 has no other way to say True.
  void integer_or_truth() {
    Operands ahead = in_;
    const std::string_view digits = ahead.line();
    if (digits != "00" && digits != "01") return integer(in_.line_integer());
    in_.line();
    stack_.push(digits == "01" ? Values::kTrue : Values::kFalse);
  }

  std::vector<Ref> pairs(std::vector<Ref> flat) {
    if (flat.size() % 2 != 0) in_.fail("a key of a dict has no value");
    return flat;
  }

  void append(Kind kind, const char* what, const std::vector<Ref>& added) {
    const Ref container = stack_.target(kind, what);
    if (in_.failed()) return;
    for (Ref v : added) values_.append(container, v);
  }

  void global_of_lines() {
    const Ref module = values_.make_slice(Kind::text, in_.line());
    global({module, values_.make_slice(Kind::text, in_.line())});
  }

  void global(std::vector<Ref> names) {
    if (in_.failed()) return;
    if (!values_.is(names[0], Kind::text) || !values_.is(names[1], Kind::text))
      return in_.fail("the name of a class is no text");
    const Result<Use> use = rule_(values_.slice(names[0]), values_.slice(names[1]));
    if (!use.ok()) return in_.fail(use.status().message(), use.status().code());
    const Ref v = values_.make_compound(Kind::global, std::move(names));
    if (*use == Use::dictionary) dictionaries_.push_back(v);
    stack_.push(v);
  }

  // The callee becomes part of a record, or its content a dict; it is not called.
  void reduce() {
    const Ref arguments = stack_.pop(), callee = stack_.pop();
    if (!in_.failed() && !values_.is(callee, Kind::global)) in_.fail("calls what is no class");
    if (!in_.failed() && !values_.is(arguments, Kind::tuple)) in_.fail("calls a class without a tuple of arguments");
    if (in_.failed()) return;
    // In the order in which they were made, which is that of their numbers.
    if (std::binary_search(dictionaries_.begin(), dictionaries_.end(), callee))
      return compound(Kind::dict, content_of_dictionary(values_.items(arguments)));
    compound(Kind::record, {callee, arguments, Values::kNone});
  }

  std::vector<Ref> content_of_dictionary(const std::vector<Ref>& arguments) {
    std::vector<Ref> flat;
    if (arguments.empty()) return flat;
    if (values_.is(arguments[0], Kind::dict)) return values_.items(arguments[0]);
    if (!values_.is(arguments[0], Kind::list)) return flat;
    for (Ref pair : values_.items(arguments[0])) {
      const bool sequence = values_.is(pair, Kind::list) || values_.is(pair, Kind::tuple);
      if (!sequence || values_.items(pair).size() != 2) {
        in_.fail("a dict is made from what is no pair");
        break;
      }
      for (Ref v : values_.items(pair)) flat.push_back(v);
    }
    return flat;
  }

  void build() {
    const Ref state = stack_.pop(), object = stack_.pop();
    if (in_.failed()) return;
    if (values_.is(object, Kind::record)) {
      values_.set_item(object, 2, state);
    } else if (!values_.is(object, Kind::dict)) {  // what a dict subclass holds besides its content is dropped
      in_.fail("gives a state to what has none");
    }
    stack_.push(object);
  }

  Operands in_;
  GlobalRule rule_;
  Values values_;
  Stack stack_;
  std::vector<Ref> dictionaries_;  // globals whose use that is
};

}  // namespace

Result<Pickle> read_pickle(const uint8_t* data, size_t size, uint64_t offset, GlobalRule rule) {
  return Machine(data, size, offset, rule).run();
}

}  // namespace mien::pickle
