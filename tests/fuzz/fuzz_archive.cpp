// Entry point for libFuzzer: an NN Archive, plain or packed. See scripts/fuzz.sh.
#include <cstdlib>

#include "converters/nn_archive/nn_archive.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> unsupported;
  const auto imported = mien::import_nn_archive({data, data + size}, &unsupported, {8, 8});
  if (!mien::testing::fault_of(imported).empty()) std::abort();
  return 0;
}
