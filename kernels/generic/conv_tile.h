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

// One input of each pixel, at x + p * x_pixel, times NB vectors of weights.
template <int MR, int NB>
MIEN_INLINE void multiply_add(V (&acc)[MR][NB], const float* x, ptrdiff_t x_pixel, const float* w) {
  V wv[NB];
  MIEN_UNROLL for (int n = 0; n < NB; ++n) wv[n] = load_aligned(w + n * kLanes);
  MIEN_UNROLL for (int p = 0; p < MR; ++p) {
    const V xv = broadcast(x[p * x_pixel]);
    MIEN_UNROLL for (int n = 0; n < NB; ++n) acc[p][n] = fma(xv, wv[n], acc[p][n]);
  }
}

// One tap: k_per_tap inputs of each pixel. Not unrolled: with two steps in one body gcc 12 spills on AVX2 (6x16 falls
// from 95 to 84 % of peak), and AVX-512 gains nothing.
template <bool kPrefetch, int MR, int NB>
MIEN_INLINE void tap(V (&acc)[MR][NB], const float* x, ptrdiff_t x_pixel, const float* w, int k_per_tap,
                     ptrdiff_t prefetch) {
  constexpr int kNt = NB * kLanes;
  for (int k = 0; k < k_per_tap; ++k, ++x, w += kNt) {
    if constexpr (kPrefetch) {
      MIEN_UNROLL for (int i = 0; i < kNt; i += 16) __builtin_prefetch(w + prefetch + i);
    }
    multiply_add(acc, x, x_pixel, w);
  }
}

// The same pointer, but the compiler no longer knows what it points to: it would otherwise keep the array in registers
// and spill the accumulators of the inner loop instead.
MIEN_INLINE float* in_memory(float* p) {
  asm("" : "+r"(p));
  return p;
}

// kDense: k_per_tap and x_pixel are both kBlock (stride 1 on blocked input), which leaves one pointer where the general
// form needs MR offsets. Of the two only the narrow tiles feel it: 98 against 88 % of peak for 14x16 on AVX-512.
template <int MR, int NT, bool kDense>
void conv_tile_of(const ConvTileArgs& a) {
  constexpr int NB = NT / kLanes;
  const ptrdiff_t x_pixel = kDense ? kBlock : a.x_pixel;
  const int k_per_tap = kDense ? kBlock : a.k_per_tap;
  const int taps_per_run = k_per_tap < kMaxRun ? kMaxRun / k_per_tap : 1;
  const float* x = a.x;
  const float* w = a.w;
  int t = 0;
  int taps_left = a.k_blocks * a.n_taps;
  bool first_run = true;
  V acc[MR][NB];
  alignas(64) float buffer[MR * NT];
  float* total = in_memory(buffer);
  for (;;) {
    MIEN_EACH_ACC(p, n) acc[p][n] = broadcast(0);
    int run = taps_left < taps_per_run ? taps_left : taps_per_run;
    taps_left -= run;
    for (; run > 0; --run) {
      if (a.prefetch == 0) {
        tap<false>(acc, x + a.taps[t], x_pixel, w, k_per_tap, 0);
      } else {
        tap<true>(acc, x + a.taps[t], x_pixel, w, k_per_tap, a.prefetch);
      }
      w += k_per_tap * NT;
      if (++t == a.n_taps) {
        t = 0;
        x += a.x_block;
      }
    }
    if (!first_run) MIEN_EACH_ACC(p, n) acc[p][n] = load_aligned(total + p * NT + n * kLanes) + acc[p][n];
    if (taps_left == 0) break;
    MIEN_EACH_ACC(p, n) store_aligned(total + p * NT + n * kLanes, acc[p][n]);
    first_run = false;
  }
  finish(acc, a.epilogue, a.y, kBlock, a.y_block);
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
