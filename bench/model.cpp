// mien_bench_model: every network of models/ with seeded weights, end to end, on one and two threads, one picture and
// eight at a time, and the large fully connected layer by itself (fully_connected.h). The peak is that of as many
// threads as the row uses, measured right before it.
#include "engine/model.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "app/measure.h"
#include "bench/fully_connected.h"
#include "engine/passes/passes.h"
#include "models/networks.h"
#ifdef MIEN_TBB
#include "engine/threads_tbb.h"
#endif

namespace mien::bench {
namespace {

Result<std::shared_ptr<const Model>> make_model(const std::string& network) {
  Result<Package> package = build_network(network, 0);
  if (!package.ok()) return package.status();
  MIEN_RETURN_IF_ERROR(simplify(package->graph));
  return Model::create(std::move(*package));
}

Parallel parallel_of(int threads) {
#ifdef MIEN_TBB
  if (threads > 1) return tbb_parallel(threads);
#endif
  (void)threads;
  return Parallel();
}

void report(benchmark::State& state, const Model& model, int batch, double seconds, double peak) {
  const double images_per_second = static_cast<double>(state.iterations()) * batch / seconds;
  const double gflops = 2e-9 * static_cast<double>(model.cost().total.macs) * images_per_second;
  state.counters["img/s"] = images_per_second;
  state.counters["GFLOP/s"] = gflops;
  state.counters["%peak"] = 100 * gflops / peak;
}

void run_network(benchmark::State& state, const std::string& network, int threads, int batch) {
  auto model = make_model(network);
  if (!model.ok()) return state.SkipWithError(model.status().message().c_str());
  SessionOptions options;
  options.max_batch = batch;
  options.parallel = parallel_of(threads);
  auto session = Session::create(*model, options);
  if (!session.ok()) return state.SkipWithError(session.status().message().c_str());

  const auto input = golden_input(1, batch * (*model)->input(0).shape.elements(), -1, 1);
  std::vector<std::vector<float>> held;
  for (int i = 0; i < (*model)->outputs(); ++i)
    held.emplace_back(static_cast<size_t>(batch * (*model)->output(i).shape.elements()));
  std::vector<float*> outputs;
  for (auto& output : held) outputs.push_back(output.data());
  const float* inputs[] = {input.data()};
  app::PeakMeter meter((*model)->kernels(), options.parallel);
  for (int i = 0; i < 20; ++i) meter.burst();
  const double peak = meter.gflops();

  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    const Status status = (*session)->run(batch, inputs, outputs.data());
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report(state, **model, batch, seconds, peak);
}

void add_rows(const std::string& network) {
#ifdef MIEN_TBB
  const std::vector<int> thread_counts = {1, 2};
#else
  const std::vector<int> thread_counts = {1};
#endif
  for (const int threads : thread_counts)
    for (const int batch : {1, 8}) {
      const std::string name = network + "/threads" + std::to_string(threads) + "/batch" + std::to_string(batch);
      benchmark::RegisterBenchmark(name.c_str(),
                                   [=](benchmark::State& state) { run_network(state, network, threads, batch); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
}

}  // namespace
}  // namespace mien::bench

int main(int argc, char** argv) {
  for (const std::string& network : mien::network_names()) mien::bench::add_rows(network);
  mien::bench::add_fully_connected_rows();
  benchmark::AddCustomContext("cpu", mien::kernels::detect_cpu().brand);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
