// Who runs the chunks of a network: the caller's thread alone, or a parallel_for that the caller brings (oneTBB's is
// in threads_tbb.h). The engine never makes a thread of its own.
#pragma once

namespace mien {

// A parallel_for: calls body(arg, i) once for each 0 <= i < bodies, on any threads, and returns when all calls have
// returned. It may run fewer than `bodies` at a time, one after the other included.
using ParallelForFn = void (*)(void* context, int bodies, void (*body)(void* arg, int index), void* arg);

struct Parallel {
  int width = 1;  // bodies started per run; 1 means the caller's thread and no call of `run`
  ParallelForFn run = nullptr;
  void* context = nullptr;
};

// min(affinity mask, cgroup quota), at least 1; never the host's core count.
int allowed_threads();

}  // namespace mien
