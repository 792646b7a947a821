#include "converters/refusals.h"

namespace mien {

const char* refusal_of(SourceFormat format) {
  switch (format) {
    case SourceFormat::unknown:
      return "not a weight file of any known format";
    case SourceFormat::git_lfs:
      return "a Git LFS pointer, not the weights; fetch them with `git lfs pull`";
    case SourceFormat::mien:
      return "is a .mien file already";
    case SourceFormat::hdf5:
      return "an HDF5 file (Keras .h5), which is not read: load it in Keras and export it to ONNX or safetensors";
    case SourceFormat::tflite:
      return "a TensorFlow Lite model, which is not read: give the ONNX file or the TensorFlow checkpoint that it was "
             "made from";
    case SourceFormat::npy:
      return "a single NumPy array, which is no model: save the named weights as safetensors, or export to ONNX";
    case SourceFormat::pickle:
      return "a Python pickle that PyTorch did not write, which is not read since loading it can run any code: where "
             "you trust it, load it and save the weights as safetensors, or export to ONNX";
    default:
      return nullptr;
  }
}

}  // namespace mien
