// Reductions over rows: softmax, L2 normalisation, the search for NaN and infinity (kernels.h, "Rows").
// Thread-safety: pure functions.
//
// A sum over a row (of more than 16 columns, for softmax) is taken in 16 lanes whatever the vector width: element i
// goes to lane i % 16, each lane is cut into runs of at most kMaxRun terms, and the lanes are added in one fixed tree.
// So every ISA adds in the same order.
#pragma once

#include "kernels/generic/math.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// The first n < 16 floats; the other lanes are `rest`.
MIEN_INLINE V16 load16_first(const float* p, int64_t n, float rest) {
  alignas(64) float lanes[kBlock];
  for (int i = 0; i < kBlock; ++i) lanes[i] = i < n ? p[i] : rest;
  return load16_aligned(lanes);
}
MIEN_INLINE void store16_first(float* p, V16 x, int64_t n) {
  alignas(64) float lanes[kBlock];
  store16_aligned(lanes, x);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

// Calls f(i, v) with the vector that begins at x[i], for each 16 of a row; missing lanes of the last one are `rest`.
// One call for whole vectors and the last: two would keep gcc from inlining f.
template <class F>
MIEN_INLINE void each16(const float* x, int64_t n, float rest, F f) {
  for (int64_t i = 0; i < n; i += kBlock) f(i, i + kBlock <= n ? load16(x + i) : load16_first(x + i, n - i, rest));
}

// y[i] = f(x[i]) along a row; x and y may be the same.
template <class F>
MIEN_INLINE void map16(const float* x, float* y, int64_t n, F f) {
  each16(x, n, 0, [=](int64_t i, V16 v) {
    MIEN_EACH(k) v.v[k] = f(v.v[k]);
    if (i + kBlock <= n) {
      store16(y + i, v);
    } else {
      store16_first(y + i, v, n - i);
    }
  });
}

// The largest of the lanes and of -inf; a NaN is passed over.
MIEN_INLINE float largest_lane(V16 x) {
  alignas(64) float lanes[kBlock];
  store16_aligned(lanes, x);
  float m = -__builtin_inff();
  for (int i = 0; i < kBlock; ++i) m = lanes[i] > m ? lanes[i] : m;
  return m;
}

// The largest f(x[i]); a NaN is passed over.
template <class F>
MIEN_INLINE float largest(const float* x, int64_t n, F f) {
  const float least = -__builtin_inff();
  V16 m = broadcast16(least);
  // The missing lanes repeat the last element, which changes no maximum whatever f is.
  each16(x, n, n > 0 ? x[n - 1] : least, [&](int64_t, V16 v) {
    MIEN_EACH(i) {
      const V u = f(v.v[i]);
      m.v[i] = select(u > m.v[i], u, m.v[i]);
    }
  });
  return largest_lane(m);
}

// The sum of f(x[i]), where f is told which lanes exist by `rest`: f(rest) must be 0.
template <class F>
MIEN_INLINE float sum(const float* x, int64_t n, float rest, F f) {
  V16 total = broadcast16(0), run = broadcast16(0);
  int terms = 0;
  each16(x, n, rest, [&](int64_t, V16 v) {
    MIEN_EACH(i) run.v[i] = f(v.v[i], run.v[i]);
    if (++terms == kMaxRun) {
      total = total + run;
      run = broadcast16(0);
      terms = 0;
    }
  });
  alignas(64) float lanes[kBlock];
  store16_aligned(lanes, total + run);
  for (int half = kBlock / 2; half >= 1; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[0];
}

// 16 rows of at most 16 columns side by side, lane = row: the thousands of pairs that a detector scores would spend
// their time in half-empty vectors otherwise. The sum runs over the columns in order.
MIEN_INLINE void softmax_narrow16(const float* x, float* y, int64_t rows, int64_t cols) {
  alignas(64) float t[kBlock][kBlock];  // [column][row]
  for (int64_t r = 0; r < kBlock; ++r) {
    for (int64_t c = 0; c < cols; ++c) t[c][r] = r < rows ? x[r * cols + c] : 0;
  }
  V16 top = load16_aligned(t[0]), total = broadcast16(0);
  for (int64_t c = 1; c < cols; ++c) {
    const V16 v = load16_aligned(t[c]);
    MIEN_EACH(i) top.v[i] = select(v.v[i] > top.v[i], v.v[i], top.v[i]);
  }
  for (int64_t c = 0; c < cols; ++c) {
    V16 v = load16_aligned(t[c]);
    MIEN_EACH(i) v.v[i] = vexp(v.v[i] - top.v[i]);
    store16_aligned(t[c], v);
    total = total + v;
  }
  for (int64_t c = 0; c < cols; ++c) {
    V16 v = load16_aligned(t[c]);
    MIEN_EACH(i) v.v[i] = divide(v.v[i], total.v[i]);
    store16_aligned(t[c], v);
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) y[r * cols + c] = t[c][r];
  }
}

void softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  if (cols <= kBlock) {
    for (int64_t r = 0; r < rows; r += kBlock) {
      softmax_narrow16(x + r * cols, y + r * cols, rows - r < kBlock ? rows - r : kBlock, cols);
    }
    return;
  }
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    const V top = broadcast(largest(x, cols, [](V v) { return v; }));
    map16(x, y, cols, [=](V v) { return vexp(v - top); });
    const V total = broadcast(sum(y, cols, 0, [](V v, V acc) { return acc + v; }));
    map16(y, y, cols, [=](V v) { return divide(v, total); });
  }
}

// A power of two that brings the row's largest value to where its square neither overflows nor vanishes: without it a
// row of values above 1.8e19 would silently become zeros.
MIEN_INLINE float l2_scale(float top) {
  constexpr float kBig = 0x1p48f, kSmall = 0x1p-48f;
  if (top > kBig && top < __builtin_inff()) return 0x1p-96f;
  if (top < kSmall) return 0x1p96f;
  return 1;
}

void l2_normalize(const float* x, float* y, int64_t rows, int64_t cols, float eps) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    const float s = l2_scale(largest(x, cols, [](V v) { return vabs(v); }));
    const V scale = broadcast(s);
    const float squares = sum(x, cols, 0, [=](V v, V acc) {
      const V u = v * scale;
      return fma(u, u, acc);
    });
    alignas(64) float root[kLanes];
    store_aligned(root, square_root(broadcast(squares)));
    const float divisor = root[0] < eps * s ? eps * s : root[0];
    if (divisor == 0) {
      map16(x, y, cols, [](V) { return broadcast(0); });
    } else {
      const V d = broadcast(divisor);
      map16(x, y, cols, [=](V v) { return divide(v * scale, d); });
    }
  }
}

bool all_finite(const float* x, int64_t n) {
  constexpr int kSums = 4;  // independent, or the latency of the addition bounds the loop
  const V16 zero = broadcast16(0);
  V16 zeros[kSums] = {zero, zero, zero, zero};  // sums of x * 0: NaN once any x is NaN or infinite
  int64_t i = 0;
  for (; i + kSums * kBlock <= n; i += kSums * kBlock) {
    MIEN_UNROLL for (int k = 0; k < kSums; ++k) zeros[k] = fma(load16(x + i + k * kBlock), zero, zeros[k]);
  }
  each16(x + i, n - i, 0, [&](int64_t, V16 v) { zeros[0] = fma(v, zero, zeros[0]); });
  alignas(64) float lanes[kBlock];
  store16_aligned(lanes, (zeros[0] + zeros[1]) + (zeros[2] + zeros[3]));
  bool finite = true;
  for (float lane : lanes) finite = finite && lane == 0;
  return finite;
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
