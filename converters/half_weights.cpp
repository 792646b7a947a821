#include "converters/half_weights.h"

#include <cmath>
#include <vector>

#include "engine/half.h"

namespace mien {
namespace {

Status round_to_half(Value& value) {
  std::vector<float> rounded(value.constant.data, value.constant.data + value.shape.elements());
  for (float& v : rounded) {
    const float half = float_of(half_of(v));
    if (!std::isfinite(half))
      return {Code::check_failed, "the constant '" + value.name + "' holds " + std::to_string(v) +
                                      ", which float16 cannot: store it as f32"};
    v = half;
  }
  value.constant = make_constant(std::move(rounded));
  value.constant.half = true;
  return {};
}

}  // namespace

Status round_weights_to_half(Graph& graph) {
  for (Value& value : graph.values) {
    if (value.is_constant() && value.shape.rank >= 2) MIEN_RETURN_IF_ERROR(round_to_half(value));
  }
  return {};
}

}  // namespace mien
