#include "converters/ncnn/operators.h"

#include "converters/ncnn/ncnn.h"

namespace mien {
namespace ncnn {

const std::vector<OperatorRow>& operators() {
  static const std::vector<OperatorRow> kTable = {
      {"Input", nullptr, import_input, "up to three dimensions", 0, 0, 1, true},
      {"MemoryData", read_memory_data, import_memory_data, "", 0, 0, 1, true},
      {"Convolution", read_convolution, import_convolution, "weights in the file; any activation but mish"},
      {"ConvolutionDepthWise", read_convolution, import_convolution, "weights in the file; any activation but mish"},
      {"InnerProduct", read_inner_product, import_inner_product, "any activation but mish"},
      {"BatchNorm", read_batch_norm, import_batch_norm, ""},
      {"Scale", read_scale, import_scale, "", 1, 2},
      {"PReLU", read_prelu, import_prelu, ""},
      {"Normalize", read_normalize, import_normalize, ""},
      {"Pooling", check_pooling, import_pooling, "max, avg; adaptive to 1 x 1 only"},
      {"Interp", check_interp, import_interp, "nearest, to a size that the file gives"},
      {"Padding", check_padding, import_padding, "constant, height and width"},
      {"ReLU", nullptr, import_relu, ""},
      {"Clip", nullptr, import_clip, ""},
      {"ELU", nullptr, import_elu, ""},
      {"Sigmoid", nullptr, import_unary, ""},
      {"TanH", nullptr, import_unary, ""},
      {"AbsVal", nullptr, import_unary, ""},
      {"HardSigmoid", nullptr, import_hard_sigmoid, ""},
      {"HardSwish", nullptr, import_hard_swish, "a positive slope"},
      {"Swish", nullptr, import_swish, ""},
      {"UnaryOp", check_unary, import_unary, "abs, neg, square, sqrt, rsqrt, exp, reciprocal, tanh"},
      {"Softmax", check_softmax, import_softmax, "along another axis than the first: with the mark of new files"},
      {"BinaryOp", check_binary, import_binary,
       "add, sub, mul, div, max, min, rsub, rdiv; pow with exponents 2, 1, 0.5, -0.5, -1", 1, 2},
      {"Eltwise", check_eltwise, import_eltwise, "", 1, kAny},
      {"Concat", nullptr, import_concat, "", 1, kAny},
      {"Slice", nullptr, import_slice, "by sizes", 1, 1, kAny},
      {"Reshape", check_reshape, import_reshape, "no permutation, no expression"},
      {"Flatten", nullptr, import_flatten, ""},
      {"Permute", nullptr, import_permute, "up to three dimensions"},
      {"Dropout", nullptr, import_dropout, ""},
      {"Split", nullptr, import_copy, "", 1, 1, kAny, true},
      {"Noop", nullptr, import_copy, "", 1, 1, 1, true},
  };
  return kTable;
}

const OperatorRow* find_operator(const std::string& name) {
  for (const OperatorRow& row : operators()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace ncnn

std::string ncnn_operators_markdown() {
  std::string text = "| ncnn layer | limits |\n|---|---|\n";
  for (const ncnn::OperatorRow& row : ncnn::operators())
    text += std::string("| ") + row.name + " | " + row.note + " |\n";
  return text;
}

}  // namespace mien
