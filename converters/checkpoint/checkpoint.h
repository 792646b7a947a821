// Weights by name, as training frameworks save them without a graph: what every reader of such a format gives, and what
// a network of models/ is built from. Plain data; no thread-safety concerns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph.h"

namespace mien {

struct NamedTensor {
  std::string name;           // as in the file, prefixes and all
  Shape shape;                // row-major, the last index fastest; rank 0 for a scalar
  std::string type;           // in the framework's words: "float32", "int64", ...
  std::vector<float> values;  // widened to float32; empty where the type is not floating point: never a weight
};

struct Checkpoint {
  std::string format;                // "mindspore", "pytorch", ...: Card::source_format
  std::vector<NamedTensor> tensors;  // in the file's order, no name twice
  std::vector<std::string> repairs, warnings;
  int64_t denormals_flushed = 0;
};

}  // namespace mien
