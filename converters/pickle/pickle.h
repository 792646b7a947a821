// Reads a Python pickle as data. A pickle is a program for a stack machine that may name any function and have it
// called; this machine knows the opcodes that build data, calls nothing, and asks its host about every name.
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "converters/pickle/values.h"
#include "engine/status.h"

namespace mien::pickle {

inline constexpr int64_t kMaxOpcodes = 5000000;
inline constexpr size_t kMaxStack = 1000000;  // values and marks; also the entries of the memo
inline constexpr uint64_t kMaxMemory = uint64_t{20} << 20;

// What becomes of a class or function that a pickle names, when the pickle calls it.
enum class Use {
  record,      // a record: the global and its arguments, for the host to interpret
  dictionary,  // a dict: the argument is a list of pairs, another dict, or has no bearing on the content
};
// An error refuses the whole pickle; its text needs no offset. Module and name may hold any byte.
using GlobalRule = Result<Use> (*)(std::string_view module, std::string_view name);

struct Pickle {
  Values values;
  Ref root = 0;
  size_t size = 0;  // bytes up to and with its STOP; others may follow
};

// Reads the pickle at data. `offset` is where it lies in the file, for messages. The bytes must outlive the values.
// Errors: corrupt "at byte N: what" (unknown opcodes, wrong operands, limits, the end before STOP) and those of the
// rule.
// REQUIRES: size < 2^32.
Result<Pickle> read_pickle(const uint8_t* data, size_t size, uint64_t offset, GlobalRule rule);

}  // namespace mien::pickle
