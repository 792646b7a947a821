// BatchNormalization, LpNormalization and the reductions.
#include <cfloat>

#include "converters/batch_norm.h"
#include "converters/onnx/operators.h"

namespace mien::onnx {
namespace {

// The four parameters of a batch norm.
struct Norm {
  const Tensor *gamma, *beta, *mean, *variance;
  double epsilon;
};

bool read_norm(NodeView& n, Norm* norm) {
  norm->gamma = n.required_constant(1, "scale");
  norm->beta = n.required_constant(2, "B");
  norm->mean = n.required_constant(3, "mean");
  norm->variance = n.required_constant(4, "var");
  norm->epsilon = n.real("epsilon", 1e-5f);
  if (!n.ok()) return false;
  for (const Tensor* t : {norm->gamma, norm->beta, norm->mean, norm->variance}) {
    if (!t->floating() || t->count() != norm->gamma->count()) {
      n.corrupt("its parameters differ in size or are not floats");
      return false;
    }
  }
  return true;
}

bool affine(NodeView& n, const Norm& norm, std::vector<double>* scale, std::vector<double>* shift) {
  const Status status =
      batch_norm_vectors(norm.gamma->reals.data(), norm.beta->reals.data(), norm.mean->reals.data(),
                         norm.variance->reals.data(), norm.gamma->reals.size(), norm.epsilon, scale, shift);
  if (!status.ok()) n.corrupt(status.message());
  return status.ok();
}

void check_mode(Importer& g, NodeView& n) {
  if (n.opset() >= 14 && n.integer("training_mode", 0) != 0) n.refuse("training mode");
  if (n.opset() < 7 && n.integer("is_test", 0) == 0) g.warn("BatchNormalization without is_test read as inference");
}

// What a reduction reduces, in the forms that mien can express.
enum class Reduced { picture, last, channels, other };

Reduced classify(const std::vector<int>& axes, const Dims& in) {
  const int rank = static_cast<int>(in.size());
  if (rank == 4 && axes == std::vector<int>{2, 3}) return Reduced::picture;
  if (axes.size() == 1 && axes[0] == rank - 1) return Reduced::last;
  if (rank == 4 && axes == std::vector<int>{1}) return Reduced::channels;
  return Reduced::other;
}

// Sum over the axis as a layer with weights of one value: exact, and it keeps the axis as 1.
Node weighted_sum(Importer& g, NodeView& n, ValueId x, Reduced kind, double weight) {
  const Dims in = g.dims(x);
  const int64_t k = kind == Reduced::last ? in.back() : in[1];
  Node node;
  node.op = kind == Reduced::last ? Op::fully_connected : Op::conv;
  const Dims dims = kind == Reduced::last ? Dims{1, k} : Dims{1, k, 1, 1};
  node.inputs = {
      x, g.constant_value(n, n.base_name() + "/ones", dims, std::vector<double>(static_cast<size_t>(k), weight))};
  return node;
}

// Sum or mean of x, one step, axis kept.
ValueId sum_of(Importer& g, NodeView& n, ValueId x, Reduced kind, bool mean) {
  const Dims in = g.dims(x);
  if (kind == Reduced::picture) {
    const ValueId average = g.step(n, make_node(Op::global_average_pool, {x}), "mean");
    if (mean) return average;
    const ValueId area = g.constant_value(n, n.base_name() + "/area", {}, {static_cast<double>(in[2] * in[3])});
    return g.step(n, make_node(Op::mul, {average, area}), "sum");
  }
  const double count = static_cast<double>(kind == Reduced::last ? in.back() : in[1]);
  return g.step(n, weighted_sum(g, n, x, kind, mean ? 1 / count : 1), "sum");
}

}  // namespace

void import_batch_norm(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  check_mode(g, n);
  Norm norm{};
  if (!n.ok() || !read_norm(n, &norm)) return;
  const Dims in = g.dims(x);
  std::vector<double> scale, shift;
  if (in.size() < 2 || !affine(n, norm, &scale, &shift))
    return n.corrupt("input " + dims_text(in) + " has no channel axis");
  const std::string name = n.base_name();
  const int64_t count = norm.gamma->count();
  const bool per_element = n.opset() < 9 && n.integer("spatial", 1) == 0;
  if (per_element && count == in[1] && in.size() > 2)
    g.repair("BatchNormalization with spatial=0 and one parameter per channel read as the ordinary form");
  if (count == in[1]) {
    return g.finish(n, Op::batch_norm,
                    {x, g.constant_value(n, name + "/scale", {count}, scale),
                     g.constant_value(n, name + "/shift", {count}, shift)});
  }
  Dims each(in.begin() + 1, in.end());
  Result<int64_t> elements = count_elements(each);
  if (!per_element || !elements.ok() || count != *elements) {
    return n.corrupt("parameters " + dims_text(norm.gamma->dims) + " do not fit " + dims_text(in));
  }
  each.insert(each.begin(), 1);
  const ValueId scaled =
      g.step(n, make_node(Op::mul, {x, g.constant_value(n, name + "/scale", each, scale)}), "scaled");
  g.finish(n, Op::add, {scaled, g.constant_value(n, name + "/shift", each, shift)});
}

void import_lp_norm(Importer& g, NodeView& n) {
  Node node;
  node.op = Op::l2_normalize;
  node.inputs = {g.value(n, 0)};
  if (!n.ok()) return;
  if (n.integer("p", 2) != 2) return n.refuse("p = " + std::to_string(n.integer("p", 2)));
  int axis = 0;
  if (!resolve_axis(n, n.integer("axis", -1), g.shape(node.inputs[0]).rank, &axis)) return;
  node.axis = axis;
  node.a = FLT_MIN;  // the operator has no epsilon, but zero stays zero
  g.finish(n, std::move(node));
}

void import_reduce(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const std::string op = n.op();
  const auto listed = n.list("axes", 1, op == "ReduceSum" ? 13 : 18);
  std::vector<int> axes;
  if (!n.ok() || !resolve_axes(n, listed.value_or(Dims{}), static_cast<int>(in.size()), &axes)) return;
  if (axes.empty() && n.integer("noop_with_empty_axes", 0) != 0) return n.refuse("no axes");
  const Reduced kind = classify(axes, in);
  if (kind == Reduced::other || (op == "ReduceMax" && kind != Reduced::picture))
    return n.refuse("over axes " + dims_text(Dims(axes.begin(), axes.end())) + " of " + dims_text(in));
  const bool squares = op == "ReduceL2" || op == "ReduceSumSquare";
  ValueId result = squares ? g.step(n, make_node(Op::mul, {x, x}), "square") : x;
  if (!n.ok()) return;
  result = op == "ReduceMax" ? g.step(n, make_node(Op::global_max_pool, {x}), "max")
                             : sum_of(g, n, result, kind, op == "ReduceMean");
  if (op == "ReduceL2") result = g.step(n, make_node(Op::sqrt, {result}), "root");
  Dims out = in;
  for (int axis : axes) out[static_cast<size_t>(axis)] = 1;
  if (n.integer("keepdims", 1) == 0) {
    for (size_t i = axes.size(); i-- > 0;) out.erase(out.begin() + axes[i]);
  }
  Node last = make_node(Op::reshape, {result});
  last.ints = out;
  g.finish(n, std::move(last));
}

}  // namespace mien::onnx
