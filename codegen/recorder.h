// A table of kernels that compute nothing and write down what they were asked for. Steps that are run with it say what
// they would do on any instruction set, whatever this machine has.
// Thread-safety: the tables are immutable; a Recording is its thread's, one at a time.
#pragma once

#include <functional>

#include "codegen/call.h"
#include "codegen/memory.h"
#include "kernels/kernels.h"

namespace mien::codegen {

// The table for an instruction set: its tiles, and functions that hand calls to the Recording of their thread.
const kernels::Kernels& recording_kernels(kernels::Isa isa);

// While it lives, each call of a recording kernel on this thread goes to `sink`. Pointers are looked up in `memory`,
// which also takes the small tables that calls bring along.
class Recording {
 public:
  Recording(Memory& memory, std::function<void(Call)> sink);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // True if every pointer was found.
  bool complete() const { return complete_; }

 private:
  friend class Writer;
  Memory& memory_;
  std::function<void(Call)> sink_;
  bool complete_ = true;
};

}  // namespace mien::codegen
