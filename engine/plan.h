// The plan: a graph turned into steps for one ISA, with weights packed and the arena laid out. Immutable.
#pragma once

#include <memory>
#include <vector>

#include "engine/aligned.h"
#include "engine/steps/step.h"

namespace mien {

class Plan {
 public:
  // Gives the memory of the weights that it packs back (constant_memory.h). REQUIRES: infer_shapes(graph) was ok; graph
  // outlives the plan (steps read its other constants in place). Throws std::bad_alloc. Error: unsupported, with the
  // node's name.
  static Result<std::unique_ptr<Plan>> make(Graph& graph, const kernels::Kernels& kernels, bool low_memory = false);

  std::vector<std::unique_ptr<Step>> steps;
  std::vector<Buffer> buffers;
  std::vector<AlignedFloats> constants;  // constants that had to change their layout
  int64_t arena_floats = 0;              // per sample
  int64_t scratch_floats = 0;            // per thread

  int64_t packed_bytes() const;
};

}  // namespace mien
