#include "tests/converters/caffe_network.h"

#include <map>
#include <sstream>
#include <stdexcept>

namespace mien::testing {
namespace {

std::string text_of(double value) {
  std::ostringstream out;
  out.precision(9);
  out << value;
  return out.str();
}

class NetworkWriter {
 public:
  NetworkWriter(const Graph& graph, const RecordedWeights& weights, const CaffeWriting& writing)
      : graph_(graph), weights_(weights), writing_(writing), uses_(graph.uses()) {
    net_.style = writing.style;
  }

  CaffeNet write() {
    const Shape in = graph_.value(graph_.inputs[0]).shape;
    if (writing_.input_layer) {
      net_.input("data", {in.dims, in.dims + in.rank});
    } else {
      net_.raw("input: \"data\"\n");
      for (int i = 0; i < in.rank; ++i) net_.raw("input_dim: " + std::to_string(in[i]) + "\n");
    }
    made_[graph_.inputs[0]] = "data";
    for (const Node& node : graph_.nodes) made_[node.output] = add(node);
    return std::move(net_);
  }

 private:
  std::string input(const Node& node, size_t i) const { return made_.at(node.inputs[i]); }
  // The top of a layer that may overwrite its bottom.
  std::string top(const Node& node) const {
    const bool alone = uses_[static_cast<size_t>(node.inputs[0])] == 1;
    return writing_.in_place && alone && input(node, 0) != "data" ? input(node, 0) : node.name;
  }
  CaffeBlob blob(const std::string& key) const {
    const NamedTensor& tensor = weights_.tensors.at(key);
    return {{tensor.shape.dims, tensor.shape.dims + tensor.shape.rank}, tensor.values};
  }
  CaffeBlob blob(const Node& node, size_t i) const { return blob(graph_.value(node.inputs[i]).name); }

  std::string add(const Node& node) {
    switch (node.op) {
      case Op::conv:
        return convolution(node);
      case Op::batch_norm:
        return batch_norm(node);
      case Op::prelu:
        net_.layer("PReLU", node.name, {input(node, 0)}, {top(node)}, "", {blob(node, 1)});
        return top(node);
      case Op::clip:
        net_.layer("ReLU6", node.name, {input(node, 0)}, {top(node)});
        return top(node);
      case Op::relu:
        net_.layer("ReLU", node.name, {input(node, 0)}, {top(node)});
        return top(node);
      case Op::add:
        net_.layer("Eltwise", node.name, {input(node, 0), input(node, 1)}, {node.name}, "eltwise_param { }");
        return node.name;
      case Op::reshape:
        net_.layer("Flatten", node.name, {input(node, 0)}, {node.name});
        return node.name;
      default:
        throw std::invalid_argument(node.name);
    }
  }

  std::string convolution(const Node& node) {
    const Window& w = node.window;
    const Shape weight = graph_.value(node.inputs[1]).shape;
    const bool bias = node.inputs.size() == 3;
    std::vector<CaffeBlob> blobs{blob(node, 1)};
    if (bias) blobs.push_back(blob(node, 2));
    const bool depthwise = writing_.depthwise_layers && w.groups > 1;
    const auto each = [](const char* name, int32_t h, int32_t v) {
      const std::string key(name);
      return " " + key + "_h: " + std::to_string(h) + " " + key + "_w: " + std::to_string(v);
    };
    std::string more = "convolution_param { num_output: " + std::to_string(weight[0]) +
                       (bias ? "" : " bias_term: false") + each("kernel", w.kernel_h, w.kernel_w) +
                       each("stride", w.stride_h, w.stride_w) + each("pad", w.pad_top, w.pad_left);
    if (w.groups > 1 && !depthwise) more += " group: " + std::to_string(w.groups);
    net_.layer(depthwise ? "ConvolutionDepthwise" : "Convolution", node.name, {input(node, 0)}, {node.name},
               more + " weight_filler { type: \"msra\" } }", blobs);
    return node.name;
  }

  // Mean and variance are stored as sums, with the number to divide them by.
  std::string batch_norm(const Node& node) {
    const std::string scale = graph_.value(node.inputs[1]).name, layer = scale.substr(0, scale.rfind('/'));
    const float factor = 999.98236f;
    CaffeBlob mean = blob(layer + "/bn.mean"), variance = blob(layer + "/bn.var");
    for (float& v : mean.values) v *= factor;
    for (float& v : variance.values) v *= factor;
    net_.layer("BatchNorm", node.name, {input(node, 0)}, {top(node)},
               "batch_norm_param { use_global_stats: true eps: " + text_of(weights_.eps.at(layer)) + " }",
               {mean, variance, {{1}, {factor}}});
    net_.layer("Scale", node.name + "/scale", {top(node)}, {top(node)}, "scale_param { bias_term: true }",
               {blob(layer + "/bn.gamma"), blob(layer + "/bn.beta")});
    return top(node);
  }

  const Graph& graph_;
  const RecordedWeights& weights_;
  const CaffeWriting& writing_;
  const std::vector<int> uses_;
  CaffeNet net_;
  std::map<ValueId, std::string> made_;
};

}  // namespace

CaffeNet caffe_network(const Graph& graph, const RecordedWeights& weights, const CaffeWriting& writing) {
  return NetworkWriter(graph, weights, writing).write();
}

}  // namespace mien::testing
