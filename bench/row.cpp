#include "bench/row.h"

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>

namespace mien::bench {
namespace {

// Of this thread: a busy machine stretches the time on the wall, but hardly this.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// GFLOP/s of one thread: the best of a few bursts of independent multiply-adds, each of a few milliseconds.
double peak_gflops(const kernels::Kernels& kernels) {
  constexpr int64_t kSteps = 300000;
  double best = 0;
  for (int i = 0; i < 4; ++i) {
    const double start = cpu_seconds();
    const double flops = kernels.peak(kSteps);
    best = std::max(best, 1e-9 * flops / (cpu_seconds() - start));
  }
  return best;
}

void run_row(benchmark::State& state, const kernels::Kernels& kernels, const Work& work, const Body& body) {
  const double peak = peak_gflops(kernels);
  const double start = cpu_seconds();
  for (auto _ : state) {
    body();
    benchmark::ClobberMemory();
  }
  const double runs_per_ns = 1e-9 * static_cast<double>(state.iterations()) / (cpu_seconds() - start);
  if (work.flops > 0) {
    state.counters["GFLOP/s"] = work.flops * runs_per_ns;
    state.counters["%peak"] = 100 * work.flops * runs_per_ns / peak;
  }
  if (work.bytes > 0) {
    state.counters["bytes"] = work.bytes;
    state.counters["GB/s"] = work.bytes * runs_per_ns;
  }
}

}  // namespace

void add_row(const kernels::Kernels& kernels, const std::string& kernel, const std::string& shape, const Work& work,
             std::function<Body()> make) {
  const std::string name = std::string(kernels.name) + "/" + kernel + "/" + shape;
  const auto run = [&kernels, work, make](benchmark::State& state) { run_row(state, kernels, work, make()); };
  benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMicrosecond);
}

}  // namespace mien::bench
