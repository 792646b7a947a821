// Writes a graph as the ONNX file that a trainer would have exported, so that other engines run the very network that
// mien runs, with the same weights. Thread-safety: free functions.
#pragma once

#include <string>

#include "engine/graph.h"
#include "engine/status.h"

namespace mien::bench {

// The bytes of the file: opset 13, float32, batch 1; batch normalisations stay nodes of their own. Names of inputs and
// outputs are the graph's.
// REQUIRES: infer_shapes was ok, no graph output is an input or a constant, all constants hold their data.
// Error unsupported, with the node's name: an operator, or a form of one, that has no row in operators.cpp.
Result<std::string> export_onnx(const Graph& graph);

}  // namespace mien::bench
