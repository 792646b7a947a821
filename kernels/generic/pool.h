// Max and average pooling of one block (PoolArgs in kernels.h).
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/taps.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

struct PoolWindow {
  TapRange rows, cols;
  const float* x;        // tap (0, 0); inside the picture only from tap (rows.begin, cols.begin) on
  ptrdiff_t row, col;    // between taps
};

// Calls one(window, output row, output column) -> V16 for each output of the rows asked for.
template <class One>
MIEN_INLINE void each_window(const PoolArgs& a, One one) {
  for (int32_t r = a.row_begin; r < a.row_end; ++r) {
    const int64_t in_r = int64_t{r} * a.stride_h - a.pad_top;
    PoolWindow w;
    w.row = ptrdiff_t{a.in_w} * kBlock * a.dilation_h;
    w.col = ptrdiff_t{kBlock} * a.dilation_w;
    w.rows = taps_inside(in_r, a.kernel_h, a.dilation_h, a.in_h);
    for (int32_t c = 0; c < a.out_w; ++c) {
      const int64_t in_c = int64_t{c} * a.stride_w - a.pad_left;
      w.cols = taps_inside(in_c, a.kernel_w, a.dilation_w, a.in_w);
      w.x = a.x + (in_r * a.in_w + in_c) * kBlock;
      store16_aligned(a.y + (int64_t{r} * a.out_w + c) * kBlock, one(w, r, c));
    }
  }
}

// The larger of both; a NaN in either stays.
MIEN_INLINE V nan_max(V m, V v) { return select(v == v, select(v > m, v, m), v); }

void max_pool(const PoolArgs& a) {
  each_window(a, [](const PoolWindow& w, int32_t, int32_t) {
    V16 m = broadcast16(-__builtin_inff());
    for (int32_t ky = w.rows.begin; ky < w.rows.end; ++ky) {
      for (int32_t kx = w.cols.begin; kx < w.cols.end; ++kx) {
        const V16 v = load16_aligned(w.x + ky * w.row + kx * w.col);
        MIEN_EACH(i) m.v[i] = nan_max(m.v[i], v.v[i]);
      }
    }
    return m;
  });
}

// Sum of a window in runs of at most kMaxRun terms.
MIEN_INLINE V16 sum_window(const PoolWindow& w) {
  V16 total = broadcast16(0), run = broadcast16(0);
  int32_t terms = 0;
  for (int32_t ky = w.rows.begin; ky < w.rows.end; ++ky) {
    for (int32_t kx = w.cols.begin; kx < w.cols.end; ++kx) {
      run = run + load16_aligned(w.x + ky * w.row + kx * w.col);
      if (++terms == kMaxRun) {
        total = total + run;
        run = broadcast16(0);
        terms = 0;
      }
    }
  }
  return total + run;
}

// Taps of output `out` along one axis that lie before the end of the padded extent.
MIEN_INLINE int64_t taps_in_padded(int32_t out, int32_t stride, int32_t kernel, int32_t dilation, int64_t padded) {
  const TapRange r = taps_inside(int64_t{out} * stride, kernel, dilation, padded);
  return r.end - r.begin;
}

void average_pool(const PoolArgs& a) {
  const int64_t padded_h = int64_t{a.in_h} + a.pad_top + a.pad_bottom;
  const int64_t padded_w = int64_t{a.in_w} + a.pad_left + a.pad_right;
  each_window(a, [&](const PoolWindow& w, int32_t r, int32_t c) {
    const int64_t inside = int64_t{w.rows.end - w.rows.begin} * (w.cols.end - w.cols.begin);
    if (inside == 0) return broadcast16(0);
    const int64_t count = !a.count_include_pad
                              ? inside
                              : taps_in_padded(r, a.stride_h, a.kernel_h, a.dilation_h, padded_h) *
                                    taps_in_padded(c, a.stride_w, a.kernel_w, a.dilation_w, padded_w);
    V16 sum = sum_window(w);
    const V divisor = broadcast(static_cast<float>(count));
    MIEN_EACH(i) sum.v[i] = divide(sum.v[i], divisor);
    return sum;
  });
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
