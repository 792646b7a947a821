#include "models/layers.h"

#include <cmath>
#include <utility>
#include <vector>

namespace mien {
namespace {

Node make_node(Op op, const std::string& name, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  return node;
}

Window square(const ConvSpec& spec) {
  Window window;
  window.kernel_h = window.kernel_w = spec.kernel;
  window.stride_h = window.stride_w = spec.stride;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = spec.pad;
  window.groups = spec.groups;
  return window;
}

}  // namespace

LayerBuilder::LayerBuilder(std::string name, WeightSource& weights) : weights_(weights) {
  graph_.name = std::move(name);
}

Features LayerBuilder::input(const std::string& name, int channels, int height, int width) {
  return {graph_.add_input(name, Shape{1, channels, height, width}), channels};
}

ValueId LayerBuilder::constant(const std::string& layer, Role role, const Shape& shape, double gain) {
  return graph_.add_constant(layer + "/" + name_of(role), shape, weights_.tensor({layer, role, shape, gain}));
}

Node LayerBuilder::convolution(const std::string& layer, Features x, int channels, const Window& window, double gain) {
  const Shape shape{channels, x.channels / window.groups, window.kernel_h, window.kernel_w};
  Node node = make_node(Op::conv, layer, {x.id, constant(layer, Role::conv_weight, shape, gain)});
  node.window = window;
  return node;
}

Window global_depthwise(const WeightSource& weights, const std::string& layer, int channels) {
  Window window;
  window.kernel_h = 7;
  window.kernel_w = weights.kernel_width_of(layer, 7) == 6 ? 6 : 7;
  window.groups = channels;
  return window;
}

Features LayerBuilder::conv(const std::string& layer, Features x, int channels, const ConvSpec& spec) {
  return append(convolution(layer, x, channels, square(spec), spec.gain), channels);
}

Features LayerBuilder::conv_bias(const std::string& layer, Features x, int channels, const ConvSpec& spec) {
  Node node = convolution(layer, x, channels, square(spec), spec.gain);
  node.inputs.push_back(constant(layer, Role::conv_bias, Shape{channels}));
  return append(std::move(node), channels);
}

Features LayerBuilder::conv_window(const std::string& layer, Features x, int channels, const Window& window,
                                   double gain) {
  return append(convolution(layer, x, channels, window, gain), channels);
}

Features LayerBuilder::fully_connected(const std::string& layer, Features x, int units, double gain, bool bias) {
  const ValueId w = constant(layer, Role::fc_weight, Shape{units, x.channels}, gain);
  Node node = make_node(Op::fully_connected, layer, {x.id, w});
  if (bias) node.inputs.push_back(constant(layer, Role::fc_bias, Shape{units}));
  return append(std::move(node), units);
}

Features LayerBuilder::batch_norm(const std::string& layer, Features x, const NormSpec& spec) {
  const Shape per_channel{x.channels};
  const size_t n = static_cast<size_t>(x.channels);
  const double eps = weights_.eps(spec.eps);
  const Constant mean = weights_.tensor({layer, Role::bn_mean, per_channel});
  const Constant var = weights_.tensor({layer, Role::bn_var, per_channel, 1, eps});
  const Constant gamma = weights_.tensor({layer, Role::bn_gamma, per_channel, 1, 0, !spec.gamma});
  const Constant beta = weights_.tensor({layer, Role::bn_beta, per_channel, 1, 0, !spec.beta});
  std::vector<float> scale(n), shift(n);
  for (size_t c = 0; c < n; ++c) {
    const double s = gamma.data[c] / std::sqrt(var.data[c] + eps);
    scale[c] = static_cast<float>(s);
    shift[c] = static_cast<float>(beta.data[c] - mean.data[c] * s);
  }
  const ValueId scale_id = graph_.add_constant(layer + "/bn.scale", per_channel, std::move(scale));
  const ValueId shift_id = graph_.add_constant(layer + "/bn.shift", per_channel, std::move(shift));
  return append(make_node(Op::batch_norm, layer + "/bn", {x.id, scale_id, shift_id}), x.channels);
}

Features LayerBuilder::prelu(const std::string& layer, Features x) {
  const ValueId slope = constant(layer, Role::prelu_slope, Shape{x.channels});
  return append(make_node(Op::prelu, layer + "/prelu", {x.id, slope}), x.channels);
}

Features LayerBuilder::prelu_shared(const std::string& layer, Features x) {
  const ValueId slope = constant(layer, Role::prelu_slope, Shape{1});
  return append(make_node(Op::prelu, layer + "/prelu", {x.id, slope}), x.channels);
}

Features LayerBuilder::relu(const std::string& layer, Features x) {
  return append(Op::relu, layer, x);
}

Features LayerBuilder::relu6(const std::string& layer, Features x) {
  Node node = make_node(Op::clip, layer, {x.id});
  node.a = 0;
  node.b = 6;
  return append(std::move(node), x.channels);
}

Features LayerBuilder::leaky_relu(const std::string& layer, Features x, float slope) {
  Node node = make_node(Op::leaky_relu, layer, {x.id});
  node.a = slope;
  return append(std::move(node), x.channels);
}

Features LayerBuilder::max_pool(const std::string& layer, Features x, int kernel, int stride, int pad) {
  return max_pool(layer, x, square(ConvSpec{kernel, stride, pad}));
}

Features LayerBuilder::max_pool(const std::string& layer, Features x, const Window& window) {
  Node node = make_node(Op::max_pool, layer, {x.id});
  node.window = window;
  return append(std::move(node), x.channels);
}

Features LayerBuilder::global_average_pool(const std::string& layer, Features x) {
  return append(Op::global_average_pool, layer, x);
}

Features LayerBuilder::upsample(const std::string& layer, Features x, Size from, Size to) {
  Node node = make_node(Op::resize_nearest, layer, {x.id});
  node.axis = to.height;
  for (int64_t i = 0; i < to.height; ++i) node.ints.push_back(i * from.height / to.height);
  for (int64_t i = 0; i < to.width; ++i) node.ints.push_back(i * from.width / to.width);
  return append(std::move(node), x.channels);
}

Features LayerBuilder::add(const std::string& layer, Features a, Features b) {
  return append(make_node(Op::add, layer, {a.id, b.id}), a.channels);
}

Features LayerBuilder::scale(const std::string& layer, Features x, float factor) {
  const ValueId constant = graph_.add_constant(layer + ".factor", Shape{1}, std::vector<float>{factor});
  return append(make_node(Op::mul, layer, {x.id, constant}), x.channels);
}

Features LayerBuilder::concat(const std::string& layer, const std::vector<Features>& parts) {
  int channels = 0;
  for (const Features& part : parts) channels += part.channels;
  return concat_along(1, layer, parts, channels);
}

Features LayerBuilder::flatten(const std::string& layer, Features x, int elements) {
  Node node = make_node(Op::reshape, layer, {x.id});
  node.ints = {1, elements};
  return append(std::move(node), elements);
}

Features LayerBuilder::rows(const std::string& layer, Features x, Size size, int width) {
  Node channels_last = make_node(Op::transpose, layer + ".nhwc", {x.id});
  channels_last.ints = {0, 2, 3, 1};
  Node node = make_node(Op::reshape, layer, {graph_.add_node(std::move(channels_last))});
  node.ints = {1, int64_t{size.height} * size.width * x.channels / width, width};
  return append(std::move(node), 0);
}

Features LayerBuilder::concat_rows(const std::string& layer, const std::vector<Features>& parts) {
  return concat_along(1, layer, parts, 0);
}

Features LayerBuilder::softmax(const std::string& layer, Features x) {
  Node node = make_node(Op::softmax, layer, {x.id});
  node.axis = 2;
  return append(std::move(node), x.channels);
}

Features LayerBuilder::l2_normalize(const std::string& layer, Features x, float eps) {
  Node node = make_node(Op::l2_normalize, layer, {x.id});
  node.axis = 1;
  node.a = eps;
  return append(std::move(node), x.channels);
}

void LayerBuilder::output_vector(const std::string& name, Features x) {
  Node node = make_node(Op::reshape, name, {x.id});
  node.ints = {1, x.channels};
  graph_.outputs.push_back(graph_.add_node(std::move(node), name));
}

void LayerBuilder::output(const std::string& name, Features x) {
  graph_.value(x.id).name = name;
  graph_.outputs.push_back(x.id);
}

Features LayerBuilder::append(Node node, int channels) {
  return {graph_.add_node(std::move(node)), channels};
}

Features LayerBuilder::append(Op op, const std::string& layer, Features x) {
  return append(make_node(op, layer, {x.id}), x.channels);
}

Features LayerBuilder::concat_along(int axis, const std::string& layer, const std::vector<Features>& parts,
                                    int channels) {
  Node node = make_node(Op::concat, layer, {});
  for (const Features& part : parts) node.inputs.push_back(part.id);
  node.axis = axis;
  return append(std::move(node), channels);
}

InputRecord rgb_input(const std::string& preset, int height, int width, float mean, float scale) {
  InputRecord record;
  record.known = true;
  record.preset = preset;
  record.height = height;
  record.width = width;
  record.mean = {mean, mean, mean, 0};
  record.scale = {scale, scale, scale, 1};
  return record;
}

OutputRecord embedding_output(int dims, bool normalized) {
  OutputRecord record;
  record.embedding = true;
  record.dims = dims;
  record.normalized = normalized;
  return record;
}

FaceRecord aligned_face(Flip flip) {
  FaceRecord record;
  record.alignment = Alignment::landmarks;
  record.flip = flip;
  return record;
}

FaceRecord boxed_face(float margin, Flip flip) {
  FaceRecord record;
  record.alignment = Alignment::box;
  record.margin = margin;
  record.flip = flip;
  return record;
}

}  // namespace mien
