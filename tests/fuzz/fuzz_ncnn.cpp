// Entry point for libFuzzer: a .param, a zero byte, a .bin. See scripts/fuzz.sh.
#include <cstdlib>

#include "converters/ncnn/ncnn.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mien::testing::TextAndWeights files = mien::testing::split(data, size);
  std::vector<std::string> unsupported;
  const auto imported =
      mien::import_ncnn(files.text.data(), files.text.size(), std::move(files.weights), {8, 8}, &unsupported);
  if (!mien::testing::fault_of(imported).empty()) std::abort();
  return 0;
}
