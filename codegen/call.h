// A call of a kernel with the values of its arguments, and loops of such calls: what a plan does, written down.
// Plain data; no thread-safety concerns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mien::codegen {

// A function of kernels/generic/ as the generated code calls it.
struct Function {
  std::string name;    // "conv_tile_of<6, 16, true>"
  std::string args;    // the struct that holds its arguments, "ConvTileArgs"; "": they are passed one by one
  std::string header;  // where it is defined
};

// An argument but for its value. Texts are literals: compared by address.
struct Argument {
  enum class Kind : uint8_t {
    integer,  // of the C++ type `text`
    address,  // floats from the beginning of `space`
    table,    // the same of int32_t numbers
    exact,    // a number or a name, `number` or `text`, that is the same in every round of a loop
  };
  Kind kind = Kind::integer;
  const char* name = "";  // of the member: "epilogue.bias"
  const char* text = nullptr;
  int space = -1;    // of an address (trace.h); -1 is a null pointer
  float number = 0;  // exact, without a text

  bool operator==(const Argument& other) const;
};

struct Call {
  const Function* function = nullptr;
  std::vector<Argument> arguments;
  std::vector<int64_t> values;              // in the first round of all loops around it; 0 for what has none
  std::vector<std::vector<int64_t>> steps;  // what each round of a loop adds to them; the innermost loop first
};

// A call, or `count` rounds of a body.
struct Term {
  Call call;
  int64_t count = 0;  // 0: a call
  std::vector<Term> body;
};

}  // namespace mien::codegen
