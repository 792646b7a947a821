// The plan: a graph turned into steps for one ISA, with weights packed and the arena laid out. Immutable.
#pragma once

#include <memory>
#include <vector>

#include "engine/aligned.h"
#include "engine/allocator.h"
#include "engine/arena.h"
#include "engine/steps/step.h"

namespace mien {

struct PlanOptions {
  bool low_memory = false;  // as in ModelOptions
  Allocator allocator{};    // of packed weights
};

class Plan {
 public:
  // Gives the memory of the weights that it packs back (constant_memory.h). REQUIRES: infer_shapes(graph) was ok; graph
  // outlives the plan (steps read its other constants in place). Throws std::bad_alloc for names and shapes. Errors:
  // unsupported, with the node's name; out_of_memory for what comes from the allocator.
  static Result<std::unique_ptr<Plan>> make(Graph& graph, const kernels::Kernels& kernels,
                                            const PlanOptions& options = {});

  std::vector<std::unique_ptr<Step>> steps;
  std::vector<Buffer> buffers;
  std::vector<AlignedFloats> constants;  // constants that had to change their layout
  // Per sample, by buffer. For one thread, what a step has read may be overwritten by the next; several threads run on
  // into the next step, so that it may only be overwritten by the one after that.
  ArenaLayout one_thread, many_threads;
  const ArenaLayout& arena(int threads) const { return threads > 1 ? many_threads : one_thread; }
  int64_t scratch_floats = 0;  // per thread

  int64_t packed_bytes() const;
  // Of a session: activations and scratch memory; and, for several threads, what says which items are done.
  int64_t arena_bytes(int batch, int threads) const;
  int64_t progress_bytes(int batch, int threads) const;
};

}  // namespace mien
