// The reference against cases worked out by hand and against formulas of another shape.
#include "kernels/reference/reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace mien::reference {
namespace {

using Numbers = std::vector<double>;
const double kNan = std::nan("");
const double kInf = std::numeric_limits<double>::infinity();

Numbers random_numbers(size_t n, uint32_t seed) {
  std::mt19937 engine(seed);
  Numbers v(n);
  for (double& x : v) x = engine() * 0x1p-31 - 1;
  return v;
}

TEST(ReferenceConv, ByHand) {
  // 3x3 picture 1..9, kernel [[1 2] [3 4]]: at (0,0) 1*1 + 2*2 + 3*4 + 4*5 = 37.
  const Numbers x = {1, 2, 3, 4, 5, 6, 7, 8, 9}, w = {1, 2, 3, 4}, bias = {100};
  ConvShape s;
  s.geometry.in_h = s.geometry.in_w = 3;
  s.geometry.kernel_h = s.geometry.kernel_w = 2;
  s.geometry.out_h = s.geometry.out_w = 2;
  Numbers y(4);
  conv(x.data(), w.data(), bias.data(), y.data(), s);
  EXPECT_EQ(y, (Numbers{137, 147, 167, 177}));

  // Padded by one, stride 2: the windows start at -1 and 1.
  s.geometry.pad_top = s.geometry.pad_left = 1;
  s.geometry.stride_h = s.geometry.stride_w = 2;
  conv(x.data(), w.data(), nullptr, y.data(), s);
  EXPECT_EQ(y, (Numbers{4 * 1, 3 * 2 + 4 * 3, 2 * 4 + 4 * 7, 77}));

  // Dilated by two: the corners.
  s.geometry = Geometry();
  s.geometry.in_h = s.geometry.in_w = 3;
  s.geometry.kernel_h = s.geometry.kernel_w = s.geometry.dilation_h = s.geometry.dilation_w = 2;
  y.resize(1);
  conv(x.data(), w.data(), nullptr, y.data(), s);
  EXPECT_EQ(y, (Numbers{1 + 2 * 3 + 3 * 7 + 4 * 9}));
}

// The definition as seven loops.
double one_output(const Numbers& x, const Numbers& w, const ConvShape& s, int64_t n, int64_t m, int64_t r, int64_t c) {
  const Geometry& g = s.geometry;
  const int64_t group_in = s.channels / s.groups, group = m / (s.out_channels / s.groups);
  double sum = 0;
  for (int64_t k = 0; k < group_in; ++k) {
    for (int64_t i = 0; i < g.kernel_h; ++i) {
      for (int64_t j = 0; j < g.kernel_w; ++j) {
        const int64_t row = r * g.stride_h - g.pad_top + i * g.dilation_h;
        const int64_t col = c * g.stride_w - g.pad_left + j * g.dilation_w;
        if (row < 0 || row >= g.in_h || col < 0 || col >= g.in_w) continue;
        const int64_t at = ((n * s.channels + group * group_in + k) * g.in_h + row) * g.in_w + col;
        sum += x[static_cast<size_t>(at)] *
               w[static_cast<size_t>(((m * group_in + k) * g.kernel_h + i) * g.kernel_w + j)];
      }
    }
  }
  return sum;
}

TEST(ReferenceConv, AgainstTheDefinition) {
  std::mt19937 engine(1);
  const auto pick = [&](int64_t lo, int64_t hi) { return lo + static_cast<int64_t>(engine() % (hi - lo + 1)); };
  for (int trial = 0; trial < 40; ++trial) {
    ConvShape s;
    s.pictures = pick(1, 2);
    s.groups = pick(1, 3);
    s.channels = s.groups * pick(1, 3);
    s.out_channels = s.groups * pick(1, 3);
    Geometry& g = s.geometry;
    g.kernel_h = pick(1, 3), g.kernel_w = pick(1, 4), g.stride_h = pick(1, 2), g.stride_w = pick(1, 3);
    g.dilation_h = pick(1, 2), g.dilation_w = pick(1, 2), g.in_h = pick(6, 9), g.in_w = pick(7, 9);
    g.pad_top = pick(0, 2), g.pad_left = pick(0, 2), g.pad_bottom = pick(0, 2), g.pad_right = pick(0, 2);
    g.out_h = (g.in_h + g.pad_top + g.pad_bottom - (g.kernel_h - 1) * g.dilation_h - 1) / g.stride_h + 1;
    g.out_w = (g.in_w + g.pad_left + g.pad_right - (g.kernel_w - 1) * g.dilation_w - 1) / g.stride_w + 1;
    const Numbers x = random_numbers(static_cast<size_t>(s.pictures * s.channels * g.in_h * g.in_w), 2);
    const Numbers w = random_numbers(
        static_cast<size_t>(s.out_channels * s.channels / s.groups * g.kernel_h * g.kernel_w), 3);
    const Numbers bias = random_numbers(static_cast<size_t>(s.out_channels), 4);
    Numbers y(static_cast<size_t>(s.pictures * s.out_channels * g.out_h * g.out_w));
    conv(x.data(), w.data(), bias.data(), y.data(), s);
    size_t at = 0;
    for (int64_t n = 0; n < s.pictures; ++n) {
      for (int64_t m = 0; m < s.out_channels; ++m) {
        for (int64_t r = 0; r < g.out_h; ++r) {
          for (int64_t c = 0; c < g.out_w; ++c, ++at) {
            ASSERT_NEAR(y[at], one_output(x, w, s, n, m, r, c) + bias[static_cast<size_t>(m)], 1e-13) << trial;
          }
        }
      }
    }
  }
}

TEST(ReferenceFullyConnected, ByHand) {
  const Numbers x = {1, 2, 3, 4}, w = {1, 0, 0, 1, 10, 20}, bias = {0, 1, 2};
  Numbers y(6);
  fully_connected(x.data(), w.data(), bias.data(), y.data(), 2, 2, 3);
  EXPECT_EQ(y, (Numbers{1, 3, 52, 3, 5, 112}));
  fully_connected(x.data(), w.data(), nullptr, y.data(), 2, 2, 3);
  EXPECT_EQ(y, (Numbers{1, 2, 50, 3, 4, 110}));
}

TEST(ReferenceChannels, BatchNormAndPrelu) {
  const Numbers x = {1, -2, 3, -4}, scale = {2, 3}, shift = {10, 20}, slope = {0.5, -1};
  Numbers y(4);
  batch_norm(x.data(), scale.data(), shift.data(), y.data(), 1, 2, 2);
  EXPECT_EQ(y, (Numbers{12, 6, 29, 8}));
  batch_norm(x.data(), scale.data(), shift.data(), y.data(), 2, 2, 1);
  EXPECT_EQ(y, (Numbers{12, 14, 16, 8}));
  prelu(x.data(), slope.data(), y.data(), 1, 2, 2);
  EXPECT_EQ(y, (Numbers{1, -1, 3, 4}));
}

TEST(ReferenceUnary, Values) {
  EXPECT_EQ(unary(Unary::relu, -3, 0, 0), 0);
  EXPECT_EQ(unary(Unary::relu, 3, 0, 0), 3);
  EXPECT_EQ(unary(Unary::clip, 7, 0, 6), 6);
  EXPECT_EQ(unary(Unary::clip, -7, -1, 6), -1);
  EXPECT_EQ(unary(Unary::leaky_relu, -2, 0.25, 0), -0.5);
  EXPECT_EQ(unary(Unary::sigmoid, 0, 0, 0), 0.5);
  EXPECT_NEAR(unary(Unary::sigmoid, 2, 0, 0), (1 + std::tanh(1.0)) / 2, 1e-15);
  EXPECT_NEAR(unary(Unary::tanh_, 0.5, 0, 0), (std::exp(1.0) - 1) / (std::exp(1.0) + 1), 1e-15);
  EXPECT_NEAR(unary(Unary::exp_, 1, 0, 0), 2.718281828459045, 1e-15);
  EXPECT_EQ(unary(Unary::sqrt_, 9, 0, 0), 3);
  EXPECT_EQ(unary(Unary::abs_, -9, 0, 0), 9);
  EXPECT_EQ(unary(Unary::neg, 9, 0, 0), -9);
  EXPECT_EQ(unary(Unary::reciprocal, 4, 0, 0), 0.25);
  EXPECT_NEAR(unary(Unary::elu, -1, 2, 0), 2 * (std::exp(-1.0) - 1), 1e-15);
  EXPECT_EQ(unary(Unary::elu, 1.5, 2, 0), 1.5);
  EXPECT_EQ(unary(Unary::hard_sigmoid, 1, 0.2, 0.5), 0.7);
  EXPECT_EQ(unary(Unary::hard_sigmoid, 9, 0.2, 0.5), 1);
  EXPECT_EQ(unary(Unary::hard_sigmoid, -9, 0.2, 0.5), 0);
  EXPECT_EQ(unary(Unary::hard_swish, 3, 0, 0), 3);
  EXPECT_EQ(unary(Unary::hard_swish, -3, 0, 0), 0);
  EXPECT_NEAR(unary(Unary::hard_swish, 1, 0, 0), 1.0 * 4 / 6, 1e-15);
}

TEST(ReferenceUnary, NanStaysNan) {
#define MIEN_UNARY(f) EXPECT_TRUE(std::isnan(unary(Unary::f, kNan, 0.2, 0.5))) << #f;
#define MIEN_BINARY(f)                                            \
  EXPECT_TRUE(std::isnan(binary(Binary::f, kNan, 1))) << #f;      \
  EXPECT_TRUE(std::isnan(binary(Binary::f, 1, kNan))) << #f;
#include "kernels/kernels.inc"
}

TEST(ReferenceBinary, Broadcast) {
  const Numbers a = {1, 2, 3, 4, 5, 6}, b = {10, 20, 30}, c = {100, 200};
  Numbers y(6);
  binary(Binary::add, a.data(), {2, 3}, b.data(), {3}, y.data());
  EXPECT_EQ(y, (Numbers{11, 22, 33, 14, 25, 36}));
  binary(Binary::sub, c.data(), {2, 1}, a.data(), {2, 3}, y.data());
  EXPECT_EQ(y, (Numbers{99, 98, 97, 196, 195, 194}));
  EXPECT_EQ(broadcast_dims({2, 1}, {4, 1, 3}), (Dims{4, 2, 3}));
  binary(Binary::mul, c.data(), {2, 1}, b.data(), {1, 3}, y.data());
  EXPECT_EQ(y, (Numbers{1000, 2000, 3000, 2000, 4000, 6000}));
  binary(Binary::div, a.data(), {2, 3}, b.data(), {}, y.data());
  EXPECT_EQ(y, (Numbers{.1, .2, .3, .4, .5, .6}));
  EXPECT_EQ(binary(Binary::max, 1, -2), 1);
  EXPECT_EQ(binary(Binary::min, 1, -2), -2);
}

TEST(ReferencePool, ByHand) {
  const Numbers x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  Geometry g;
  g.in_h = g.in_w = 3;
  g.kernel_h = g.kernel_w = 2;
  g.stride_h = g.stride_w = 2;
  g.out_h = g.out_w = 2;
  g.pad_bottom = g.pad_right = 1;
  Numbers y(4);
  max_pool(x.data(), y.data(), 1, g);
  EXPECT_EQ(y, (Numbers{5, 6, 8, 9}));
  average_pool(x.data(), y.data(), 1, g, false);
  EXPECT_EQ(y, (Numbers{3, 4.5, 7.5, 9}));
  average_pool(x.data(), y.data(), 1, g, true);
  EXPECT_EQ(y, (Numbers{3, 2.25, 3.75, 2.25}));
  // Ceil mode without padding: the last windows reach past the padded picture, which is never counted.
  g.pad_bottom = g.pad_right = 0;
  average_pool(x.data(), y.data(), 1, g, true);
  EXPECT_EQ(y, (Numbers{3, 4.5, 7.5, 9}));
}

TEST(ReferencePool, PaddingNeverWinsAndNanStays) {
  const Numbers x = {-1, -2, kNan, -4};
  Geometry g;
  g.in_w = 4, g.kernel_w = 3, g.out_w = 4, g.pad_left = g.pad_right = 1;
  Numbers y(4);
  max_pool(x.data(), y.data(), 1, g);
  EXPECT_EQ(y[0], -1);
  EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2]) && std::isnan(y[3]));
}

TEST(ReferencePool, Global) {
  const Numbers x = {1, 2, 6, -1, -2, -6};
  Numbers y(2);
  global_average_pool(x.data(), y.data(), 2, 3);
  EXPECT_EQ(y, (Numbers{3, -3}));
  global_max_pool(x.data(), y.data(), 2, 3);
  EXPECT_EQ(y, (Numbers{6, -1}));
}

TEST(ReferenceAxis, Softmax) {
  const Numbers x = {0, std::log(3.0), 1000, 1000 + std::log(4.0)};
  Numbers y(4);
  softmax(x.data(), y.data(), 2, 2, 1);
  EXPECT_NEAR(y[0], 0.25, 1e-15);
  EXPECT_NEAR(y[1], 0.75, 1e-15);
  EXPECT_NEAR(y[2], 0.2, 1e-12);
  EXPECT_NEAR(y[3], 0.8, 1e-12);
  softmax(x.data(), y.data(), 1, 2, 2);  // along the other axis: 0 and 1000
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[2], 1);
}

TEST(ReferenceAxis, L2Normalize) {
  const Numbers x = {3, 4, 0, 0};
  Numbers y(4);
  l2_normalize(x.data(), y.data(), 2, 2, 1, 1e-12);
  EXPECT_EQ(y, (Numbers{0.6, 0.8, 0, 0}));
  l2_normalize(x.data(), y.data(), 2, 2, 1, 0);
  EXPECT_EQ(y, (Numbers{0.6, 0.8, 0, 0}));
  l2_normalize(x.data(), y.data(), 2, 2, 1, 10);
  EXPECT_EQ(y, (Numbers{0.3, 0.4, 0, 0}));
  l2_normalize(x.data(), y.data(), 1, 2, 2, 0);  // along the other axis
  EXPECT_EQ(y, (Numbers{1, 1, 0, 0}));
}

TEST(ReferenceMovement, ByHand) {
  const Numbers a = {1, 2, 3, 4, 5, 6}, b = {7, 8};
  Numbers y(8);
  concat({{a.data(), {2, 3}}, {b.data(), {2, 1}}}, 1, y.data());
  EXPECT_EQ(y, (Numbers{1, 2, 3, 7, 4, 5, 6, 8}));
  concat({{b.data(), {1, 2}}, {a.data(), {3, 2}}}, 0, y.data());
  EXPECT_EQ(y, (Numbers{7, 8, 1, 2, 3, 4, 5, 6}));
  y.resize(4);
  slice(a.data(), {2, 3}, {0, 0}, {2, 3}, {1, 2}, y.data());
  EXPECT_EQ(y, (Numbers{1, 3, 4, 6}));
  y.resize(6);
  transpose(a.data(), {2, 3}, {1, 0}, y.data());
  EXPECT_EQ(y, (Numbers{1, 4, 2, 5, 3, 6}));
  transpose(a.data(), {1, 2, 3}, {2, 0, 1}, y.data());
  EXPECT_EQ(y, (Numbers{1, 4, 2, 5, 3, 6}));
  y.resize(8);
  pad(b.data(), {1, 2}, {1, 1}, {0, 1}, -1, y.data());
  EXPECT_EQ(y, (Numbers{-1, -1, -1, -1, -1, 7, 8, -1}));
  y.resize(6);
  resize_nearest(b.data(), 1, 1, 2, {0, 0}, {0, 0, 1}, y.data());
  EXPECT_EQ(y, (Numbers{7, 7, 8, 7, 7, 8}));
}

}  // namespace
}  // namespace mien::reference
