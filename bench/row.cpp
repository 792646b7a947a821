#include "bench/row.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "app/measure.h"

namespace mien::bench {
namespace {

void run_row(benchmark::State& state, const kernels::Kernels& kernels, const Work& work, const Body& body) {
  const double peak = peak_gflops(kernels);
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    body();
    benchmark::ClobberMemory();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double runs_per_ns = static_cast<double>(state.iterations()) / seconds * 1e-9;
  if (work.flops > 0) {
    state.counters["GFLOP/s"] = work.flops * runs_per_ns;
    state.counters["%peak"] = 100 * work.flops * runs_per_ns / peak;
  }
  if (work.bytes > 0) state.counters["GB/s"] = work.bytes * runs_per_ns;
}

}  // namespace

void add_row(const kernels::Kernels& kernels, const std::string& kernel, const std::string& shape, const Work& work,
             std::function<Body()> make) {
  const std::string name = std::string(kernels.name) + "/" + kernel + "/" + shape;
  benchmark::RegisterBenchmark(
      name.c_str(), [&kernels, work, make](benchmark::State& state) { run_row(state, kernels, work, make()); })
      ->MinTime(0.1)
      ->Unit(benchmark::kMicrosecond);
}

double peak_gflops(const kernels::Kernels& kernels) {
  double best = 0;
  for (int i = 0; i < 3; ++i) best = std::max(best, app::peak_burst(kernels, Parallel(), 2));
  return best;
}

}  // namespace mien::bench
