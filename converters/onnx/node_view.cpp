#include "converters/onnx/node_view.h"
#include "converters/text.h"

#include <set>

#include "onnx/onnx.pb.h"

namespace mien::onnx {
namespace {

enum AttributeType { kReal = 1, kInteger = 2, kText = 3, kTensor = 4, kReals = 6, kIntegers = 7 };

const std::string kNone;

// Files of ir_version 1 leave the type out: the field that is filled says it.
int type_of(const onnx_pb::Attribute& a) {
  if (a.type() != 0) return a.type();
  if (a.has_f()) return kReal;
  if (a.has_i()) return kInteger;
  if (a.has_s()) return kText;
  if (a.has_t()) return kTensor;
  if (a.floats_size() > 0) return kReals;
  return kIntegers;
}

// Whether the field that the type announces is the one that is filled.
bool consistent(const onnx_pb::Attribute& a, int type) {
  switch (type) {
    case kReal: return !a.has_i() && !a.has_s() && !a.has_t();
    case kInteger: return !a.has_f() && !a.has_s() && !a.has_t();
    case kText: return !a.has_f() && !a.has_i() && !a.has_t();
    case kTensor: return a.has_t();
    default: return !a.has_f() && !a.has_i() && !a.has_s() && !a.has_t();
  }
}

}  // namespace

NodeView::NodeView(const onnx_pb::Node& proto, int opset, ConstantSource* constants)
    : proto_(proto), opset_(opset), constants_(constants) {
  check_attributes();
}

void NodeView::check_attributes() {
  std::set<std::string> names;
  for (const onnx_pb::Attribute& a : proto_.attribute()) {
    if (!names.insert(a.name()).second) corrupt("attribute '" + printable(a.name()) + "' is there twice");
    if (!a.ref_attr_name().empty()) refuse("attribute '" + printable(a.name()) + "' refers to a function's");
    if (a.has_g() || a.graphs_size() > 0 || a.type() == 5 || a.type() == 10) refuse("holds a nested graph");
  }
}

const std::string& NodeView::op() const { return proto_.op_type(); }
std::string NodeView::base_name() const {
  if (!proto_.name().empty()) return printable(proto_.name());
  return outputs() > 0 ? printable(output(0)) : "";
}
std::string NodeView::label() const { return "node '" + base_name() + "' (" + printable(op()) + ")"; }
int NodeView::inputs() const { return proto_.input_size(); }
bool NodeView::has_input(int i) const { return i < inputs() && !proto_.input(i).empty(); }
const std::string& NodeView::input(int i) const { return i < inputs() ? proto_.input(i) : kNone; }
int NodeView::outputs() const { return proto_.output_size(); }
const std::string& NodeView::output(int i) const { return i < outputs() ? proto_.output(i) : kNone; }

void NodeView::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

const onnx_pb::Attribute* NodeView::find(const char* attribute) const {
  for (const onnx_pb::Attribute& a : proto_.attribute()) {
    if (a.name() == attribute) return &a;
  }
  return nullptr;
}

const onnx_pb::Attribute* NodeView::typed(const char* attribute, int type) {
  const onnx_pb::Attribute* a = find(attribute);
  if (!a) return nullptr;
  // An empty list of ir_version 1 has neither type nor elements.
  if (type_of(*a) == type && consistent(*a, type)) return a;
  corrupt("attribute '" + std::string(attribute) + "' has a wrong type");
  return nullptr;
}

bool NodeView::has(const char* attribute) const { return find(attribute) != nullptr; }
int64_t NodeView::integer(const char* attribute, int64_t fallback) {
  const onnx_pb::Attribute* a = typed(attribute, kInteger);
  return a ? a->i() : fallback;
}
float NodeView::real(const char* attribute, float fallback) {
  const onnx_pb::Attribute* a = typed(attribute, kReal);
  return a ? a->f() : fallback;
}
std::string NodeView::text(const char* attribute, const std::string& fallback) {
  const onnx_pb::Attribute* a = typed(attribute, kText);
  return a ? a->s() : fallback;
}
std::vector<int64_t> NodeView::integers(const char* attribute) {
  const onnx_pb::Attribute* a = typed(attribute, kIntegers);
  if (!a) return {};
  return {a->ints().begin(), a->ints().end()};
}
std::vector<float> NodeView::reals(const char* attribute) {
  const onnx_pb::Attribute* a = typed(attribute, kReals);
  if (!a) return {};
  return {a->floats().begin(), a->floats().end()};
}
const onnx_pb::Tensor* NodeView::tensor(const char* attribute) {
  const onnx_pb::Attribute* a = typed(attribute, kTensor);
  return a ? &a->t() : nullptr;
}

const Tensor* NodeView::constant(int i) {
  if (!has_input(i) || !constants_) return nullptr;
  Status status;
  std::shared_ptr<const Tensor> tensor = constants_->constant(input(i), &status);
  if (!status.ok()) fail({status.code(), label() + ": " + status.message()});
  if (!tensor) return nullptr;
  held_.push_back(tensor);
  return tensor.get();
}

const Tensor* NodeView::required_constant(int i, const char* what) {
  if (!has_input(i)) {
    corrupt(std::string(what) + " is missing");
    return nullptr;
  }
  const Tensor* tensor = constant(i);
  if (!tensor) refuse(std::string(what) + " is computed at run time");
  return tensor;
}

std::optional<std::vector<int64_t>> NodeView::list(const char* attribute, int i, int since) {
  if (opset_ < since) {
    if (!has(attribute)) return {};
    return integers(attribute);
  }
  if (!has_input(i)) return {};
  const Tensor* tensor = required_constant(i, attribute);
  if (!tensor) return {};
  if ((tensor->type != kInt64 && tensor->type != kInt32) || tensor->rank() > 1) {
    corrupt(std::string(attribute) + " is not a list of int64");
    return {};
  }
  return tensor->ints;
}

double NodeView::number(int i, const char* what, double fallback) {
  if (!has_input(i)) return fallback;
  const Tensor* tensor = required_constant(i, what);
  if (!tensor) return fallback;
  if (tensor->count() != 1) {
    corrupt(std::string(what) + " is not a single number");
    return fallback;
  }
  return tensor->real(0);
}

}  // namespace mien::onnx
