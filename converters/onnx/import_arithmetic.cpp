// Arithmetic of several values.
#include <cmath>

#include "converters/onnx/operators.h"

namespace mien::onnx {
namespace {

Dims dims_of_input(Importer& g, NodeView& n, int i) {
  if (const Tensor* t = n.constant(i)) return t->dims;
  const ValueId id = g.value(n, i);
  return n.ok() ? g.dims(id) : Dims{};
}

// Operand i with the dimensions that legacy broadcasting gave it.
ValueId aligned(Importer& g, NodeView& n, int i, const Dims& dims) {
  const Tensor* t = n.constant(i);
  if (!t) return g.reshaped(n, g.value(n, i), dims, "aligned");
  if (t->dims == dims) return g.value(n, i);
  std::vector<double> data(static_cast<size_t>(t->count()));
  for (size_t k = 0; k < data.size(); ++k) data[k] = t->real(static_cast<int64_t>(k));
  return g.constant_value(n, n.base_name() + "/operand", dims, data);
}

// x op x[1] op x[2] ...; the last one makes the node's output.
void chain(Importer& g, NodeView& n, Op op) {
  if (n.inputs() == 0) return n.corrupt("has no input");
  if (n.inputs() == 1) return g.pass_through(n);
  ValueId left = g.value(n, 0);
  for (int i = 1; i < n.inputs(); ++i) {
    Node node;
    node.op = op;
    node.inputs = {left, g.value(n, i)};
    if (i + 1 == n.inputs()) return g.finish(n, std::move(node));
    left = g.step(n, std::move(node), std::to_string(i));
  }
}

}  // namespace

void import_binary(Importer& g, NodeView& n) {
  const std::string& name = n.op();
  const Op op = name == "Add" ? Op::add : name == "Sub" ? Op::sub : name == "Mul" ? Op::mul : Op::div;
  if (n.inputs() != 2) return n.corrupt("has " + std::to_string(n.inputs()) + " inputs; expected 2");
  const Dims a = dims_of_input(g, n, 0), b = dims_of_input(g, n, 1);
  Dims b_aligned = b;
  if (n.opset() < 7 && !legacy_broadcast(n, a, b, &b_aligned)) return;
  g.finish(n, op, {g.value(n, 0), aligned(g, n, 1, b_aligned)});
}

void import_variadic(Importer& g, NodeView& n) {
  const std::string& name = n.op();
  if (name == "Sum") return chain(g, n, Op::add);
  if (name == "Max") return chain(g, n, Op::max);
  if (name == "Min") return chain(g, n, Op::min);
  ValueId sum = g.value(n, 0);
  for (int i = 1; i < n.inputs(); ++i) {
    Node add;
    add.op = Op::add;
    add.inputs = {sum, g.value(n, i)};
    sum = g.step(n, std::move(add), "sum" + std::to_string(i));
  }
  const ValueId share = g.constant_value(n, n.base_name() + "/share", {}, {1.0 / n.inputs()});
  g.finish(n, Op::mul, {sum, share});
}

void import_pow(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* power = n.required_constant(1, "the exponent");
  if (!power || !n.ok()) return;
  if (power->count() != 1 || power->dims.size() > g.dims(x).size())
    return n.refuse("exponent " + dims_text(power->dims));
  const double p = power->real(0);
  auto node = [&](Op op, std::vector<ValueId> inputs) {
    Node made;
    made.op = op;
    made.inputs = std::move(inputs);
    return made;
  };
  if (p == 1) return g.pass_through(n);
  if (p == 2) return g.finish(n, Op::mul, {x, x});
  if (p == 3) return g.finish(n, Op::mul, {g.step(n, node(Op::mul, {x, x}), "square"), x});
  if (p == 0.5) return g.finish(n, Op::sqrt, {x});
  if (p == -0.5) return g.finish(n, Op::reciprocal, {g.step(n, node(Op::sqrt, {x}), "root")});
  if (p == -1) return g.finish(n, Op::reciprocal, {x});
  n.refuse("exponent " + std::to_string(p));
}

}  // namespace mien::onnx
