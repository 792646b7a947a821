// Who makes which name of an ONNX graph. Immutable once built; keeps pointers into the parsed file.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "converters/onnx/node_view.h"
#include "engine/status.h"

namespace mien::onnx_pb {
class Graph;
class Tensor;
}  // namespace mien::onnx_pb

namespace mien::onnx {

// Names that a node reads although they are not among its inputs, and nodes whose inputs do not matter: what a pattern
// match changes about the order.
using ReadsOverride = std::unordered_map<int, std::vector<std::string>>;

class GraphIndex : public ConstantSource {
 public:
  // Error corrupt: a name made twice, an input that nothing makes, too many nodes or tensors, hostile names.
  static Result<std::unique_ptr<GraphIndex>> build(const onnx_pb::Graph& graph, const ExternalData& external);

  int producer(const std::string& name) const;  // node index, or -1
  const onnx_pb::Tensor* initializer(const std::string& name) const;
  // An initializer or the tensor of a Constant node, through Identity; null if the name is neither.
  const onnx_pb::Tensor* find_constant(const std::string& name) const;
  // The same decoded, for matching patterns before anything is imported: only up to 4096 elements, else null.
  std::shared_ptr<const Tensor> constant(const std::string& name, Status* status) override;

  // Indices of the nodes that the outputs need, each after those it reads; file order where that is possible.
  Result<std::vector<int>> order(const ReadsOverride& reads) const;

 private:
  GraphIndex(const onnx_pb::Graph& graph, const ExternalData& external) : graph_(graph), external_(external) {}
  Status add_names();
  Status check_reads() const;
  std::vector<std::string> reads_of(int node, const ReadsOverride& reads) const;

  const onnx_pb::Graph& graph_;
  const ExternalData& external_;
  std::unordered_map<std::string, int> producer_;
  std::unordered_map<std::string, const onnx_pb::Tensor*> initializer_;
  std::unordered_map<std::string, bool> input_;
};

}  // namespace mien::onnx
