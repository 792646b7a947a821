// A graph as an executor walks it: chains of nodes that one primitive may compute (engine/fusion.h) and single nodes,
// in order, and when each value is read for the last time. Thread-safety: free functions without state.
#pragma once

#include <vector>

#include "engine/fusion.h"

namespace mien::peers {

// chain.head == chain.last and no activation or residual: a single node.
struct Unit {
  Chain chain;
  std::vector<ValueId> reads;  // values computed by other units, and inputs of the graph
};

std::vector<Unit> units_of(const Graph& graph);
// For each value the index of the last unit that reads it; units.size() for an output of the graph; -1 if none does.
std::vector<int> last_reads(const Graph& graph, const std::vector<Unit>& units);

}  // namespace mien::peers
