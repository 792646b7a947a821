#include "bench/guard/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace mien::guard {
namespace {

constexpr int kSplits = 400;

// Of the upper quartiles of two halves, relative.
double halves_difference(const std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  return std::fabs(1 - upper_quartile({values.begin(), middle}) / upper_quartile({middle, values.end()}));
}

double noise_of(std::vector<double> values) {
  std::vector<double> differences;
  uint64_t state = 1;  // the same splits every time
  for (int split = 0; split < kSplits; ++split) {
    for (size_t i = values.size(); i > 1; --i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      std::swap(values[i - 1], values[(state >> 33) % i]);
    }
    differences.push_back(halves_difference(values));
  }
  std::sort(differences.begin(), differences.end());
  return differences[kSplits * 95 / 100];
}

}  // namespace

double upper_quartile(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 3 / 4];
}

std::vector<double> quietest_block(const std::vector<double>& laps) {
  std::vector<double> best;
  for (size_t begin = 0; begin + kBlock <= laps.size(); begin += kBlock) {
    const auto first = laps.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::vector<double> block(first, first + kBlock);
    if (best.empty() || upper_quartile(block) > upper_quartile(best)) best = block;
  }
  return best;
}

std::vector<double> upper_quarter(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() * 3 / 4));
  return values;
}

double rank_sum_chance(const std::vector<double>& recorded, const std::vector<double>& now) {
  const double n = static_cast<double>(now.size()), m = static_cast<double>(recorded.size());
  double wins = 0;  // pairs in which now is above
  for (const double y : now)
    for (const double x : recorded) wins += y > x ? 1 : y == x ? 0.5 : 0;
  const double deviation = std::sqrt(n * m * (n + m + 1) / 12);
  return 0.5 * std::erfc((n * m / 2 - wins - 0.5) / deviation / std::sqrt(2.0));
}

Comparison compare(const std::vector<double>& recorded, const std::vector<double>& now) {
  const std::vector<double> was = quietest_block(recorded), is = quietest_block(now);
  Comparison result;
  result.recorded = upper_quartile(was);
  result.now = upper_quartile(is);
  result.slowdown = 1 - result.now / result.recorded;
  result.noise_floor = noise_of(is);
  result.chance = rank_sum_chance(upper_quarter(recorded), upper_quarter(now));
  return result;
}

}  // namespace mien::guard
