#include "face/warp.h"

#include <algorithm>
#include <cmath>

#include "face/packed_pixel.h"

namespace mien {
namespace {

// Source coordinates are kept in 1/1024 and rounded to 1/32, as in OpenCV.
constexpr int kCoordinateBits = 10, kFractionBits = 5;
constexpr int kFractions = 1 << kFractionBits;
constexpr int kDropped = kCoordinateBits - kFractionBits;

// From the target to the source: x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5].
struct Affine {
  double m[6];
};

// In OpenCV's order of operations: the last bit of a coordinate decides about a fraction now and then.
Affine inverse(const Similarity& s) {
  const double determinant = s.a * s.a - -s.b * s.b;
  const double d = 1 / determinant;
  Affine out;
  out.m[0] = s.a * d;
  out.m[1] = -s.b * -d;
  out.m[3] = s.b * -d;
  out.m[4] = s.a * d;
  out.m[2] = -out.m[0] * s.tx - out.m[1] * s.ty;
  out.m[5] = -out.m[3] * s.tx - out.m[4] * s.ty;
  return out;
}

int64_t fixed(double coordinate) {
  // What lies this far outside is black whatever it is; the clamp keeps sums within range.
  constexpr double kFar = 1 << 30;
  return std::lrint(std::clamp(coordinate * (1 << kCoordinateBits), -kFar, kFar));
}

struct Source {
  const uint8_t* rgb;
  int64_t width, height;

  // Black beyond the border.
  uint64_t at(int64_t x, int64_t y) const {
    const bool inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside ? pack(rgb + 3 * (y * width + x)) : 0;
  }
};

// Four neighbours from (x, y) on. All sums fit their 21 bits: weights add up to 1024.
uint64_t between(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t fx, uint64_t fy) {
  const uint64_t top = a * (kFractions - fx) + b * fx;
  const uint64_t bottom = c * (kFractions - fx) + d * fx;
  return top * (kFractions - fy) + bottom * fy;
}

uint64_t sample(const Source& source, int64_t fixed_x, int64_t fixed_y) {
  const int64_t x = fixed_x >> kFractionBits, y = fixed_y >> kFractionBits;
  const auto fx = static_cast<uint64_t>(fixed_x & (kFractions - 1));
  const auto fy = static_cast<uint64_t>(fixed_y & (kFractions - 1));
  if (x >= 0 && y >= 0 && x + 1 < source.width && y + 1 < source.height) {
    const uint8_t* p = source.rgb + 3 * (y * source.width + x);
    const uint8_t* q = p + 3 * source.width;
    return between(pack(p), pack(p + 3), pack(q), pack(q + 3), fx, fy);
  }
  return between(source.at(x, y), source.at(x + 1, y), source.at(x, y + 1), source.at(x + 1, y + 1), fx, fy);
}

}  // namespace

Picture warp(const Picture& source, const Similarity& to_target, int32_t width, int32_t height) {
  const Affine back = inverse(to_target);
  const Source pixels{source.rgb.data(), source.width, source.height};
  std::vector<int64_t> along_x(static_cast<size_t>(width)), along_y(static_cast<size_t>(width));
  for (int32_t x = 0; x < width; ++x) {
    along_x[static_cast<size_t>(x)] = fixed(back.m[0] * x);
    along_y[static_cast<size_t>(x)] = fixed(back.m[3] * x);
  }

  Picture out;
  out.width = width;
  out.height = height;
  out.rgb.resize(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  constexpr int64_t kHalfFraction = 1 << (kDropped - 1);
  constexpr uint64_t kHalf = kPackedOnes << (2 * kFractionBits - 1);
  uint8_t* rgb = out.rgb.data();
  for (int32_t y = 0; y < height; ++y) {
    const int64_t start_x = fixed(back.m[1] * y + back.m[2]) + kHalfFraction;
    const int64_t start_y = fixed(back.m[4] * y + back.m[5]) + kHalfFraction;
    for (size_t x = 0; x < along_x.size(); ++x, rgb += 3) {
      const uint64_t sum =
          sample(pixels, (start_x + along_x[x]) >> kDropped, (start_y + along_y[x]) >> kDropped) + kHalf;
      for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(channel(sum, c, 2 * kFractionBits));
    }
  }
  return out;
}

}  // namespace mien
