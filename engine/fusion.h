// Which nodes of a graph one step will compute together: a weighted layer (or a batch_norm) with the activation and the
// residual add that follow it.
#pragma once

#include <vector>

#include "engine/graph.h"

namespace mien {

struct Chain {
  int head = -1;                // the node with the weights
  int last = -1;                // the last node absorbed (head if none): the step stands at its place
  int activation = -1;          // relu, clip, leaky_relu or prelu, -1 if none
  ValueId residual = kNoValue;  // the other operand of the absorbed add
  bool residual_last = false;   // added after the activation
};

struct Fusion {
  std::vector<Chain> chains;   // indexed by the node that is `last`; head < 0 where the node is no chain's last
  std::vector<bool> absorbed;  // nodes that a chain ending elsewhere computes
};

// REQUIRES: shapes are inferred. Only values with a single reader are fused over.
Fusion find_chains(const Graph& graph);

}  // namespace mien
