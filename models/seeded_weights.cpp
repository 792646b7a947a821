#include "models/seeded_weights.h"

#include <cmath>

namespace mien {
namespace {

// value(u) for u of elements 0 .. count - 1, rounded once.
template <class Value>
std::vector<float> fill(uint64_t state, int64_t count, Value value) {
  std::vector<float> tensor(static_cast<size_t>(count));
  for (size_t i = 0; i < tensor.size(); ++i) {
    const double u = static_cast<double>(mix(state + i) >> 40) / 16777216.0;
    tensor[i] = static_cast<float>(value(u));
  }
  return tensor;
}

}  // namespace

uint64_t mix(uint64_t x) {
  uint64_t z = x + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t fnv(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

Constant SeededWeights::tensor(const TensorRequest& request) {
  if (request.optional) return default_of(request);
  const int64_t count = request.shape.elements();
  if (request.role != Role::conv_weight && request.role != Role::fc_weight)
    return make_constant(draw(request.layer, request.role, count));
  const int64_t fan_in = count / request.shape[0];
  return make_constant(draw_weight(request.layer, count, fan_in, request.gain, request.role));
}

uint64_t SeededWeights::state_of(const std::string& layer, Role role) const {
  const uint64_t state = fnv(layer + "/" + name_of(role));
  return seed_ == 0 ? state : state ^ mix(seed_);
}

std::vector<float> SeededWeights::draw(const std::string& layer, Role role, int64_t count) const {
  const uint64_t state = state_of(layer, role);
  switch (role) {
    case Role::bn_gamma:
    case Role::bn_var:
      return fill(state, count, [](double u) { return 0.75 + 0.5 * u; });
    case Role::prelu_slope:
      return fill(state, count, [](double u) { return 0.05 + 0.4 * u; });
    default:
      return fill(state, count, [](double u) { return (2 * u - 1) * 0.1; });
  }
}

std::vector<float> SeededWeights::draw_weight(const std::string& layer, int64_t count, int64_t fan_in, double gain,
                                              Role role) const {
  const double limit = std::sqrt(3 * gain / static_cast<double>(fan_in));
  return fill(state_of(layer, role), count, [limit](double u) { return (2 * u - 1) * limit; });
}

}  // namespace mien
