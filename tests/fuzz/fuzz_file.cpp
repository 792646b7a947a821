// Entry point for libFuzzer: a file of any format, by its content, as the command reads it. See scripts/fuzz.sh.
#include <cstdlib>

#include "converters/read_source.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mien::ConvertOptions options;
  options.network = "deepid";  // a small one: the search for the network that fits would take most of the time
  mien::ConvertReport report;
  const auto imported = mien::import_files({{"/nonexistent/model", {data, data + size}}}, options, &report);
  if (!mien::testing::fault_of(imported).empty()) std::abort();
  return 0;
}
