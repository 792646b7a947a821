// From embeddings to the features that a protocol compares, and the comparison itself. Thread-safety: free functions;
// Features are plain data.
#pragma once

#include <vector>

#include "face/evaluate/pairs.h"
#include "face/evaluate/protocols.h"

namespace mien {

struct Features {
  size_t width = 0;
  std::vector<double> values;  // [pictures][width]
  const double* of(uint32_t picture) const { return values.data() + picture * width; }
};

// REQUIRES: pairs.mirrored unless flip is none.
Features make_features(const FacePairs& pairs, Flip flip, Scaling scaling);

// Mean of the features of both sides of the pairs for which fold_of is not `fold`; zeros if there is none.
std::vector<double> mean_of_others(const Features& features, const FacePairs& pairs, const std::vector<int>& fold_of,
                                   int fold);

// One value per pair, of the features less `mean` (empty: of the features). Sums in double in the order of elements.
std::vector<double> compare_pairs(const Features& features, const FacePairs& pairs, Measure measure,
                                  const std::vector<double>& mean);

// The cosine of each pair, 0 where a feature is 0.
std::vector<double> cosines_of_pairs(const Features& features, const FacePairs& pairs);

// The cosine at which `measure` has this value for features of the given squared norm.
double cosine_at(Measure measure, double value, double squared_norm);

}  // namespace mien
