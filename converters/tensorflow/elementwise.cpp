// Functions of each element.
#include <cmath>

#include "converters/onnx/operators.h"
#include "converters/tensorflow/operators.h"
#include "converters/tensorflow/values.h"

namespace mien::tensorflow {
namespace {

struct UnaryRow {
  const char* name;
  Op op;
  const char* folded_as;  // null: not in constant expressions
};
constexpr UnaryRow kUnary[] = {
    {"Relu", Op::relu, "Relu"},
    {"Relu6", Op::clip, nullptr},
    {"LeakyRelu", Op::leaky_relu, nullptr},
    {"Elu", Op::elu, nullptr},
    {"Sigmoid", Op::sigmoid, "Sigmoid"},
    {"Tanh", Op::tanh, "Tanh"},
    {"Exp", Op::exp, "Exp"},
    {"Sqrt", Op::sqrt, "Sqrt"},
    {"Abs", Op::abs, "Abs"},
    {"Neg", Op::neg, "Neg"},
    {"Reciprocal", Op::reciprocal, "Reciprocal"},
    {"Inv", Op::reciprocal, "Reciprocal"},
};

struct BinaryRow {
  const char* name;
  Op op;
  const char* folded_as;
};
constexpr BinaryRow kBinary[] = {
    {"BiasAdd", Op::add, "Add"}, {"Add", Op::add, "Add"},     {"AddV2", Op::add, "Add"},
    {"Sub", Op::sub, "Sub"},     {"Mul", Op::mul, "Mul"},     {"RealDiv", Op::div, "Div"},
    {"Div", Op::div, "Div"},     {"Maximum", Op::max, "Max"}, {"Minimum", Op::min, "Min"},
};

template <class Row, size_t N>
const Row& row_of(const Row (&rows)[N], const std::string& name) {
  for (const Row& row : rows) {
    if (name == row.name) return row;
  }
  return rows[0];  // the table of operators sends only what is listed
}

void fold_rsqrt(onnx::Fold& f) {
  const onnx::Tensor* x = f.input(0);
  if (!x || !x->floating()) return f.node.corrupt("input is not a float");
  onnx::Tensor* out = f.make(x->type, x->dims);
  if (!out) return;
  for (int64_t i = 0; i < x->count(); ++i) out->set_real(i, 1 / std::sqrt(x->real(i)));
}

void fold_square(onnx::Fold& f) {
  const onnx::Tensor* x = f.input(0);
  if (!x || !x->floating()) return f.node.corrupt("input is not a float");
  onnx::Tensor* out = f.make(x->type, x->dims);
  if (!out) return;
  for (int64_t i = 0; i < x->count(); ++i) out->set_real(i, x->real(i) * x->real(i));
}

}  // namespace

void import_unary(Network& g, TfNode& n) {
  const bool folded = g.all_constant(n);
  if (n.op() == "Rsqrt") {
    if (folded) return g.fold(n, fold_rsqrt);
    return g.finish(n, Op::reciprocal, {g.step(n, make_node(Op::sqrt, {g.value(n, 0)}), "root")});
  }
  if (n.op() == "Square") {
    if (folded) return g.fold(n, fold_square);
    return g.finish(n, Op::mul, {g.value(n, 0), g.value(n, 0)});
  }
  const UnaryRow& row = row_of(kUnary, n.op());
  if (folded) {
    if (!row.folded_as) return n.refuse("of a constant");
    n.rename(row.folded_as);
    return g.fold(n, onnx::fold_unary);
  }
  Node node = make_node(row.op, {g.value(n, 0)});
  if (row.op == Op::clip) node.b = 6;
  if (row.op == Op::leaky_relu) node.a = n.fraction("alpha", 0.2f);
  if (row.op == Op::elu) node.a = 1;
  g.finish(n, std::move(node));
}

void import_binary(Network& g, TfNode& n) {
  const BinaryRow& row = row_of(kBinary, n.op());
  if (n.inputs() != 2) return n.corrupt("has " + std::to_string(n.inputs()) + " inputs; expected 2");
  if (n.op() == "BiasAdd") n.check_layout();
  if (g.all_constant(n)) {
    n.rename(row.folded_as);
    return g.fold(n, onnx::fold_arithmetic);
  }
  int rank = 0;
  for (int i = 0; i < 2; ++i) {
    const onnx::Tensor* constant = n.constant(i);
    const ValueId id = constant ? kNoValue : g.value(n, i);
    if (!n.ok()) return;
    rank = std::max(rank, constant ? constant->rank() : g.shape(id).rank);
  }
  const ValueId a = g.operand(n, 0, rank), b = g.operand(n, 1, rank);
  g.finish(n, row.op, {a, b});
}

void import_softmax(Network& g, TfNode& n) {
  Node node = make_node(Op::softmax, {g.value(n, 0)});
  if (!n.ok()) return;
  const int rank = g.shape(node.inputs[0]).rank;
  if (rank < 1) return n.corrupt("of a scalar");
  node.axis = to_graph_axis(rank - 1, rank);
  g.finish(n, std::move(node));
}

void import_cast(Network& g, TfNode& n) {
  ElementType to;
  if (!element_type(n.type("DstT"), &to)) return n.refuse("casts to type " + std::to_string(n.type("DstT")));
  if (g.all_constant(n)) {
    n.set("to", is_floating(to) ? onnx::kFloat : to == ElementType::boolean ? onnx::kBool : onnx::kInt64);
    return g.fold(n, onnx::fold_cast);
  }
  if (!is_floating(to)) return n.refuse("casts a value that is computed to " + std::string(name_of(to)));
  if (to == ElementType::float16 || to == ElementType::bfloat16) g.warn("half-precision casts are computed in float32");
  g.pass_through(n);
}

}  // namespace mien::tensorflow
