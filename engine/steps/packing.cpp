#include "engine/steps/packing.h"

#include <algorithm>
#include <vector>

namespace mien {
namespace {

// Outputs and channels of one piece: 8 rows of 16 channels of a 7x7 picture are 25 KB.
constexpr int64_t kOutputs = 8;
constexpr int64_t kChannels = 16;
// Filters that are transformed together, and those that go to a plane together.
constexpr int64_t kLanes = 8;
constexpr int64_t kRun = 128;

// G of F(2,3) and F(4,3), rows by the points 0, 1, -1, infinity and 0, +-1/sqrt(2), +-sqrt(2), infinity.
constexpr double kSqrt2 = 1.41421356237309504880;
constexpr double kFilter2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
constexpr double kFilter4[6][3] = {{1, 0, 0},
                                   {-2.0 / 3, -kSqrt2 / 3, -1.0 / 3},
                                   {-2.0 / 3, kSqrt2 / 3, -1.0 / 3},
                                   {1.0 / 6, kSqrt2 / 6, 1.0 / 3},
                                   {1.0 / 6, -kSqrt2 / 6, 1.0 / 3},
                                   {0, 0, 1}};

template <int64_t kRows>
void pack_piece(const float* from, int64_t row, int64_t channels, int64_t positions, float* to, int64_t pitch,
                int64_t width) {
  for (int64_t p = 0; p < positions; ++p) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t o = 0; o < kRows; ++o) to[(p * pitch + c) * width + o] = from[o * row + c * positions + p];
    }
  }
}

// kLanes filters at once, so that the compiler has vectors to work with: g[tap * tap_stride + lane].
template <int kSide>
void transform(const double (&filter)[kSide][3], const float* g, int64_t tap_stride, float* u) {
  double half[kSide][3][kLanes];
  for (int i = 0; i < kSide; ++i) {
    for (int kx = 0; kx < 3; ++kx) {
      const float *g0 = g + kx * tap_stride, *g1 = g0 + 3 * tap_stride, *g2 = g1 + 3 * tap_stride;
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        half[i][kx][lane] =
            filter[i][0] * double{g0[lane]} + filter[i][1] * double{g1[lane]} + filter[i][2] * double{g2[lane]};
      }
    }
  }
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j, u += kRun) {
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        u[lane] = static_cast<float>(half[i][0][lane] * filter[j][0] + half[i][1][lane] * filter[j][1] +
                                     half[i][2][lane] * filter[j][2]);
      }
    }
  }
}

// Filters [channels][width], taps tap_stride apart, to the same place in each plane; whole cache lines of a plane at a
// time, because the planes meet in the same cache sets. Reads up to the next multiple of kLanes.
template <int kSide>
void transform_all(const double (&filter)[kSide][3], const float* g, int64_t tap_stride, const WeightRows& from,
                   float* to, int64_t plane_stride, int64_t width) {
  alignas(64) float u[kSide * kSide * kRun];
  const int64_t n = from.channels * width;
  for (int64_t at = 0; at < n; at += kRun) {
    const int64_t run = std::min(kRun, n - at);
    for (int64_t lane = 0; lane < run; lane += kLanes) transform(filter, g + at + lane, tap_stride, u + lane);
    for (int plane = 0; plane < kSide * kSide; ++plane) {
      float* y = to + plane * plane_stride + at;
      if (from.outputs == width) {
        std::copy_n(u + plane * kRun, run, y);
        continue;
      }
      for (int64_t i = 0; i < run; ++i) {
        if ((at + i) % width < from.outputs) y[i] = u[plane * kRun + i];
      }
    }
  }
}

}  // namespace

void pack_rows(const WeightRows& from, float* to, int64_t pitch, int64_t width) {
  for (int64_t c = 0; c < from.channels; c += kChannels) {
    const int64_t channels = std::min(kChannels, from.channels - c);
    for (int64_t o = 0; o < from.outputs;) {
      const float* x = from.data + o * from.row + c * from.positions;
      float* y = to + c * width + o;
      if (o + kOutputs <= from.outputs) {
        pack_piece<kOutputs>(x, from.row, channels, from.positions, y, pitch, width);
        o += kOutputs;
      } else {
        pack_piece<1>(x, from.row, channels, from.positions, y, pitch, width);
        o += 1;
      }
    }
  }
}

void pack_winograd(const WeightRows& from, int outputs_per_axis, float* to, int64_t plane_stride, int64_t width) {
  const int64_t tap_stride = kChannels * width;
  std::vector<float> g(static_cast<size_t>(from.positions * tap_stride));
  for (int64_t c = 0; c < from.channels; c += kChannels) {
    WeightRows some = from;
    some.data += c * from.positions;
    some.channels = std::min(kChannels, from.channels - c);
    pack_rows(some, g.data(), kChannels, width);
    if (outputs_per_axis == 4) {
      transform_all(kFilter4, g.data(), tap_stride, some, to + c * width, plane_stride, width);
    } else {
      transform_all(kFilter2, g.data(), tap_stride, some, to + c * width, plane_stride, width);
    }
  }
}

}  // namespace mien
