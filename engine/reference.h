// The graph on the double-precision reference kernels: what correct means. Slow, obvious, single-threaded; a library
// of its own (mien_reference) that the engine proper does not link.
#pragma once

#include <functional>
#include <vector>

#include "engine/graph.h"
#include "engine/status.h"

namespace mien {

// Called after each node with its output.
using NodeObserver = std::function<void(const Node& node, const std::vector<double>& output)>;

// Runs one sample. inputs[i] has graph.inputs[i]'s elements in row-major order; returns one vector per output.
// REQUIRES: infer_shapes(graph) was ok.
Result<std::vector<std::vector<double>>> run_reference(const Graph& graph,
                                                       const std::vector<std::vector<double>>& inputs,
                                                       const NodeObserver& observer = {});

}  // namespace mien
