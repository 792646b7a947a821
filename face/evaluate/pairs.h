// What a verification protocol is given: embeddings of pictures and pairs of them. Plain data; no thread-safety
// concerns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mien {

struct FacePair {
  uint32_t a = 0, b = 0;  // numbers of pictures
  bool same = false;      // of one person
};

// Views into the caller's memory. A picture that stands in many pairs is there once: its number is its identity.
struct FacePairs {
  const float* originals = nullptr;  // [pictures][dims], as the network gives them
  const float* mirrored = nullptr;   // the same of the mirrored pictures; null where Flip::none is all that is asked
  size_t pictures = 0, dims = 0;
  const FacePair* pairs = nullptr;
  size_t count = 0;  // of pairs
};

}  // namespace mien
