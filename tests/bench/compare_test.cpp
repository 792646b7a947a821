// The guard's judgement on made-up laps: it must let noise pass, and must not let a slowdown pass.
#include "bench/guard/compare.h"

#include <gtest/gtest.h>

#include <random>

namespace mien::guard {
namespace {

// Laps of a machine with two modes, in stretches: a quiet neighbour and a busy one.
struct Modes {
  double quiet, busy;
};
constexpr Modes kZen4{0.86, 0.80}, kZen3{0.82, 0.58};  // as measured

std::vector<double> laps(int blocks, double busy, double factor, uint32_t seed, Modes modes = kZen4) {
  std::mt19937 bits(seed);
  std::vector<double> values;
  bool is_busy = false;
  for (int i = 0; i < blocks * kBlock; ++i) {
    const double dice = bits() / 4294967296.0, noise = (bits() / 4294967296.0 - 0.5) * 0.02;
    if (i % 4 == 0) is_busy = dice < busy;
    values.push_back(factor * ((is_busy ? modes.busy : modes.quiet) + noise));
  }
  return values;
}

class Guard : public testing::TestWithParam<Modes> {};
INSTANTIATE_TEST_SUITE_P(Machines, Guard, testing::Values(kZen4, kZen3));

TEST_P(Guard, SameSpeedPasses) {
  int failed = 0;
  for (uint32_t seed = 0; seed < 100; ++seed)
    failed += compare(laps(8, 0.5, 1, seed, GetParam()), laps(2, 0.5, 1, 1000 + seed, GetParam())).slower();
  EXPECT_LE(failed, 1);
}

TEST_P(Guard, TenPerCentSlowerFails) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Comparison c = compare(laps(8, 0.5, 1, seed, GetParam()), laps(8, 0.5, 1 / 1.1, 1000 + seed, GetParam()));
    EXPECT_TRUE(c.slower()) << seed << ": slower by " << c.slowdown << ", floor " << c.noise_floor << ", chance "
                            << c.chance;
    EXPECT_NEAR(c.slowdown, 1 - 1 / 1.1, 0.02);
  }
}

TEST(Compare, FasterPasses) {
  EXPECT_FALSE(compare(laps(8, 0.5, 1, 1), laps(1, 0.5, 1.2, 2)).slower());
}

TEST(Compare, TheQuietestBlockCounts) {
  std::vector<double> values = laps(1, 1, 1, 1);
  const std::vector<double> quiet = laps(1, 0, 1, 2);
  values.insert(values.end(), quiet.begin(), quiet.end());
  EXPECT_EQ(quietest_block(values), quiet);
  values.push_back(2);  // an unfinished block does not count
  EXPECT_EQ(quietest_block(values), quiet);
}

TEST(Compare, UpperQuartile) {
  EXPECT_EQ(upper_quartile({4, 1, 3, 2}), 4);
  EXPECT_EQ(upper_quartile({8, 1, 7, 2, 6, 3, 5, 4}), 7);
}

TEST(Compare, UpperQuarter) {
  EXPECT_EQ(upper_quarter({8, 1, 7, 2, 6, 3, 5, 4}), (std::vector<double>{7, 8}));
}

// Against the normal approximation written out in textbooks: 3 and 3 values without overlap have z = -1.75 with the
// correction for continuity.
TEST(Compare, RankSumChance) {
  EXPECT_NEAR(rank_sum_chance({4, 5, 6}, {1, 2, 3}), 0.0404, 5e-4);
  EXPECT_NEAR(rank_sum_chance({1, 2, 3, 4}, {1, 2, 3, 4}), 0.5, 0.06);
  EXPECT_GT(rank_sum_chance({1, 2, 3}, {4, 5, 6}), 0.95);
}

}  // namespace
}  // namespace mien::guard
