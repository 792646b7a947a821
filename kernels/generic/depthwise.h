// Depthwise convolution of one block of 16 channels (DepthwiseArgs in kernels.h): 3x3 with stride 1 and 2 in tiles of
// two output rows, and one form for any geometry.
// Thread-safety: pure functions.
//
// Two rows share two of their input rows, and the pictures' edges are tiles of their own, compiled without the taps
// that fall into the padding: no stored border, no scalar edge pixel. Taps are added in the order ky, kx in every
// form, so the result does not depend on the tile that made it.
#pragma once

#include "kernels/generic/epilogue.h"
#include "kernels/generic/taps.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// The epilogue for the output `offset` floats further on, whose first channel is `channel` in the block.
MIEN_INLINE Epilogue advanced(Epilogue e, int channel, ptrdiff_t offset) {
  if (e.bias != nullptr) e.bias += channel;
  if (e.slope != nullptr) e.slope += channel;
  if (e.residual != nullptr) e.residual += offset;
  return e;
}

// A band of R output rows of one vector of channels: its (R - 1) * S + 3 input rows, null where the row is padding, and
// the first output.
struct Band {
  const float* rows[5];
  const float* w;
  float* y;
  ptrdiff_t y_row;
  Epilogue epilogue;
};

// R x PX outputs, the first of which stands at y_offset and reads its first tap at x_offset. kLeft and kRight: the
// first tap of the first pixel and the last tap of the last one are padding. An input is loaded once for all outputs of
// its row that use it, and the three or six weights of that row stay in registers.
template <int S, int R, int PX, bool kLeft, bool kRight>
MIEN_INLINE void tile3x3(const Band& band, ptrdiff_t x_offset, ptrdiff_t y_offset) {
  V acc[R][PX][1];
  MIEN_UNROLL for (int o = 0; o < R; ++o) {
    MIEN_UNROLL for (int p = 0; p < PX; ++p) acc[o][p][0] = broadcast(0);
  }
  MIEN_UNROLL for (int r = 0; r < (R - 1) * S + 3; ++r) {
    if (band.rows[r] == nullptr) continue;
    const float* x = band.rows[r] + x_offset;
    V w[R][3];
    MIEN_UNROLL for (int o = 0; o < R; ++o) {
      MIEN_UNROLL for (int kx = 0; kx < 3; ++kx) {
        const int ky = r - o * S;
        if (ky >= 0 && ky <= 2) w[o][kx] = load_aligned(band.w + (ky * 3 + kx) * kBlock);
      }
    }
    constexpr int kColumns = (PX - 1) * S + 3;
    MIEN_UNROLL for (int c = kLeft; c < kColumns - kRight; ++c) {
      const V xv = load_aligned(x + c * kBlock);
      MIEN_UNROLL for (int kx = 0; kx < 3; ++kx) {
        const int p = (c - kx) / S;
        if (c < kx || (c - kx) % S != 0 || p >= PX) continue;
        MIEN_UNROLL for (int o = 0; o < R; ++o) {
          const int ky = r - o * S;
          if (ky >= 0 && ky <= 2) acc[o][p][0] = fma(xv, w[o][kx], acc[o][p][0]);
        }
      }
    }
  }
  MIEN_UNROLL for (int o = 0; o < R; ++o) {
    const ptrdiff_t at = y_offset + o * band.y_row;
    finish(acc[o], advanced(band.epilogue, 0, at), band.y + at, kBlock, 0);
  }
}

// The n pixels from ox on, as far as PX goes, with the taps that their place in the row has.
template <int S, int R, int PX>
void edge3x3(const DepthwiseArgs& a, const Band& band, int ox, int n) {
  if constexpr (PX > 1) {
    if (n < PX) return edge3x3<S, R, PX - 1>(a, band, ox, n);
  }
  const int first = ox * S - a.pad_left;
  const bool left = first < 0, right = first + (PX - 1) * S + 2 >= a.in_w;
  const ptrdiff_t x = static_cast<ptrdiff_t>(first) * kBlock, y = static_cast<ptrdiff_t>(ox) * kBlock;
  if (left && right) return tile3x3<S, R, PX, true, true>(band, x, y);
  if (left) return tile3x3<S, R, PX, true, false>(band, x, y);
  if (right) return tile3x3<S, R, PX, false, true>(band, x, y);
  tile3x3<S, R, PX, false, false>(band, x, y);
}

// One vector of channels of a band: whole tiles inside the picture in one loop, those at its edges by themselves.
template <int S, int R>
void lane3x3(const DepthwiseArgs& a, const Band& band) {
  constexpr int PX = kDepthwisePixels;
  for (int ox = 0; ox < a.out_w;) {
    int first = ox * S - a.pad_left;
    for (; first >= 0 && first + (PX - 1) * S + 2 < a.in_w && ox + PX <= a.out_w; ox += PX, first += PX * S)
      tile3x3<S, R, PX, false, false>(band, int64_t{first} * kBlock, int64_t{ox} * kBlock);
    if (ox == a.out_w) break;
    const int n = a.out_w - ox < PX ? a.out_w - ox : PX;
    edge3x3<S, R, PX>(a, band, ox, n);
    ox += n;
  }
}

template <int S, int R>
void band3x3(const DepthwiseArgs& a, int oy) {
  const ptrdiff_t start = static_cast<ptrdiff_t>(oy) * a.out_w * kBlock;
  for (int c = 0; c < kBlock; c += kLanes) {
    Band band;
    for (int r = 0; r < (R - 1) * S + 3; ++r) {
      const int iy = oy * S - a.pad_top + r;
      const bool inside = iy >= 0 && iy < a.in_h;
      band.rows[r] = inside ? a.x + static_cast<ptrdiff_t>(iy) * a.in_w * kBlock + c : nullptr;
    }
    band.w = a.w + c;
    band.y = a.y + start + c;
    band.y_row = static_cast<ptrdiff_t>(a.out_w) * kBlock;
    band.epilogue = advanced(a.epilogue, c, start + c);
    lane3x3<S, R>(a, band);
  }
}

template <int S>
void depthwise3x3(const DepthwiseArgs& a) {
  int oy = a.row_begin;
  for (; oy + 2 <= a.row_end; oy += 2) band3x3<S, 2>(a, oy);
  if (oy < a.row_end) band3x3<S, 1>(a, oy);
}

void depthwise3x3_s1(const DepthwiseArgs& a) {
  depthwise3x3<1>(a);
}
void depthwise3x3_s2(const DepthwiseArgs& a) {
  depthwise3x3<2>(a);
}

// What one tap adds to an output: its own channel's input, or both inputs of its pair.
struct OneInput {
  static constexpr int kTerms = 1;
  static MIEN_INLINE V add(V acc, V x, const V (&w)[1]) { return fma(x, w[0], acc); }
};
struct TwoInputs {
  static constexpr int kTerms = 2;
  static MIEN_INLINE V add(V acc, V x, const V (&w)[2]) {
    return fma(odd_twice(x), w[1], fma(even_twice(x), w[0], acc));
  }
};

// PX pixels with the same taps inside the picture; x is the first tap of the first pixel, inside or not.
template <class Tap, int PX>
void general_tile(const DepthwiseArgs& a, ptrdiff_t x, TapRange ky, TapRange kx, float* y, const Epilogue& e) {
  constexpr int MR = PX, NB = kVecs, kTerms = Tap::kTerms;
  const ptrdiff_t x_pixel = static_cast<ptrdiff_t>(a.stride_w) * kBlock;
  const ptrdiff_t x_tap = static_cast<ptrdiff_t>(a.dilation_w) * kBlock;
  V acc[MR][NB], total[MR][NB];
  MIEN_EACH_ACC(p, n) acc[p][n] = broadcast(0);
  int run = 0;
  bool first_run = true;
  for (int r = ky.begin; r < ky.end; ++r) {
    const float* row = a.x + x + static_cast<ptrdiff_t>(r) * a.dilation_h * a.in_w * kBlock;
    const float* w = a.w + static_cast<ptrdiff_t>(r) * a.kernel_w * kTerms * kBlock;
    for (int c = kx.begin; c < kx.end; ++c) {
      if (run == kMaxRun) {
        MIEN_EACH_ACC(p, n) total[p][n] = first_run ? acc[p][n] : total[p][n] + acc[p][n];
        MIEN_EACH_ACC(p, n) acc[p][n] = broadcast(0);
        first_run = false;
        run = 0;
      }
      run += kTerms;
      const float* xt = row + c * x_tap;
      const float* wt = w + c * kTerms * kBlock;
      MIEN_UNROLL for (int n = 0; n < NB; ++n) {
        V wn[kTerms];
        MIEN_UNROLL for (int t = 0; t < kTerms; ++t) wn[t] = load_aligned(wt + t * kBlock + n * kLanes);
        MIEN_UNROLL for (int p = 0; p < MR; ++p) {
          acc[p][n] = Tap::add(acc[p][n], load_aligned(xt + p * x_pixel + n * kLanes), wn);
        }
      }
    }
  }
  if (!first_run) MIEN_EACH_ACC(p, n) acc[p][n] = total[p][n] + acc[p][n];
  finish(acc, e, y, kBlock, 0);
}

// A tile of exactly n <= PX pixels.
template <class Tap, int PX>
void general_pixels(const DepthwiseArgs& a, int n, ptrdiff_t x, TapRange ky, TapRange kx, float* y, const Epilogue& e) {
  if (n == PX) return general_tile<Tap, PX>(a, x, ky, kx, y, e);
  if constexpr (PX > 1) general_pixels<Tap, PX - 1>(a, n, x, ky, kx, y, e);
}

// How many pixels from ox on, at most `most`, have their whole window between the left and the right edge; 1 if none.
MIEN_INLINE int whole_windows(const DepthwiseArgs& a, int ox, int most) {
  const int64_t first = static_cast<int64_t>(ox) * a.stride_w - a.pad_left;
  const int64_t room = a.in_w - 1 - first - static_cast<int64_t>(a.kernel_w - 1) * a.dilation_w;
  if (first < 0 || room < 0) return 1;
  const int64_t n = room / a.stride_w + 1, left = a.out_w - ox;
  return static_cast<int>(n < left ? (n < most ? n : most) : (left < most ? left : most));
}

template <class Tap>
void any_window(const DepthwiseArgs& a) {
  constexpr int kWide = kLanes / 2;  // 8 accumulators on every ISA
  for (int oy = a.row_begin; oy < a.row_end; ++oy) {
    const int iy = oy * a.stride_h - a.pad_top;
    const TapRange ky = taps_inside(iy, a.kernel_h, a.dilation_h, a.in_h);
    for (int ox = 0; ox < a.out_w;) {
      const int ix = ox * a.stride_w - a.pad_left;
      const TapRange kx = taps_inside(ix, a.kernel_w, a.dilation_w, a.in_w);
      const ptrdiff_t x = (static_cast<ptrdiff_t>(iy) * a.in_w + ix) * kBlock;
      const ptrdiff_t at = (static_cast<ptrdiff_t>(oy) * a.out_w + ox) * kBlock;
      const int n = whole_windows(a, ox, kWide);
      general_pixels<Tap, kWide>(a, n, x, ky, kx, a.y + at, advanced(a.epilogue, 0, at));
      ox += n;
    }
  }
}

void depthwise(const DepthwiseArgs& a) {
  any_window<OneInput>(a);
}
void grouped_pairs(const DepthwiseArgs& a) {
  any_window<TwoInputs>(a);
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
