#include <algorithm>

#include "engine/graph.h"

namespace mien {
namespace {

// Operations of one output element, multiply-adds aside: what the usual profilers count.
int64_t flops_of(const Graph& graph, const Node& node, int64_t macs) {
  const int64_t out = graph.value(node.output).shape.elements();
  switch (node.op) {
    case Op::conv:
    case Op::fully_connected:
      return 2 * macs + (node.inputs.size() == 3 ? out : 0);
    case Op::batch_norm:
      return 2 * out;
    case Op::max_pool:
    case Op::average_pool:
      return out * node.window.kernel_h * node.window.kernel_w;
    case Op::global_average_pool:
    case Op::global_max_pool:
      return graph.value(node.inputs[0]).shape.elements();
    case Op::concat:
    case Op::slice:
    case Op::transpose:
    case Op::reshape:
    case Op::pad:
    case Op::resize_nearest:
      return 0;
    default:
      return out;
  }
}

int64_t macs_of(const Graph& graph, const Node& node) {
  if (node.op != Op::conv && node.op != Op::fully_connected) return 0;
  const Shape& w = graph.value(node.inputs[1]).shape;
  const int64_t per_output = w.elements() / w[0];
  return graph.value(node.output).shape.elements() * per_output;
}

}  // namespace

GraphCost cost_of(const Graph& graph) {
  GraphCost cost;
  std::vector<bool> counted(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    NodeCost one;
    one.macs = macs_of(graph, node);
    one.flops = flops_of(graph, node, one.macs);
    one.bytes = graph.value(node.output).shape.elements() * 4;
    for (ValueId id : node.inputs) {
      const Value& value = graph.value(id);
      if (!value.is_constant()) {
        one.bytes += value.shape.elements() * 4;
      } else if (!counted[static_cast<size_t>(id)]) {
        counted[static_cast<size_t>(id)] = true;
        one.params += value.shape.elements();
      }
    }
    cost.total.macs += one.macs;
    cost.total.flops += one.flops;
    cost.total.params += one.params;
    cost.total.bytes += one.bytes;
    cost.nodes.push_back(one);
  }
  return cost;
}

int64_t most_alive(const Graph& graph) {
  std::vector<int> uses = graph.uses();
  const auto elements = [&graph](ValueId id) { return graph.value(id).shape.elements(); };
  int64_t alive = 0;
  for (ValueId id : graph.inputs) alive += elements(id);
  int64_t most = alive;
  for (const Node& node : graph.nodes) {
    alive += elements(node.output);
    most = std::max(most, alive);
    for (ValueId id : node.inputs)
      if (--uses[static_cast<size_t>(id)] == 0 && !graph.value(id).is_constant()) alive -= elements(id);
    if (uses[static_cast<size_t>(node.output)] == 0) alive -= elements(node.output);
  }
  return most;
}

}  // namespace mien
