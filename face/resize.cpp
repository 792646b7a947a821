// resize() and resize_into() of warp.h.
#include <algorithm>
#include <cmath>

#include "face/packed_pixel.h"
#include "face/warp.h"

namespace mien {
namespace {

constexpr int kWeightBits = 11;
constexpr int kOne = 1 << kWeightBits;
constexpr int kKeptBits = 4;  // dropped between the passes, so that a sum fits 15 bits

// Two neighbours and their weights.
struct Tap {
  int32_t first, second;  // pixels
  int16_t weight_first, weight_second;
};

// Of every target pixel of one axis. In single precision where OpenCV is.
std::vector<Tap> taps_of(int32_t source, int32_t target) {
  const double step = 1 / (static_cast<double>(target) / source);
  std::vector<Tap> taps(static_cast<size_t>(target));
  for (int32_t i = 0; i < target; ++i) {
    auto fraction = static_cast<float>((i + 0.5) * step - 0.5);
    const auto whole = static_cast<int32_t>(std::floor(fraction));
    fraction -= static_cast<float>(whole);
    Tap& tap = taps[static_cast<size_t>(i)];
    tap.first = std::clamp(whole, 0, source - 1);
    tap.second = std::clamp(whole + 1, 0, source - 1);
    tap.weight_first = static_cast<int16_t>(std::lrint((1.0f - fraction) * kOne));
    tap.weight_second = static_cast<int16_t>(std::lrint(fraction * kOne));
  }
  return taps;
}

// One source row at the columns asked for, in 1/128: at most 255 * 2048 >> 4.
void stretch_row(const uint8_t* row, const std::vector<Tap>& columns, int16_t* out) {
  for (const Tap& tap : columns) {
    const uint64_t sum = pack(row + ptrdiff_t{3} * tap.first) * static_cast<uint64_t>(tap.weight_first) +
                         pack(row + ptrdiff_t{3} * tap.second) * static_cast<uint64_t>(tap.weight_second);
    for (int c = 0; c < 3; ++c) *out++ = static_cast<int16_t>(channel(sum, c, kKeptBits));
  }
}

// Both products are cut to 16 bits before they are added, as OpenCV's vector code does.
void blend_rows(const int16_t* __restrict a, const int16_t* __restrict b, int16_t weight_a, int16_t weight_b,
                size_t count, uint8_t* __restrict out) {
  for (size_t i = 0; i < count; ++i) {
    const auto first = static_cast<int16_t>((a[i] * weight_a) >> 16);
    const auto second = static_cast<int16_t>((b[i] * weight_b) >> 16);
    out[i] = static_cast<uint8_t>((first + second + 2) >> 2);
  }
}

// The stretched rows that are still of use; consecutive target rows share one when a picture grows.
class StretchedRows {
 public:
  StretchedRows(const Picture& source, std::vector<Tap> columns) : source_(source), columns_(std::move(columns)) {
    for (std::vector<int16_t>& row : rows_) row.resize(3 * columns_.size());
  }

  // Valid until two other rows have been asked for.
  const int16_t* at(int32_t y) {
    for (size_t i = 0; i < 2; ++i)
      if (held_[i] == y) return last_ = i, rows_[i].data();
    last_ = 1 - last_;
    held_[last_] = y;
    const size_t offset = size_t{3} * static_cast<size_t>(source_.width) * static_cast<size_t>(y);
    stretch_row(source_.rgb.data() + offset, columns_, rows_[last_].data());
    return rows_[last_].data();
  }

 private:
  const Picture& source_;
  std::vector<Tap> columns_;
  std::vector<int16_t> rows_[2];
  int32_t held_[2] = {-1, -1};
  size_t last_ = 0;
};

// OpenCV's way of shrinking both sides to exactly one half.
void halve(const Picture& source, int32_t width, int32_t height, uint8_t* rgb, size_t stride) {
  const size_t row_bytes = size_t{3} * static_cast<size_t>(source.width);
  for (int32_t y = 0; y < height; ++y, rgb += stride) {
    const uint8_t* a = source.rgb.data() + 2 * row_bytes * static_cast<size_t>(y);
    const uint8_t* b = a + row_bytes;
    for (int32_t x = 0; x < width; ++x, a += 6, b += 6)
      for (int c = 0; c < 3; ++c) rgb[3 * x + c] = static_cast<uint8_t>((a[c] + a[c + 3] + b[c] + b[c + 3] + 2) >> 2);
  }
}

}  // namespace

void resize_into(const Picture& source, int32_t width, int32_t height, uint8_t* rgb, size_t stride) {
  if (source.width == int64_t{2} * width && source.height == int64_t{2} * height)
    return halve(source, width, height, rgb, stride);
  const size_t row_bytes = size_t{3} * static_cast<size_t>(width);
  if (source.width == width && source.height == height) {
    for (int32_t y = 0; y < height; ++y)
      std::copy_n(source.rgb.data() + row_bytes * static_cast<size_t>(y), row_bytes,
                  rgb + stride * static_cast<size_t>(y));
    return;
  }
  StretchedRows rows(source, taps_of(source.width, width));
  for (const Tap& tap : taps_of(source.height, height)) {
    const int16_t* first = rows.at(tap.first);
    const int16_t* second = rows.at(tap.second);
    blend_rows(first, second, tap.weight_first, tap.weight_second, row_bytes, rgb);
    rgb += stride;
  }
}

Picture resize(const Picture& source, int32_t width, int32_t height) {
  Picture out;
  out.width = width;
  out.height = height;
  const size_t row_bytes = size_t{3} * static_cast<size_t>(width);
  out.rgb.resize(row_bytes * static_cast<size_t>(height));
  resize_into(source, width, height, out.rgb.data(), row_bytes);
  return out;
}

}  // namespace mien
