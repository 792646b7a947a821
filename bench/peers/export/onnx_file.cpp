#include "bench/peers/export/onnx_file.h"

#include "onnx/onnx.pb.h"

namespace mien::bench {
namespace {

constexpr int64_t kOpset = 13, kIrVersion = 8;
enum TensorType { kFloat = 1, kInt64 = 7 };  // as the format numbers them
enum AttributeType { kReal = 1, kInt = 2, kText = 3, kInts = 7 };

std::vector<int64_t> dims_of(const Shape& shape) {
  return std::vector<int64_t>(shape.dims, shape.dims + shape.rank);
}

void describe(const Value& value, onnx_pb::ValueInfo& info) {
  info.set_name(value.name);
  onnx_pb::TensorType& type = *info.mutable_type()->mutable_tensor();
  type.set_elem_type(kFloat);
  for (const int64_t dim : dims_of(value.shape)) type.mutable_shape()->add_dim()->set_value(dim);
}

}  // namespace

onnx_pb::Attribute& OnnxNode::attribute(const char* name, int type) {
  onnx_pb::Attribute& attribute = *node_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

OnnxNode& OnnxNode::integer(const char* name, int64_t value) {
  attribute(name, kInt).set_i(value);
  return *this;
}

OnnxNode& OnnxNode::integers(const char* name, const std::vector<int64_t>& values) {
  attribute(name, kInts).mutable_ints()->Add(values.begin(), values.end());
  return *this;
}

OnnxNode& OnnxNode::real(const char* name, float value) {
  attribute(name, kReal).set_f(value);
  return *this;
}

OnnxNode& OnnxNode::text(const char* name, const std::string& value) {
  attribute(name, kText).set_s(value);
  return *this;
}

OnnxFile::OnnxFile(const Graph& graph) : graph_(graph), model_(std::make_unique<onnx_pb::Model>()) {
  model_->set_ir_version(kIrVersion);
  model_->set_producer_name("mien");
  model_->set_producer_version(MIEN_VERSION);
  onnx_pb::OperatorSet& operators = *model_->add_opset_import();
  operators.set_domain("");
  operators.set_version(kOpset);
  onnx_pb::Graph& file = *model_->mutable_graph();
  file.set_name(graph.name);
  for (const ValueId id : graph.inputs) describe(graph.value(id), *file.add_input());
  for (const ValueId id : graph.outputs) describe(graph.value(id), *file.add_output());
  for (const Value& value : graph.values) taken_.insert(value.name);
}

OnnxFile::~OnnxFile() = default;

std::string OnnxFile::operand(ValueId id) {
  const Value& value = graph_.value(id);
  if (value.is_constant() && constants_.emplace(id, value.name).second)
    tensor(value.name, kFloat, dims_of(value.shape))
        .set_raw_data(value.constant.data, sizeof(float) * static_cast<size_t>(value.shape.elements()));
  return value.name;
}

std::string OnnxFile::constant(const std::string& wanted, const std::vector<int64_t>& dims, const float* values) {
  const std::string name = unique_name(wanted);
  tensor(name, kFloat, dims).set_raw_data(values, sizeof(float) * static_cast<size_t>(Shape::of(dims).elements()));
  return name;
}

std::string OnnxFile::constant(const std::string& wanted, const std::vector<int64_t>& values) {
  const std::string name = unique_name(wanted);
  tensor(name, kInt64, {static_cast<int64_t>(values.size())})
      .set_raw_data(values.data(), sizeof(int64_t) * values.size());
  return name;
}

std::string OnnxFile::unique_name(const std::string& wanted) {
  std::string name = wanted;
  while (!taken_.insert(name).second) name += "_";
  return name;
}

OnnxNode OnnxFile::add(const std::string& op_type, const std::vector<std::string>& inputs, const std::string& output) {
  onnx_pb::Node& node = *model_->mutable_graph()->add_node();
  node.set_op_type(op_type);
  node.set_name(output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return OnnxNode(node);
}

onnx_pb::Tensor& OnnxFile::tensor(const std::string& name, int type, const std::vector<int64_t>& dims) {
  onnx_pb::Tensor& tensor = *model_->mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  tensor.mutable_dims()->Add(dims.begin(), dims.end());
  return tensor;
}

Result<std::string> OnnxFile::bytes() const {
  std::string bytes;
  if (!model_->SerializeToString(&bytes))
    return Status(Code::unsupported, graph_.name + ": too large for an ONNX file");
  return bytes;
}

}  // namespace mien::bench
