// Makes the golden section from the reference run (part of mien_reference: the engine proper does not link it).
#pragma once

#include <functional>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// Told after every node which share of the work is done, 0 to 1: from any thread, but never two at a time.
using ShareDone = std::function<void(double)>;

// Runs `cases` seeded inputs, uniform in [low, high), through run_reference on the graph as imported (unfolded),
// as many at a time as there are processors and memory: each on one thread, so that their number changes no bit.
// REQUIRES: shapes are inferred.
Result<Golden> make_golden(const Graph& graph, int cases, float low, float high, const ShareDone& progress = {});

}  // namespace mien
