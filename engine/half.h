// IEEE float16 as its bits. Pure functions; the same bits on every machine.
#pragma once

#include <cstdint>
#include <cstring>

namespace mien {

// Rounded to nearest, ties to even; what is too large becomes infinity. Whole numbers of 2^-24 and of half its lowest
// place are exact in float, so the addition of a power of two rounds where float16 would.
inline uint16_t half_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7FFFFFFF;
  if (size > 0x7F800000) return static_cast<uint16_t>(sign | 0x7E00);   // NaN
  if (size >= 0x477FF000) return static_cast<uint16_t>(sign | 0x7C00);  // from 65520 on
  if (size < 0x38800000) {                                              // below 2^-14: a denormal, or 0
    float positive;
    std::memcpy(&positive, &size, sizeof positive);
    const float rounded = positive + 0.5f;  // 2^-24 is its last place
    std::memcpy(&bits, &rounded, sizeof bits);
    return static_cast<uint16_t>(sign | (bits - 0x3F000000));
  }
  const uint32_t odd = size >> 13 & 1;
  return static_cast<uint16_t>(sign | ((size + 0xFFF + odd - (112u << 23)) >> 13));
}

inline float float_of(uint16_t half) {
  const uint32_t size = half & 0x7FFF;
  float value;
  if (size < 0x400) {
    value = static_cast<float>(size) * 0x1p-24f;
  } else {
    const uint32_t bits = (size << 13) + (size < 0x7C00 ? 112u << 23 : 224u << 23);
    std::memcpy(&value, &bits, sizeof value);
  }
  return half & 0x8000 ? -value : value;
}

}  // namespace mien
