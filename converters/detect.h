// Tells the format of a weight file by its content; names of files are no evidence. Thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mien {

enum class SourceFormat {
  unknown,
  git_lfs,  // a pointer file: the weights were not downloaded
  mien,     // already converted
  zip,      // PyTorch, npz
  pytorch_legacy,
  mxnet_params,
  mxnet_symbol,
  tensorflow_table,
  hdf5,
  tflite,
  npy,
  archive,  // xz, gzip, bzip2, tar
  ncnn_param,
  ncnn_param_bin,
  ncnn_param_old,  // text without the number that later files begin with
  mindspore_encrypted,
  safetensors,
  pickle,
  onnx,
  onnx_damaged,  // begins as an ONNX file and then goes wrong
  tensorflow_saved_model,
  tensorflow_graph,  // GraphDef or MetaGraphDef
  mindspore,
  caffe_prototxt,
  caffe_model,
};

SourceFormat detect_format(const uint8_t* data, size_t size);
const char* name_of(SourceFormat format);  // "PyTorch (zip)"
std::vector<SourceFormat> all_formats();

}  // namespace mien
