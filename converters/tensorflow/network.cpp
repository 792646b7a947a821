#include "converters/tensorflow/network.h"

#include <cstring>

#include "converters/tensorflow/graph_index.h"
#include "converters/tensorflow/values.h"
#include "converters/text.h"
#include "engine/file/bytes.h"
#include "onnx/onnx.pb.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::tensorflow {
namespace {

// Of the shared functions: attributes where later versions have inputs.
constexpr int kOpset = 11;
// Integers in graphs are shapes and axes; each takes eight bytes here.
constexpr int64_t kMaxIntegers = 1 << 20;

int onnx_type(ElementType type) {
  switch (type) {
    case ElementType::float16:
      return onnx::kFloat16;
    case ElementType::bfloat16:
      return onnx::kBfloat16;
    case ElementType::float32:
      return onnx::kFloat;
    case ElementType::float64:
      return onnx::kDouble;
    case ElementType::boolean:
      return onnx::kBool;
    default:
      return onnx::kInt64;
  }
}

ElementType element_type_of(int32_t onnx_type) {
  switch (onnx_type) {
    case onnx::kFloat16:
      return ElementType::float16;
    case onnx::kBfloat16:
      return ElementType::bfloat16;
    case onnx::kDouble:
      return ElementType::float64;
    default:
      return ElementType::float32;
  }
}

template <class Number>
void widen_integers(std::string* bytes) {
  const size_t count = bytes->size() / sizeof(Number);
  std::string wide(count * sizeof(int64_t), '\0');
  for (size_t i = 0; i < count; ++i) {
    const int64_t value =
        static_cast<int64_t>(file::load<Number>(reinterpret_cast<const uint8_t*>(bytes->data()) + i * sizeof(Number)));
    std::memcpy(&wide[i * sizeof value], &value, sizeof value);
  }
  *bytes = std::move(wide);
}

void to_int64(ElementType type, std::string* bytes) {
  switch (type) {
    case ElementType::uint8:
      return widen_integers<uint8_t>(bytes);
    case ElementType::int8:
      return widen_integers<int8_t>(bytes);
    case ElementType::uint16:
      return widen_integers<uint16_t>(bytes);
    case ElementType::int16:
      return widen_integers<int16_t>(bytes);
    case ElementType::uint32:
      return widen_integers<uint32_t>(bytes);
    case ElementType::int32:
      return widen_integers<int32_t>(bytes);
    default:
      return;
  }
}

// Whether the elements of these dimensions of a picture lie in the same order in both layouts.
bool same_order(const Dims& file_dims) {
  return file_dims.size() != 4 || file_dims[1] * file_dims[2] == 1 || file_dims[3] == 1;
}

const Dims kToGraph = {0, 3, 1, 2}, kToFile = {0, 2, 3, 1};

Dims permuted(const Dims& dims, const Dims& order) {
  Dims out;
  for (int64_t axis : order) out.push_back(dims[static_cast<size_t>(axis)]);
  return out;
}

onnx_pb::Attribute* add(onnx_pb::Node* node, const char* name) {
  onnx_pb::Attribute* a = node->add_attribute();
  a->set_name(name);
  return a;
}

}  // namespace

TfNode::TfNode(const tf_pb::Node& tf, onnx_pb::Node* proto, onnx::ConstantSource* constants)
    : onnx::NodeView(*proto, kOpset, constants), tf_(tf), proto_(proto) {}

const tf_pb::Attribute* TfNode::find(const char* key, bool (*filled)(const tf_pb::Attribute&)) {
  const tf_pb::Attribute* a = attribute_of(tf_, key);
  if (a && !filled(*a)) corrupt(std::string("attribute '") + key + "' has a wrong type");
  return a;
}
bool TfNode::flag(const char* key, bool fallback) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_b(); });
  return a ? a->b() : fallback;
}
int64_t TfNode::whole_number(const char* key, int64_t fallback) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_i(); });
  return a ? a->i() : fallback;
}
float TfNode::fraction(const char* key, float fallback) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_f(); });
  return a ? a->f() : fallback;
}
int TfNode::type(const char* key) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_type(); });
  return a ? a->type() : 0;
}
std::string TfNode::word(const char* key, const std::string& fallback) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_s(); });
  return a ? a->s() : fallback;
}
Dims TfNode::numbers(const char* key) {
  const tf_pb::Attribute* a = find(key, [](const tf_pb::Attribute& x) { return x.has_list(); });
  return a ? Dims(a->list().i().begin(), a->list().i().end()) : Dims{};
}
void TfNode::check_layout() {
  const std::string layout = word("data_format", "NHWC");
  if (layout != "NHWC") refuse("data_format " + printable(layout));
}

void TfNode::rename(const std::string& onnx_operator) {
  proto_->set_op_type(onnx_operator);
}
void TfNode::set(const char* attribute, const Dims& values) {
  onnx_pb::Attribute* a = add(proto_, attribute);
  a->set_type(7);
  a->mutable_ints()->Add(values.begin(), values.end());
}
void TfNode::set(const char* attribute, int64_t value) {
  onnx_pb::Attribute* a = add(proto_, attribute);
  a->set_type(2);
  a->set_i(value);
}
void TfNode::set_text(const char* attribute, const std::string& value) {
  onnx_pb::Attribute* a = add(proto_, attribute);
  a->set_type(3);
  a->set_s(value);
}
void TfNode::set_real(const char* attribute, float value) {
  onnx_pb::Attribute* a = add(proto_, attribute);
  a->set_type(1);
  a->set_f(value);
}
void TfNode::set_input(int i, const std::string& name) {
  proto_->set_input(i, name);
}
void TfNode::drop_input(int i) {
  proto_->mutable_input()->DeleteSubrange(i, 1);
}

int to_graph_axis(int axis, int rank) {
  return rank == 4 ? static_cast<int>(kToFile[static_cast<size_t>(axis)]) : axis;
}
Dims to_graph_dims(const Dims& dims) {
  return dims.size() == 4 ? permuted(dims, kToGraph) : dims;
}
Dims to_file_dims(const Dims& dims) {
  return dims.size() == 4 ? permuted(dims, kToFile) : dims;
}

Network::Network(size_t bytes) : onnx::Importer(kOpset, "", bytes) {}

Status Network::add_constant(const std::string& name, tf_pb::Tensor* tensor) {
  ElementType type;
  if (!element_type(tensor->dtype(), &type))
    return {Code::unsupported, "element type " + std::to_string(tensor->dtype())};
  Result<Dims> dims = dims_of(tensor->shape());
  if (!dims.ok()) return dims.status();
  Result<int64_t> count = onnx::count_elements(*dims);
  if (!count.ok()) return count.status();
  if (!is_floating(type) && *count > kMaxIntegers)
    return {Code::unsupported, std::to_string(*count) + " integers in a constant"};
  MIEN_RETURN_IF_ERROR(fill_content(tensor, type, *count, &repeat_bytes_));
  onnx_pb::Tensor& held = held_.emplace_back();
  held.set_name(name);
  held.set_data_type(onnx_type(type));
  held.mutable_dims()->Add(dims->begin(), dims->end());
  held.set_raw_data(std::move(*tensor->mutable_content()));
  tensor->clear_content();
  to_int64(type, held.mutable_raw_data());
  raw_[name] = &held;
  add_constant(name, &held);
  return {};
}

bool Network::constant_dims(TfNode& n, int i, Dims* out) {
  if (const auto raw = raw_.find(n.input(i)); raw != raw_.end()) {
    out->assign(raw->second->dims().begin(), raw->second->dims().end());
    return n.ok();
  }
  const onnx::Tensor* tensor = n.required_constant(i, ("input " + std::to_string(i)).c_str());
  if (tensor) *out = tensor->dims;
  return n.ok();
}

ValueId Network::weights(TfNode& n, int i, const Dims& walk, const Dims& strides, const Dims& to) {
  if (!n.ok()) return kNoValue;
  Result<std::vector<float>> values = std::vector<float>();
  const Shape shape = Shape::of(walk);
  const auto raw = raw_.find(n.input(i));
  if (raw != raw_.end() && onnx::is_floating(raw->second->data_type())) {
    const std::string& bytes = raw->second->raw_data();
    values = widen(element_type_of(raw->second->data_type()), reinterpret_cast<const uint8_t*>(bytes.data()), shape,
                   strides, &denormals_flushed);
  } else {
    const onnx::Tensor* tensor = n.required_constant(i, "the weights");
    if (!tensor) return kNoValue;
    if (!tensor->floating()) n.refuse("weights are not floats");
    if (!n.ok()) return kNoValue;
    values = widen(ElementType::float64, reinterpret_cast<const uint8_t*>(tensor->reals.data()), shape, strides,
                   &denormals_flushed);
  }
  Result<ValueId> made = values.ok() ? GraphBuilder::constant(n.base_name() + "/" + printable(n.input(i)),
                                                              Shape::of(to), std::move(*values))
                                     : Result<ValueId>(values.status());
  if (made.ok()) return *made;
  n.fail({made.status().code(), n.label() + ": " + made.status().message()});
  return kNoValue;
}

ValueId Network::operand(TfNode& n, int i, int rank) {
  if (!n.ok()) return kNoValue;
  if (!is_constant(n.input(i))) {
    const ValueId id = value(n, i);
    if (n.ok() && rank == 4 && shape(id).rank != 4)
      n.refuse("broadcasts a value of shape " + shape(id).text() + " over pictures");
    return id;
  }
  const onnx::Tensor* tensor = n.constant(i);
  if (!tensor || tensor->rank() > rank) {
    if (n.ok()) n.refuse("operands of ranks " + std::to_string(rank) + " and " + std::to_string(tensor->rank()));
    return kNoValue;
  }
  std::vector<double> data(static_cast<size_t>(tensor->count()));
  for (size_t k = 0; k < data.size(); ++k) data[k] = tensor->real(static_cast<int64_t>(k));
  const std::string name = n.base_name() + "/" + printable(n.input(i));
  if (rank != 4 || tensor->count() == 1) return constant_value(n, name, tensor->dims, data);
  Dims dims(4 - tensor->dims.size(), 1);
  dims.insert(dims.end(), tensor->dims.begin(), tensor->dims.end());
  const Dims strides = permuted(dense_strides(Shape::of(dims)), kToGraph), to = to_graph_dims(dims);
  Result<std::vector<float>> moved = widen(ElementType::float64, reinterpret_cast<const uint8_t*>(data.data()),
                                           Shape::of(to), strides, &denormals_flushed);
  if (!moved.ok()) return n.fail({moved.status().code(), n.label() + ": " + moved.status().message()}), kNoValue;
  return constant_value(n, name, to, std::vector<double>(moved->begin(), moved->end()));
}

ValueId Network::transposed(TfNode& n, ValueId x, const Dims& order, const std::string& suffix) {
  if (!n.ok()) return kNoValue;
  Node node = make_node(Op::transpose, {x});
  node.ints = order;
  return step(n, std::move(node), suffix);
}

ValueId Network::reshape(TfNode& n, ValueId x, const Dims& to) {
  if (!n.ok()) return kNoValue;
  const Dims from = file_dims(x);
  if (to.size() > kMaxRank) n.refuse("rank above 6");
  if (from == to || (same_order(from) && same_order(to))) return reshaped(n, x, to_graph_dims(to), "reshaped");
  ValueId id = same_order(from) ? x : transposed(n, x, kToFile, "channels_last");
  if (same_order(to)) {
    id = reshaped(n, id, to_graph_dims(to), "reshaped");
    if (n.ok() && from.size() == 4 && to == Dims{1, from[1] * from[2] * from[3]}) flattened_[id] = x;
    return id;
  }
  // The elements of `to` as they lie in the file, whatever their number of axes is called.
  return transposed(n, reshaped(n, id, to, "reshaped"), kToGraph, "channels_first");
}

ValueId Network::flattened_from(ValueId id) const {
  const auto found = flattened_.find(id);
  return found == flattened_.end() ? kNoValue : found->second;
}

ValueId Network::vector_behind(ValueId id) const {
  const Shape& s = shape(id);
  if (s.rank != 4 || s[2] * s[3] != 1) return kNoValue;
  // The reshape, if there is one, was emitted shortly before.
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    if (node.output != id) continue;
    const bool is_vector = node.op == Op::reshape && shape(node.inputs[0]) == Shape{s[0], s[1]};
    return is_vector ? node.inputs[0] : kNoValue;
  }
  return kNoValue;
}

bool Network::all_constant(const TfNode& n) const {
  bool constant = n.inputs() > 0;
  for (int i = 0; i < n.inputs(); ++i) constant = constant && is_constant(n.input(i));
  return constant;
}

void Network::fold(TfNode& n, onnx::FoldFunction function) {
  onnx::Fold f{n, budget(), {}, {}};
  for (int i = 0; i < n.inputs(); ++i) f.in.push_back(n.constant(i));
  if (n.ok()) function(f);
  if (n.ok() && f.out.size() == 1) add_constant(n.output(0), std::move(f.out[0]));
}

}  // namespace mien::tensorflow
