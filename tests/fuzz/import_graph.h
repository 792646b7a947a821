// What holds of the importers of graphs for any bytes whatever: an error, or a network whose shapes follow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/convert.h"
#include "engine/passes/passes.h"

namespace mien::testing {

// "" if the result is an error with a text, or a network that can be run; else what is wrong with it.
inline std::string fault_of(const Result<Imported>& r) {
  if (!r.ok()) return r.status().message().empty() ? "an error without a text" : "";
  Graph graph = r->package.graph;
  const Status status = infer_shapes(graph);
  if (!status.ok()) return "a graph that cannot be run: " + status.message();
  if (graph.inputs.empty() || graph.outputs.empty()) return "no input or no output";
  for (const Value& value : graph.values) {
    if (value.is_constant() && value.shape.elements() < 1) return "'" + value.name + "' has an impossible shape";
  }
  return "";
}

// The two files of a model in one input: a text, which has no zero byte, such a byte, and the weights.
struct TextAndWeights {
  std::vector<uint8_t> text, weights;
};
inline TextAndWeights split(const uint8_t* data, size_t size) {
  const uint8_t* end = data + size;
  const uint8_t* zero = std::find(data, end, 0);
  return {{data, zero}, {zero == end ? end : zero + 1, end}};
}
inline std::vector<uint8_t> joined(const TextAndWeights& files) {
  std::vector<uint8_t> all = files.text;
  all.push_back(0);
  all.insert(all.end(), files.weights.begin(), files.weights.end());
  return all;
}

}  // namespace mien::testing
