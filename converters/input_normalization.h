// Finds the normalisation that a graph applies to its input by itself. Thread-safety: free function.
#pragma once

#include <vector>

#include "engine/graph.h"

namespace mien {

enum class InsideNormalization {
  none,
  of_bytes,     // made for 0..255: (x - 127.5) * 0.0078125 and the like
  of_fractions  // made for 0..1: (x - 0.485) / 0.229 and the like
};

// Follows Add, Sub, Mul and Div by one number, or one per channel, from graph.inputs[0].
InsideNormalization find_input_normalization(const Graph& graph);

}  // namespace mien
