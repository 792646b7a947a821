#include "engine/passes/passes.h"

namespace mien {

Status simplify(Graph& graph) {
  for (;;) {
    const size_t before = graph.nodes.size();
    MIEN_RETURN_IF_ERROR(remove_identities(graph));
    MIEN_RETURN_IF_ERROR(fold_batch_norm(graph));
    MIEN_RETURN_IF_ERROR(remove_dead(graph));
    if (graph.nodes.size() == before) return infer_shapes(graph);
  }
}

}  // namespace mien
