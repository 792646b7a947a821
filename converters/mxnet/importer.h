// The values of one symbol being imported and the graph that grows from them. Operators read their inputs here and add
// nodes. Not thread-safe.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/graph_builder.h"
#include "converters/mxnet/node_view.h"
#include "converters/mxnet/symbol.h"
#include "converters/picture_size.h"

namespace mien::mxnet {

// A tensor of the parameter file, floating and not empty; null data where there is none.
struct Parameter {
  size_t index = 0;  // in the checkpoint
  Shape shape;
  const float* data = nullptr;
  int64_t count() const { return shape.elements(); }
  explicit operator bool() const { return data != nullptr; }
};

class Importer : public GraphBuilder {
 public:
  // asked: of the first input, where the symbol leaves it free. `symbol` must live as long as the importer.
  Importer(const Symbol& symbol, Checkpoint params, const PictureSize& asked);

  // For operators. All return kNoValue or null data, or do nothing, once the node has failed.
  ValueId value(NodeView& node, int i);  // a variable becomes an input or a constant of the graph
  Dims dims(ValueId id) const { return {shape(id).dims, shape(id).dims + shape(id).rank}; }
  // Input i, or where the file is so old that it leaves it out the variable `<node>_<suffix>`, of the parameter file.
  // One that the file lacks is remembered in missing().
  Parameter parameter(NodeView& node, int i, const char* suffix);
  // The same without a complaint if there is none.
  Parameter optional_parameter(NodeView& node, int i, const char* suffix);
  // The parameter as a constant of this shape. REQUIRES: the shape has its number of elements.
  ValueId constant_of(NodeView& node, const Parameter& parameter, const Shape& shape);
  // Numbers that are made here. Their sum is bounded by the size of the parameter file.
  ValueId made_constant(NodeView& node, const char* suffix, const Shape& shape, const std::vector<double>& values);

  // Adds a node for an intermediate value, or for output 0 of the symbol's node.
  ValueId step(NodeView& node, Node part, const std::string& suffix);
  void finish(NodeView& node, Node part);
  void finish(NodeView& node, Op op, std::vector<ValueId> inputs) { finish(node, make_node(op, std::move(inputs))); }
  ValueId emit(NodeView& node, Node part, const std::string& name);
  void bind(NodeView& node, int output, ValueId value);

  // Whether the reference is a variable of the parameter file, also through operators that only copy.
  bool is_parameter(Reference reference) const;
  void set_current(int node) { current_ = node; }
  void refuse_outputs(int node) { refused_[static_cast<size_t>(node)] = true; }
  // A value that was bound; kNoValue for a variable that nothing has read and for what was refused.
  ValueId bound(Reference reference) const;
  bool is_refused(Reference reference) const { return refused_[static_cast<size_t>(reference.node)]; }
  const std::vector<std::string>& missing() const { return missing_; }
  std::vector<std::string> unused() const;  // names of the parameters that nothing has read

 private:
  const SymbolNode& origin(Reference reference) const;
  // Index of the variable's tensor in the checkpoint, or -1.
  int64_t find(const std::string& variable) const;
  Parameter at(int64_t index);
  ValueId input(NodeView& node, const SymbolNode& variable);
  Dims shape_of_input(const SymbolNode& variable);
  int64_t guessed_channels() const;

  const Symbol& symbol_;
  Checkpoint params_;
  PictureSize asked_;
  std::unordered_map<std::string, size_t> by_name_;  // with and without prefix
  std::vector<ValueId> constants_;                   // of each tensor, once it is in the graph
  std::vector<bool> used_;
  std::vector<std::vector<ValueId>> bound_;  // of each node, by output
  std::vector<bool> refused_;
  std::vector<std::string> missing_;
  std::unordered_set<std::string> is_missing_;
  std::vector<int32_t> origin_;  // of each node: itself, or the maker of what it only copies
  int64_t made_left_;            // elements that made_constant may still make
  int current_ = 0;
};

// Operators whose output is their first input.
bool only_copies(const std::string& op);

}  // namespace mien::mxnet
