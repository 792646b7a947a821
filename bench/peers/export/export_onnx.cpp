#include "bench/peers/export/export_onnx.h"

#include "bench/peers/export/onnx_file.h"
#include "bench/peers/export/operators.h"

namespace mien::bench {

Result<std::string> export_onnx(const Graph& graph) {
  OnnxFile file(graph);
  for (const Node& node : graph.nodes) MIEN_RETURN_IF_ERROR(write_node(file, node));
  return file.bytes();
}

}  // namespace mien::bench
