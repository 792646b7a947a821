#include "tests/converters/ncnn_network.h"

#include <map>
#include <set>
#include <stdexcept>

namespace mien::testing {
namespace {

// Nine digits give the same float32 back.
std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9e", value);
  return text;
}

std::string param(int id, int64_t value) {
  return " " + std::to_string(id) + "=" + std::to_string(value);
}

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, const RecordedWeights& weights, const NcnnStyle& style)
      : graph_(graph), weights_(weights), style_(style), uses_(graph.uses()) {}

  NcnnModel write() {
    for (ValueId id : graph_.inputs) {
      model_.layer("Input", "data", {}, {blob(id)}, style_.input);
      split(id);
    }
    for (const Node& node : graph_.nodes) {
      if (done_.count(node.output) == 0) add(node);
    }
    return std::move(model_);
  }

 private:
  static std::string blob(ValueId id) { return "blob" + std::to_string(id); }
  const Value& constant(const Node& node, size_t i) const { return graph_.value(node.inputs[i]); }
  static Floats floats(const Value& value) {
    return {value.constant.data, value.constant.data + value.shape.elements()};
  }

  // The blob's copies, one for each reader.
  void split(ValueId id) {
    const int readers = uses_[static_cast<size_t>(id)];
    if (readers < 2) return;
    std::vector<std::string> copies;
    for (int i = 0; i < readers; ++i) copies.push_back(blob(id) + "_" + std::to_string(i));
    model_.layer("Split", "split" + std::to_string(id), {blob(id)}, copies);
  }
  std::string read(ValueId id) {
    if (uses_[static_cast<size_t>(id)] < 2) return blob(id);
    return blob(id) + "_" + std::to_string(taken_[id]++);
  }

  void put(const std::string& type, const Node& node, const std::string& params, ValueId output = kNoValue) {
    std::vector<std::string> bottoms;
    for (ValueId id : node.inputs) {
      if (!graph_.value(id).is_constant()) bottoms.push_back(read(id));
    }
    const ValueId made = output == kNoValue ? node.output : output;
    pending_ = made;
    model_.layer(type, "layer" + std::to_string(node.output), bottoms, {blob(made)}, params);
  }

  void add(const Node& node) {
    switch (node.op) {
      case Op::conv:
        convolution(node);
        break;
      case Op::batch_norm:
        batch_norm(node);
        break;
      case Op::fully_connected:
        put("InnerProduct", node, bias_param(node, 1) + matrix(node));
        weigh(node);
        break;
      case Op::prelu:
        put("PReLU", node, param(0, constant(node, 1).shape.elements()));
        model_.raw(floats(constant(node, 1)));
        break;
      case Op::relu:
        put("ReLU", node, "");
        break;
      case Op::clip:
        put("Clip", node, " 0=" + number_text(node.a) + " 1=" + number_text(node.b));
        break;
      case Op::reshape:
        put("Flatten", node, "");
        break;
      default:
        arithmetic(node);
    }
    split(pending_);
  }

  void arithmetic(const Node& node) {
    const Op ops[] = {Op::add, Op::sub, Op::mul};
    for (int i = 0; i < 3; ++i) {
      if (node.op != ops[i]) continue;
      const Value& second = constant(node, 1);
      if (!second.is_constant()) return put("BinaryOp", node, param(0, i));
      if (second.shape.elements() == 1)
        return put("BinaryOp", node, param(0, i) + " 1=1 2=" + number_text(second.constant.data[0]));
    }
    throw std::invalid_argument(node.name);
  }

  static std::string bias_param(const Node& node, int id) { return param(id, node.inputs.size() == 3); }
  std::string matrix(const Node& node) const {
    const Shape& s = constant(node, 1).shape;
    return param(0, s[0]) + param(2, s.elements());
  }
  void weigh(const Node& node) {
    model_.flagged(floats(constant(node, 1)));
    if (node.inputs.size() == 3) model_.raw(floats(constant(node, 2)));
  }

  std::string window(const Node& node) const {
    const Window& w = node.window;
    std::string text = param(0, constant(node, 1).shape[0]) + param(1, w.kernel_w) + param(11, w.kernel_h) +
                       param(3, w.stride_w) + param(13, w.stride_h) + param(4, w.pad_left) + param(14, w.pad_top) +
                       param(15, w.pad_right) + param(16, w.pad_bottom) + param(6, constant(node, 1).shape.elements());
    return w.groups == 1 ? text : text + param(7, w.groups);
  }

  // The only reader of the value, if it is of this kind.
  const Node* reader(ValueId id, std::initializer_list<Op> kinds) const {
    if (uses_[static_cast<size_t>(id)] != 1) return nullptr;
    for (const Node& node : graph_.nodes) {
      for (Op kind : kinds) {
        if (node.inputs[0] == id && node.op == kind) return &node;
      }
    }
    return nullptr;
  }

  void convolution(const Node& node) {
    const std::string type = node.window.groups == 1 ? "Convolution" : "ConvolutionDepthWise";
    const Node* norm = style_.folded ? reader(node.output, {Op::batch_norm}) : nullptr;
    if (!norm) {
      put(type, node, window(node) + bias_param(node, 5));
      return weigh(node);
    }
    ValueId output = norm->output;
    std::string activation;
    done_.insert(output);
    if (const Node* act = reader(output, {Op::relu, Op::clip})) {
      activation = act->op == Op::relu ? " 9=1" : " 9=3 -23310=2," + number_text(act->a) + "," + number_text(act->b);
      done_.insert(output = act->output);
    }
    put(type, node, window(node) + param(5, 1) + activation, output);
    fold(node, *norm);
  }

  void fold(const Node& node, const Node& norm) {
    const Floats scale = floats(constant(norm, 1)), shift = floats(constant(norm, 2));
    Floats weight = floats(constant(node, 1)), bias(scale.size());
    const size_t each = weight.size() / scale.size();
    for (size_t i = 0; i < weight.size(); ++i) weight[i] *= scale[i / each];
    for (size_t c = 0; c < bias.size(); ++c) {
      const float own = node.inputs.size() == 3 ? constant(node, 2).constant.data[c] : 0;
      bias[c] = own * scale[c] + shift[c];
    }
    model_.flagged(weight).raw(bias);
  }

  void batch_norm(const Node& node) {
    const Floats scale = floats(constant(node, 1)), shift = floats(constant(node, 2));
    const std::string name = constant(node, 1).name, layer = name.substr(0, name.rfind('/'));
    const auto eps = weights_.eps.find(layer);
    const bool known = eps != weights_.eps.end();
    put("BatchNorm", node,
        param(0, static_cast<int64_t>(scale.size())) + (known ? " 1=" + number_text(eps->second) : ""));
    const auto vector = [&](const char* role, const Floats& fallback) {
      const auto found = weights_.tensors.find(layer + role);
      model_.raw(known && found != weights_.tensors.end() ? found->second.values : fallback);
    };
    const Floats ones(scale.size(), 1), zeros(scale.size(), 0);
    vector("/bn.gamma", known ? ones : scale);
    vector("/bn.mean", zeros);
    vector("/bn.var", ones);
    vector("/bn.beta", known ? zeros : shift);
  }

  const Graph& graph_;
  const RecordedWeights& weights_;
  const NcnnStyle style_;
  const std::vector<int> uses_;
  NcnnModel model_;
  std::map<ValueId, int> taken_;
  std::set<ValueId> done_;
  ValueId pending_ = kNoValue;
};

}  // namespace

NcnnModel ncnn_network(const Graph& graph, const RecordedWeights& weights, const NcnnStyle& style) {
  return GraphWriter(graph, weights, style).write();
}

}  // namespace mien::testing
