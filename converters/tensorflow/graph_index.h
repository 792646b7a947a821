// The nodes of a GraphDef by name. Immutable once built; keeps pointers into the parsed file.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/status.h"

namespace mien::tf_pb {
class Attribute;
class Graph;
class Node;
}  // namespace mien::tf_pb

namespace mien::tensorflow {

// One output of a node.
struct Ref {
  int node = -1;
  int output = 0;
  bool operator==(const Ref& other) const { return node == other.node && output == other.output; }
};

class GraphIndex {
 public:
  explicit GraphIndex(const tf_pb::Graph& graph) : graph_(graph) {}
  // Error corrupt: a name twice, no name, more than 200000 nodes.
  Status build();

  int size() const;
  const tf_pb::Node& node(int i) const;
  const std::string& op(int i) const;
  const std::string& name(int i) const;
  int find(const std::string& name) const;  // -1 if there is none
  // The inputs that carry data, in order. Error corrupt: an input that is no node of the graph.
  Result<std::vector<Ref>> inputs(int i) const;

 private:
  const tf_pb::Graph& graph_;
  std::unordered_map<std::string, int> names_;
};

// Null if the node does not have it.
const tf_pb::Attribute* attribute_of(const tf_pb::Node& node, const std::string& key);

// What only leaves its first input as it is, in a graph that is not trained.
bool is_identity(const std::string& op);
// Where pictures come in: placeholders, what leaves a queue, iterators.
bool is_source(const std::string& op);

}  // namespace mien::tensorflow
