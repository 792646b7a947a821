// Packed weights, bit by bit, against their definition taken one element at a time.
#include "engine/steps/packing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace mien {
namespace {

struct Rows {
  std::vector<float> values;
  WeightRows view;
  float at(int64_t o, int64_t c, int64_t p) const {
    return values[static_cast<size_t>(o * view.row + c * view.positions + p)];
  }
};

// The rows lie `gap` floats further apart than they are long.
Rows random_rows(int64_t outputs, int64_t channels, int64_t positions, int64_t gap = 0) {
  Rows rows;
  rows.view.row = channels * positions + gap;
  rows.view.outputs = outputs;
  rows.view.channels = channels;
  rows.view.positions = positions;
  std::mt19937 random(static_cast<uint32_t>(outputs * 1009 + channels * 31 + positions));
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int64_t i = 0; i < outputs * rows.view.row; ++i) rows.values.push_back(uniform(random));
  rows.view.data = rows.values.data();
  return rows;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Packing, RowsAreTransposedAndNothingElseIsWritten) {
  for (const int64_t outputs : {1, 7, 8, 13, 16, 32, 48}) {
    for (const int64_t channels : {1, 3, 16, 17, 40}) {
      for (const int64_t positions : {1, 9, 49}) {
        const Rows rows = random_rows(outputs, channels, positions, outputs % 3);
        const int64_t pitch = channels + channels % 2, width = 48;
        std::vector<float> packed(static_cast<size_t>(positions * pitch * width), -5), expected = packed;
        for (int64_t p = 0; p < positions; ++p)
          for (int64_t c = 0; c < channels; ++c)
            for (int64_t o = 0; o < outputs; ++o)
              expected[static_cast<size_t>((p * pitch + c) * width + o)] = rows.at(o, c, p);
        pack_rows(rows.view, packed.data(), pitch, width);
        EXPECT_TRUE(same_bits(packed, expected)) << outputs << " " << channels << " " << positions;
      }
    }
  }
}

// G of F(2,3) or F(4,3), from the Lagrange polynomials of its finite points: row i is (1, a, a^2) / prod(a - b) over
// the other points b, up to a sign that the other two transforms undo.
std::vector<std::vector<double>> filter(int outputs) {
  const double s = std::sqrt(2.0);
  if (outputs == 2) return {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  std::vector<std::vector<double>> g = {{1, 0, 0}};
  for (const double a : {1 / s, -1 / s, s, -s}) {
    double product = a;
    for (const double b : {1 / s, -1 / s, s, -s})
      if (b != a) product *= a - b;
    g.push_back({1 / product, a / product, a * a / product});
  }
  g.push_back({0, 0, 1});
  return g;
}

double transformed(const std::vector<std::vector<double>>& g, const Rows& rows, int64_t o, int64_t c, int i, int j) {
  double sum = 0;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x)
      sum += g[static_cast<size_t>(i)][static_cast<size_t>(y)] * g[static_cast<size_t>(j)][static_cast<size_t>(x)] *
             double{rows.at(o, c, y * 3 + x)};
  return sum;
}

void expect_winograd(int per_axis, int64_t outputs, int64_t channels, int64_t width) {
  SCOPED_TRACE(testing::Message() << "F(" << per_axis << ",3) " << outputs << " " << channels << " " << width);
  const Rows rows = random_rows(outputs, channels, 9);
  const auto g = filter(per_axis);
  const int side = per_axis + 2;
  const int64_t stride = channels * width + 16;
  std::vector<float> packed(static_cast<size_t>(side * side * stride), -5);
  pack_winograd(rows.view, per_axis, packed.data(), stride, width);
  for (int plane = 0; plane < side * side; ++plane) {
    for (int64_t i = 0; i < stride; ++i) {
      const float u = packed[static_cast<size_t>(plane * stride + i)];
      const int64_t c = i / width, o = i % width;
      if (c >= channels || o >= outputs) {
        ASSERT_EQ(u, -5) << "written: plane " << plane << " element " << i;
      } else {
        // One rounding to float of a sum of double precision.
        const double expected = transformed(g, rows, o, c, plane / side, plane % side);
        ASSERT_NEAR(u, expected, std::ldexp(std::fabs(expected), -24) + 1e-14) << plane << " " << o << " " << c;
      }
    }
  }
}

TEST(Packing, WinogradFiltersAreRoundedOnce) {
  for (const int per_axis : {2, 4}) {
    expect_winograd(per_axis, 32, 20, 32);
    expect_winograd(per_axis, 48, 16, 48);
    expect_winograd(per_axis, 5, 3, 8);
    expect_winograd(per_axis, 8, 33, 8);
    expect_winograd(per_axis, 17, 5, 32);
    expect_winograd(per_axis, 3, 7, 4);
  }
}

// A filter that does not depend on who stands next to it: the same weights in any place of a panel, the same bits.
TEST(Packing, AFilterHasTheSameBitsInEveryLane) {
  Rows rows = random_rows(1, 1, 9);
  std::vector<float> many;
  for (int i = 0; i < 32 * 40; ++i) many.insert(many.end(), rows.values.begin(), rows.values.end());
  WeightRows view = rows.view;
  view.data = many.data();
  view.row = 40 * 9;
  view.outputs = 32;
  view.channels = 40;
  const int64_t stride = 32 * 40;
  std::vector<float> packed(static_cast<size_t>(36 * stride));
  pack_winograd(view, 4, packed.data(), stride, 32);
  for (size_t i = 0; i < packed.size(); ++i) {
    const size_t plane_begin = i / static_cast<size_t>(stride) * static_cast<size_t>(stride);
    ASSERT_EQ(std::memcmp(&packed[i], &packed[plane_begin], sizeof(float)), 0) << i;
  }
}

}  // namespace
}  // namespace mien
