// An ONNX file that grows node by node beside the graph that it is written from. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/graph.h"
#include "engine/status.h"

namespace mien::onnx_pb {
class Attribute;
class Model;
class Node;
class Tensor;
}  // namespace mien::onnx_pb

namespace mien::bench {

// A node of the file that attributes are added to. Valid until the next node is.
class OnnxNode {
 public:
  explicit OnnxNode(onnx_pb::Node& node) : node_(node) {}
  OnnxNode& integer(const char* name, int64_t value);
  OnnxNode& integers(const char* name, const std::vector<int64_t>& values);
  OnnxNode& real(const char* name, float value);
  OnnxNode& text(const char* name, const std::string& value);

 private:
  onnx_pb::Attribute& attribute(const char* name, int type);
  onnx_pb::Node& node_;
};

class OnnxFile {
 public:
  // Inputs and outputs are those of the graph, which must outlive this.
  explicit OnnxFile(const Graph& graph);
  ~OnnxFile();

  const Graph& graph() const { return graph_; }

  // The name by which nodes read a value of the graph. A constant enters the file when it is first asked for.
  std::string operand(ValueId id);
  // More constants, and names of values between the nodes that one node of the graph becomes. Returns the name, which
  // is the wanted one unless it is taken.
  std::string constant(const std::string& wanted, const std::vector<int64_t>& dims, const float* values);
  std::string constant(const std::string& wanted, const std::vector<int64_t>& values);  // int64, rank 1
  std::string unique_name(const std::string& wanted);

  // Appends a node, which is called as its output is.
  OnnxNode add(const std::string& op_type, const std::vector<std::string>& inputs, const std::string& output);

  // Error unsupported: above the 2 GB of the format.
  Result<std::string> bytes() const;

 private:
  onnx_pb::Tensor& tensor(const std::string& name, int type, const std::vector<int64_t>& dims);

  const Graph& graph_;
  std::unique_ptr<onnx_pb::Model> model_;
  std::unordered_set<std::string> taken_;
  std::unordered_map<ValueId, std::string> constants_;  // those of the graph that are in the file
};

}  // namespace mien::bench
