#include "face/evaluate/curve.h"

#include <algorithm>

namespace mien {

Ranks::Ranks(const std::vector<double>& values, const std::vector<double>& thresholds, bool larger_is_same)
    : thresholds_(thresholds.size()), larger_is_same_(larger_is_same) {
  ranks_.reserve(values.size());
  for (double value : values) {
    const auto first = larger_is_same ? std::lower_bound(thresholds.begin(), thresholds.end(), value)
                                      : std::upper_bound(thresholds.begin(), thresholds.end(), value);
    ranks_.push_back(static_cast<size_t>(first - thresholds.begin()));
  }
}

Curve::Curve(const Ranks& ranks)
    : ranks_(ranks), same_accepted_(ranks.thresholds(), 0), different_accepted_(ranks.thresholds(), 0) {}

// Until finish(), each place counts the pairs whose acceptance begins (for a cosine: ends) there.
void Curve::add(size_t pair, bool same) {
  ++(same ? same_ : different_);
  size_t rank = ranks_[pair];
  if (ranks_.larger_is_same()) {
    if (rank == 0) return;  // accepted by no threshold
    --rank;                 // the last one that accepts it
  }
  if (rank < size()) ++(same ? same_accepted_ : different_accepted_)[rank];
}

void Curve::finish() {
  for (std::vector<size_t>* counts : {&same_accepted_, &different_accepted_}) {
    if (ranks_.larger_is_same()) {
      for (size_t i = counts->size(); i-- > 1;) (*counts)[i - 1] += (*counts)[i];
    } else {
      for (size_t i = 1; i < counts->size(); ++i) (*counts)[i] += (*counts)[i - 1];
    }
  }
}

size_t Curve::best(bool last) const {
  size_t best = 0;
  for (size_t i = 1; i < size(); ++i)
    if (correct(i) > correct(best) || (last && correct(i) == correct(best))) best = i;
  return best;
}

}  // namespace mien
