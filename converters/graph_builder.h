// The graph that grows while a file of any format is imported: constants come in checked, every node is shape-inferred
// as it is added, so that the error names the node of the file. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "converters/convert.h"
#include "engine/graph.h"

namespace mien {

class GraphBuilder {
 public:
  // A float constant. Denormals become zero and are counted. Error: corrupt for NaN or infinity (as float32), or for a
  // number of values that is not the shape's; unsupported for none.
  Result<ValueId> constant(const std::string& name, const Shape& shape, std::vector<float> values);
  Result<ValueId> constant(const std::string& name, const Shape& shape, const std::vector<double>& values);
  // Appends the node and fills its output's shape. Error: what infer_shapes says of it; unsupported for an output above
  // 2^28 elements, which would take the proof's double-precision run down. REQUIRES: the inputs are values of `graph`.
  Result<ValueId> append(Node node, const std::string& output_name);
  // Makes `value` the graph's next output, called `name` if that is free. An input, a constant or what is an output
  // already is copied: each output is a value of its own.
  ValueId add_output(ValueId value, const std::string& name);

  const Shape& shape(ValueId id) const { return graph.value(id).shape; }
  // Lines for the report; each is kept once, 1000 at most.
  void repair(const std::string& line) { add_line(&repairs, line); }
  void warn(const std::string& line) { add_line(&warnings, line); }
  // Ends the import: removes what no output needs, infers all shapes, fills the records as far as the graph says them.
  // The builder is empty afterwards. Error: corrupt without an input or output; unsupported above 2^42 multiply-adds.
  Result<Imported> finish(const std::string& graph_name, const std::string& source_format);

  Graph graph;
  std::vector<std::string> repairs, warnings;
  int64_t denormals_flushed = 0;

 private:
  static void add_line(std::vector<std::string>* lines, const std::string& line);
  Status infer(const Node& node, Shape* shape) const;
};

// A node of one operator and these inputs, for append.
Node make_node(Op op, std::vector<ValueId> inputs);
Node make_reshape(ValueId x, std::vector<int64_t> dims);

}  // namespace mien
