// Functions of one value, and the two that divide by a sum.
#include <cmath>

#include "converters/mxnet/operators.h"

namespace mien::mxnet {
namespace {

void with_attribute(Importer& g, NodeView& n, Op op, ValueId x, double a) {
  Node node = make_node(op, {x});
  node.a = static_cast<float>(a);
  g.finish(n, std::move(node));
}

void along(Importer& g, NodeView& n, Op op, ValueId x, int axis, double a) {
  Node node = make_node(op, {x});
  node.axis = axis;
  node.a = static_cast<float>(a);
  g.finish(n, std::move(node));
}

}  // namespace

void import_activation(Importer& g, NodeView& n) {
  const std::string type = n.text("act_type", "");
  if (type == "relu") return g.finish(n, Op::relu, {g.value(n, 0)});
  if (type == "sigmoid") return g.finish(n, Op::sigmoid, {g.value(n, 0)});
  if (type == "tanh") return g.finish(n, Op::tanh, {g.value(n, 0)});
  n.refuse("act_type other than relu, sigmoid and tanh");
}

void import_leaky_relu(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const std::string type = n.text("act_type", "leaky");
  if (type == "leaky") return with_attribute(g, n, Op::leaky_relu, x, n.real("slope", 0.25));
  if (type == "elu") return with_attribute(g, n, Op::elu, x, n.real("slope", 0.25));
  if (type == "rrelu") {  // drawn from the interval in training, its middle afterwards
    const double middle = (n.real("lower_bound", 0.125) + n.real("upper_bound", 0.334)) / 2;
    return with_attribute(g, n, Op::leaky_relu, x, middle);
  }
  if (type != "prelu") return n.refuse("act_type other than leaky, prelu, elu and rrelu");
  const Parameter slope = g.parameter(n, 1, "gamma");
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (slope.count() != 1 && (in.size() < 2 || slope.count() != in[1]))
    return n.corrupt("gamma is " + slope.shape.text() + "; expected one number or one per channel of " + dims_text(in));
  g.finish(n, Op::prelu, {x, g.constant_of(n, slope, {slope.count()})});
}

void import_unary(Importer& g, NodeView& n) {
  static const struct {
    const char* name;
    Op op;
  } kPlain[] = {{"relu", Op::relu}, {"sigmoid", Op::sigmoid}, {"tanh", Op::tanh},    {"exp", Op::exp},
                {"sqrt", Op::sqrt}, {"abs", Op::abs},         {"negative", Op::neg}, {"reciprocal", Op::reciprocal}};
  const ValueId x = g.value(n, 0);
  for (const auto& row : kPlain) {
    if (n.op() == row.name) return g.finish(n, row.op, {x});
  }
  if (n.op() == "square") return g.finish(n, Op::mul, {x, x});
  if (n.op() == "rsqrt") return g.finish(n, Op::reciprocal, {g.step(n, make_node(Op::sqrt, {x}), "root")});
  Node node = make_node(Op::hard_sigmoid, {x});
  node.a = static_cast<float>(n.real("alpha", 0.2)), node.b = static_cast<float>(n.real("beta", 0.5));
  g.finish(n, std::move(node));
}

void import_clip(Importer& g, NodeView& n) {
  Node clip = make_node(Op::clip, {g.value(n, 0)});
  clip.a = static_cast<float>(n.scalar("a_min")), clip.b = static_cast<float>(n.scalar("a_max"));
  if (clip.a > clip.b) return n.corrupt("a_min is above a_max");
  g.finish(n, std::move(clip));
}

void import_softmax(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const int rank = g.shape(x).rank;
  int axis = rank - 1;
  bool flattens = false;  // everything behind the batch is one distribution
  if (n.op() == "softmax") {
    axis = n.axis("axis", -1, rank);
    if (n.has("temperature") && n.real("temperature", 1) != 1) return n.refuse("temperature");
  } else if (n.op() == "SoftmaxActivation") {
    const bool channel = n.text("mode", "instance") == "channel";
    flattens = !channel;
    if (channel) axis = 1;
  } else {
    const bool multi = n.flag("multi_output", false);
    flattens = !multi && !n.flag("preserve_shape", false);
    if (multi) axis = 1;
  }
  if (rank < 2 || (flattens && rank != 2)) return n.refuse("of an input " + g.shape(x).text());
  along(g, n, Op::softmax, x, axis, 0);
}

void import_l2_normalization(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const std::string mode = n.text("mode", "instance");
  // MXNet adds eps under the root, the engine's operator bounds the norm from below: the same to 1e-6 for a norm of
  // 0.01 and the default, much closer for any embedding.
  const double eps = n.real("eps", 1e-10);
  if (!(eps >= 0 && eps <= 1e-6)) return n.refuse("eps " + std::to_string(eps));
  if (in.size() < 2) return n.corrupt("input is " + dims_text(in));
  const double least = std::sqrt(eps);
  if (mode == "channel" || (mode == "instance" && in.size() == 2)) return along(g, n, Op::l2_normalize, x, 1, least);
  if (mode != "instance" && mode != "spatial") return n.corrupt("an unknown mode");
  Dims rows{in[0]};
  if (mode == "spatial") rows.push_back(in[1]);
  int64_t rest = 1;
  for (size_t i = rows.size(); i < in.size(); ++i) rest *= in[i];
  rows.push_back(rest);
  Node l2 = make_node(Op::l2_normalize, {g.step(n, make_reshape(x, rows), "rows")});
  l2.axis = static_cast<int32_t>(rows.size()) - 1;
  l2.a = static_cast<float>(least);
  g.finish(n, make_reshape(g.step(n, std::move(l2), "normalized"), in));
}

}  // namespace mien::mxnet
