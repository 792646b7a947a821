#include "face/evaluate/features.h"

#include <algorithm>
#include <cmath>

namespace mien {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kGrnEpsilon = 1e-6, kCosineEpsilon = 1e-5;

double sum_of_squares(const double* x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

void divide(double* x, size_t n, double by) {
  if (by == 0) return;
  for (size_t i = 0; i < n; ++i) x[i] /= by;
}

void scale(double* feature, size_t width, size_t dims, Scaling scaling) {
  switch (scaling) {
    case Scaling::none:
      return;
    case Scaling::whole:
      return divide(feature, width, std::sqrt(sum_of_squares(feature, width)));
    case Scaling::halves:
      for (size_t at = 0; at < width; at += dims)
        divide(feature + at, dims, std::sqrt(sum_of_squares(feature + at, dims)));
      return;
    case Scaling::grn:
      return divide(feature, width, std::sqrt(sum_of_squares(feature, width) + kGrnEpsilon));
  }
}

// dot, |a|^2, |b|^2 and |a - b|^2 of two features less the mean.
struct Products {
  double dot = 0, aa = 0, bb = 0, squared = 0;
};

Products products(const double* a, const double* b, const std::vector<double>& mean, size_t width) {
  Products p;
  for (size_t i = 0; i < width; ++i) {
    const double m = mean.empty() ? 0 : mean[i];
    const double x = a[i] - m, y = b[i] - m;
    p.dot += x * y, p.aa += x * x, p.bb += y * y;
    p.squared += (x - y) * (x - y);
  }
  return p;
}

double cosine_of(const Products& p) {
  const double norms = std::sqrt(p.aa) * std::sqrt(p.bb);
  return norms > 0 ? std::clamp(p.dot / norms, -1.0, 1.0) : 0;
}

double measured(const Products& p, Measure measure) {
  switch (measure) {
    case Measure::squared:
      return p.squared;
    case Measure::euclidean:
      return std::sqrt(p.squared);
    case Measure::angle:
      return std::acos(cosine_of(p)) / kPi;
    case Measure::half_cosine:
      return 0.5 * (1 - p.dot);
    case Measure::cosine:
      return p.dot / (std::sqrt(p.aa) * std::sqrt(p.bb) + kCosineEpsilon);
  }
  return 0;
}

}  // namespace

Features make_features(const FacePairs& pairs, Flip flip, Scaling scaling) {
  Features features;
  const size_t dims = pairs.dims;
  features.width = flip == Flip::concat ? 2 * dims : dims;
  features.values.resize(pairs.pictures * features.width);
  for (size_t i = 0; i < pairs.pictures; ++i) {
    double* feature = features.values.data() + i * features.width;
    for (size_t k = 0; k < dims; ++k) feature[k] = pairs.originals[i * dims + k];
    for (size_t k = 0; k < dims && flip == Flip::sum; ++k) feature[k] += double{pairs.mirrored[i * dims + k]};
    for (size_t k = 0; k < dims && flip == Flip::concat; ++k) feature[dims + k] = pairs.mirrored[i * dims + k];
    scale(feature, features.width, dims, scaling);
  }
  return features;
}

std::vector<double> mean_of_others(const Features& features, const FacePairs& pairs, const std::vector<int>& fold_of,
                                   int fold) {
  std::vector<double> mean(features.width, 0);
  double count = 0;
  for (size_t p = 0; p < pairs.count; ++p) {
    if (fold_of[p] == fold || fold_of[p] < 0) continue;
    const double *a = features.of(pairs.pairs[p].a), *b = features.of(pairs.pairs[p].b);
    for (size_t k = 0; k < features.width; ++k) mean[k] += a[k] + b[k];
    count += 2;
  }
  divide(mean.data(), mean.size(), count);
  return mean;
}

std::vector<double> compare_pairs(const Features& features, const FacePairs& pairs, Measure measure,
                                  const std::vector<double>& mean) {
  std::vector<double> values(pairs.count);
  for (size_t p = 0; p < pairs.count; ++p)
    values[p] =
        measured(products(features.of(pairs.pairs[p].a), features.of(pairs.pairs[p].b), mean, features.width), measure);
  return values;
}

std::vector<double> cosines_of_pairs(const Features& features, const FacePairs& pairs) {
  std::vector<double> values(pairs.count);
  for (size_t p = 0; p < pairs.count; ++p)
    values[p] = cosine_of(products(features.of(pairs.pairs[p].a), features.of(pairs.pairs[p].b), {}, features.width));
  return values;
}

double cosine_at(Measure measure, double value, double squared_norm) {
  switch (measure) {
    case Measure::squared:
      return 1 - value / (2 * squared_norm);
    case Measure::euclidean:
      return 1 - value * value / (2 * squared_norm);
    case Measure::angle:
      return std::cos(kPi * value);
    case Measure::half_cosine:
      return (1 - 2 * value) / squared_norm;
    case Measure::cosine:
      return value;
  }
  return 0;
}

}  // namespace mien
