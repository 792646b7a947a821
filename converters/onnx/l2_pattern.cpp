#include "converters/onnx/l2_pattern.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <optional>

#include "onnx/onnx.pb.h"

namespace mien::onnx {
namespace {

class Matcher {
 public:
  Matcher(const onnx_pb::Graph& graph, int opset, GraphIndex* index) : graph_(graph), opset_(opset), index_(index) {}

  // The pattern that ends in node `last`, if there is one.
  std::optional<L2Pattern> match(const onnx_pb::Node& last) {
    if (last.input_size() != 2 || !last.domain().empty()) return {};
    for (int i = 0; i < 2; ++i) {
      if (last.op_type() == "Div" && i == 1) break;
      pattern_ = {};
      pattern_.x = last.input(i);
      std::string divisor = last.input(1 - i);
      if (last.op_type() == "Mul") {
        expand(&divisor);
        const onnx_pb::Node* reciprocal = maker(divisor, "Reciprocal");
        if (!reciprocal) continue;
        divisor = reciprocal->input(0);
      }
      if (norm(divisor) && !index_->find_constant(pattern_.x)) return pattern_;
    }
    return {};
  }

 private:
  const onnx_pb::Node* maker(const std::string& name, const char* op) const {
    const int i = index_->producer(name);
    if (i < 0 || graph_.node(i).op_type() != op || !graph_.node(i).domain().empty()) return nullptr;
    const onnx_pb::Node& node = graph_.node(i);
    return node.input_size() >= 1 && node.output_size() >= 1 && node.output(0) == name ? &node : nullptr;
  }

  void expand(std::string* name) {
    const onnx_pb::Node* node = maker(*name, "Expand");
    if (!node || node->input_size() != 2) return;
    pattern_.shapes.push_back(node->input(1));
    *name = node->input(0);
  }

  // A single constant number.
  std::optional<double> number(const std::string& name) {
    Status status;
    auto tensor = name.empty() ? nullptr : index_->constant(name, &status);
    if (!tensor || tensor->count() != 1) return {};
    return tensor->real(0);
  }

  // Steps over a lower bound; false if what is there is not one.
  bool lower_bound(std::string* name, double* bound) {
    *bound = 0;
    if (const onnx_pb::Node* max = maker(*name, "Max")) {
      if (max->input_size() != 2) return false;
      for (int i = 0; i < 2; ++i) {
        const auto value = number(max->input(i));
        if (!value) continue;
        *bound = *value, *name = max->input(1 - i);
        return *bound >= 0;
      }
      return false;
    }
    const onnx_pb::Node* clip = maker(*name, "Clip");
    if (!clip) return true;
    NodeView view(*clip, opset_, index_);
    const double low = opset_ < 11 ? view.real("min", 0) : view.number(1, "min", 0);
    const double high = opset_ < 11 ? view.real("max", FLT_MAX) : view.number(2, "max", FLT_MAX);
    if (!view.ok() || !(low >= 0) || high < FLT_MAX) return false;
    *bound = low, *name = clip->input(0);
    return true;
  }

  bool norm(std::string name) {
    expand(&name);
    double outer = 0, inner = 0;
    if (!lower_bound(&name, &outer)) return false;
    expand(&name);
    pattern_.eps = outer;
    if (const onnx_pb::Node* l2 = maker(name, "ReduceL2")) return l2->input(0) == pattern_.x && axis_of(*l2, 18);
    const onnx_pb::Node* root = maker(name, "Sqrt");
    if (!root) {
      root = maker(name, "Pow");
      if (!root || root->input_size() != 2 || number(root->input(1)).value_or(0) != 0.5) return false;
    }
    name = root->input(0);
    if (!lower_bound(&name, &inner)) return false;
    pattern_.eps = std::max(outer, std::sqrt(inner));
    return sum_of_squares(name);
  }

  bool sum_of_squares(const std::string& name) {
    if (const onnx_pb::Node* sum = maker(name, "ReduceSumSquare"))
      return sum->input(0) == pattern_.x && axis_of(*sum, 18);
    const onnx_pb::Node* sum = maker(name, "ReduceSum");
    if (!sum || !axis_of(*sum, 13)) return false;
    if (const onnx_pb::Node* square = maker(sum->input(0), "Mul"))
      return square->input_size() == 2 && square->input(0) == pattern_.x && square->input(1) == pattern_.x;
    const onnx_pb::Node* power = maker(sum->input(0), "Pow");
    return power && power->input_size() == 2 && power->input(0) == pattern_.x &&
           number(power->input(1)).value_or(0) == 2;
  }

  bool axis_of(const onnx_pb::Node& reduce, int since) {
    NodeView view(reduce, opset_, index_);
    const auto axes = view.list("axes", 1, since);
    if (!view.ok() || !axes || axes->size() != 1 || view.integer("keepdims", 1) == 0) return false;
    pattern_.axis = (*axes)[0];
    return view.ok();
  }

  const onnx_pb::Graph& graph_;
  const int opset_;
  GraphIndex* index_;
  L2Pattern pattern_;
};

}  // namespace

std::unordered_map<int, L2Pattern> find_l2_patterns(const onnx_pb::Graph& graph, int opset, GraphIndex* index) {
  std::unordered_map<int, L2Pattern> found;
  Matcher matcher(graph, opset, index);
  for (int i = 0; i < graph.node_size(); ++i) {
    const std::string& op = graph.node(i).op_type();
    if (op != "Div" && op != "Mul") continue;
    if (auto pattern = matcher.match(graph.node(i))) found.emplace(i, std::move(*pattern));
  }
  return found;
}

}  // namespace mien::onnx
