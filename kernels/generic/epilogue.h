// What a tile of accumulators goes through before it is stored (Epilogue in kernels.h).
// Thread-safety: pure functions.
//
// The choice is made once per tile, outside the loops over its accumulators, so that they stay in registers.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// Calls f(p, n) for every accumulator acc[p][n].
#define MIEN_EACH_ACC(p, n)                \
  MIEN_UNROLL for (int p = 0; p < MR; ++p) \
  MIEN_UNROLL for (int n = 0; n < NB; ++n)

// Where accumulator n of pixel p lies in the output and in a residual: kLanes channels of block n * kLanes / 16.
MIEN_INLINE ptrdiff_t output_offset(int p, int n, ptrdiff_t y_pixel, ptrdiff_t y_block) {
  return (n / kVecs) * y_block + p * y_pixel + (n % kVecs) * kLanes;
}

// What the sums begin with: the bias of their channel, 0 without one.
template <int MR, int NB>
MIEN_INLINE void begin(V (&acc)[MR][NB], const float* bias) {
  V b[NB];
  MIEN_UNROLL for (int n = 0; n < NB; ++n) b[n] = bias != nullptr ? load(bias + n * kLanes) : broadcast(0);
  MIEN_EACH_ACC(p, n) acc[p][n] = b[n];
}

template <int MR, int NB>
MIEN_INLINE void add_residual(V (&acc)[MR][NB], const float* residual, ptrdiff_t y_pixel, ptrdiff_t y_block) {
  MIEN_EACH_ACC(p, n) acc[p][n] = acc[p][n] + load(residual + output_offset(p, n, y_pixel, y_block));
}

template <int MR, int NB>
MIEN_INLINE void activate(V (&acc)[MR][NB], const Epilogue& e) {
  switch (e.act) {
    case Act::none:
      break;
    case Act::relu:
      MIEN_EACH_ACC(p, n) acc[p][n] = relu(acc[p][n]);
      break;
    case Act::prelu: {
      V slope[NB];
      MIEN_UNROLL for (int n = 0; n < NB; ++n) slope[n] = load(e.slope + n * kLanes);
      MIEN_EACH_ACC(p, n) acc[p][n] = prelu(acc[p][n], slope[n]);
      break;
    }
    case Act::clip: {
      const V lo = broadcast(e.lo), hi = broadcast(e.hi);
      MIEN_EACH_ACC(p, n) acc[p][n] = clip(acc[p][n], lo, hi);
      break;
    }
  }
}

// What is left of the epilogue once the bias is in the sums. Pixel p of block b is stored at
// y + b * y_block + p * y_pixel; e.residual belongs to y. A tile narrower than a block stores only its own channels.
template <int MR, int NB>
MIEN_INLINE void finish(V (&acc)[MR][NB], const Epilogue& e, float* y, ptrdiff_t y_pixel, ptrdiff_t y_block) {
  if (e.residual != nullptr && !e.residual_last) add_residual(acc, e.residual, y_pixel, y_block);
  activate(acc, e);
  if (e.residual != nullptr && e.residual_last) add_residual(acc, e.residual, y_pixel, y_block);
  MIEN_EACH_ACC(p, n) store(y + output_offset(p, n, y_pixel, y_block), acc[p][n]);
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
