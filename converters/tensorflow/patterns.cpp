#include "converters/tensorflow/patterns.h"

#include <cmath>

#include "converters/tensorflow/graph_index.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::tensorflow {

std::string key_of(const GraphIndex& index, Ref ref) {
  return index.name(ref.node) + (ref.output == 0 ? "" : ":" + std::to_string(ref.output));
}

bool Patterns::is(Ref ref, const char* name, size_t inputs_wanted) const {
  return ref.output == 0 && op(ref) == name && inputs(ref).size() == inputs_wanted;
}

bool Patterns::number(Ref ref, double* value) {
  Status status;
  const auto tensor = network_.constant(key_of(index_, ref), &status);
  if (!tensor || tensor->count() != 1) return false;
  *value = tensor->real(0);
  return true;
}

template <class Accept>
bool Patterns::product(Ref ref, Accept first, Ref* other) const {
  if (!is(ref, "Mul", 2)) return false;
  const Ref a = inputs(ref)[0], b = inputs(ref)[1];
  if (first(a)) return *other = b, true;
  if (first(b)) return *other = a, true;
  return false;
}

bool Patterns::import(int node, TfNode& view) {
  const Ref ref{node, 0};
  const bool sum = is(ref, "Add", 2) || is(ref, "AddV2", 2);
  if (!sum && !is(ref, "Mul", 2)) return false;
  const Ref a = inputs(ref)[0], b = inputs(ref)[1];
  return sum ? prelu(view, a, b) || prelu(view, b, a) : l2(view, a, b) || l2(view, b, a);
}

bool Patterns::l2(TfNode& view, Ref x, Ref factor) {
  double eps = 0, axis = 0;
  if (!is(factor, "Rsqrt", 1)) return false;
  const Ref at_least = inputs(factor)[0];
  if (!is(at_least, "Maximum", 2)) return false;
  Ref sum = inputs(at_least)[0];
  if (!number(inputs(at_least)[1], &eps)) {
    sum = inputs(at_least)[1];
    if (!number(inputs(at_least)[0], &eps)) return false;
  }
  if (!is(sum, "Sum", 2) || !number(inputs(sum)[1], &axis)) return false;
  const Ref square = inputs(sum)[0];
  const bool of_x = (is(square, "Square", 1) && inputs(square)[0] == x) ||
                    (is(square, "Mul", 2) && inputs(square)[0] == x && inputs(square)[1] == x);
  const tf_pb::Attribute* keep = attribute_of(index_.node(sum.node), "keep_dims");
  const ValueId value = network_.value_of(key_of(index_, x));
  if (!of_x || !keep || !keep->b() || value == kNoValue || !(eps > 0)) return false;
  Node node = make_node(Op::l2_normalize, {value});
  const int rank = network_.shape(value).rank;
  int resolved = 0;
  if (!onnx::resolve_axis(view, static_cast<int64_t>(axis), rank, &resolved)) return true;
  node.axis = to_graph_axis(resolved, rank);
  node.a = static_cast<float>(std::sqrt(eps));
  network_.finish(view, std::move(node));
  return true;
}

// What is added to Relu(x): alpha * min(x, 0), times *sign.
bool Patterns::slope(Ref below, Ref x, Ref* alpha, double* sign) {
  const auto relu_of_minus = [&](Ref ref) {
    return is(ref, "Relu", 1) && is(inputs(ref)[0], "Neg", 1) && inputs(inputs(ref)[0])[0] == x;
  };
  const auto minus_that = [&](Ref ref) { return is(ref, "Neg", 1) && relu_of_minus(inputs(ref)[0]); };
  const auto twice = [&](Ref ref) {
    if (!is(ref, "Sub", 2) || !(inputs(ref)[0] == x)) return false;
    const Ref magnitude = inputs(ref)[1];
    return is(magnitude, "Abs", 1) && inputs(magnitude)[0] == x;
  };
  double half = 0;
  const auto is_half = [&](Ref ref) { return number(ref, &half) && half == 0.5; };
  *sign = 1;
  Ref doubled;
  if (product(below, minus_that, alpha)) return true;
  if (product(below, is_half, &doubled) && product(doubled, twice, alpha)) return true;
  *sign = -1;
  return product(below, relu_of_minus, alpha);
}

bool Patterns::prelu(TfNode& view, Ref relu, Ref below) {
  if (!is(relu, "Relu", 1)) return false;
  const Ref x = inputs(relu)[0];
  const ValueId value = network_.value_of(key_of(index_, x));
  Ref alpha;
  double sign = 1;
  if (value == kNoValue || !slope(below, x, &alpha, &sign)) return false;
  Status status;
  const auto slopes = network_.constant(key_of(index_, alpha), &status);
  const Shape& shape = network_.shape(value);
  if (!slopes || !slopes->floating() || (shape.rank != 2 && shape.rank != 4)) return false;
  const bool per_channel = slopes->rank() > 0 && slopes->count() == shape[1] && slopes->dims.back() == shape[1];
  if (!per_channel && slopes->count() != 1) return false;
  std::vector<double> data = slopes->reals;
  for (double& v : data) v *= sign;
  network_.finish(view, Op::prelu,
                  {value, network_.constant_value(view, view.base_name() + "/slope", {slopes->count()}, data)});
  return true;
}

}  // namespace mien::tensorflow
