#include "face/match.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

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

Status template_of(const float* embeddings, int count, int dims, float* out) {
  if (count < 1 || dims < 1) return {Code::bad_argument, "a template needs an embedding"};
  const auto n = static_cast<size_t>(dims);
  const auto usable = [](double length) { return length > 0 && std::isfinite(length); };
  std::vector<double> mean(n, 0.0);
  for (int i = 0; i < count; ++i) {
    const float* embedding = embeddings + static_cast<size_t>(i) * n;
    const double length = norm(embedding, n);
    if (!usable(length))
      return {Code::check_failed, "embedding " + std::to_string(i) + " has norm " + std::to_string(length)};
    for (size_t k = 0; k < n; ++k) mean[k] += double{embedding[k]} / length;
  }
  for (double& value : mean) value /= count;
  const double length = std::sqrt(std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0));
  // Of unit vectors that cancel out, rounding leaves something of this size, which points nowhere.
  if (!(length > 1e-7)) return {Code::check_failed, "the embeddings have no mean direction"};
  for (size_t k = 0; k < n; ++k) out[k] = static_cast<float>(mean[k] / length);
  return {};
}

double same_person(const FaceRecord& record) {
  for (const Threshold& threshold : record.thresholds)
    if (threshold.far <= kSamePersonFar) return threshold.cosine;
  return record.thresholds.empty() ? kSamePerson : record.thresholds.back().cosine;
}

}  // namespace mien
