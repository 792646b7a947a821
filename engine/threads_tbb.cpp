#include "engine/threads_tbb.h"

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <map>
#include <memory>
#include <mutex>

namespace mien {
namespace {

void run_in_arena(void* context, int bodies, void (*body)(void* arg, int index), void* arg) {
  static_cast<tbb::task_arena*>(context)->execute([&] {
    // One task per body, never two bodies in one task: a body claims chunks until the network is done.
    tbb::parallel_for(
        tbb::blocked_range<int>(0, bodies, 1),
        [&](const tbb::blocked_range<int>& range) {
          for (int i = range.begin(); i < range.end(); ++i) body(arg, i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace

Parallel tbb_parallel(int width) {
  static std::mutex mutex;
  static std::map<int, std::unique_ptr<tbb::task_arena>> arenas;
  if (width <= 0) width = allowed_threads();
  if (width == 1) return {};
  const std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<tbb::task_arena>& arena = arenas[width];
  if (!arena) arena = std::make_unique<tbb::task_arena>(width);
  return {width, run_in_arena, arena.get()};
}

}  // namespace mien
