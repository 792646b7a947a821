// Drops nodes that no output needs and values that no node reads; inputs stay.
#include "engine/passes/edit.h"
#include "engine/passes/passes.h"

namespace mien {

Status remove_dead(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (ValueId id : graph.outputs) needed[static_cast<size_t>(id)] = true;
  std::vector<bool> erase(graph.nodes.size(), false);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    erase[i] = !needed[static_cast<size_t>(node.output)];
    if (erase[i]) continue;
    for (ValueId id : node.inputs) needed[static_cast<size_t>(id)] = true;
  }
  erase_nodes(graph, erase);
  for (ValueId id : graph.inputs) needed[static_cast<size_t>(id)] = true;

  std::vector<ValueId> renumbered(graph.values.size(), kNoValue);
  std::vector<Value> kept;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (!needed[i]) continue;
    renumbered[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  auto renumber = [&](ValueId& id) { id = renumbered[static_cast<size_t>(id)]; };
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) renumber(id);
    renumber(node.output);
  }
  for (ValueId& id : graph.inputs) renumber(id);
  for (ValueId& id : graph.outputs) renumber(id);
  return {};
}

}  // namespace mien
