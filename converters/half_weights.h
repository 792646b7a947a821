// Weights that take half the room in the file: --store f16. Thread-safety: pure functions.
#pragma once

#include "engine/graph.h"

namespace mien {

// Rounds every constant of two and more dimensions, so the weights of convolutions and of fully connected layers, to
// float16, and marks it to be stored as such; biases and slopes are few and stay as they are. Constants get memory of
// their own. Error check_failed, with its name, for a constant with a value beyond float16's 65504.
Status round_weights_to_half(Graph& graph);

}  // namespace mien
