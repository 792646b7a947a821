// The layers that multiply by weights.
#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

constexpr WindowIds kWindow{1, 11, 3, 13, 4, 14, 15, 16};
constexpr int64_t kSameUpper = -233, kSameLower = -234;

bool read_dilation(LayerView& n, Window* w) {
  const int64_t across = n.integer(2, 1), down = n.integer(12, across);
  if (across < 1 || down < 1 || across > 4096 || down > 4096)
    n.corrupt("dilation " + std::to_string(across) + " x " + std::to_string(down));
  if (!n.ok()) return false;
  w->dilation_w = static_cast<int32_t>(across), w->dilation_h = static_cast<int32_t>(down);
  return true;
}

// The padding of a convolution over an input h x w: by numbers, or as -233 or -234 on all four sides.
bool read_conv_pads(LayerView& n, int64_t h, int64_t w, Window* window) {
  const int64_t left = n.integer(4, 0), top = n.integer(14, left);
  const bool even = top == left && n.integer(15, left) == left && n.integer(16, top) == left;
  if (even && (left == kSameUpper || left == kSameLower)) return set_same_pads(n, left == kSameUpper, h, w, window);
  return read_pads(n, kWindow, window);
}

// Padding with a number other than 0, which the graph's convolution does not have.
ValueId padded(Importer& g, LayerView& n, ValueId x, Window* w) {
  const double value = n.real(18, 0);
  if (value == 0 || w->pad_top + w->pad_bottom + w->pad_left + w->pad_right == 0) return x;
  Node pad = make_node(Op::pad, {x});
  pad.ints = {0, 0, w->pad_top, w->pad_left, 0, 0, w->pad_bottom, w->pad_right};
  pad.a = static_cast<float>(value);
  w->pad_top = w->pad_bottom = w->pad_left = w->pad_right = 0;
  return g.step(n, std::move(pad), "padded");
}

void add_bias(Importer& g, LayerView& n, int64_t outputs, Node* node) {
  if (!n.weights[1].empty()) node->inputs.push_back(g.constant_of(n, 1, "bias", {outputs}));
}

// A matrix of outputs x inputs, if the number of weights allows one.
bool is_matrix(LayerView& n, int64_t outputs, int64_t inputs, const Dims& in) {
  const int64_t count = static_cast<int64_t>(n.weights[0].size());
  if (count % outputs == 0 && count / outputs == inputs) return true;
  n.corrupt(std::to_string(count) + " weights for " + std::to_string(outputs) + " outputs of an input " +
            dims_text(in));
  return false;
}

void fully_connected(Importer& g, LayerView& n, ValueId x, int64_t outputs) {
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (!is_matrix(n, outputs, in.back(), in)) return;
  Node fc = make_node(Op::fully_connected, {x, g.constant_of(n, 0, "weight", {outputs, in.back()})});
  add_bias(g, n, outputs, &fc);
  finish_activated(g, n, std::move(fc));
}

}  // namespace

void import_convolution(Importer& g, LayerView& n) {
  const bool depthwise = n.type() == "ConvolutionDepthWise";
  Node conv = make_node(Op::conv, {});
  Window& w = conv.window;
  const int64_t outputs = n.integer(0, 0), groups = depthwise ? n.integer(7, 1) : 1;
  if (!read_extents(n, kWindow, &w) || !read_dilation(n, &w)) return;
  ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  // ncnn takes a vector and a 1 x 1 kernel for a fully connected layer: a squeeze behind a global pool.
  if (g.shape(x).rank == 2 && w.kernel_h == 1 && w.kernel_w == 1 && !depthwise)
    return fully_connected(g, n, x, outputs);
  x = g.picture(n, 0);
  if (!n.ok()) return;
  const Shape in = g.shape(x);
  if (!read_conv_pads(n, in[2], in[3], &w)) return;
  const int64_t count = static_cast<int64_t>(n.weights[0].size()), each = outputs * w.kernel_h * w.kernel_w;
  if (count % each != 0 || count / each * groups != in[1] || outputs % groups != 0)
    return n.corrupt(std::to_string(count) + " weights for " + std::to_string(outputs) + " outputs in " +
                     std::to_string(groups) + " groups of an input " + in.text());
  w.groups = static_cast<int32_t>(groups);
  conv.inputs = {padded(g, n, x, &w), g.constant_of(n, 0, "weight", {outputs, in[1] / groups, w.kernel_h, w.kernel_w})};
  add_bias(g, n, outputs, &conv);
  finish_activated(g, n, std::move(conv));
}

void import_inner_product(Importer& g, LayerView& n) {
  ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const int64_t outputs = n.integer(0, 0), inputs = static_cast<int64_t>(n.weights[0].size()) / outputs;
  // Rows of the right length are multiplied one by one, anything else is flattened.
  const bool rows = in.size() == 3 && in[1] > 1 && in[2] == inputs;
  if (!rows) x = g.shaped(n, x, {1, g.shape(x).elements()}, "flat");
  fully_connected(g, n, x, outputs);
}

}  // namespace mien::ncnn
