// Entry point for libFuzzer: a .prototxt, a zero byte, a .caffemodel. See scripts/fuzz.sh.
#include <cstdlib>

#include "converters/caffe/caffe.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mien::testing::TextAndWeights files = mien::testing::split(data, size);
  mien::Result<mien::caffe::CaffeModel> model =
      mien::caffe::read_caffe_model(files.weights.data(), files.weights.size());
  std::vector<std::string> unsupported;
  if (!model.ok() && model.status().message().empty()) std::abort();
  if (!model.ok()) return 0;
  const auto imported =
      mien::import_caffe(files.text.data(), files.text.size(), std::move(*model), {8, 8}, &unsupported);
  if (!mien::testing::fault_of(imported).empty()) std::abort();
  return 0;
}
