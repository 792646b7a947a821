// mien_bench_micro: every kernel of kernels/kernels.inc on the layer shapes of real networks, on every instruction set
// that this CPU can run, one thread. Google Benchmark's options apply, for example
//   mien_bench_micro --benchmark_filter='avx512/.*1x1'
#include <benchmark/benchmark.h>

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
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
