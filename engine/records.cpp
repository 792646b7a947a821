#include "engine/records.h"

namespace mien {
namespace {

// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators": the n-th output of SplitMix64 started
// at 0 is splitmix64((n - 1) * gamma).
uint64_t splitmix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

int64_t sample_index(int64_t i, int64_t n, int64_t elements) {
  return n <= 1 ? 0 : i * (elements - 1) / (n - 1);
}

std::vector<float> golden_input(uint64_t seed, int64_t elements, float low, float high) {
  std::vector<float> values(static_cast<size_t>(elements));
  const double step = (static_cast<double>(high) - low) / (1 << 24);
  for (size_t i = 0; i < values.size(); ++i) {
    const double u = static_cast<double>(splitmix64(seed + i) >> 40);
    values[i] = static_cast<float>(low + step * u);
  }
  return values;
}

}  // namespace mien
