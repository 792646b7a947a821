// Where the activations lie: offsets in one arena, shared by tensors that are not alive at the same time.
#pragma once

#include <cstdint>
#include <vector>

namespace mien {

// A tensor that is written by step `first` and last read by step `last`, both included.
struct Lifetime {
  int first = 0, last = 0;
  int64_t floats = 0;  // whole cache lines
};

struct ArenaLayout {
  std::vector<int64_t> offsets;  // in floats, one per tensor
  int64_t floats = 0;            // of the whole arena
};

// Tensors alive at one step do not overlap. Largest first into the lowest gap that fits; deterministic.
ArenaLayout lay_out(const std::vector<Lifetime>& tensors);

}  // namespace mien
