#include "converters/onnx/operators.h"

namespace mien::onnx {

const std::vector<OperatorRow>& operators() {
  static const std::vector<OperatorRow> kTable = {
      {"Conv", import_conv, nullptr, "2-D, constant weights"},
      {"MaxPool", import_pool, nullptr, "2-D, no indices"},
      {"AveragePool", import_pool, nullptr, "2-D"},
      {"GlobalAveragePool", import_global_pool, nullptr, "2-D"},
      {"GlobalMaxPool", import_global_pool, nullptr, "2-D"},
      {"BatchNormalization", import_batch_norm, nullptr, "inference"},
      {"PRelu", import_prelu, nullptr, "one slope, or one per channel"},
      {"Relu", import_unary, fold_unary, ""},
      {"LeakyRelu", import_unary, nullptr, ""},
      {"Elu", import_unary, nullptr, ""},
      {"Sigmoid", import_unary, fold_unary, ""},
      {"HardSigmoid", import_unary, nullptr, ""},
      {"HardSwish", import_unary, nullptr, ""},
      {"Tanh", import_unary, fold_unary, ""},
      {"Exp", import_unary, fold_unary, ""},
      {"Sqrt", import_unary, fold_unary, ""},
      {"Abs", import_unary, fold_unary, ""},
      {"Neg", import_unary, fold_unary, ""},
      {"Reciprocal", import_unary, fold_unary, ""},
      {"Clip", import_clip, fold_clip, "constant bounds"},
      {"Softmax", import_softmax, nullptr, ""},
      {"Add", import_binary, fold_arithmetic, ""},
      {"Sub", import_binary, fold_arithmetic, ""},
      {"Mul", import_binary, fold_arithmetic, ""},
      {"Div", import_binary, fold_arithmetic, ""},
      {"Pow", import_pow, fold_arithmetic, "exponents 1, 2, 3, 0.5, -0.5, -1"},
      {"Sum", import_variadic, fold_arithmetic, ""},
      {"Mean", import_variadic, nullptr, ""},
      {"Max", import_variadic, fold_arithmetic, ""},
      {"Min", import_variadic, fold_arithmetic, ""},
      {"Gemm", import_gemm, nullptr, "constant B, no transA"},
      {"MatMul", import_matmul, nullptr, "constant 2-D right operand"},
      {"Identity", import_identity, fold_identity, ""},
      {"Dropout", import_identity, fold_identity, "inference"},
      {"Reshape", import_reshape, fold_reshape, "constant shape"},
      {"Flatten", import_reshape, fold_reshape, ""},
      {"Squeeze", import_reshape, fold_reshape, ""},
      {"Unsqueeze", import_reshape, fold_reshape, ""},
      {"Transpose", import_transpose, fold_transpose, ""},
      {"Concat", import_concat, fold_concat, ""},
      {"Split", import_split, fold_split, ""},
      {"Slice", import_slice, fold_slice, "positive steps"},
      {"Gather", import_gather, fold_gather, "constant indices"},
      {"Pad", import_pad, nullptr, "constant mode, no cropping"},
      {"Cast", import_cast, fold_cast, "between float types"},
      {"Expand", import_expand, fold_expand, "only where it changes nothing"},
      {"DepthToSpace", import_depth_space, nullptr, ""},
      {"SpaceToDepth", import_depth_space, nullptr, ""},
      {"LpNormalization", import_lp_norm, nullptr, "p = 2"},
      {"ReduceMean", import_reduce, fold_reduce, "over height and width, the channels or the last axis"},
      {"ReduceSum", import_reduce, fold_reduce, "as ReduceMean"},
      {"ReduceSumSquare", import_reduce, nullptr, "as ReduceMean"},
      {"ReduceL2", import_reduce, nullptr, "as ReduceMean"},
      {"ReduceMax", import_reduce, fold_reduce, "over height and width"},
      {"Resize", import_resize, nullptr, "nearest, height and width"},
      {"Upsample", import_resize, nullptr, "nearest, height and width"},
      {"Shape", import_shape, fold_size, ""},
      {"Size", import_shape, fold_size, ""},
      {"Constant", nullptr, fold_constant, ""},
      {"ConstantOfShape", nullptr, fold_constant_of_shape, ""},
      {"Range", nullptr, fold_range, ""},
      {"Tile", nullptr, fold_tile, ""},
      {"Where", nullptr, fold_where, ""},
      {"Equal", nullptr, fold_arithmetic, ""},
      {"Less", nullptr, fold_arithmetic, ""},
      {"LessOrEqual", nullptr, fold_arithmetic, ""},
      {"Greater", nullptr, fold_arithmetic, ""},
      {"GreaterOrEqual", nullptr, fold_arithmetic, ""},
      {"And", nullptr, fold_arithmetic, ""},
      {"Or", nullptr, fold_arithmetic, ""},
      {"Xor", nullptr, fold_arithmetic, ""},
      {"Not", nullptr, fold_unary, ""},
      {"Mod", nullptr, fold_arithmetic, ""},
      {"Floor", nullptr, fold_unary, ""},
      {"Ceil", nullptr, fold_unary, ""},
      {"Round", nullptr, fold_unary, ""},
      {"Log", nullptr, fold_unary, ""},
      {"ReduceProd", nullptr, fold_reduce, ""},
      {"ReduceMin", nullptr, fold_reduce, ""},
      {"DequantizeLinear", nullptr, fold_dequantize, "no blocks"},
  };
  return kTable;
}

const OperatorRow* find_operator(const std::string& name) {
  for (const OperatorRow& row : operators()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

std::string operators_markdown() {
  std::string text = "| ONNX operator | as a layer | in constants | limits |\n|---|---|---|---|\n";
  for (const OperatorRow& row : operators()) {
    text += std::string("| ") + row.name + (row.import ? " | yes" : " | ") + (row.fold ? " | yes" : " | ") + " | " +
            row.note + " |\n";
  }
  return text;
}

}  // namespace mien::onnx
