// What --isa, --low-memory and --threads mean. Thread-safety: pure functions.
#pragma once

#include <string>

#include "engine/model.h"
#include "engine/threads.h"

namespace mien::app {

struct RunOptions {
  std::string isa;  // "" = the best usable one
  int threads = 0;  // 0 = as many as this process may use
  bool low_memory = false;
};

std::string usable_isas();  // "sse41, avx2": built in and usable here
// Error bad_argument, with the usable ones, for a name that does not exist or cannot run here.
Result<ModelOptions> model_options(const RunOptions& options);
// Error bad_argument if this build or the number does not allow it. 0 asks for allowed_threads(), which is 1 in a build
// without a thread back end.
Result<Parallel> parallel_of(const RunOptions& options);

// Errors start with the path.
Result<std::shared_ptr<const Model>> load_model(const std::string& path, const RunOptions& options);

}  // namespace mien::app
