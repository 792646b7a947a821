// Weights of seed 0 with slopes from -0.5 to 1.5, where max(x, slope * x) is not a PReLU. Not thread-safe, as its base.
#pragma once

#include "models/seeded_weights.h"

namespace mien {

class SignedSlopes : public SeededWeights {
 public:
  SignedSlopes() : SeededWeights(0) {}

  Constant tensor(const TensorRequest& request) override {
    if (request.role != Role::prelu_slope) {
      TensorRequest smaller = request;
      smaller.gain *= 0.75;
      return SeededWeights::tensor(smaller);
    }
    const uint64_t state = fnv(request.layer + "/" + name_of(request.role));
    std::vector<float> slopes(static_cast<size_t>(request.shape.elements()));
    for (size_t i = 0; i < slopes.size(); ++i)
      slopes[i] = static_cast<float>(2 * (static_cast<double>(mix(state + i) >> 40) / 16777216.0) - 0.5);
    return make_constant(std::move(slopes));
  }
};

}  // namespace mien
