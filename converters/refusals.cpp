#include "converters/refusals.h"

namespace mien {

Status refusal_of(SourceFormat format) {
  switch (format) {
    case SourceFormat::unknown:
      return {Code::unreadable,
              "not a weight file of any known format (an ncnn .bin is told by the .param beside it)"};
    case SourceFormat::git_lfs:
      return {Code::unreadable, "a Git LFS pointer, not the weights; fetch them with `git lfs pull`"};
    case SourceFormat::mien:
      return {Code::unreadable, "is a .mien file already"};
    case SourceFormat::hdf5:
      return {Code::unsupported,
              "an HDF5 file (Keras .h5), which is not read: load it in Keras and export it to ONNX or safetensors"};
    case SourceFormat::tflite:
      return {Code::unsupported,
              "a TensorFlow Lite model, which is not read: give the TensorFlow checkpoint or frozen graph that it was "
              "made from, or export it to ONNX"};
    case SourceFormat::npy:
      return {Code::unsupported,
              "a single NumPy array, which is no model: save the named weights as safetensors, or export to ONNX"};
    case SourceFormat::pickle:
      return {Code::unsupported,
              "a Python pickle that PyTorch did not write, which is not read since loading one can run any code: load "
              "it where you trust it, and save the weights as safetensors or export to ONNX"};
    case SourceFormat::ncnn_param_bin:
      return {Code::unsupported,
              "a binary ncnn network: what its layers are depends on the ncnn that wrote it; give the text .param "
              "instead, with the .bin"};
    case SourceFormat::ncnn_param_old:
      return {Code::unsupported,
              "an ncnn network of before 2018, without the number 7767517 in front; write the text .param anew with "
              "ncnn's converters"};
    default:
      return {};
  }
}

}  // namespace mien
