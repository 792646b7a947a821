// Layers with weights, and what follows them.
#include "bench/peers/native/xnnpack/builder.h"

namespace mien::peers {
namespace {

// [M][C][pixels] -> [M][pixels][C].
std::vector<float> channels_last(const float* weights, int64_t outputs, int64_t channels, int64_t pixels) {
  std::vector<float> moved(static_cast<size_t>(outputs * channels * pixels));
  float* to = moved.data();
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < channels; ++c) *to++ = weights[(o * channels + c) * pixels + p];
  return moved;
}

uint32_t u(int64_t n) {
  return static_cast<uint32_t>(n);
}

}  // namespace

// The layer applies a ReLU or clip that follows it, and so does the sum; all else are operators of their own.
void Builder::add_layer(const Unit& unit) {
  const Chain& chain = unit.chain;
  const ValueId out = graph_.nodes[static_cast<size_t>(chain.last)].output;
  const Node* act = chain.activation < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(chain.activation)];
  const bool adds = chain.residual != kNoValue, adds_first = adds && !chain.residual_last;
  Limits limits;
  const bool limited = act && limits_of(*act, &limits);
  const bool activates = act && !limited;
  std::vector<std::function<void(const Tensor&)>> stages;
  Tensor x;  // between stages
  stages.push_back([&](const Tensor& y) {
    weighted(graph_.nodes[static_cast<size_t>(chain.head)], adds_first ? Limits() : limits, y);
  });
  const auto add_residual = [&](const Tensor& y) {
    sum(dense(x), dense(tensor(chain.residual)), adds_first ? limits : Limits(), y);
  };
  if (adds_first) stages.push_back(add_residual);
  if (activates) stages.push_back([&](const Tensor& y) { activation(*act, x, y); });
  if (adds && !adds_first) stages.push_back(add_residual);
  for (size_t i = 0; i < stages.size(); ++i) {
    const bool last = i + 1 == stages.size();
    if (last && adds && !(activates && adds_first)) return write_dense(out, stages[i]);
    const Tensor y = last ? destination(out) : new_tensor(out);
    stages[i](y);
    x = y;
  }
  tensor(out) = x;
}

void Builder::weighted(const Node& node, const Limits& limits, const Tensor& y) {
  if (node.op == Op::conv) return convolution(node, limits, y);
  if (node.op == Op::fully_connected) return fully_connected(node, limits, y);
  batch_norm(node, limits, y);
}

void Builder::convolution(const Node& node, const Limits& limits, const Tensor& y) {
  const Window& w = node.window;
  const Shape& s = shape_of(node.inputs[0]);
  const Tensor& x = tensor(node.inputs[0]);
  const int64_t group_in = s[1] / w.groups, group_out = y.channels / w.groups;
  const std::vector<float> weights =
      channels_last(constant_input(node, 1), y.channels, group_in, int64_t{w.kernel_h} * w.kernel_w);
  xnn_operator_t made = nullptr;
  check(xnn_create_convolution2d_nhwc_f32(u(w.pad_top), u(w.pad_right), u(w.pad_bottom), u(w.pad_left), u(w.kernel_h),
                                          u(w.kernel_w), u(w.stride_h), u(w.stride_w), u(w.dilation_h), u(w.dilation_w),
                                          u(w.groups), size(group_in), size(group_out), size(x.stride), size(y.stride),
                                          weights.data(), constant_input(node, 2), limits.low, limits.high, 0, &made),
        "convolution2d");
  add(made);
  check(xnn_setup_convolution2d_nhwc_f32(made, 1, size(s[2]), size(s[3]), x.data, y.data, threads_), "convolution2d");
}

void Builder::fully_connected(const Node& node, const Limits& limits, const Tensor& y) {
  const int64_t units = shape_of(node.inputs[1])[0], columns = shape_of(node.inputs[1])[1];
  Tensor x = tensor(node.inputs[0]);
  std::vector<float> weights;
  if (!x.floats) {  // a picture that was not flattened: the columns change places instead
    x = dense(tensor(producer_of(node.inputs[0])->inputs[0]));
    weights = channels_last(constant_input(node, 1), units, x.channels, x.pixels);
    x.pixels = 1, x.channels = x.stride = columns;
  }
  xnn_operator_t made = nullptr;
  check(xnn_create_fully_connected_nc_f32(size(columns), size(units), size(x.stride), size(y.stride),
                                          weights.empty() ? constant_input(node, 1) : weights.data(),
                                          constant_input(node, 2), limits.low, limits.high, 0, &made),
        "fully_connected");
  add(made);
  check(xnn_setup_fully_connected_nc_f32(made, size(x.pixels), x.data, y.data, threads_), "fully_connected");
}

// A depthwise convolution of one pixel, for which the library has a kernel that multiplies and adds.
void Builder::batch_norm(const Node& node, const Limits& limits, const Tensor& y) {
  const Tensor& x = tensor(node.inputs[0]);
  xnn_operator_t made = nullptr;
  check(xnn_create_convolution2d_nhwc_f32(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, u(x.channels), 1, 1, size(x.stride),
                                          size(y.stride), constant_input(node, 1), constant_input(node, 2), limits.low,
                                          limits.high, 0, &made),
        "convolution2d of a batch_norm");
  add(made);
  check(xnn_setup_convolution2d_nhwc_f32(made, 1, 1, size(x.pixels), x.data, y.data, threads_),
        "convolution2d of a batch_norm");
}

}  // namespace mien::peers
