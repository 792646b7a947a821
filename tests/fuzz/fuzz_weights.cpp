// Entry point for libFuzzer: weights by name. See scripts/fuzz.sh. The corruption loops of the tests drive the same
// check without it.
#include <cstdlib>

#include "tests/fuzz/read_weights.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!mien::testing::fault_of_readers(data, size).empty()) std::abort();
  return 0;
}
