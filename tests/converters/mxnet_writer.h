// Writes MXNet files for the tests: parameter lists in every layout, and symbols in the style of any age.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "converters/checkpoint/checkpoint.h"

namespace mien::testing {

using Bytes = std::vector<uint8_t>;

// Little-endian numbers and raw bytes, one after the other.
class ByteWriter {
 public:
  template <class T>
  ByteWriter& number(T value) {
    const auto* p = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), p, p + sizeof value);
    return *this;
  }
  ByteWriter& text(const std::string& value) {
    number<uint64_t>(value.size());
    bytes.insert(bytes.end(), value.begin(), value.end());
    return *this;
  }
  Bytes bytes;
};

// The layout of an array, by its first word; v0 has none.
enum class MxnetLayout : uint32_t { v0 = 0, v1 = 0xF993FAC8, v2 = 0xF993FAC9, v3 = 0xF993FACA };

inline void write_mxnet_array(const NamedTensor& tensor, MxnetLayout layout, ByteWriter* w) {
  if (layout != MxnetLayout::v0) w->number(static_cast<uint32_t>(layout));
  if (layout == MxnetLayout::v2 || layout == MxnetLayout::v3) w->number<int32_t>(0);  // dense
  w->number<int32_t>(tensor.shape.rank);
  for (int i = 0; i < tensor.shape.rank; ++i) {
    if (layout == MxnetLayout::v0) {
      w->number(static_cast<uint32_t>(tensor.shape[i]));
    } else {
      w->number<int64_t>(tensor.shape[i]);
    }
  }
  w->number<int32_t>(1).number<int32_t>(0).number<int32_t>(0);  // cpu 0, float32
  for (float value : tensor.values) w->number(value);
}

// A parameter list as MXNet saves it: magic, arrays, names.
inline Bytes mxnet_params(const std::vector<NamedTensor>& tensors, MxnetLayout layout = MxnetLayout::v2) {
  ByteWriter w;
  w.number<uint64_t>(0x112).number<uint64_t>(0).number<uint64_t>(tensors.size());
  for (const NamedTensor& tensor : tensors) write_mxnet_array(tensor, layout, &w);
  w.number<uint64_t>(tensors.size());
  for (const NamedTensor& tensor : tensors) w.text(tensor.name);
  return w.bytes;
}

// A symbol that grows node by node, in the order of its file.
class MxnetSymbol {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  // Each returns the node's number.
  int variable(const std::string& name, const Attributes& attributes = {}) { return add("null", name, {}, attributes); }
  int node(const std::string& op, const std::string& name, const std::vector<int>& inputs,
           const Attributes& attributes = {}) {
    nlohmann::json list = nlohmann::json::array();
    for (int i : inputs) list.push_back({i, 0, 0});
    return add(op, name, list, attributes);
  }
  // Inputs with the output of each that is read.
  int node_of_outputs(const std::string& op, const std::string& name, const std::vector<std::pair<int, int>>& inputs,
                      const Attributes& attributes = {}) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [i, output] : inputs) list.push_back({i, output});
    return add(op, name, list, attributes);
  }
  void head(int node, int output = 0) { heads_.push_back({node, output, 0}); }

  // The key under which attributes stand: "param" until 0.9, "attr" until 0.12, "attrs" since.
  std::string key = "attrs";

  // The last node is the head if no other was named.
  nlohmann::json json() const {
    nlohmann::json all;
    all["nodes"] = nodes_;
    all["arg_nodes"] = arguments_;
    all["heads"] = heads_;
    if (heads_.empty()) all["heads"].push_back({nodes_.size() - 1, 0, 0});
    all["attrs"]["mxnet_version"] = {"int", 10400};
    return all;
  }
  std::string text() const { return json().dump(2); }

 private:
  int add(const std::string& op, const std::string& name, const nlohmann::json& inputs, const Attributes& attributes) {
    nlohmann::json node;
    node["op"] = op, node["name"] = name;
    node["inputs"] = inputs.is_null() ? nlohmann::json::array() : inputs;
    for (const auto& [k, v] : attributes) node[key][k] = v;
    if (op == "null") arguments_.push_back(nodes_.size());
    nodes_.push_back(node);
    return static_cast<int>(nodes_.size()) - 1;
  }

  nlohmann::json nodes_ = nlohmann::json::array(), arguments_ = nlohmann::json::array(),
                 heads_ = nlohmann::json::array();
};

}  // namespace mien::testing
