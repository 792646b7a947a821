#include "converters/checkpoint/checkpoint_weights.h"

#include <cmath>

#include "converters/text.h"

namespace mien {
namespace {

std::string key_of(const std::string& layer, Role role) {
  return layer + "/" + name_of(role);
}

// Rows of `columns` become columns: [rows][columns] -> [columns][rows].
void transpose(const float* from, size_t rows, size_t columns, float* to) {
  constexpr size_t kTile = 32;  // so that both sides stay in the cache
  for (size_t r0 = 0; r0 < rows; r0 += kTile)
    for (size_t c0 = 0; c0 < columns; c0 += kTile)
      for (size_t r = r0; r < std::min(rows, r0 + kTile); ++r)
        for (size_t c = c0; c < std::min(columns, c0 + kTile); ++c) to[c * rows + r] = from[r * columns + c];
}

// Height, width, in, out -> out, in, height, width; in, out -> out, in.
std::vector<float> in_our_order(const std::vector<float>& values, const Shape& ours) {
  const size_t out = static_cast<size_t>(ours[0]), in = static_cast<size_t>(ours[1]);
  const size_t taps = ours.rank == 4 ? static_cast<size_t>(ours[2] * ours[3]) : 1;
  std::vector<float> out_first(values.size()), ordered(values.size());
  transpose(values.data(), taps * in, out, out_first.data());
  if (taps == 1) return out_first;
  for (size_t o = 0; o < out; ++o) transpose(&out_first[o * taps * in], taps, in, &ordered[o * taps * in]);
  return ordered;
}

}  // namespace

CheckpointWeights::CheckpointWeights(Checkpoint* checkpoint, const Fit& fit, bool keep_negative_slopes)
    : checkpoint_(*checkpoint), fit_(fit), keep_negative_slopes_(keep_negative_slopes) {
  for (size_t i = 0; i < fit.wanted.size(); ++i) wanted_[key_of(fit.wanted[i].layer, fit.wanted[i].role)] = i;
}

Constant CheckpointWeights::tensor(const TensorRequest& request) {
  const auto wanted = wanted_.find(key_of(request.layer, request.role));
  const int found = wanted == wanted_.end() ? -1 : fit_.found[wanted->second];
  if (found < 0) return default_of(request);
  NamedTensor& tensor = checkpoint_.tensors[static_cast<size_t>(found)];
  std::vector<float> values = std::move(tensor.values);
  check(tensor, values, request);
  const Framework& framework = fit_.naming->framework;
  if (framework.transposed && request.shape.rank >= 2) values = in_our_order(values, request.shape);
  if (request.role == Role::prelu_slope && framework.clamps_slopes && !keep_negative_slopes_) clamp(&values);
  return make_constant(std::move(values));
}

int64_t CheckpointWeights::outputs_of(const std::string& layer, Role role, int64_t) const {
  const auto wanted = wanted_.find(key_of(layer, role));
  if (wanted == wanted_.end() || fit_.found[wanted->second] < 0) return 0;
  const Shape& shape = fit_.wanted[wanted->second].shape;
  return shape[fit_.naming->framework.transposed ? shape.rank - 1 : 0];
}

int64_t CheckpointWeights::kernel_width_of(const std::string& layer, int64_t usual) const {
  const auto wanted = wanted_.find(key_of(layer, Role::conv_weight));
  if (wanted == wanted_.end() || fit_.found[wanted->second] < 0) return usual;
  const Shape& shape = fit_.wanted[wanted->second].shape;
  return shape[fit_.naming->framework.transposed ? 1 : 3];
}

double CheckpointWeights::eps(double usual) const {
  return fit_.naming->framework.eps > 0 ? fit_.naming->framework.eps : usual;
}

void CheckpointWeights::check(const NamedTensor& tensor, const std::vector<float>& values,
                              const TensorRequest& request) {
  if (!status_.ok()) return;
  // A sum is finite only if every term is: one pass without branches. Large finite terms cannot overflow a double.
  double sum = 0;
  for (const float v : values) sum += v;
  if (!std::isfinite(sum)) {
    status_ = Status(Code::corrupt, "tensor '" + printable(tensor.name) + "' holds NaN or infinity");
    return;
  }
  if (request.role != Role::bn_var) return;
  for (const float v : values) {
    if (v + request.eps > 0) continue;
    status_ = Status(Code::corrupt, "tensor '" + printable(tensor.name) + "' holds a variance of " + std::to_string(v) +
                                        ": with eps it must be positive");
    return;
  }
}

void CheckpointWeights::clamp(std::vector<float>* slopes) {
  const int64_t before = clamped_;
  for (float& slope : *slopes)
    if (slope < 0) slope = 0, ++clamped_;
  clamped_layers_ += clamped_ > before;
}

}  // namespace mien
