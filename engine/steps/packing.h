// Weights from the order of the graph into the order of the kernels, where outputs are lanes. Pure functions; the
// packed arrays must be zero beforehand, padding is never written.
#pragma once

#include <cstdint>

namespace mien {

// Rows of the graph's weights, one per output: [outputs][channels][positions], where positions are the window's taps or
// the pixels of a flattened picture. `row` floats lie between two outputs.
struct WeightRows {
  const float* data = nullptr;
  int64_t row = 0;
  int64_t outputs = 0, channels = 0, positions = 1;
};

// to[(p * pitch + c) * width + o] = from(o, c, p). REQUIRES: outputs <= width, channels <= pitch. Reads and writes
// each element once, in pieces that fit the first-level cache.
void pack_rows(const WeightRows& from, float* to, int64_t pitch, int64_t width);

// The filters of Winograd's F(2,3) and F(4,3): U = G g G^T in double, rounded to float once.
// to[plane * plane_stride + c * width + o], plane = row * (outputs_per_axis + 2) + column of U.
// REQUIRES: from.positions is 9.
void pack_winograd(const WeightRows& from, int outputs_per_axis, float* to, int64_t plane_stride, int64_t width);

}  // namespace mien
