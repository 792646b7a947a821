// Recognises L2 normalisation spelled out in small operators:
//   x / Clip(ReduceL2(x), eps)                      F.normalize of PyTorch, with or without Expand
//   x / Sqrt(Max(ReduceSum(x * x), eps))            and Pow(.., 0.5), Reciprocal and Mul, ReduceSumSquare, Pow(x, 2)
// Only forms that equal x / max(norm, eps) exactly; an epsilon that is added under the root is imported as it stands.
// Thread-safety: free functions.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "converters/onnx/graph_index.h"

namespace mien::onnx {

struct L2Pattern {
  std::string x;
  int64_t axis = 0;   // may be negative
  double eps = 0;
  std::vector<std::string> shapes;  // operands of Expand: each must turn out to be the shape of x
};

// The patterns by the index of their last node.
std::unordered_map<int, L2Pattern> find_l2_patterns(const onnx_pb::Graph& graph, int opset, GraphIndex* index);

}  // namespace mien::onnx
