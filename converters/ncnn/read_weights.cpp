// What each layer takes from the file of weights, and in which order.
#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

// One scale for so many outputs that follow each other: weight = stored / scale, as ncnn quantised it. ncnn takes a
// scale of 0 for weights of 0.
void descale(LayerView& n, const std::vector<float>& scales, std::vector<float>* values) {
  if (scales.empty() || values->size() % scales.size() != 0)
    return n.corrupt(std::to_string(values->size()) + " weights for " + std::to_string(scales.size()) + " scales");
  const size_t each = values->size() / scales.size();
  for (size_t i = 0; i < values->size(); ++i) {
    const double scale = static_cast<double>(scales[i / each]);
    (*values)[i] = scale == 0 ? 0.0f : static_cast<float>(static_cast<double>((*values)[i]) / scale);
  }
}

// Weights, bias, and the scales of a layer that was made for int8 arithmetic. `scales` is how many the weights have;
// the one or two behind them are of the activations, which stay in float32 here.
void read_weighted(LayerView& n, WeightReader& w, int64_t count, int64_t biases, int64_t scales,
                   int activation_scales) {
  Tensor weight = w.flagged(n, count);
  n.weights.resize(2);
  if (biases != 0) n.weights[1] = w.raw(n, biases);
  std::vector<float> weight_scales;
  if (scales != 0) weight_scales = w.raw(n, scales);
  for (int i = 0; i < activation_scales; ++i) w.raw(n, 1);
  n.eight_bit = scales != 0;
  if (weight.eight_bit && scales == 0) n.refuse("weights of eight bits without their scales");
  if (weight.eight_bit && scales != 0 && w.status().ok() && !w.lost()) descale(n, weight_scales, &weight.values);
  n.weights[0] = std::move(weight.values);
}

}  // namespace

void read_convolution(LayerView& n, WeightReader& w) {
  const bool depthwise = n.type() == "ConvolutionDepthWise";
  check_activation(n);
  if (n.integer(19, 0) != 0) return n.refuse("weights that another layer computes");
  const int64_t outputs = n.integer(0, 0), term = n.integer(8, 0), groups = depthwise ? n.integer(7, 1) : 1;
  int64_t scales = term == 0 ? 0 : outputs;
  if (depthwise && (term == 1 || term == 101)) scales = groups;
  if (depthwise && (term == 2 || term == 102)) scales = 1;
  if (outputs < 1 || groups < 1 || term < 0 || (depthwise && term > 2 && term != 101 && term != 102))
    return n.corrupt(std::to_string(outputs) + " outputs in " + std::to_string(groups) + " groups, int8 term " +
                     std::to_string(term));
  const int activation_scales = term == 0 ? 0 : term > 100 ? 2 : 1;
  read_weighted(n, w, n.integer(6, 0), n.integer(5, 0) != 0 ? outputs : 0, scales, activation_scales);
}

void read_inner_product(LayerView& n, WeightReader& w) {
  check_activation(n);
  const int64_t outputs = n.integer(0, 0), term = n.integer(8, 0);
  if (outputs < 1) return n.corrupt(std::to_string(outputs) + " outputs");
  read_weighted(n, w, n.integer(2, 0), n.integer(1, 0) != 0 ? outputs : 0, term != 0 ? outputs : 0, term != 0 ? 1 : 0);
}

void read_batch_norm(LayerView& n, WeightReader& w) {
  for (int i = 0; i < 4; ++i) n.weights.push_back(w.raw(n, n.integer(0, 0)));
}

void read_scale(LayerView& n, WeightReader& w) {
  const int64_t count = n.integer(0, 0);
  const bool bias = n.integer(1, 0) != 0;
  if (count == -233) {  // the scales are the second blob
    if (bias) n.refuse("a bias with scales that another layer computes");
    if (n.bottoms() != 2) n.corrupt("reads one blob; its scales would be a second one");
    return;
  }
  if (n.bottoms() != 1) n.corrupt("has scales and reads a second blob");
  n.weights.push_back(w.raw(n, count));
  if (bias) n.weights.push_back(w.raw(n, count));
}

void read_prelu(LayerView& n, WeightReader& w) {
  n.weights.push_back(w.raw(n, n.integer(0, 0)));
}

void read_normalize(LayerView& n, WeightReader& w) {
  n.weights.push_back(w.raw(n, n.integer(3, 0)));
}

void read_memory_data(LayerView& n, WeightReader& w) {
  const int64_t kind = n.integer(21, 1);
  int64_t count = 1;
  for (int id : {0, 1, 11, 2}) {
    const int64_t size = n.integer(id, 0);
    if (size < 0 || (size == 0 && id == 0)) return n.corrupt("dimension " + std::to_string(size));
    if (size > 0 && count > (int64_t{1} << 31) / size) return n.corrupt("more than 2^31 numbers");
    if (size > 0) count *= size;
  }
  if (kind != 0 && kind != 1) return n.corrupt("load type " + std::to_string(kind));
  if (kind == 1) {
    n.weights.push_back(w.raw(n, count));
    return;
  }
  Tensor tensor = w.flagged(n, count);
  if (tensor.eight_bit) n.refuse("data of eight bits without their scale");
  n.weights.push_back(std::move(tensor.values));
}

}  // namespace mien::ncnn
