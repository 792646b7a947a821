// Nodes that change nothing, and forms that have a simpler name.
#include <algorithm>
#include <limits>

#include "engine/passes/edit.h"
#include "engine/passes/passes.h"

namespace mien {
namespace {

bool all_zero(const std::vector<int64_t>& values) {
  return std::all_of(values.begin(), values.end(), [](int64_t v) { return v == 0; });
}

// REQUIRES: shapes are inferred.
bool is_identity(const Graph& graph, const Node& node) {
  const Shape& x = graph.value(node.inputs[0]).shape;
  switch (node.op) {
    case Op::reshape:
    case Op::slice:
      return graph.value(node.output).shape == x;
    case Op::pad:
      return all_zero(node.ints);
    case Op::transpose:
      for (size_t i = 0; i < node.ints.size(); ++i) {
        if (node.ints[i] != static_cast<int64_t>(i)) return false;
      }
      return true;
    case Op::concat:
      return node.inputs.size() == 1;
    default:
      return false;
  }
}

void simplify_node(Graph& graph, const std::vector<int>& producer, Node& node) {
  if (node.op == Op::clip && node.a == 0 && node.b >= std::numeric_limits<float>::max()) node.op = Op::relu, node.b = 0;
  if (node.op == Op::reshape) {
    const int before = producer[static_cast<size_t>(node.inputs[0])];
    if (before >= 0 && graph.nodes[static_cast<size_t>(before)].op == Op::reshape)
      node.inputs[0] = graph.nodes[static_cast<size_t>(before)].inputs[0];
  }
}

}  // namespace

Status remove_identities(Graph& graph) {
  MIEN_RETURN_IF_ERROR(infer_shapes(graph));
  const std::vector<int> producer = graph.producers();
  std::vector<bool> erase(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    simplify_node(graph, producer, graph.nodes[i]);
    const Node& node = graph.nodes[i];
    // An output of the graph keeps its node, and with it its name.
    if (is_output(graph, node.output) || !is_identity(graph, node)) continue;
    replace_reads(graph, node.output, node.inputs[0]);
    erase[i] = true;
  }
  erase_nodes(graph, erase);
  return {};
}

}  // namespace mien
