// The guard's judgement on made-up laps: it must let noise pass, and must not let a slowdown pass.
#include "bench/guard/compare.h"

#include <gtest/gtest.h>

#include <random>

namespace mien::guard {
namespace {

// Laps of a machine with two modes, as measured: 86 % with a quiet neighbour, 80 % with a busy one, in stretches.
std::vector<double> laps(int blocks, double busy, double factor, uint32_t seed) {
  std::mt19937 bits(seed);
  std::vector<double> values;
  bool is_busy = false;
  for (int i = 0; i < blocks * kBlock; ++i) {
    const double dice = bits() / 4294967296.0, noise = (bits() / 4294967296.0 - 0.5) * 0.02;
    if (i % 4 == 0) is_busy = dice < busy;
    values.push_back(factor * ((is_busy ? 0.80 : 0.86) + noise));
  }
  return values;
}

TEST(Guard, SameSpeedPasses) {
  int failed = 0;
  for (uint32_t seed = 0; seed < 100; ++seed)
    failed += compare(laps(8, 0.5, 1, seed), laps(2, 0.5, 1, 1000 + seed)).slower();
  EXPECT_LE(failed, 1);
}

TEST(Guard, TenPerCentSlowerFails) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Comparison c = compare(laps(8, 0.5, 1, seed), laps(8, 0.5, 1 / 1.1, 1000 + seed));
    EXPECT_TRUE(c.slower()) << seed << ": slower by " << c.slowdown << ", floor " << c.noise_floor << ", chance "
                            << c.chance;
    EXPECT_NEAR(c.slowdown, 1 - 1 / 1.1, 0.02);
  }
}

TEST(Guard, FasterPasses) {
  EXPECT_FALSE(compare(laps(8, 0.5, 1, 1), laps(1, 0.5, 1.2, 2)).slower());
}

TEST(Guard, TheQuietestBlockCounts) {
  std::vector<double> values = laps(1, 1, 1, 1);
  const std::vector<double> quiet = laps(1, 0, 1, 2);
  values.insert(values.end(), quiet.begin(), quiet.end());
  EXPECT_EQ(quietest_block(values), quiet);
  values.push_back(2);  // an unfinished block does not count
  EXPECT_EQ(quietest_block(values), quiet);
}

TEST(Guard, UpperQuartile) {
  EXPECT_EQ(upper_quartile({4, 1, 3, 2}), 4);
  EXPECT_EQ(upper_quartile({8, 1, 7, 2, 6, 3, 5, 4}), 7);
}

// Against the normal approximation written out in textbooks: 3 and 3 values without overlap have z = -1.75 with the
// correction for continuity.
TEST(Guard, RankSumChance) {
  EXPECT_NEAR(rank_sum_chance({4, 5, 6}, {1, 2, 3}), 0.0404, 5e-4);
  EXPECT_NEAR(rank_sum_chance({1, 2, 3, 4}, {1, 2, 3, 4}), 0.5, 0.06);
  EXPECT_GT(rank_sum_chance({1, 2, 3}, {4, 5, 6}), 0.95);
}

}  // namespace
}  // namespace mien::guard
