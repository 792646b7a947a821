// The four parameters of a BatchNorm as the two vectors that the engine's operator takes. Thread-safety: free function.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/status.h"

namespace mien {

// scale = gamma / sqrt(var + eps), shift = beta - mean * scale, formed in double. A null gamma is 1, a null beta 0.
// T is float or double. Error: corrupt where var + eps is not positive and finite.
template <class T>
Status batch_norm_vectors(const T* gamma, const T* beta, const T* mean, const T* variance, size_t count, double eps,
                          std::vector<double>* scale, std::vector<double>* shift);

}  // namespace mien
