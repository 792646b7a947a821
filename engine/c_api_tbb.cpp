// The C interface of the oneTBB back end.
#include <exception>

#include "engine/threads_tbb.h"
#include "mien/tbb.h"

int32_t mien_tbb_parallel(int32_t width, mien_parallel_for_fn* parallel_for, void** parallel_context) {
  mien::Parallel parallel;
  try {
    parallel = mien::tbb_parallel(width);
  } catch (const std::exception&) {
    // No memory: one thread still gives the answer.
  }
  *parallel_for = parallel.run;
  *parallel_context = parallel.context;
  return parallel.width;
}
