// Probes times the rows of a gallery (kernels.h, "Rows"). One probe is bound by the memory that the rows come from;
// several share what each row costs, so a tile of rows x probes is held in registers.
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/transpose.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

MIEN_INLINE V load_element(const float* p) {
  return load_aligned(p);
}
MIEN_INLINE V load_element(const uint16_t* p) {
  return load_half(p);
}

// The lane sums of 16 rows and one probe.
using RowLanes = float[kBlock][kBlock];

// The 16 lane sums of R rows from `first` on and P probes, to lanes[p][first + r].
template <int R, int P, class E>
MIEN_INLINE void dot_tile(const DotRowsArgs& a, const E* rows, int first, const float* probes, RowLanes* lanes) {
  rows += first * a.row_stride;
  V16 sums[P][R];
  MIEN_UNROLL for (int p = 0; p < P; ++p) {
    MIEN_UNROLL for (int r = 0; r < R; ++r) sums[p][r] = broadcast16(0);
  }
  for (int32_t c = 0; c < a.cols; c += kBlock) {
    // Vector by vector, so that only R of the rows' registers live at a time.
    MIEN_EACH(i) {
      V row[R];
      MIEN_UNROLL for (int r = 0; r < R; ++r) row[r] = load_element(rows + r * a.row_stride + c + i * kLanes);
      MIEN_UNROLL for (int p = 0; p < P; ++p) {
        const V probe = load_aligned(probes + p * a.probe_stride + c + i * kLanes);
        MIEN_UNROLL for (int r = 0; r < R; ++r) sums[p][r].v[i] = exact_fma(row[r], probe, sums[p][r].v[i]);
      }
    }
  }
  MIEN_UNROLL for (int p = 0; p < P; ++p) {
    MIEN_UNROLL for (int r = 0; r < R; ++r) store16_aligned(lanes[p][first + r], sums[p][r]);
  }
}

// n <= 16 rows, R at a time.
template <int R, int P, class E>
void dot_group(const DotRowsArgs& a, const E* rows, int n, const float* probes, RowLanes* lanes) {
  static_assert(kBlock % R == 0, "whole tiles in a group");
  int r = 0;
  for (; r + R <= n; r += R) dot_tile<R, P>(a, rows, r, probes, lanes);
  for (; r < n; ++r) dot_tile<1, P>(a, rows, r, probes, lanes);
}

// y[r] = the sum of the lanes of row r, r < n <= 16: as many rows at a time as a vector has lanes.
MIEN_INLINE void add_lanes(const RowLanes& lanes, int n, float* y) {
  for (int first = 0; first < n; first += kLanes) {
    V t[kLanes];
    MIEN_UNROLL for (int r = 0; r < kLanes; ++r) {
      V16 row = load16_aligned(lanes[first + r]);
      MIEN_UNROLL for (int half = kVecs / 2; half >= 1; half /= 2) {
        MIEN_UNROLL for (int i = 0; i < half; ++i) row.v[i] = row.v[i] + row.v[i + half];
      }
      t[r] = row.v[0];
    }
    transpose(t);
    MIEN_UNROLL for (int half = kLanes / 2; half >= 1; half /= 2) {
      MIEN_UNROLL for (int i = 0; i < half; ++i) t[i] = t[i] + t[i + half];
    }
    if (n - first >= kLanes) {
      store(y + first, t[0]);
    } else {
      store_first(y + first, t[0], n - first);
    }
  }
}

template <class E>
void dot_rows(const DotRowsArgs& a) {
  alignas(64) RowLanes lanes[kDotProbes] = {};
  for (int32_t first = 0; first < a.n_rows; first += kBlock) {
    const E* rows = static_cast<const E*>(a.rows) + first * a.row_stride;
    const int n = a.n_rows - first < kBlock ? a.n_rows - first : kBlock;
    for (int32_t p = 0; p < a.n_probes;) {
      const float* probes = a.probes + p * a.probe_stride;
      const int together = a.n_probes - p < kDotProbes ? 1 : kDotProbes;
      if (together == 1) {
        dot_group<kDotRowsAlone, 1>(a, rows, n, probes, lanes);
      } else {
        dot_group<kDotRows, kDotProbes>(a, rows, n, probes, lanes);
      }
      for (int k = 0; k < together; ++k, ++p) add_lanes(lanes[k], n, a.y + p * a.y_stride + first);
    }
  }
}

void dot_rows_f32(const DotRowsArgs& a) {
  dot_rows<float>(a);
}
void dot_rows_f16(const DotRowsArgs& a) {
  dot_rows<uint16_t>(a);
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
