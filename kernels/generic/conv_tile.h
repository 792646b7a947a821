// The micro-kernel of every convolution and fully connected layer (ConvTileArgs in kernels.h): MR pixels x NT output
// channels held in registers while the inputs are read once per NT channels and the weights once per MR pixels.
// Thread-safety: pure functions.
//
// The method is the outer-product kernel of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication"
// (2008), on inputs that are not packed: a window is addressed through its taps. MR * NB accumulators, NB vectors of
// weights and a broadcast must fit the register file, and a step must not load more than it multiplies, so NB >= 2
// wherever the layer allows it.
#pragma once

#include "kernels/generic/epilogue.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

constexpr int kLine = 16;  // floats

// One input of each pixel, at x + p * x_pixel, times NB vectors of weights.
template <int MR, int NB>
MIEN_INLINE void multiply_add(V (&acc)[MR][NB], const float* x, ptrdiff_t x_pixel, const float* w) {
  V wv[NB];
  MIEN_UNROLL for (int n = 0; n < NB; ++n) wv[n] = load_aligned(w + n * kLanes);
  MIEN_UNROLL for (int p = 0; p < MR; ++p) {
    const V xv = broadcast(x[p * x_pixel]);
    MIEN_UNROLL for (int n = 0; n < NB; ++n) accumulate(acc[p][n], xv, wv[n]);
  }
}

// One tap: k_per_tap inputs of each pixel.
template <int MR, int NB>
MIEN_INLINE void tap(V (&acc)[MR][NB], const float* x, ptrdiff_t x_pixel, const float* w, int k_per_tap) {
  for (int k = 0; k < k_per_tap; ++k, ++x, w += NB * kLanes) multiply_add(acc, x, x_pixel, w);
}

// One tap of a whole block, kTapSteps inputs in one body of the loop.
template <int MR, int NB>
MIEN_INLINE void dense_tap(V (&acc)[MR][NB], const float* x, const float* w) {
  for (int k = 0; k < kBlock; k += kTapSteps, x += kTapSteps, w += kTapSteps * NB * kLanes) {
    MIEN_UNROLL for (int i = 0; i < kTapSteps; ++i) multiply_add(acc, x + i, kBlock, w + i * NB * kLanes);
  }
}

// kDense: k_per_tap and x_pixel are both kBlock (stride 1 on blocked input), which leaves one pointer where the general
// form needs MR offsets. Of the two only the narrow tiles feel it: 98 against 88 % of peak for 14x16 on AVX-512.
// A function of its own on every ISA, so that its instructions can be counted (bench/count_instructions.py).
template <int MR, int NT, bool kDense>
__attribute__((noinline)) void conv_tile_of(const ConvTileArgs& a) {
  constexpr int NB = NT / kLanes;
  const int k_per_tap = kDense ? kBlock : a.k_per_tap;
  const float* x = a.x;
  const float* w = a.w;
  const float* ahead = a.prefetch;
  V acc[MR][NB];
  begin(acc, a.resumed ? nullptr : a.epilogue.bias);
  int t = a.first_tap;
  for (int s = a.steps; s > 0; --s) {
    for (int i = a.prefetch_lines; i > 0; --i, ahead += kLine) __builtin_prefetch(ahead, 0, 2);
    if (kDense) {
      dense_tap(acc, x + a.taps[t], w);
    } else {
      tap(acc, x + a.taps[t], a.x_pixel, w, k_per_tap);
    }
    w += k_per_tap * NT;
    if (++t == a.n_taps) {
      t = 0;
      x += a.x_block;
    }
  }
  // Copies: what is stored might be the arguments, for all that the compiler knows, and each store would reload them.
  float* const y = a.y;
  const ptrdiff_t y_block = a.y_block;
  if (a.resumed) MIEN_EACH_ACC(p, n) acc[p][n] = load(y + output_offset(p, n, kBlock, y_block)) + acc[p][n];
  if (a.unfinished) {
    MIEN_EACH_ACC(p, n) store(y + output_offset(p, n, kBlock, y_block), acc[p][n]);
  } else {
    finish(acc, a.epilogue, y, kBlock, y_block);
  }
}

template <int MR, int NT>
void conv_tile(const ConvTileArgs& a) {
  if (a.k_per_tap == kBlock && a.x_pixel == kBlock) {
    conv_tile_of<MR, NT, true>(a);
  } else {
    conv_tile_of<MR, NT, false>(a);
  }
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
