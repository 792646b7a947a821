// Where the activations lie: offsets in one arena, shared by tensors that are not alive at the same time.
#pragma once

#include <cstdint>
#include <vector>

namespace mien {

// A tensor that is written by step `first` and last read by step `last`, both included.
struct Lifetime {
  int first = 0, last = 0;
  int64_t floats = 0;  // whole cache lines
  int64_t offset = 0;  // result
};

// Fills the offsets so that tensors alive at one step do not overlap; returns the floats of the arena. Largest first
// into the lowest gap that fits; deterministic.
int64_t lay_out(std::vector<Lifetime>& tensors);

}  // namespace mien
