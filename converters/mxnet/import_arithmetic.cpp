// Arithmetic of two values or of a value and a number, and the reductions.
#include "converters/mxnet/operators.h"

namespace mien::mxnet {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Which operator a name means: elemwise_add, _plus, _Plus, broadcast_add, _PlusScalar, ...
Op operator_of(const std::string& name) {
  if (contains(name, "add") || contains(name, "lus")) return Op::add;
  if (contains(name, "sub") || contains(name, "inus")) return Op::sub;
  if (contains(name, "ul")) return Op::mul;
  if (contains(name, "div") || contains(name, "Div")) return Op::div;
  return contains(name, "ax") ? Op::max : Op::min;
}

void power(Importer& g, NodeView& n, ValueId x, double exponent) {
  if (exponent == 1) return g.bind(n, 0, x);
  if (exponent == 2) return g.finish(n, Op::mul, {x, x});
  if (exponent == 0.5) return g.finish(n, Op::sqrt, {x});
  if (exponent == -1) return g.finish(n, Op::reciprocal, {x});
  if (exponent == -0.5) return g.finish(n, Op::reciprocal, {g.step(n, make_node(Op::sqrt, {x}), "root")});
  n.refuse("exponent " + std::to_string(exponent));
}

}  // namespace

void import_binary(Importer& g, NodeView& n) {
  if (n.inputs() != 2) return n.corrupt("has " + std::to_string(n.inputs()) + " inputs; expected 2");
  const ValueId a = g.value(n, 0), b = g.value(n, 1);
  if (!n.ok()) return;
  if (!contains(n.op(), "broadcast") && g.shape(a) != g.shape(b))
    return n.corrupt("adds up " + g.shape(a).text() + " and " + g.shape(b).text());
  g.finish(n, operator_of(n.op()), {a, b});
}

void import_sum_of_inputs(Importer& g, NodeView& n) {
  ValueId sum = g.value(n, 0);
  if (n.inputs() == 1) return g.bind(n, 0, sum);
  for (int i = 1; i < n.inputs(); ++i) {
    Node add = make_node(Op::add, {sum, g.value(n, i)});
    if (n.ok() && g.shape(sum) != g.shape(add.inputs[1])) return n.corrupt("its inputs differ in shape");
    if (i + 1 == n.inputs()) return g.finish(n, std::move(add));
    sum = g.step(n, std::move(add), "sum" + std::to_string(i));
  }
}

void import_scalar(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const double scalar = n.scalar("scalar");
  if (!n.ok()) return;
  const std::string& name = n.op();
  if (contains(name, "ower")) return power(g, n, x, scalar);
  const Op op = operator_of(name);
  const ValueId c = g.made_constant(n, "scalar", {}, {scalar});
  const bool reversed = name.rfind("_r", 0) == 0 || name.rfind("_R", 0) == 0;
  g.finish(n, op, reversed ? std::vector<ValueId>{c, x} : std::vector<ValueId>{x, c});
}

void import_reduce(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  Dims axes = n.tuple("axis", {});
  for (int64_t& axis : axes) axis += axis < 0 ? static_cast<int64_t>(in.size()) : 0;
  if (n.flag("exclude", false)) return n.refuse("exclude");
  if (in.size() != 4 || axes != Dims{2, 3}) return n.refuse("over other axes than height and width");
  const bool keep = n.flag("keepdims", false);
  const Op op = n.op() == "max" ? Op::global_max_pool : Op::global_average_pool;
  ValueId y = g.step(n, make_node(op, {x}), "pool");
  if (n.op() == "sum") {
    const ValueId area = g.made_constant(n, "area", {}, {static_cast<double>(in[2] * in[3])});
    y = g.step(n, make_node(Op::mul, {y, area}), "sum");
  }
  g.finish(n, make_reshape(y, keep ? Dims{in[0], in[1], 1, 1} : Dims{in[0], in[1]}));
}

}  // namespace mien::mxnet
