// Functions of one value, sums and products of several.
#include <cmath>

#include "converters/caffe/operators.h"

namespace mien::caffe {
namespace {

void unary(Importer& g, LayerView& n, Op op) {
  g.finish(n, op, {g.only_value(n)});
}

ValueId number(Importer& g, LayerView& n, const char* what, double value) {
  return g.constant_of(n, what, {}, std::vector<double>{value});
}

// shift + scale * x, without what changes nothing.
ValueId line(Importer& g, LayerView& n, ValueId x, double scale, double shift) {
  if (scale != 1) x = g.step(n, Op::mul, {x, number(g, n, "scale", scale)}, "scaled");
  return shift == 0 ? x : g.step(n, Op::add, {x, number(g, n, "shift", shift)}, "shifted");
}

// Whether all bottoms have the shape of the first.
bool same_shapes(Importer& g, LayerView& n) {
  for (int i = 1; i < n.bottoms() && n.ok(); ++i) {
    const ValueId first = g.value(n, 0), other = g.value(n, i);
    if (n.ok() && g.shape(first) != g.shape(other))
      n.corrupt("bottoms are " + g.shape(first).text() + " and " + g.shape(other).text());
  }
  return n.ok();
}

// One addend of a sum, times its coefficient.
ValueId addend(Importer& g, LayerView& n, int i, double coefficient) {
  const std::string which = std::to_string(i);
  const ValueId x = g.value(n, i);
  if (coefficient == 1 || !n.ok()) return x;
  return g.step(n, Op::mul, {x, number(g, n, ("coeff" + which).c_str(), coefficient)}, "addend" + which);
}

}  // namespace

void import_relu(Importer& g, LayerView& n) {
  Node node = make_node(Op::leaky_relu, {g.only_value(n)});
  node.a = static_cast<float>(n.real("negative_slope", 0));
  if (node.a == 0) node.op = Op::relu;
  g.finish(n, std::move(node));
}

void import_relu6(Importer& g, LayerView& n) {
  Node clip = make_node(Op::clip, {g.only_value(n)});
  if (n.real("negative_slope", 0) != 0) return n.refuse("a negative_slope");
  clip.b = 6;
  g.finish(n, std::move(clip));
}

void import_clip(Importer& g, LayerView& n) {
  Node clip = make_node(Op::clip, {g.only_value(n)});
  if (!n.has("min") || !n.has("max")) return n.corrupt("has no min or no max");
  clip.a = static_cast<float>(n.real("min", 0)), clip.b = static_cast<float>(n.real("max", 0));
  if (clip.a > clip.b) return n.corrupt("min is above max");
  g.finish(n, std::move(clip));
}

void import_elu(Importer& g, LayerView& n) {
  Node node = make_node(Op::elu, {g.only_value(n)});
  node.a = static_cast<float>(n.real("alpha", 1));
  g.finish(n, std::move(node));
}

void import_swish(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  const double beta = n.real("beta", 1);
  const ValueId gate = g.step(n, Op::sigmoid, {line(g, n, x, beta, 0)}, "gate");
  g.finish(n, Op::mul, {x, gate});
}

void import_sigmoid(Importer& g, LayerView& n) {
  unary(g, n, Op::sigmoid);
}
void import_tanh(Importer& g, LayerView& n) {
  unary(g, n, Op::tanh);
}
void import_abs(Importer& g, LayerView& n) {
  unary(g, n, Op::abs);
}

// (shift + scale * x) ^ power
void import_power(Importer& g, LayerView& n) {
  ValueId x = g.only_value(n);
  const double power = n.real("power", 1), scale = n.real("scale", 1), shift = n.real("shift", 0);
  if (power == 0 || scale == 0) return n.refuse("power or scale 0: its output does not depend on its input");
  x = line(g, n, x, scale, shift);
  if (power == 1) return g.bind(n, 0, x);
  if (power == 2) return g.finish(n, Op::mul, {x, x});
  if (power == 0.5) return g.finish(n, Op::sqrt, {x});
  if (power == -1) return g.finish(n, Op::reciprocal, {x});
  if (power == -0.5) return g.finish(n, Op::reciprocal, {g.step(n, Op::sqrt, {x}, "root")});
  n.refuse("power " + std::to_string(power));
}

// base ^ (shift + scale * x); base -1 is e
void import_exp(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  const double base = n.real("base", -1), scale = n.real("scale", 1), shift = n.real("shift", 0);
  if (base != -1 && !(base > 0)) return n.corrupt("base is " + std::to_string(base));
  const double log = base == -1 ? 1 : std::log(base);
  g.finish(n, Op::exp, {line(g, n, x, scale * log, shift * log)});
}

void import_softmax(Importer& g, LayerView& n) {
  Node node = make_node(Op::softmax, {g.only_value(n)});
  if (n.ok()) node.axis = n.axis("axis", 1, g.shape(node.inputs[0]).rank);
  g.finish(n, std::move(node));
}

void import_eltwise(Importer& g, LayerView& n) {
  const std::string operation = n.word("operation", "SUM");
  const bool sum = operation == "SUM" || operation == "1", product = operation == "PROD" || operation == "0";
  if (!sum && !product && operation != "MAX" && operation != "2") return n.refuse("operation " + operation);
  std::vector<double> coefficients = n.reals("coeff");
  if (n.bottoms() < 2) return n.corrupt("has less than two bottoms");
  if (!coefficients.empty() && (!sum || coefficients.size() != static_cast<size_t>(n.bottoms())))
    return n.corrupt(std::to_string(coefficients.size()) + " coefficients for " + std::to_string(n.bottoms()) +
                     " bottoms, or no sum");
  coefficients.resize(static_cast<size_t>(n.bottoms()), 1);
  ValueId all = g.only_value(n, n.bottoms());
  if (!same_shapes(g, n)) return;
  all = addend(g, n, 0, coefficients[0]);
  for (int i = 1; i < n.bottoms(); ++i) {
    const double c = coefficients[static_cast<size_t>(i)];
    const Op op = product ? Op::mul : !sum ? Op::max : c == -1 ? Op::sub : Op::add;
    Node node = make_node(op, {all, op == Op::sub ? g.value(n, i) : addend(g, n, i, c)});
    if (i + 1 == n.bottoms()) return g.finish(n, std::move(node));
    all = g.step(n, std::move(node), "after" + std::to_string(i));
  }
}

// a * x + y with one a for each channel: squeeze and excitation.
void import_axpy(Importer& g, LayerView& n) {
  ValueId a = g.only_value(n, 3);
  const ValueId x = g.value(n, 1), y = g.value(n, 2);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const int64_t channels = in.size() == 4 ? in[1] : 0;
  if (g.shape(a).elements() != channels || g.shape(x) != g.shape(y))
    return n.corrupt("bottoms are " + g.shape(a).text() + ", " + g.shape(x).text() + " and " + g.shape(y).text());
  if (g.shape(a).rank != 4) a = g.step(n, make_reshape(a, {1, channels, 1, 1}), "a");
  g.finish(n, Op::add, {g.step(n, Op::mul, {a, x}, "product"), y});
}

void import_reduction(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  const std::string operation = n.word("operation", "SUM");
  const double coefficient = n.real("coeff", 1);
  const bool sum = operation == "SUM" || operation == "1", mean = operation == "MEAN" || operation == "4";
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() != 4 || n.axis("axis", 0, 4) != 2 || (!sum && !mean))
    return n.refuse("anything but SUM and MEAN over height and width");
  const ValueId pool = g.step(n, Op::global_average_pool, {x}, "pool");
  const double factor = coefficient * (sum ? static_cast<double>(in[2] * in[3]) : 1);
  g.finish(n, make_reshape(line(g, n, pool, factor, 0), {in[0], in[1]}));
}

}  // namespace mien::caffe
