// What the passes share: looking around a node and taking nodes out of a graph.
#pragma once

#include <vector>

#include "engine/graph.h"

namespace mien {

// Neighbourhood of a graph at one moment; rebuild after every edit that adds or removes nodes.
struct Neighbours {
  explicit Neighbours(const Graph& graph) : producer(graph.producers()), use_count(graph.uses()) {
    consumer.assign(graph.values.size(), -1);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      for (ValueId id : graph.nodes[i].inputs) consumer[static_cast<size_t>(id)] = static_cast<int>(i);
    }
  }
  int producer_of(ValueId id) const { return producer[static_cast<size_t>(id)]; }
  // The one node that reads the value, or -1 if it is read by several or is an output of the graph.
  int only_consumer_of(ValueId id) const {
    return use_count[static_cast<size_t>(id)] == 1 ? consumer[static_cast<size_t>(id)] : -1;
  }

  std::vector<int> producer, use_count, consumer;
};

// Removes the nodes marked true, keeping the order of the others.
inline void erase_nodes(Graph& graph, const std::vector<bool>& erase) {
  size_t kept = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (erase[i]) continue;
    if (kept != i) graph.nodes[kept] = std::move(graph.nodes[i]);
    ++kept;
  }
  graph.nodes.resize(kept);
}

inline void replace_reads(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) {
      if (id == from) id = to;
    }
  }
}

inline bool is_output(const Graph& graph, ValueId id) {
  for (ValueId output : graph.outputs) {
    if (output == id) return true;
  }
  return false;
}

}  // namespace mien
