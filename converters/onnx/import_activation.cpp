// Elementwise functions of one value.
#include <limits>

#include "converters/onnx/operators.h"

namespace mien::onnx {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool single(const Tensor& t) {
  return t.count() == 1;
}

// Whether the slope's one dimension that is not 1 lies on the channel axis, or the slope is rank 1 (the MXNet form).
bool on_channel_axis(const Tensor& slope, const Dims& x) {
  if (slope.rank() == 1) return true;
  if (slope.dims.size() > x.size()) return false;
  const size_t lead = x.size() - slope.dims.size();
  return lead <= 1 && slope.dims[1 - lead] == slope.count();
}

}  // namespace

void import_unary(Importer& g, NodeView& n) {
  static const struct {
    const char* name;
    Op op;
  } kPlain[] = {
      {"Relu", Op::relu},           {"Sigmoid", Op::sigmoid}, {"Tanh", Op::tanh}, {"Exp", Op::exp},
      {"Sqrt", Op::sqrt},           {"Abs", Op::abs},         {"Neg", Op::neg},   {"Reciprocal", Op::reciprocal},
      {"HardSwish", Op::hard_swish}};
  Node node;
  node.inputs = {g.value(n, 0)};
  if (n.op() == "LeakyRelu") {
    node.op = Op::leaky_relu;
    node.a = n.real("alpha", 0.01f);
  } else if (n.op() == "Elu") {
    node.op = Op::elu;
    node.a = n.real("alpha", 1.0f);
  } else if (n.op() == "HardSigmoid") {
    node.op = Op::hard_sigmoid;
    node.a = n.real("alpha", 0.2f);
    node.b = n.real("beta", 0.5f);
  } else {
    for (const auto& row : kPlain) {
      if (n.op() == row.name) node.op = row.op;
    }
  }
  g.finish(n, std::move(node));
}

void import_clip(Importer& g, NodeView& n) {
  Node clip;
  clip.op = Op::clip;
  clip.inputs = {g.value(n, 0)};
  if (n.opset() < 11) {
    clip.a = n.real("min", -kInfinity);
    clip.b = n.real("max", kInfinity);
  } else {
    clip.a = static_cast<float>(n.number(1, "min", -kInfinity));
    clip.b = static_cast<float>(n.number(2, "max", kInfinity));
  }
  // The largest float is how exporters write "no bound".
  if (clip.a <= std::numeric_limits<float>::lowest()) clip.a = -kInfinity;
  if (clip.b >= std::numeric_limits<float>::max()) clip.b = kInfinity;
  if (clip.a > clip.b) return n.corrupt("min is above max");
  if (clip.a == -kInfinity && clip.b == kInfinity) return g.pass_through(n);
  if (clip.a == 0 && clip.b == kInfinity) return g.finish(n, Op::relu, clip.inputs);
  g.finish(n, std::move(clip));
}

void import_prelu(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* slope = n.required_constant(1, "the slope");
  if (!slope || !n.ok()) return;
  const Dims dims = g.dims(x);
  if (dims.size() < 2) return n.refuse("input " + dims_text(dims) + " has no channel axis");
  if (!slope->floating()) return n.refuse("slope is not a float");
  if (!single(*slope) && (slope->count() != dims[1] || !on_channel_axis(*slope, dims))) {
    return n.refuse("slope " + dims_text(slope->dims) + " of input " + dims_text(dims) +
                    " is neither one number nor one per channel");
  }
  if (slope->rank() == 1 && dims.size() == 4 && !single(*slope) && n.opset() >= 7)
    g.repair("PRelu slopes of rank 1 read as one per channel");
  g.finish(n, Op::prelu, {x, g.constant_value(n, n.base_name() + "/slope", {slope->count()}, slope->reals)});
}

void import_softmax(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims dims = g.dims(x);
  const int rank = static_cast<int>(dims.size());
  const bool flattens = n.opset() < 13;
  int axis = 0;
  if (!resolve_axis(n, n.integer("axis", flattens ? 1 : -1), rank, &axis)) return;
  int64_t after = 1, before = 1;
  for (int i = 0; i < rank; ++i) (i < axis ? before : after) *= dims[static_cast<size_t>(i)];
  Node softmax;
  softmax.op = Op::softmax;
  softmax.axis = axis;
  softmax.inputs = {x};
  // Up to opset 12 everything from the axis on is one distribution.
  if (!flattens || after == dims[static_cast<size_t>(axis)]) return g.finish(n, std::move(softmax));
  softmax.axis = 1;
  softmax.inputs = {g.reshaped(n, x, {before, after}, "flat")};
  Node back;
  back.op = Op::reshape;
  back.inputs = {g.step(n, std::move(softmax), "softmax")};
  back.ints = dims;
  g.finish(n, std::move(back));
}

}  // namespace mien::onnx
