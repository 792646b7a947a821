#include "converters/tensorflow/graph_index.h"

#include <algorithm>
#include <iterator>

#include "converters/text.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::tensorflow {
namespace {

constexpr int kMaxNodes = 200000;

template <size_t N>
bool is_one_of(const char* const (&names)[N], const std::string& name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// "name", "name:1" or "^name"; the last one orders nodes and carries no data.
bool split(const std::string& text, std::string* name, int* output) {
  const size_t colon = text.rfind(':');
  *name = text.substr(0, colon);
  *output = 0;
  if (colon == std::string::npos) return true;
  const std::string digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 4 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  *output = std::stoi(digits);
  return true;
}

}  // namespace

Status GraphIndex::build() {
  if (graph_.node_size() > kMaxNodes) return {Code::corrupt, "more than 200000 nodes"};
  for (int i = 0; i < graph_.node_size(); ++i) {
    const std::string& text = name(i);
    if (text.empty()) return {Code::corrupt, "node " + std::to_string(i) + " has no name"};
    if (!names_.emplace(text, i).second) return {Code::corrupt, "two nodes are called '" + printable(text) + "'"};
  }
  return {};
}

int GraphIndex::size() const {
  return graph_.node_size();
}
const tf_pb::Node& GraphIndex::node(int i) const {
  return graph_.node(i);
}
const std::string& GraphIndex::op(int i) const {
  return graph_.node(i).op();
}
const std::string& GraphIndex::name(int i) const {
  return graph_.node(i).name();
}

int GraphIndex::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? -1 : found->second;
}

Result<std::vector<Ref>> GraphIndex::inputs(int i) const {
  std::vector<Ref> refs;
  for (const std::string& text : node(i).input()) {
    if (!text.empty() && text[0] == '^') continue;
    std::string from;
    Ref ref;
    if (!split(text, &from, &ref.output) || (ref.node = find(from)) < 0)
      return Status(Code::corrupt,
                    "node '" + printable(name(i)) + "' reads '" + printable(text) + "', which is no node of the graph");
    refs.push_back(ref);
  }
  return refs;
}

const tf_pb::Attribute* attribute_of(const tf_pb::Node& node, const std::string& key) {
  for (const tf_pb::AttributeEntry& entry : node.attr()) {
    if (entry.key() == key) return &entry.value();
  }
  return nullptr;
}

bool is_identity(const std::string& op) {
  static const char* const kNames[] = {"Identity",
                                       "StopGradient",
                                       "CheckNumerics",
                                       "PreventGradient",
                                       "Snapshot",
                                       "PlaceholderWithDefault",
                                       "EnsureShape",
                                       "FakeQuantWithMinMaxVars",
                                       "FakeQuantWithMinMaxArgs",
                                       "FakeQuantWithMinMaxVarsPerChannel"};
  return is_one_of(kNames, op);
}

bool is_source(const std::string& op) {
  static const char* const kNames[] = {
      "Placeholder",        "PlaceholderV2",    "QueueDequeue",       "QueueDequeueV2",  "QueueDequeueMany",
      "QueueDequeueManyV2", "QueueDequeueUpTo", "QueueDequeueUpToV2", "IteratorGetNext", "IteratorGetNextSync"};
  return is_one_of(kNames, op);
}

}  // namespace mien::tensorflow
