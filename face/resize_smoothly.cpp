// resize_smoothly() of warp.h: two passes of weighted sums, along the rows first, each rounded to 8 bits.
#include <algorithm>
#include <cmath>

#include "face/warp.h"

namespace mien {
namespace {

constexpr int kWeightBits = 22;  // 8 bits of pixel and 2 of head room in a 32-bit sum

// What one target pixel of an axis is made of: source pixels from `first` on.
struct Footprint {
  int32_t first = 0;
  std::vector<int32_t> weights;  // sum 1 << kWeightBits, give or take their rounding
};

// The triangle's value at a distance from its centre in units of its half width.
double triangle(double distance) { return std::max(0.0, 1 - std::fabs(distance)); }

std::vector<Footprint> footprints_of(int32_t source, int32_t target) {
  const double step = static_cast<double>(source) / target;
  const double support = std::max(step, 1.0), narrower = 1 / support;
  std::vector<Footprint> footprints(static_cast<size_t>(target));
  std::vector<double> weights;
  for (int32_t i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * step;
    Footprint& footprint = footprints[static_cast<size_t>(i)];
    footprint.first = std::max(static_cast<int32_t>(centre - support + 0.5), 0);
    const int32_t end = std::min(static_cast<int32_t>(centre + support + 0.5), source);
    weights.clear();
    double sum = 0;
    for (int32_t x = footprint.first; x < end; ++x) {
      weights.push_back(triangle((x - centre + 0.5) * narrower));
      sum += weights.back();
    }
    for (const double weight : weights)
      footprint.weights.push_back(static_cast<int32_t>(weight / sum * (1 << kWeightBits) + 0.5));
  }
  return footprints;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// One row of the box, made narrower or wider.
void resize_row(const uint8_t* row, const std::vector<Footprint>& columns, uint8_t* out) {
  for (const Footprint& footprint : columns) {
    const uint8_t* p = row + ptrdiff_t{3} * footprint.first;
    int32_t sums[3] = {kHalf, kHalf, kHalf};
    for (const int32_t weight : footprint.weights)
      for (int c = 0; c < 3; ++c) sums[c] += *p++ * weight;
    for (const int32_t sum : sums) *out++ = rounded(sum);
  }
}

// One row of the answer out of the rows it covers.
void blend_rows(const uint8_t* first_row, const Footprint& footprint, size_t row_bytes, std::vector<int32_t>& sums,
                uint8_t* out) {
  std::fill(sums.begin(), sums.end(), kHalf);
  for (const int32_t weight : footprint.weights) {
    for (size_t i = 0; i < row_bytes; ++i) sums[i] += first_row[i] * weight;
    first_row += row_bytes;
  }
  for (size_t i = 0; i < row_bytes; ++i) out[i] = rounded(sums[i]);
}

}  // namespace

Picture resize_smoothly(const Picture& source, const PixelBox& box, int32_t width, int32_t height) {
  const int32_t box_width = box.right - box.left, box_height = box.bottom - box.top;
  const size_t row_bytes = size_t{3} * static_cast<size_t>(width);
  std::vector<uint8_t> narrowed(row_bytes * static_cast<size_t>(box_height));
  const std::vector<Footprint> columns = footprints_of(box_width, width);
  for (int32_t y = 0; y < box_height; ++y) {
    const size_t pixel =
        static_cast<size_t>(box.top + y) * static_cast<size_t>(source.width) + static_cast<size_t>(box.left);
    resize_row(source.rgb.data() + 3 * pixel, columns, narrowed.data() + row_bytes * static_cast<size_t>(y));
  }

  Picture out;
  out.width = width;
  out.height = height;
  out.rgb.resize(row_bytes * static_cast<size_t>(height));
  std::vector<int32_t> sums(row_bytes);
  const std::vector<Footprint> rows = footprints_of(box_height, height);
  for (size_t y = 0; y < rows.size(); ++y)
    blend_rows(narrowed.data() + row_bytes * static_cast<size_t>(rows[y].first), rows[y], row_bytes, sums,
               out.rgb.data() + row_bytes * y);
  return out;
}

}  // namespace mien
