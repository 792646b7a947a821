#include "bench/peers/native/units.h"

namespace mien::peers {

std::vector<Unit> units_of(const Graph& graph) {
  const Fusion fusion = find_chains(graph);
  std::vector<Unit> units;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (fusion.absorbed[i]) continue;
    Unit unit;
    unit.chain = fusion.chains[i];
    if (unit.chain.head < 0) unit.chain.head = unit.chain.last = static_cast<int>(i);
    for (const ValueId id : graph.nodes[static_cast<size_t>(unit.chain.head)].inputs)
      if (!graph.value(id).is_constant()) unit.reads.push_back(id);
    if (unit.chain.residual != kNoValue) unit.reads.push_back(unit.chain.residual);
    units.push_back(unit);
  }
  return units;
}

std::vector<int> last_reads(const Graph& graph, const std::vector<Unit>& units) {
  std::vector<int> last(graph.values.size(), -1);
  for (size_t i = 0; i < units.size(); ++i)
    for (const ValueId id : units[i].reads) last[static_cast<size_t>(id)] = static_cast<int>(i);
  for (const ValueId id : graph.outputs) last[static_cast<size_t>(id)] = static_cast<int>(units.size());
  return last;
}

}  // namespace mien::peers
