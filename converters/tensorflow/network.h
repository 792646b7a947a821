// The graph that grows from a GraphDef. Nodes are read with the views, the constant folding and the layout rules of the
// ONNX importer; what differs is here: pictures are N x H x W x C in the file and N x C x H x W in the graph.
// A constant keeps the file's axes until a layer reads it. Not thread-safe.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "converters/onnx/importer.h"
#include "converters/onnx/node_view.h"

namespace mien::onnx_pb {
class Node;
class Tensor;
}  // namespace mien::onnx_pb
namespace mien::tf_pb {
class Attribute;
class Node;
class Tensor;
}  // namespace mien::tf_pb

namespace mien::tensorflow {

using onnx::Dims;

// One node: its inputs and output by name in the view, TensorFlow's attributes through the functions here, which
// remember the first thing that is wrong as the view does.
class TfNode : public onnx::NodeView {
 public:
  // proto: name, operator and inputs; it gets the attributes that the shared functions read.
  TfNode(const tf_pb::Node& tf, onnx_pb::Node* proto, onnx::ConstantSource* constants);

  bool flag(const char* key, bool fallback);
  int64_t whole_number(const char* key, int64_t fallback);
  float fraction(const char* key, float fallback);
  int type(const char* key);  // 0 if absent
  std::string word(const char* key, const std::string& fallback);
  Dims numbers(const char* key);
  // Refuses any data_format but NHWC.
  void check_layout();

  // For the shared functions: the operator that they know, and its attributes.
  void rename(const std::string& onnx_operator);
  void set(const char* attribute, const Dims& values);
  void set(const char* attribute, int64_t value);
  void set_text(const char* attribute, const std::string& value);
  void set_real(const char* attribute, float value);
  void set_input(int i, const std::string& name);
  void drop_input(int i);

 private:
  // The attribute if it is there; one without this field is an error.
  const tf_pb::Attribute* find(const char* key, bool (*filled)(const tf_pb::Attribute&));

  const tf_pb::Node& tf_;
  onnx_pb::Node* proto_;
};

// Axis of the graph for an axis of the file, and the other way; only rank 4 differs.
int to_graph_axis(int axis, int rank);
Dims to_graph_dims(const Dims& dims);
Dims to_file_dims(const Dims& dims);

class Network : public onnx::Importer {
 public:
  explicit Network(size_t bytes);

  // Takes the bytes out of the message. Integers become int64. Error: as values.h says.
  Status add_constant(const std::string& name, tf_pb::Tensor* tensor);
  using onnx::Importer::add_constant;

  Dims file_dims(ValueId id) const { return to_file_dims(dims(id)); }
  // Dimensions of constant input i without decoding it; refused if it is not a constant.
  bool constant_dims(TfNode& n, int i, Dims* out);
  // Constant input i as weights: element (a, b, ..) of `walk` lies at the sum of index * stride in the file's tensor;
  // the result has the shape `dims`, with as many elements.
  ValueId weights(TfNode& n, int i, const Dims& walk, const Dims& strides, const Dims& dims);
  // Input i for arithmetic with values of this rank: constants get the graph's axes.
  ValueId operand(TfNode& n, int i, int rank);
  // The value with other dimensions, in the file's order of elements.
  ValueId reshape(TfNode& n, ValueId x, const Dims& file_dims);
  // The picture that a vector was flattened from; kNoValue if it is none.
  ValueId flattened_from(ValueId id) const;

  // The vector that a picture of one pixel was made from by a reshape; kNoValue if it is none.
  ValueId vector_behind(ValueId id) const;

  bool all_constant(const TfNode& n) const;
  // Folds the node, all of whose inputs are constants.
  void fold(TfNode& n, onnx::FoldFunction function);

 private:
  ValueId transposed(TfNode& n, ValueId x, const Dims& order, const std::string& suffix);

  std::deque<onnx_pb::Tensor> held_;  // what the table of names points to
  std::unordered_map<std::string, const onnx_pb::Tensor*> raw_;
  std::unordered_map<ValueId, ValueId> flattened_;
  int64_t repeat_bytes_ = int64_t{16} << 20;  // what values that are stored once may fill
};

}  // namespace mien::tensorflow
