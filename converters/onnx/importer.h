// The table of names of one file being imported and the graph that grows from it. Operators read their inputs here and
// emit nodes. Not thread-safe.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "converters/graph_builder.h"
#include "converters/onnx/fold.h"
#include "converters/onnx/node_view.h"
#include "converters/onnx/tensor.h"
#include "engine/graph.h"

namespace mien::onnx {

class Importer : public ConstantSource, public GraphBuilder {
 public:
  // bytes: size of the file, which bounds what folding and decoding may take.
  Importer(int opset, std::string folder, size_t bytes)
      : opset_(opset),
        external_(std::move(folder)),
        budget_(std::max<int64_t>(64 << 20, 32 * static_cast<int64_t>(bytes))),
        decode_left_((int64_t{1} << 30) + 64 * static_cast<int64_t>(bytes)) {}

  // The table. Each name is made once; who calls these has checked that.
  void add_input(const std::string& name, const Shape& shape);
  void add_constant(const std::string& name, const onnx_pb::Tensor* proto);  // decoded when somebody reads it
  void add_constant(const std::string& name, Tensor tensor);
  void add_value(const std::string& name, ValueId value);
  void add_alias(const std::string& name, const std::string& of);
  // A name whose maker was refused: its readers are skipped silently, so that every refusal is listed once.
  void add_refused(const std::string& name);
  bool is_refused(const std::string& name) const;
  bool is_constant(const std::string& name) const;
  bool knows(const std::string& name) const { return entries_.count(name) > 0; }
  ValueId value_of(const std::string& name) const;  // kNoValue for a constant

  std::shared_ptr<const Tensor> constant(const std::string& name, Status* status) override;
  Result<Tensor> decode(const onnx_pb::Tensor& proto);
  const ExternalData& external() const { return external_; }

  // For operators. All return kNoValue, or do nothing, once the node has failed.
  ValueId value(NodeView& node, int i);  // a constant input becomes a float constant of the graph
  Dims dims(ValueId id) const;
  ValueId constant_value(NodeView& node, const std::string& name, const Dims& dims, const std::vector<double>& data);
  // Appends a node that makes an intermediate value, or the node's own output 0.
  ValueId step(NodeView& node, Node part, const std::string& suffix);
  void finish(NodeView& node, Node part) { bind(node, 0, emit(node, std::move(part), node.output(0))); }
  void finish(NodeView& node, Op op, std::vector<ValueId> inputs);
  ValueId emit(NodeView& node, Node part, const std::string& output_name);
  void bind(NodeView& node, int output, ValueId value);
  // Output i is the node's input j itself.
  void pass_through(NodeView& node, int input = 0);
  ValueId reshaped(NodeView& node, ValueId value, const Dims& dims, const std::string& suffix);

  int opset() const { return opset_; }
  FoldBudget& budget() { return budget_; }

 private:
  struct Entry {
    const onnx_pb::Tensor* proto = nullptr;   // a constant not decoded yet
    std::shared_ptr<const Tensor> tensor;     // a folded one
    ValueId value = kNoValue;                 // computed, or a constant that the graph already holds
    bool constant = false, refused = false;
  };
  const int opset_;
  const ExternalData external_;
  FoldBudget budget_;
  int64_t decode_left_;  // a big tensor read by thousands of nodes is decoded each time: bounded like folding
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace mien::onnx
