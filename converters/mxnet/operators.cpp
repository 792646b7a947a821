#include "converters/mxnet/operators.h"

#include "converters/mxnet/mxnet.h"

namespace mien {
namespace mxnet {

const std::vector<OperatorRow>& operators() {
  static const std::vector<OperatorRow> kTable = {
      {"Convolution", import_convolution, "2-D, NCHW", Others::weights},
      {"Convolution_v1", import_convolution, "2-D, NCHW", Others::weights},
      {"FullyConnected", import_fully_connected, "", Others::weights},
      {"BatchNorm", import_batch_norm, "along the second axis", Others::weights},
      {"BatchNorm_v1", import_batch_norm, "along the second axis", Others::weights},
      {"CuDNNBatchNorm", import_batch_norm, "along the second axis", Others::weights},
      {"Pooling", import_pooling, "2-D; max, avg, sum without padding; valid and full"},
      {"Pooling_v1", import_pooling, "2-D; max, avg, sum without padding; valid and full"},
      {"UpSampling", import_up_sampling, "nearest, one input"},
      {"Activation", import_activation, "relu, sigmoid, tanh"},
      {"LeakyReLU", import_leaky_relu, "leaky, prelu, elu, rrelu as at inference", Others::weights},
      {"relu", import_unary, ""},
      {"sigmoid", import_unary, ""},
      {"hard_sigmoid", import_unary, ""},
      {"tanh", import_unary, ""},
      {"exp", import_unary, ""},
      {"sqrt", import_unary, ""},
      {"rsqrt", import_unary, ""},
      {"square", import_unary, ""},
      {"abs", import_unary, ""},
      {"negative", import_unary, ""},
      {"reciprocal", import_unary, ""},
      {"clip", import_clip, ""},
      {"SoftmaxOutput", import_softmax, "the label is dropped", Others::label},
      {"Softmax", import_softmax, "the label is dropped", Others::label},
      {"SoftmaxActivation", import_softmax, "instance of rank 2; channel"},
      {"softmax", import_softmax, "no temperature"},
      {"L2Normalization", import_l2_normalization, "eps up to 1e-6, as a lower bound of the norm"},
      {"elemwise_add", import_binary, ""},
      {"_plus", import_binary, ""},
      {"_Plus", import_binary, ""},
      {"_add", import_binary, ""},
      {"broadcast_add", import_binary, ""},
      {"broadcast_plus", import_binary, ""},
      {"elemwise_sub", import_binary, ""},
      {"_sub", import_binary, ""},
      {"_minus", import_binary, ""},
      {"_Minus", import_binary, ""},
      {"broadcast_sub", import_binary, ""},
      {"broadcast_minus", import_binary, ""},
      {"elemwise_mul", import_binary, ""},
      {"_mul", import_binary, ""},
      {"_Mul", import_binary, ""},
      {"broadcast_mul", import_binary, ""},
      {"elemwise_div", import_binary, ""},
      {"_div", import_binary, ""},
      {"_Div", import_binary, ""},
      {"broadcast_div", import_binary, ""},
      {"_maximum", import_binary, ""},
      {"_Maximum", import_binary, ""},
      {"broadcast_maximum", import_binary, ""},
      {"_minimum", import_binary, ""},
      {"_Minimum", import_binary, ""},
      {"broadcast_minimum", import_binary, ""},
      {"add_n", import_sum_of_inputs, ""},
      {"ElementWiseSum", import_sum_of_inputs, ""},
      {"_plus_scalar", import_scalar, ""},
      {"_PlusScalar", import_scalar, ""},
      {"_minus_scalar", import_scalar, ""},
      {"_MinusScalar", import_scalar, ""},
      {"_rminus_scalar", import_scalar, ""},
      {"_RMinusScalar", import_scalar, ""},
      {"_mul_scalar", import_scalar, ""},
      {"_MulScalar", import_scalar, ""},
      {"_div_scalar", import_scalar, ""},
      {"_DivScalar", import_scalar, ""},
      {"_rdiv_scalar", import_scalar, ""},
      {"_RDivScalar", import_scalar, ""},
      {"_maximum_scalar", import_scalar, ""},
      {"_MaximumScalar", import_scalar, ""},
      {"_minimum_scalar", import_scalar, ""},
      {"_MinimumScalar", import_scalar, ""},
      {"_power_scalar", import_scalar, "exponents 2, 1, 0.5, -0.5, -1"},
      {"_PowerScalar", import_scalar, "exponents 2, 1, 0.5, -0.5, -1"},
      {"mean", import_reduce, "over height and width"},
      {"sum", import_reduce, "over height and width"},
      {"max", import_reduce, "over height and width"},
      {"Flatten", import_reshape, ""},
      {"flatten", import_reshape, ""},
      {"Reshape", import_reshape, "no reverse"},
      {"reshape", import_reshape, "no reverse"},
      {"squeeze", import_reshape, ""},
      {"expand_dims", import_reshape, ""},
      {"transpose", import_transpose, ""},
      {"Concat", import_concat, ""},
      {"concat", import_concat, ""},
      {"SliceChannel", import_split, ""},
      {"split", import_split, ""},
      {"slice_axis", import_slice_axis, ""},
      {"Crop", import_crop, ""},
      {"Dropout", import_copy, "nothing at inference"},
      {"identity", import_copy, ""},
      {"_identity", import_copy, ""},
      {"_copy", import_copy, ""},
      {"_CrossDeviceCopy", import_copy, ""},
      {"BlockGrad", import_copy, ""},
      {"stop_gradient", import_copy, ""},
      {"Cast", import_cast, "to floats"},
      {"cast", import_cast, "to floats"},
      {"amp_cast", import_cast, "to floats"},
  };
  return kTable;
}

const OperatorRow* find_operator(const std::string& name) {
  for (const OperatorRow& row : operators()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace mxnet

std::string mxnet_operators_markdown() {
  std::string text = "| MXNet operator | limits |\n|---|---|\n";
  for (const mxnet::OperatorRow& row : mxnet::operators())
    text += std::string("| ") + row.name + " | " + row.note + " |\n";
  return text;
}

}  // namespace mien
