#include "face/match.h"

#include <algorithm>
#include <cmath>

namespace mien {

double norm(const float* a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += double{a[i]} * double{a[i]};
  return std::sqrt(sum);
}

double cosine(const float* a, const float* b, size_t n) {
  double dot = 0;
  for (size_t i = 0; i < n; ++i) dot += double{a[i]} * double{b[i]};
  const double norms = norm(a, n) * norm(b, n);
  return norms > 0 ? std::clamp(dot / norms, -1.0, 1.0) : 0;
}

double unit_distance(double cosine) { return std::sqrt(std::max(0.0, 2 - 2 * cosine)); }

}  // namespace mien
