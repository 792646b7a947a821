#include "converters/batch_norm.h"

#include <cmath>
#include <string>

namespace mien {

template <class T>
Status batch_norm_vectors(const T* gamma, const T* beta, const T* mean, const T* variance, size_t count, double eps,
                          std::vector<double>* scale, std::vector<double>* shift) {
  scale->resize(count);
  shift->resize(count);
  for (size_t i = 0; i < count; ++i) {
    const double spread = double{variance[i]} + eps;
    if (!(spread > 0) || !std::isfinite(spread)) {
      return {Code::corrupt, "variance " + std::to_string(variance[i]) + " plus epsilon is not positive at element " +
                                 std::to_string(i)};
    }
    (*scale)[i] = (gamma ? double{gamma[i]} : 1) / std::sqrt(spread);
    (*shift)[i] = (beta ? double{beta[i]} : 0) - double{mean[i]} * (*scale)[i];
  }
  return {};
}

template Status batch_norm_vectors(const float*, const float*, const float*, const float*, size_t, double,
                                   std::vector<double>*, std::vector<double>*);
template Status batch_norm_vectors(const double*, const double*, const double*, const double*, size_t, double,
                                   std::vector<double>*, std::vector<double>*);

}  // namespace mien
