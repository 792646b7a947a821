// How each operator of the graph is written to an ONNX file. Thread-safety: free function.
#pragma once

#include "bench/peers/export/onnx_file.h"

namespace mien::bench {

// Appends what the node computes. REQUIRES: as export_onnx; the nodes that it reads are in the file.
// Error unsupported, with its name.
Status write_node(OnnxFile& file, const Node& node);

}  // namespace mien::bench
