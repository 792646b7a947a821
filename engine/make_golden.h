// Makes the golden section from the reference run (part of mien_reference: the engine proper does not link it).
#pragma once

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// Runs `cases` seeded inputs, uniform in [low, high), through run_reference on the graph as imported (unfolded).
Result<Golden> make_golden(const Graph& graph, int cases, float low, float high);

}  // namespace mien
