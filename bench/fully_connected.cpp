#include "bench/fully_connected.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "app/measure.h"
#include "engine/aligned.h"
#include "engine/model.h"

namespace mien::bench {
namespace {

constexpr int64_t kChannels = 512, kSide = 7, kInputs = kChannels * kSide * kSide, kOutputs = 512;
constexpr int64_t kWeightBytes = kInputs * kOutputs * 4;
constexpr int kLayers = 4;  // 206 MB, several times what a last cache holds

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A batch_norm before the flatten, as ArcFace has it: what the layer reads is then a blocked picture, as in a network.
Result<std::shared_ptr<const Model>> make_layer(uint64_t seed) {
  Package package;
  Graph& graph = package.graph;
  const ValueId x = graph.add_input("input", Shape{1, kChannels, kSide, kSide});
  const auto node = [&](Op op, std::vector<ValueId> inputs) {
    Node made;
    made.op = op;
    made.inputs = std::move(inputs);
    if (op == Op::reshape) made.ints = {1, kInputs};
    return graph.add_node(std::move(made));
  };
  const ValueId scale = graph.add_constant("scale", Shape{kChannels}, golden_input(seed, kChannels, 0.5f, 1.5f));
  const ValueId shift = graph.add_constant("shift", Shape{kChannels}, golden_input(seed + 1, kChannels, -1, 1));
  const ValueId norm = node(Op::batch_norm, {x, scale, shift});
  const ValueId weights = graph.add_constant("weights", Shape{kOutputs, kInputs},
                                             golden_input(seed + 2, kOutputs * kInputs, -0.01f, 0.01f));
  graph.outputs = {node(Op::fully_connected, {node(Op::reshape, {norm}), weights})};
  MIEN_RETURN_IF_ERROR(infer_shapes(graph));
  return Model::create(std::move(package));
}

// The layers, made once for all rows.
struct Layers {
  std::vector<std::shared_ptr<const Model>> models;
  Status status;

  Layers() {
    for (uint64_t i = 0; i < kLayers; ++i) {
      auto model = make_layer(1000 * i);
      if (!model.ok()) {
        status = model.status();
        return;
      }
      models.push_back(std::move(*model));
    }
  }
};

// What the machine can do at best, asked for between the runs.
class Limits {
 public:
  explicit Limits(const kernels::Kernels& kernels) : kernels_(kernels), peak_(kernels, Parallel()) {}

  void measure() {
    peak_.burst();
    const auto start = std::chrono::steady_clock::now();
    if (!kernels_.all_finite(memory_.data(), memory_.size())) return;
    gbs_ = std::max(gbs_, 1e-9 * static_cast<double>(memory_.bytes()) / seconds_since(start));
  }
  double gbs() const { return gbs_; }
  double gflops() const { return peak_.gflops(); }

 private:
  const kernels::Kernels& kernels_;
  app::PeakMeter peak_;
  AlignedFloats memory_{kLayers * kWeightBytes / 4};
  double gbs_ = 0;
};

// The step of the layer itself, and the least time it took.
class Runs {
 public:
  Runs(const Layers& layers, int batch) : batch_(batch), x_(golden_input(7, batch * kInputs, -1, 1)) {
    SessionOptions options;
    options.max_batch = batch;
    for (const auto& model : layers.models) {
      auto session = Session::create(model, options);
      if (!session.ok()) {
        failure_ = session.status();
        return;
      }
      sessions_.push_back(std::move(*session));
    }
    y_.resize(static_cast<size_t>(batch * kOutputs));
  }

  Status run() {
    MIEN_RETURN_IF_ERROR(failure_);
    const float* in[] = {x_.data()};
    float* out[] = {y_.data()};
    std::vector<double> steps;
    Session& session = *sessions_[static_cast<size_t>(next_++ % kLayers)];
    MIEN_RETURN_IF_ERROR(session.run_observed(batch_, in, out, nullptr, &steps));
    const double layer = *std::max_element(steps.begin(), steps.end());
    least_ = least_ == 0 ? layer : std::min(least_, layer);
    return {};
  }
  double least() const { return least_; }

 private:
  int batch_, next_ = 0;
  std::vector<float> x_, y_;
  std::vector<std::unique_ptr<Session>> sessions_;
  Status failure_;
  double least_ = 0;
};

void run_row(benchmark::State& state, int batch) {
  static const Layers kAll;
  if (!kAll.status.ok()) return state.SkipWithError(kAll.status.message().c_str());
  Runs runs(kAll, batch);
  Limits limits(kAll.models[0]->kernels());
  for (auto _ : state) {
    state.PauseTiming();
    limits.measure();
    state.ResumeTiming();
    const Status status = runs.run();
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
  }
  const double gbs = 1e-9 * static_cast<double>(kWeightBytes) / runs.least();
  const double gflops = 2e-9 * static_cast<double>(kInputs * kOutputs * batch) / runs.least();
  state.counters["least_us"] = 1e6 * runs.least();
  state.counters["GB/s"] = gbs;
  state.counters["%read"] = 100 * gbs / limits.gbs();
  state.counters["GFLOP/s"] = gflops;
  state.counters["%peak"] = 100 * gflops / limits.gflops();
}

}  // namespace

void add_fully_connected_rows() {
  for (const int batch : {1, 2, 4, 8, 16, 32}) {
    const std::string name = "fully_connected_25088x512/batch" + std::to_string(batch);
    benchmark::RegisterBenchmark(name.c_str(), [batch](benchmark::State& state) { run_row(state, batch); })
        ->Iterations(100)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace mien::bench
