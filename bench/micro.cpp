// mien_bench_micro: every kernel of kernels/kernels.inc on the layer shapes of real networks, on every instruction set
// that this CPU can run, one thread, timed in the thread's own CPU time. Google Benchmark's options apply, for example
//   mien_bench_micro --benchmark_filter='avx512/.*1x1'
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/row.h"

int main(int argc, char** argv) {
  namespace kernels = mien::kernels;
  const kernels::CpuFeatures cpu = kernels::detect_cpu();
  for (const kernels::Isa isa : kernels::kAllIsas) {
    const kernels::Kernels* table = kernels::kernels_of(isa);
    if (table == nullptr || !kernels::usable(isa, cpu)) continue;
    mien::bench::add_convolution_rows(*table);
    mien::bench::add_window_rows(*table);
    mien::bench::add_elementwise_rows(*table);
  }
  benchmark::AddCustomContext("cpu", cpu.brand);
  // Hundreds of rows: a tenth of a second each, unless the user says otherwise.
  char min_time[] = "--benchmark_min_time=0.1";
  std::vector<char*> words(argv, argv + argc);
  words.insert(words.begin() + 1, min_time);
  argc = static_cast<int>(words.size());
  words.push_back(nullptr);
  argv = words.data();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
