// A model's plan for one instruction set as loops of kernel calls on five arrays: weights, arena, integers, inputs and
// outputs. Thread-safety: pure functions.
#pragma once

#include <memory>
#include <vector>

#include "codegen/call.h"
#include "codegen/memory.h"
#include "engine/plan.h"

namespace mien::codegen {

struct TracedStep {
  StepInfo info;
  std::vector<Term> terms;
};

// The calls that the engine makes for one sample on one thread, in its order.
struct Trace {
  std::unique_ptr<Plan> plan;  // holds the weights that `memory` speaks of
  Memory memory;
  std::vector<TracedStep> steps;
  int64_t arena_floats = 0;
  int64_t calls = 0;
};

// REQUIRES: infer_shapes(graph) was ok; graph outlives the trace and is as Plan::make leaves it. Throws std::bad_alloc.
// Error: unsupported, with the step's name.
Result<Trace> trace_plan(Graph& graph, kernels::Isa isa, bool low_memory);

}  // namespace mien::codegen
