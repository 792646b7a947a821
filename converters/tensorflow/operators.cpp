#include "converters/tensorflow/operators.h"

#include "converters/tensorflow/tensorflow.h"

namespace mien {
namespace tensorflow {

const std::vector<OperatorRow>& operators() {
  static const std::vector<OperatorRow> kTable = {
      {"Conv2D", import_conv, "constant weights"},
      {"DepthwiseConv2dNative", import_conv, "constant weights"},
      {"MaxPool", import_pool, ""},
      {"AvgPool", import_pool, ""},
      {"MatMul", import_matmul, "constant right operand, no transpose_a"},
      {"FusedBatchNorm", import_batch_norm, "inference"},
      {"FusedBatchNormV2", import_batch_norm, "inference"},
      {"FusedBatchNormV3", import_batch_norm, "inference"},
      {"Mean", import_reduce, "over height and width, the channels or the last axis"},
      {"Sum", import_reduce, "as Mean"},
      {"Max", import_reduce, "over height and width"},
      {"Prod", import_reduce, "of constants"},
      {"BiasAdd", import_binary, ""},
      {"Add", import_binary, ""},
      {"AddV2", import_binary, ""},
      {"Sub", import_binary, ""},
      {"Mul", import_binary, ""},
      {"RealDiv", import_binary, ""},
      {"Div", import_binary, ""},
      {"Maximum", import_binary, ""},
      {"Minimum", import_binary, ""},
      {"Relu", import_unary, ""},
      {"Relu6", import_unary, ""},
      {"LeakyRelu", import_unary, ""},
      {"Elu", import_unary, ""},
      {"Sigmoid", import_unary, ""},
      {"Tanh", import_unary, ""},
      {"Exp", import_unary, ""},
      {"Sqrt", import_unary, ""},
      {"Rsqrt", import_unary, ""},
      {"Square", import_unary, ""},
      {"Abs", import_unary, ""},
      {"Neg", import_unary, ""},
      {"Reciprocal", import_unary, ""},
      {"Inv", import_unary, ""},
      {"Softmax", import_softmax, ""},
      {"Cast", import_cast, "between float types, or constants"},
      {"Reshape", import_reshape, "constant shape"},
      {"Squeeze", import_reshape, ""},
      {"ExpandDims", import_reshape, "constant axis"},
      {"ConcatV2", import_concat, ""},
      {"Concat", import_concat, ""},
      {"Transpose", import_transpose, "constant permutation"},
      {"Pad", import_pad, "constant amounts"},
      {"PadV2", import_pad, "constant amounts"},
      {"Shape", import_shape, ""},
      {"Pack", import_pack, "of constant numbers"},
      {"StridedSlice", import_strided_slice, "of constant lists"},
      {"Fill", import_fill, "of constants"},
  };
  return kTable;
}

const OperatorRow* find_operator(const std::string& name) {
  for (const OperatorRow& row : operators()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace tensorflow

std::string tensorflow_operators_markdown() {
  std::string text = "| TensorFlow operator | limits |\n|---|---|\n";
  for (const tensorflow::OperatorRow& row : tensorflow::operators())
    text += std::string("| ") + row.name + " | " + row.limits + " |\n";
  return text;
}

}  // namespace mien
