// Gives the memory of a constant back while its packed form is being made, so that the weights are never in memory
// twice. One thread, one constant.
#pragma once

#include <cstdint>

#include "engine/graph.h"

namespace mien {

class ConstantMemory {
 public:
  // What can be given back depends on whose memory it is (Constant::Memory): nothing of borrowed or shared memory.
  explicit ConstantMemory(Value& value);
  // Gives nothing back.
  ConstantMemory() = default;

  // Nobody will read the floats before `end` again. The pages of a file come back if somebody does; those of an array
  // are gone.
  void read_until(const float* end);
  // All of them. An array is freed, and the value is then a constant without data.
  void read_all();

 private:
  Constant* constant_ = nullptr;
  const float* begin_ = nullptr;  // what lies before it is given back
  const float* end_ = nullptr;
};

}  // namespace mien
