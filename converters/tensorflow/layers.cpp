// Layers with weights, pools, norms and reductions.
#include <algorithm>

#include "converters/onnx/operators.h"
#include "converters/onnx/window_attributes.h"
#include "converters/tensorflow/operators.h"
#include "converters/text.h"

namespace mien::tensorflow {
namespace {

using onnx::dims_text;

bool is_picture(Network& g, TfNode& n, ValueId x) {
  n.check_layout();
  if (n.ok() && g.shape(x).rank != 4)
    n.refuse("input is " + g.shape(x).text() + "; only pictures with channels are supported");
  return n.ok();
}

// Height and width of a list with one number per axis, the others of which must be 1; {1, 1} for no list.
Dims inner(TfNode& n, const char* key) {
  const Dims all = n.numbers(key);
  if (all.empty()) return {1, 1};
  if (all.size() != 4 || all[0] != 1 || all[3] != 1) {
    n.refuse(std::string(key) + " " + dims_text(all));
    return {1, 1};
  }
  return {all[1], all[2]};
}

// SAME puts an odd remainder at the bottom and on the right.
void set_padding(TfNode& n) {
  const std::string padding = n.word("padding", "");
  if (padding == "SAME" || padding == "VALID")
    return n.set_text("auto_pad", padding == "SAME" ? "SAME_UPPER" : padding);
  const Dims p = n.numbers("explicit_paddings");
  if (padding != "EXPLICIT" || p.size() != 8 || p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0)
    return n.corrupt("padding '" + printable(padding) + "' " + dims_text(p));
  n.set("pads", {p[2], p[4], p[3], p[5]});
}

bool window(Network& g, TfNode& n, ValueId x, const Dims& kernel, Window* w) {
  n.set("strides", inner(n, "strides"));
  n.set("dilations", inner(n, "dilations"));
  set_padding(n);
  return n.ok() && onnx::read_window(n, g.dims(x), kernel, w);
}

}  // namespace

void import_conv(Network& g, TfNode& n) {
  const bool depthwise = n.op() == "DepthwiseConv2dNative";
  ValueId x = g.value(n, 0);
  Dims w;
  if (!is_picture(g, n, x) || !g.constant_dims(n, 1, &w)) return;
  if (w.size() != 4) return n.corrupt("weights are " + dims_text(w));
  // [height][width][in][out]; a depthwise layer's out are those of each channel.
  const int64_t h = w[0], wide = w[1], in = w[2], out = depthwise ? w[2] * w[3] : w[3], channels = g.shape(x)[1];
  if (in < 1 || out < 1 || channels % in != 0 || (depthwise && channels != in))
    return n.corrupt("weights " + dims_text(w) + " for " + std::to_string(channels) + " channels");
  Node conv;
  conv.op = Op::conv;
  if (!window(g, n, x, {h, wide}, &conv.window)) return;
  conv.window.groups = static_cast<int32_t>(depthwise ? channels : channels / in);
  onnx::absorb_pad(g, &x, &conv.window);
  const Dims to = {out, depthwise ? 1 : in, h, wide};
  const int64_t row = w[2] * w[3];
  conv.inputs = {x, g.weights(n, 1, to, {1, depthwise ? 0 : out, wide * row, row}, to)};
  g.finish(n, std::move(conv));
}

void import_pool(Network& g, TfNode& n) {
  const ValueId x = g.value(n, 0);
  if (!is_picture(g, n, x)) return;
  Node pool;
  pool.op = n.op() == "MaxPool" ? Op::max_pool : Op::average_pool;  // the average of what is not padding
  pool.inputs = {x};
  if (window(g, n, x, inner(n, "ksize"), &pool.window)) g.finish(n, std::move(pool));
}

void import_matmul(Network& g, TfNode& n) {
  const ValueId x = g.value(n, 0);
  Dims w;
  if (!n.ok() || !g.constant_dims(n, 1, &w)) return;
  if (n.flag("transpose_a", false)) return n.refuse("transpose_a");
  if (w.size() != 2 || g.shape(x).rank != 2) return n.refuse("operands " + g.shape(x).text() + " and " + dims_text(w));
  const bool transposed = n.flag("transpose_b", false);
  const int64_t k = w[transposed ? 1 : 0], m = w[transposed ? 0 : 1];
  if (k != g.shape(x)[1]) return n.corrupt(g.shape(x).text() + " and " + dims_text(w) + " do not fit");
  const int64_t per_input = transposed ? 1 : m, per_output = transposed ? k : 1;
  Node fc = make_node(Op::fully_connected, {x});
  if (const ValueId picture = g.flattened_from(x); picture != kNoValue) {
    // The rows of the weights go by height, width and channel; here the channels come first.
    const Shape s = g.shape(picture);
    fc.inputs = {g.reshaped(n, picture, {1, k}, "flat"),
                 g.weights(n, 1, {m, s[1], s[2], s[3]},
                           {per_output, per_input, s[3] * s[1] * per_input, s[1] * per_input}, {m, k})};
  } else {
    fc.inputs.push_back(g.weights(n, 1, {m, k}, {per_output, per_input}, {m, k}));
  }
  g.finish(n, std::move(fc));
}

void import_batch_norm(Network& g, TfNode& n) {
  n.check_layout();
  if (n.flag("is_training", true)) return n.refuse("training mode");
  n.set_real("epsilon", n.fraction("epsilon", 1e-4f));
  const ValueId x = g.value(n, 0), vector = n.ok() ? g.vector_behind(x) : kNoValue;
  if (!n.ok()) return;
  if (vector == kNoValue) return onnx::import_batch_norm(g, n);
  // Fully connected layers lend their output height and width for the norm; it folds into them without.
  const std::string name = n.output(0) + "/vector";
  g.add_value(name, vector);
  n.set_input(0, name);
  onnx::import_batch_norm(g, n);
  if (n.ok()) g.add_value(n.output(0), g.reshaped(n, g.value_of(n.output(0)), g.dims(x), "picture"));
}

void import_reduce(Network& g, TfNode& n) {
  const bool folded = g.all_constant(n);
  const onnx::Tensor* listed = n.required_constant(1, "the axes");
  const int rank = folded ? n.constant(0)->rank() : g.shape(g.value(n, 0)).rank;
  if (!listed || !n.ok()) return;
  std::vector<int> axes;
  if (listed->floating() || !onnx::resolve_axes(n, listed->ints, rank, &axes)) return n.corrupt("axes are no integers");
  Dims mapped;
  for (int axis : axes) mapped.push_back(folded ? axis : to_graph_axis(axis, rank));
  n.rename("Reduce" + n.op());
  n.set("axes", mapped);
  n.set("keepdims", n.flag("keep_dims", false) ? 1 : 0);
  n.drop_input(1);
  if (folded) return g.fold(n, onnx::fold_reduce);
  if (n.op() == "ReduceProd") return n.refuse("of a value that is computed");
  // Keeping one axis of three leaves no picture: the order of what is left is the same in both layouts.
  if (n.ok()) onnx::import_reduce(g, n);
}

}  // namespace mien::tensorflow
