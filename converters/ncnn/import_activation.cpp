// Functions of one value, those that a layer with weights carries, and softmax.
#include <cfloat>
#include <cmath>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

Node with_numbers(Op op, ValueId x, double a, double b = 0) {
  Node node = make_node(op, {x});
  node.a = static_cast<float>(a), node.b = static_cast<float>(b);
  return node;
}

void finish_leaky(Importer& g, LayerView& n, ValueId x, double slope) {
  g.finish(n, slope == 0 ? make_node(Op::relu, {x}) : with_numbers(Op::leaky_relu, x, slope));
}

void finish_clip(Importer& g, LayerView& n, ValueId x, double low, double high) {
  if (low > high) return n.corrupt("a lower limit above the upper one");
  g.finish(n, with_numbers(Op::clip, x, low, high));
}

// x * max(0, min(1, alpha * x + beta)). The texts hold six digits of 1/6: 0.1666667 is meant to be it.
void finish_hard_swish(Importer& g, LayerView& n, ValueId x, double alpha, double beta) {
  if (!(alpha > 0)) return n.refuse("a hard swish whose slope is not positive");
  if (std::fabs(alpha - 1.0 / 6) <= 5e-8 && beta == 0.5) return g.finish(n, Op::hard_swish, {x});
  const ValueId gate = g.step(n, with_numbers(Op::hard_sigmoid, x, alpha, beta), "gate");
  g.finish(n, Op::mul, {x, gate});
}

}  // namespace

void finish_activated(Importer& g, LayerView& n, Node part) {
  const int64_t kind = n.integer(9, 0);
  if (kind == 0) return g.finish(n, std::move(part));
  const std::vector<double> numbers = n.reals(10);
  const ValueId x = g.step(n, std::move(part), "linear");
  if (!n.ok()) return;
  switch (kind) {
    case 1:
      return g.finish(n, Op::relu, {x});
    case 2:
      return finish_leaky(g, n, x, numbers[0]);
    case 3:
      return finish_clip(g, n, x, numbers[0], numbers[1]);
    case 4:
      return g.finish(n, Op::sigmoid, {x});
    default:  // check_activation let no other pass
      return finish_hard_swish(g, n, x, numbers[0], numbers[1]);
  }
}

void import_relu(Importer& g, LayerView& n) {
  finish_leaky(g, n, g.value(n, 0), n.real(0, 0));
}

void import_clip(Importer& g, LayerView& n) {
  const double most = static_cast<double>(FLT_MAX);
  finish_clip(g, n, g.value(n, 0), n.real(0, -most), n.real(1, most));
}

void import_elu(Importer& g, LayerView& n) {
  g.finish(n, with_numbers(Op::elu, g.value(n, 0), n.real(0, static_cast<double>(0.1f))));
}

void import_hard_sigmoid(Importer& g, LayerView& n) {
  const double alpha = n.real(0, static_cast<double>(0.2f)), beta = n.real(1, 0.5);
  if (!(alpha > 0)) return n.refuse("a slope that is not positive");
  g.finish(n, with_numbers(Op::hard_sigmoid, g.value(n, 0), alpha, beta));
}

void import_hard_swish(Importer& g, LayerView& n) {
  finish_hard_swish(g, n, g.value(n, 0), n.real(0, static_cast<double>(0.2f)), n.real(1, 0.5));
}

void import_swish(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  g.finish(n, Op::mul, {x, g.step(n, make_node(Op::sigmoid, {x}), "gate")});
}

void import_unary(Importer& g, LayerView& n) {
  static const struct {
    const char* type;
    int64_t number;  // of a UnaryOp
    Op op;
  } kPlain[] = {{"AbsVal", -1, Op::abs}, {"Sigmoid", -1, Op::sigmoid},    {"TanH", -1, Op::tanh},
                {"UnaryOp", 0, Op::abs}, {"UnaryOp", 1, Op::neg},         {"UnaryOp", 5, Op::sqrt},
                {"UnaryOp", 7, Op::exp}, {"UnaryOp", 15, Op::reciprocal}, {"UnaryOp", 16, Op::tanh}};
  const ValueId x = g.value(n, 0);
  const int64_t number = n.type() == "UnaryOp" ? n.integer(0, 0) : -1;
  for (const auto& row : kPlain) {
    if (n.type() == row.type && number == row.number) return g.finish(n, row.op, {x});
  }
  if (number == 4) return g.finish(n, Op::mul, {x, x});
  g.finish(n, Op::reciprocal, {g.step(n, make_node(Op::sqrt, {x}), "root")});  // rsqrt
}

void import_softmax(Importer& g, LayerView& n) {
  Node node = make_node(Op::softmax, {g.value(n, 0)});
  if (!n.ok()) return;
  node.axis = 1 + n.axis(0, 0, g.shape(node.inputs[0]).rank - 1);
  g.finish(n, std::move(node));
}

}  // namespace mien::ncnn
