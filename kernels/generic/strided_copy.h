// Copy between any two strided layouts (CopyArgs in kernels.h).
// Thread-safety: pure functions.
//
// The axes are sorted so that y is written as sequentially as it can be, neighbours that lie one behind the other in
// both tensors are merged, and what remains innermost is a run (memcpy), a transpose of two axes (in registers) or a
// plain loop.
#pragma once

#include <cstring>

#include "kernels/generic/transpose.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

struct Axis {
  int64_t size, x, y;  // elements and strides
};
struct Axes {
  int n = 0;
  Axis axis[kMaxRank];
};

// The axes of more than one element, largest y stride first.
MIEN_INLINE Axes sorted_axes(const CopyArgs& a) {
  Axes s;
  for (int d = 0; d < a.rank; ++d) {
    if (a.dims[d] == 1) continue;
    const Axis axis{a.dims[d], a.x_stride[d], a.y_stride[d]};
    int at = s.n++;
    for (; at > 0 && s.axis[at - 1].y < axis.y; --at) s.axis[at] = s.axis[at - 1];
    s.axis[at] = axis;
  }
  return s;
}

MIEN_INLINE Axes merged_axes(const Axes& s) {
  Axes m;
  for (int d = 0; d < s.n; ++d) {
    const Axis& axis = s.axis[d];
    if (m.n > 0 && m.axis[m.n - 1].x == axis.x * axis.size && m.axis[m.n - 1].y == axis.y * axis.size) {
      const Axis joined{m.axis[m.n - 1].size * axis.size, axis.x, axis.y};
      m.axis[m.n - 1] = joined;
    } else {
      m.axis[m.n++] = axis;
    }
  }
  return m;
}

MIEN_INLINE void copy_run(const float* x, float* y, Axis a) {
  if (a.x == 1 && a.y == 1) {
    memcpy(y, x, static_cast<size_t>(a.size) * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < a.size; ++i) y[i * a.y] = x[i * a.x];
}

// y[i * outer.y + j] = x[i + j * inner.x] for i < kLanes, j < kLanes.
MIEN_INLINE void copy_tile(const float* x, float* y, int64_t x_row, int64_t y_row) {
  V r[kLanes];
  MIEN_UNROLL for (int j = 0; j < kLanes; ++j) r[j] = load(x + j * x_row);
  transpose(r);
  MIEN_UNROLL for (int i = 0; i < kLanes; ++i) store(y + i * y_row, r[i]);
}

// Two axes of which x runs along the first and y along the second.
void copy_transposed(const float* x, float* y, const Axis& outer, const Axis& inner) {
  int64_t i = 0;
  for (; i + kLanes <= outer.size; i += kLanes) {
    int64_t j = 0;
    for (; j + kLanes <= inner.size; j += kLanes) {
      copy_tile(x + i + j * inner.x, y + i * outer.y + j, inner.x, outer.y);
    }
    for (int64_t k = i; k < i + kLanes; ++k) {
      copy_run(x + k + j * inner.x, y + k * outer.y + j, {inner.size - j, inner.x, 1});
    }
  }
  for (; i < outer.size; ++i) copy_run(x + i, y + i * outer.y, inner);
}

void copy_axes(const float* x, float* y, const Axes& s, int d) {
  const Axis& axis = s.axis[d];
  if (d == s.n - 1) return copy_run(x, y, axis);
  if (d == s.n - 2 && axis.x == 1 && s.axis[d + 1].y == 1) return copy_transposed(x, y, axis, s.axis[d + 1]);
  for (int64_t i = 0; i < axis.size; ++i) copy_axes(x + i * axis.x, y + i * axis.y, s, d + 1);
}

void strided_copy(const CopyArgs& a) {
  for (int d = 0; d < a.rank; ++d) {
    if (a.dims[d] <= 0) return;
  }
  const Axes s = merged_axes(sorted_axes(a));
  if (s.n == 0) {
    *a.y = *a.x;
  } else {
    copy_axes(a.x, a.y, s, 0);
  }
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
