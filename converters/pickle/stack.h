// The stack, the marks and the memo of the pickle machine. After an error of the operands nothing changes and every
// read gives None or nothing. Not thread-safe: belongs to one machine.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/pickle/operands.h"
#include "converters/pickle/values.h"

namespace mien::pickle {

class Stack {
 public:
  // Errors go to `in`. REQUIRES: both outlive this.
  Stack(Operands* in, Values* values) : in_(in), values_(values) {}

  void push(Ref v);
  Ref pop();
  std::vector<Ref> pop_many(size_t count);  // in the order they were pushed
  void mark();
  std::vector<Ref> pop_to_mark();
  void drop();  // the value on top, or the mark if none lies above it
  void duplicate();
  // The container on top, left there; error if it is not of this kind.
  Ref target(Kind kind, const char* what);

  void memorize(uint32_t index);  // the value on top
  void memorize_next() { memorize(memorized_); }
  void recall(uint32_t index);

 private:
  // Values above the last mark.
  size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  Operands* in_;
  Values* values_;
  std::vector<Ref> stack_, memo_;
  std::vector<uint32_t> marks_;  // sizes of the stack
  uint32_t memorized_ = 0;       // entries of the memo
};

}  // namespace mien::pickle
