// Are the laps measured now slower than those recorded?
//
// Efficiency on a shared machine has modes: MobileFaceNet was seen to fall from 86 to 80 % of a peak that itself does
// not move, for seconds at a time and with hardly any spread within (on either core; presumably another guest on the
// core's second thread). So laps are not independent, a median mixes modes, and neither more laps nor a test on all of
// them helps. Neighbours only ever slow down, though: what repeats is the upper mode. Hence:
//   - laps come in blocks of a few seconds; the quietest block is the one with the highest upper quartile;
//   - the slowdown is that of the quietest block's upper quartile, now against recorded;
//   - the noise floor is now against now: the 95 % quantile of the differences of the quietest block's random halves;
//   - the chance is that of the rank-sum test (Mann-Whitney, one-sided) on the upper quarters of all laps: it asks
//     nothing of the distributions. The rest is left out because it says how busy the neighbours were: laps 10 % slower
//     than the upper mode rank no lower than a mixture of both modes.
// Slower means: by more than the limit and the noise floor, and less likely by chance than one in a hundred. While the
// slowdown is above the limit another block is measured, up to a number that spans a minute or more: a real slowdown is
// there in all of them.
// Pure functions.
#pragma once

#include <vector>

namespace mien::guard {

inline constexpr double kLimit = 0.05;  // half of the 10 % that must be found
inline constexpr double kChance = 0.01;
inline constexpr int kBlock = 16;  // laps

struct Comparison {
  double recorded = 0, now = 0;  // efficiency: upper quartile of the quietest block
  double slowdown = 0;           // 1 - now / recorded
  double noise_floor = 0;
  double chance = 1;  // of ranks this low if nothing has changed
  bool slower() const { return slowdown > kLimit && slowdown > noise_floor && chance < kChance; }
};

// Efficiencies of laps in the order of measurement. REQUIRES: at least a block each.
Comparison compare(const std::vector<double>& recorded, const std::vector<double>& now);

// The parts, for the tests.
double upper_quartile(std::vector<double> values);
std::vector<double> quietest_block(const std::vector<double>& laps);
std::vector<double> upper_quarter(std::vector<double> values);
double rank_sum_chance(const std::vector<double>& recorded, const std::vector<double>& now);

}  // namespace mien::guard
