// The three channels of a pixel in one 64-bit word, 21 bits each, so that one multiplication weighs all three.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>

namespace mien {

inline constexpr int kPackedBits = 21;  // sums of weights up to 8192 times 255 fit

inline uint64_t pack(const uint8_t* rgb) {
  return uint64_t{rgb[0]} | uint64_t{rgb[1]} << kPackedBits | uint64_t{rgb[2]} << (2 * kPackedBits);
}

inline constexpr uint64_t kPackedOnes = uint64_t{1} | uint64_t{1} << kPackedBits | uint64_t{1} << (2 * kPackedBits);

// Bits `shift` and up of each channel, without those of its neighbour.
inline uint32_t channel(uint64_t packed, int c, int shift) {
  return static_cast<uint32_t>(packed >> (c * kPackedBits) & ((1u << kPackedBits) - 1)) >> shift;
}

}  // namespace mien
