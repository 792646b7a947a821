// One node of an ONNX file with typed access to its attributes and constant inputs. Access never fails outright: the
// first thing that is wrong is remembered, a harmless fallback is returned, and whoever runs the node looks at
// status() once. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "converters/onnx/tensor.h"
#include "engine/status.h"

namespace mien::onnx_pb {
class Attribute;
class Node;
}  // namespace mien::onnx_pb

namespace mien::onnx {

// Where the values of constants come from.
class ConstantSource {
 public:
  virtual ~ConstantSource() = default;
  // Null, with *status ok, if the name is not a constant.
  virtual std::shared_ptr<const Tensor> constant(const std::string& name, Status* status) = 0;
};

class NodeView {
 public:
  NodeView(const onnx_pb::Node& proto, int opset, ConstantSource* constants);

  const std::string& op() const;
  int opset() const { return opset_; }
  std::string label() const;      // node 'name' (Op); without a name, its first output
  std::string base_name() const;  // the name, or the first output
  int inputs() const;
  bool has_input(int i) const;    // present and not the empty text
  const std::string& input(int i) const;  // "" if absent
  int outputs() const;
  const std::string& output(int i) const;

  bool has(const char* attribute) const;
  int64_t integer(const char* attribute, int64_t fallback);
  float real(const char* attribute, float fallback);
  std::string text(const char* attribute, const std::string& fallback);
  std::vector<int64_t> integers(const char* attribute);
  std::vector<float> reals(const char* attribute);
  const onnx_pb::Tensor* tensor(const char* attribute);

  // Input i if it is a constant, else null. Valid as long as this view.
  const Tensor* constant(int i);
  // The same, but not being a constant is refused.
  const Tensor* required_constant(int i, const char* what);
  // A list of integers that is an attribute before opset `since` and input i from it on; nothing if absent.
  std::optional<std::vector<int64_t>> list(const char* attribute, int i, int since);
  // A single number of constant input i; the fallback if the input is absent.
  double number(int i, const char* what, double fallback);

  void refuse(const std::string& what) { fail({Code::unsupported, label() + ": " + what}); }
  void corrupt(const std::string& what) { fail({Code::corrupt, label() + ": " + what}); }
  void fail(Status status);
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }

 private:
  const onnx_pb::Attribute* find(const char* attribute) const;
  // The attribute if it is there and of this type; a type that contradicts it is an error.
  const onnx_pb::Attribute* typed(const char* attribute, int type);
  void check_attributes();

  const onnx_pb::Node& proto_;
  const int opset_;
  ConstantSource* constants_;
  std::vector<std::shared_ptr<const Tensor>> held_;
  Status status_;
};

}  // namespace mien::onnx
