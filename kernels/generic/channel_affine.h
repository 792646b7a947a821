// Scale, shift and activation per channel (ChannelAffineArgs in kernels.h).
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

template <class F>
MIEN_INLINE void map_pixels(const ChannelAffineArgs& a, F f) {
  for (int64_t p = 0; p < a.pixels; ++p) store16_aligned(a.y + p * kBlock, f(load16_aligned(a.x + p * kBlock)));
}

// The activation after `affine`.
template <class Affine>
MIEN_INLINE void map_activated(const ChannelAffineArgs& a, Affine affine) {
  switch (a.act) {
    case Act::none: return map_pixels(a, affine);
    case Act::relu: return map_pixels(a, [=](V16 v) { return relu(affine(v)); });
    case Act::prelu: {
      const V16 slope = load16(a.slope);
      return map_pixels(a, [=](V16 v) { return prelu(affine(v), slope); });
    }
    case Act::clip: {
      const V16 lo = broadcast16(a.lo), hi = broadcast16(a.hi);
      return map_pixels(a, [=](V16 v) { return clip(affine(v), lo, hi); });
    }
  }
}

void channel_affine(const ChannelAffineArgs& a) {
  // Without scale and shift there is no arithmetic at all: fma(-0, 1, 0) would be +0.
  if (a.scale == nullptr && a.shift == nullptr) return map_activated(a, [](V16 v) { return v; });
  const V16 scale = a.scale != nullptr ? load16(a.scale) : broadcast16(1);
  const V16 shift = a.shift != nullptr ? load16(a.shift) : broadcast16(0);
  map_activated(a, [=](V16 v) { return fma(v, scale, shift); });
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
