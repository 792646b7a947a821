#include "models/layers.h"

#include <cmath>
#include <utility>
#include <vector>

namespace mien {
namespace {

constexpr double kBatchNormEps = 1e-5;

Node make_node(Op op, const std::string& name, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  return node;
}

}  // namespace

LayerBuilder::LayerBuilder(std::string name, uint64_t seed) : weights_(seed) {
  graph_.name = std::move(name);
}

Features LayerBuilder::input(const std::string& name, int channels, int height, int width) {
  return {graph_.add_input(name, Shape{1, channels, height, width}), channels};
}

Features LayerBuilder::conv(const std::string& layer, Features x, int channels, const ConvSpec& spec) {
  const int64_t k = spec.kernel;
  const int64_t fan_in = x.channels / spec.groups * k * k;
  const ValueId w = graph_.add_constant(layer + "/conv.weight", Shape{channels, x.channels / spec.groups, k, k},
                                        weights_.draw_weight(layer, channels * fan_in, fan_in, spec.gain));
  Node node = make_node(Op::conv, layer, {x.id, w});
  node.window.kernel_h = node.window.kernel_w = spec.kernel;
  node.window.stride_h = node.window.stride_w = spec.stride;
  node.window.pad_top = node.window.pad_left = node.window.pad_bottom = node.window.pad_right = spec.pad;
  node.window.groups = spec.groups;
  return append(std::move(node), channels);
}

Features LayerBuilder::batch_norm(const std::string& layer, Features x) {
  const auto gamma = weights_.draw(layer, Role::bn_gamma, x.channels);
  const auto beta = weights_.draw(layer, Role::bn_beta, x.channels);
  const auto mean = weights_.draw(layer, Role::bn_mean, x.channels);
  const auto var = weights_.draw(layer, Role::bn_var, x.channels);
  std::vector<float> scale(gamma.size()), shift(gamma.size());
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double s = gamma[c] / std::sqrt(var[c] + kBatchNormEps);
    scale[c] = static_cast<float>(s);
    shift[c] = static_cast<float>(beta[c] - mean[c] * s);
  }
  const Shape per_channel{x.channels};
  const ValueId scale_id = graph_.add_constant(layer + "/bn.scale", per_channel, std::move(scale));
  const ValueId shift_id = graph_.add_constant(layer + "/bn.shift", per_channel, std::move(shift));
  return append(make_node(Op::batch_norm, layer + "/bn", {x.id, scale_id, shift_id}), x.channels);
}

Features LayerBuilder::prelu(const std::string& layer, Features x) {
  const ValueId slope = graph_.add_constant(layer + "/prelu.slope", Shape{x.channels},
                                            weights_.draw(layer, Role::prelu_slope, x.channels));
  return append(make_node(Op::prelu, layer + "/prelu", {x.id, slope}), x.channels);
}

Features LayerBuilder::add(const std::string& layer, Features a, Features b) {
  return append(make_node(Op::add, layer, {a.id, b.id}), a.channels);
}

void LayerBuilder::output_vector(const std::string& name, Features x) {
  Node node = make_node(Op::reshape, name, {x.id});
  node.ints = {1, x.channels};
  graph_.outputs.push_back(graph_.add_node(std::move(node), name));
}

Features LayerBuilder::append(Node node, int channels) {
  return {graph_.add_node(std::move(node)), channels};
}

}  // namespace mien
