#include "engine/graph.h"

#include <algorithm>
#include <utility>

namespace mien {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;

struct OpName {
  Op op;
  const char* name;
};
constexpr OpName kOpNames[] = {
    {Op::conv, "conv"},
    {Op::fully_connected, "fully_connected"},
    {Op::batch_norm, "batch_norm"},
    {Op::prelu, "prelu"},
    {Op::relu, "relu"},
    {Op::clip, "clip"},
    {Op::leaky_relu, "leaky_relu"},
    {Op::sigmoid, "sigmoid"},
    {Op::tanh, "tanh"},
    {Op::exp, "exp"},
    {Op::sqrt, "sqrt"},
    {Op::abs, "abs"},
    {Op::neg, "neg"},
    {Op::reciprocal, "reciprocal"},
    {Op::elu, "elu"},
    {Op::hard_sigmoid, "hard_sigmoid"},
    {Op::hard_swish, "hard_swish"},
    {Op::add, "add"},
    {Op::sub, "sub"},
    {Op::mul, "mul"},
    {Op::div, "div"},
    {Op::max, "max"},
    {Op::min, "min"},
    {Op::concat, "concat"},
    {Op::slice, "slice"},
    {Op::transpose, "transpose"},
    {Op::reshape, "reshape"},
    {Op::pad, "pad"},
    {Op::max_pool, "max_pool"},
    {Op::average_pool, "average_pool"},
    {Op::global_average_pool, "global_average_pool"},
    {Op::global_max_pool, "global_max_pool"},
    {Op::resize_nearest, "resize_nearest"},
    {Op::softmax, "softmax"},
    {Op::l2_normalize, "l2_normalize"},
};

}  // namespace

Shape::Shape(std::initializer_list<int64_t> list) : rank(static_cast<int>(list.size())) {
  std::copy(list.begin(), list.end(), dims);
}

Shape Shape::of(const std::vector<int64_t>& list) {
  Shape shape;
  shape.rank = static_cast<int>(list.size());
  std::copy(list.begin(), list.end(), shape.dims);
  return shape;
}

int64_t Shape::elements() const {
  int64_t product = 1;
  for (int i = 0; i < rank; ++i) {
    if (dims[i] < 0) return -1;
    if (dims[i] == 0) return 0;
    if (product > kMaxElements / dims[i]) return -1;
    product *= dims[i];
  }
  return product;
}

std::string Shape::text() const {
  if (rank == 0) return "scalar";
  std::string text = std::to_string(dims[0]);
  for (int i = 1; i < rank; ++i) text += "x" + std::to_string(dims[i]);
  return text;
}

bool Shape::operator==(const Shape& other) const {
  return rank == other.rank && std::equal(dims, dims + rank, other.dims);
}

const char* name_of(Op op) {
  for (const OpName& entry : kOpNames) {
    if (entry.op == op) return entry.name;
  }
  return nullptr;
}

bool op_from_number(uint16_t n, Op* op) {
  if (!name_of(static_cast<Op>(n))) return false;
  *op = static_cast<Op>(n);
  return true;
}

Constant make_constant(std::vector<float> values) {
  // An empty vector has no address, and a null one would mean "not a constant".
  if (values.empty()) values.reserve(1);
  auto held = std::make_shared<const std::vector<float>>(std::move(values));
  static const float kNothing = 0;
  if (held->empty()) return {&kNothing, held};
  return {held->data(), held, Constant::Memory::own};
}

Status check_constants_held(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (value.constant.memory == Constant::Memory::gone)
      return {Code::bad_argument, "the constant '" + value.name + "' is gone: a model has packed and freed it"};
  }
  return {};
}

std::string Graph::unique_name(const std::string& wanted) {
  // Readers may have filled `values` directly: catch up.
  if (names_.size() != values.size()) {
    names_.clear();
    for (const Value& value : values) names_.emplace(value.name, 1);
  }
  const std::string stem = wanted.empty() ? "value" : wanted;
  // Each name remembers the suffix to try next: a file may call all of its nodes the same.
  int& next = names_[stem];
  if (next == 0) {
    next = 1;
    return stem;
  }
  for (;;) {
    std::string candidate = stem + "#" + std::to_string(next++);
    if (names_.emplace(candidate, 1).second) return candidate;
  }
}

ValueId Graph::add_input(const std::string& value_name, const Shape& shape) {
  values.push_back({unique_name(value_name), shape, {}});
  inputs.push_back(static_cast<ValueId>(values.size() - 1));
  return inputs.back();
}

ValueId Graph::add_constant(const std::string& value_name, const Shape& shape, std::vector<float> data) {
  return add_constant(value_name, shape, make_constant(std::move(data)));
}

ValueId Graph::add_constant(const std::string& value_name, const Shape& shape, Constant constant) {
  values.push_back({unique_name(value_name), shape, std::move(constant)});
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_node(Node node, const std::string& output_name) {
  const std::string& wanted = !output_name.empty() ? output_name : node.name;
  values.push_back({unique_name(wanted), {}, {}});
  node.output = static_cast<ValueId>(values.size() - 1);
  nodes.push_back(std::move(node));
  return nodes.back().output;
}

std::vector<int> Graph::producers() const {
  std::vector<int> producer(values.size(), -1);
  for (size_t i = 0; i < nodes.size(); ++i) producer[static_cast<size_t>(nodes[i].output)] = static_cast<int>(i);
  return producer;
}

std::vector<int> Graph::uses() const {
  std::vector<int> count(values.size(), 0);
  for (const Node& node : nodes) {
    for (ValueId id : node.inputs) ++count[static_cast<size_t>(id)];
  }
  for (ValueId id : outputs) ++count[static_cast<size_t>(id)];
  return count;
}

}  // namespace mien
