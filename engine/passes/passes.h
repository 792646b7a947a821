// The graph's offline simplifications, run once by a converter; each keeps the function the graph computes (exactly in
// real arithmetic; folded weights are computed in double and rounded once). One file each, in the order they run.
#pragma once

#include "engine/graph.h"

namespace mien {

// conv/fully_connected followed by batch_norm, and batch_norm followed by an unpadded conv or a fully_connected, into
// the weights (specs of each case in fold_batch_norm.cpp). Per-channel mul/add by constants count as batch_norm.
Status fold_batch_norm(Graph& graph);
// Reshape of a reshape, reshape/slice/pad/transpose that change nothing, clip(0, inf) as relu.
Status remove_identities(Graph& graph);
// Nodes and constants that no output needs.
Status remove_dead(Graph& graph);
// All of the above, in order, until nothing changes; then infer_shapes.
Status simplify(Graph& graph);

}  // namespace mien
