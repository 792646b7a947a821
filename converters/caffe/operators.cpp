#include "converters/caffe/operators.h"

#include "converters/caffe/caffe.h"

namespace mien {
namespace caffe {

const std::vector<OperatorRow>& operators() {
  constexpr Role kSource = Role::source, kSink = Role::sink;
  constexpr const char *kInput = "becomes an input", *kLoss = "left out, its input becomes an output";
  static const std::vector<OperatorRow> kTable = {
      {"Input", "", "input_param", nullptr, kInput, kSource},
      {"Data", "DATA", "", nullptr, kInput, kSource},
      {"ImageData", "IMAGE_DATA", "", nullptr, kInput, kSource},
      {"MemoryData", "MEMORY_DATA", "", nullptr, kInput, kSource},
      {"HDF5Data", "HDF5_DATA", "", nullptr, kInput, kSource},
      {"WindowData", "WINDOW_DATA", "", nullptr, kInput, kSource},
      {"AnnotatedData", "", "", nullptr, kInput, kSource},
      {"Convolution", "CONVOLUTION", "convolution_param", import_convolution, "2-D, one bottom"},
      {"ConvolutionDepthwise", "", "convolution_param", import_depthwise, "one filter a channel"},
      {"DepthwiseConvolution", "", "convolution_param", import_depthwise, "one filter a channel"},
      {"Deconvolution", "DECONVOLUTION", "convolution_param", import_deconvolution,
       "only where it repeats pixels: depthwise, stride as the kernel, one number a channel"},
      {"Pooling", "POOLING", "pooling_param", import_pooling, "MAX, AVE; no window in the padding alone"},
      {"Upsample", "", "upsample_param", import_upsample, "nearest by a whole scale, one bottom"},
      {"InnerProduct", "INNER_PRODUCT", "inner_product_param", import_inner_product, ""},
      {"BatchNorm", "", "batch_norm_param", import_batch_norm, "stored statistics only"},
      {"Scale", "", "scale_param", import_scale, ""},
      {"Bias", "", "bias_param", import_bias, ""},
      {"PReLU", "", "prelu_param", import_prelu, ""},
      {"Normalize", "", "norm_param", import_normalize, "eps up to 1e-6, as a lower bound of the norm"},
      {"ReLU", "RELU", "relu_param", import_relu, ""},
      {"ReLU6", "", "relu_param", import_relu6, ""},
      {"Clip", "", "clip_param", import_clip, ""},
      {"ELU", "", "elu_param", import_elu, ""},
      {"Swish", "", "swish_param", import_swish, ""},
      {"Sigmoid", "SIGMOID", "sigmoid_param", import_sigmoid, ""},
      {"TanH", "TANH", "tanh_param", import_tanh, ""},
      {"AbsVal", "ABSVAL", "", import_abs, ""},
      {"Power", "POWER", "power_param", import_power, "powers 2, 1, 0.5, 0, -0.5, -1"},
      {"Exp", "EXP", "exp_param", import_exp, ""},
      {"Softmax", "SOFTMAX", "softmax_param", import_softmax, ""},
      {"Eltwise", "ELTWISE", "eltwise_param", import_eltwise, "bottoms of one shape"},
      {"Axpy", "", "", import_axpy, ""},
      {"Reduction", "", "reduction_param", import_reduction, "SUM, MEAN over height and width"},
      {"Concat", "CONCAT", "concat_param", import_concat, ""},
      {"Slice", "SLICE", "slice_param", import_slice, ""},
      {"Flatten", "FLATTEN", "flatten_param", import_flatten, ""},
      {"Reshape", "", "reshape_param", import_reshape, ""},
      {"Permute", "", "permute_param", import_permute, ""},
      {"Crop", "", "crop_param", import_crop, ""},
      {"ShuffleChannel", "", "shuffle_channel_param", import_shuffle, ""},
      {"Split", "SPLIT", "", import_copy, ""},
      {"Dropout", "DROPOUT", "dropout_param", import_copy, "nothing at inference"},
      {"Silence", "SILENCE", "", nullptr, "left out with what only it reads", kSink},
      {"Accuracy", "ACCURACY", "", nullptr, kLoss, kSink},
      {"SoftmaxWithLoss", "SOFTMAX_LOSS", "", nullptr, kLoss, kSink},
      {"SigmoidCrossEntropyLoss", "SIGMOID_CROSS_ENTROPY_LOSS", "", nullptr, kLoss, kSink},
      {"EuclideanLoss", "EUCLIDEAN_LOSS", "", nullptr, kLoss, kSink},
      {"HingeLoss", "HINGE_LOSS", "", nullptr, kLoss, kSink},
      {"InfogainLoss", "INFOGAIN_LOSS", "", nullptr, kLoss, kSink},
      {"MultinomialLogisticLoss", "MULTINOMIAL_LOGISTIC_LOSS", "", nullptr, kLoss, kSink},
      {"ContrastiveLoss", "CONTRASTIVE_LOSS", "", nullptr, kLoss, kSink},
      {"TripletLoss", "", "", nullptr, kLoss, kSink},
      {"CenterLoss", "", "", nullptr, kLoss, kSink},
      {"SmoothL1Loss", "", "", nullptr, kLoss, kSink},
      {"HDF5Output", "HDF5_OUTPUT", "", nullptr, kLoss, kSink},
  };
  return kTable;
}

const OperatorRow* find_operator(std::string_view type) {
  for (const OperatorRow& row : operators()) {
    if (type == row.type) return &row;
  }
  return nullptr;
}

std::string type_of_v1(std::string_view name) {
  for (const OperatorRow& row : operators()) {
    if (*row.v1 && name == row.v1) return row.type;
  }
  return std::string(name);
}

}  // namespace caffe

std::string caffe_operators_markdown() {
  std::string text = "| Caffe layer | limits |\n|---|---|\n";
  for (const caffe::OperatorRow& row : caffe::operators())
    text += std::string("| ") + row.type + " | " + row.note + " |\n";
  return text;
}

}  // namespace mien
