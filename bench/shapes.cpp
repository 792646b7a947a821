#include "bench/shapes.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/steps/convolution.h"
#include "engine/steps/winograd.h"
#include "models/networks.h"
#include "models/weight_source.h"

namespace mien::bench {
namespace {

// Only the tensors' shapes are looked at.
class NoWeights final : public WeightSource {
 public:
  Constant tensor(const TensorRequest& request) override {
    return make_constant(std::vector<float>(static_cast<size_t>(request.shape.elements()), 1));
  }
  int64_t outputs_of(const std::string&, Role, int64_t usual) const override { return usual; }
};

std::string by(int64_t a, int64_t b) {
  return std::to_string(a) + "x" + std::to_string(b);
}

std::string name_of_shape(const WindowShape& s) {
  const Window& w = s.window;
  std::string name = by(w.kernel_h, w.kernel_w) + "s" + std::to_string(w.stride_h);
  if (w.pad_top != w.kernel_h / 2 || w.pad_left != w.kernel_w / 2)
    name += "p" + std::to_string(w.pad_top) + "." + std::to_string(w.pad_left);
  name += "_" + std::to_string(s.in);
  if (w.groups > 1 && w.groups != s.in) name += "g" + std::to_string(w.groups);
  if (s.out != s.in || w.groups == 1) name += "to" + std::to_string(s.out);
  return name + "_at" + (s.in_h == s.in_w ? std::to_string(s.in_h) : by(s.in_h, s.in_w));
}

template <class Named>
void add_once(std::vector<Named>& all, const Named& one) {
  for (const Named& other : all)
    if (other.name == one.name) return;
  all.push_back(one);
}

WindowShape window_shape(const Graph& graph, const Node& node, const Window& window) {
  const Shape &x = graph.value(node.inputs[0]).shape, &y = graph.value(node.output).shape;
  WindowShape s;
  s.window = window;
  s.in = static_cast<int>(x[1]), s.out = static_cast<int>(y[1]);
  s.in_h = static_cast<int>(x[2]), s.in_w = static_cast<int>(x[3]);
  s.out_h = static_cast<int>(y[2]), s.out_w = static_cast<int>(y[3]);
  s.first = std::find(graph.inputs.begin(), graph.inputs.end(), node.inputs[0]) != graph.inputs.end();
  s.name = name_of_shape(s);
  return s;
}

void add_convolution(const Graph& graph, const Node& node, LayerShapes& all) {
  const WindowShape s = window_shape(graph, node, node.window);
  const Shape &x = graph.value(node.inputs[0]).shape, &y = graph.value(node.output).shape;
  if (is_depthwise(node.window, x, y)) return add_once(node.window.groups == s.in ? all.depthwise : all.pairs, s);
  add_once(all.dense, s);
  if (s.first || choose_winograd(node.window, x, y) == 0) return;
  // The way there has the input's channels, the way back the output's.
  for (const int channels : {s.in, s.out}) {
    WindowShape transform = s;
    transform.in = transform.out = channels;
    transform.name = std::to_string(channels) + "_at" + s.name.substr(s.name.rfind("at") + 2);
    add_once(all.winograd, transform);
  }
}

void add_pool(const Graph& graph, const Node& node, LayerShapes& all) {
  Window window = node.window;
  if (node.op == Op::global_average_pool || node.op == Op::global_max_pool) {
    window = {};
    window.kernel_h = static_cast<int32_t>(graph.value(node.inputs[0]).shape[2]);
    window.kernel_w = static_cast<int32_t>(graph.value(node.inputs[0]).shape[3]);
  }
  add_once(all.pools, window_shape(graph, node, window));
}

void add_layers(const Graph& graph, LayerShapes& all) {
  for (const Node& node : graph.nodes) {
    switch (node.op) {
      case Op::conv:
        add_convolution(graph, node, all);
        break;
      case Op::fully_connected: {
        const Shape& w = graph.value(node.inputs[1]).shape;
        add_once(all.fully_connected,
                 {std::to_string(w[1]) + "to" + std::to_string(w[0]), static_cast<int>(w[1]), static_cast<int>(w[0])});
        break;
      }
      case Op::max_pool:
      case Op::average_pool:
      case Op::global_average_pool:
      case Op::global_max_pool:
        add_pool(graph, node, all);
        break;
      default:
        break;
    }
  }
}

}  // namespace

const LayerShapes& layer_shapes() {
  static const LayerShapes kAll = [] {
    LayerShapes all;
    for (const std::string& name : network_names()) {
      NoWeights weights;
      const auto package = build_network(name, weights);
      if (!package.ok()) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), package.status().message().c_str());
        std::exit(1);
      }
      add_layers(package->graph, all);
    }
    return all;
  }();
  return kAll;
}

}  // namespace mien::bench
