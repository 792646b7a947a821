#include "converters/onnx/importer.h"

#include <algorithm>

#include "converters/text.h"
#include "onnx/onnx.pb.h"

namespace mien::onnx {

void Importer::add_input(const std::string& name, const Shape& shape) {
  add_value(name, graph.add_input(printable(name), shape));
}

void Importer::add_constant(const std::string& name, const onnx_pb::Tensor* proto) {
  Entry& entry = entries_[name];
  entry.constant = true;
  entry.proto = proto;
}

void Importer::add_constant(const std::string& name, Tensor tensor) {
  Entry& entry = entries_[name];
  entry.constant = true;
  entry.tensor = std::make_shared<const Tensor>(std::move(tensor));
}

void Importer::add_value(const std::string& name, ValueId value) {
  entries_[name].value = value;
}
void Importer::add_alias(const std::string& name, const std::string& of) {
  const Entry source = entries_[of];
  entries_[name] = source;
}
void Importer::add_refused(const std::string& name) {
  entries_[name].refused = true;
}

bool Importer::is_refused(const std::string& name) const {
  auto found = entries_.find(name);
  return found != entries_.end() && found->second.refused;
}

bool Importer::is_constant(const std::string& name) const {
  auto found = entries_.find(name);
  return found != entries_.end() && found->second.constant;
}

ValueId Importer::value_of(const std::string& name) const {
  auto found = entries_.find(name);
  return found == entries_.end() || found->second.constant ? kNoValue : found->second.value;
}

Result<Tensor> Importer::decode(const onnx_pb::Tensor& proto) {
  // External data lies outside of the file whose size the limit comes from; reading it costs its own time.
  Result<int64_t> count = count_elements({proto.dims().begin(), proto.dims().end()});
  if (count.ok() && proto.data_location() == 0) decode_left_ -= *count * 8;
  if (decode_left_ < 0) return Status(Code::unsupported, "its constants are read too many times");
  return decode_tensor(proto, external_);
}

std::shared_ptr<const Tensor> Importer::constant(const std::string& name, Status* status) {
  auto found = entries_.find(name);
  if (found == entries_.end() || !found->second.constant) return nullptr;
  if (found->second.tensor) return found->second.tensor;
  Result<Tensor> tensor = decode(*found->second.proto);
  if (!tensor.ok()) {
    *status = tensor.status();
    return nullptr;
  }
  auto held = std::make_shared<const Tensor>(std::move(*tensor));
  // Weights are read once and are too big to keep twice; what is read again and again is small.
  if (held->count() <= 4096) found->second.tensor = held;
  return held;
}

ValueId Importer::value(NodeView& node, int i) {
  if (!node.ok()) return kNoValue;
  if (!node.has_input(i)) {
    node.corrupt("input " + std::to_string(i) + " is missing");
    return kNoValue;
  }
  Entry& entry = entries_[node.input(i)];
  if (entry.value != kNoValue) return entry.value;
  const Tensor* tensor = node.constant(i);
  if (!tensor) {
    if (node.ok()) node.refuse("reads '" + printable(node.input(i)) + "', an output that mien does not compute");
    return kNoValue;
  }
  std::vector<double> data(static_cast<size_t>(tensor->count()));
  for (size_t k = 0; k < data.size(); ++k) data[k] = tensor->real(static_cast<int64_t>(k));
  entry.value = constant_value(node, printable(node.input(i)), tensor->dims, data);
  return entry.value;
}

Dims Importer::dims(ValueId id) const {
  const Shape& s = shape(id);
  return Dims(s.dims, s.dims + s.rank);
}

ValueId Importer::constant_value(NodeView& node, const std::string& name, const Dims& dims,
                                 const std::vector<double>& data) {
  if (!node.ok()) return kNoValue;
  if (dims.size() > kMaxRank || data.empty()) {
    node.refuse("constant '" + name + "' of " + dims_text(dims));
    return kNoValue;
  }
  const Result<ValueId> value = GraphBuilder::constant(name, Shape::of(dims), data);
  if (!value.ok()) {
    node.fail({value.status().code(), node.label() + ": " + value.status().message()});
    return kNoValue;
  }
  return *value;
}

ValueId Importer::emit(NodeView& node, Node part, const std::string& output_name) {
  if (std::find(part.inputs.begin(), part.inputs.end(), kNoValue) != part.inputs.end() && node.ok())
    node.corrupt("an input is missing");
  if (!node.ok()) return kNoValue;
  if (part.name.empty()) part.name = node.base_name();
  const Result<ValueId> value = append(std::move(part), printable(output_name));
  if (value.ok()) return *value;
  node.fail(value.status());
  return kNoValue;
}

ValueId Importer::step(NodeView& node, Node part, const std::string& suffix) {
  part.name = node.base_name() + "/" + suffix;
  return emit(node, std::move(part), node.output(0) + "/" + suffix);
}

void Importer::finish(NodeView& node, Op op, std::vector<ValueId> inputs) {
  finish(node, make_node(op, std::move(inputs)));
}

void Importer::bind(NodeView& node, int output, ValueId value) {
  if (node.ok() && !node.output(output).empty()) add_value(node.output(output), value);
}

void Importer::pass_through(NodeView& node, int input) {
  if (!node.has_input(input)) return node.corrupt("input is missing");
  if (node.ok()) add_alias(node.output(0), node.input(input));
}

ValueId Importer::reshaped(NodeView& node, ValueId value, const Dims& to, const std::string& suffix) {
  if (!node.ok() || dims(value) == to) return node.ok() ? value : kNoValue;
  return step(node, make_reshape(value, to), suffix);
}

}  // namespace mien::onnx
