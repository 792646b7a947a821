#include "app/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace mien::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kBurstMs = 2;  // long against waking a thread, short against a scheduler's turn
constexpr int kBursts = 2;      // before every slice of runs
constexpr double kSliceMs = 20;
constexpr int kWarmUps = 3;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The sorted values' element at the given share of the way: nearest rank.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[rank];
}

struct Burst {
  kernels::PeakFn peak;
  int64_t steps;
  double* flops;  // one per body

  static void body(void* arg, int index) {
    const Burst& burst = *static_cast<const Burst*>(arg);
    burst.flops[index] = burst.peak(burst.steps);
  }
};

// Buffers for a batch and the runs on them.
class Runner {
 public:
  Runner(Session& session, int batch) : session_(session), batch_(batch) {
    const Model& model = session.model();
    for (int i = 0; i < model.inputs(); ++i)
      inputs_.push_back(golden_input(1 + static_cast<uint64_t>(i), batch * model.input(i).shape.elements(), -1, 1));
    for (int i = 0; i < model.outputs(); ++i)
      outputs_.emplace_back(static_cast<size_t>(batch * model.output(i).shape.elements()));
    for (const auto& input : inputs_) input_pointers_.push_back(input.data());
    for (auto& output : outputs_) output_pointers_.push_back(output.data());
  }

  Status run() { return session_.run(batch_, input_pointers_.data(), output_pointers_.data()); }
  Status run_timed(std::vector<double>* step_seconds) {
    return session_.run_observed(batch_, input_pointers_.data(), output_pointers_.data(), {}, step_seconds);
  }

 private:
  Session& session_;
  int batch_;
  std::vector<std::vector<float>> inputs_, outputs_;
  std::vector<const float*> input_pointers_;
  std::vector<float*> output_pointers_;
};

Status time_runs(Runner& runner, const kernels::Kernels& kernels, const MeasureOptions& options, Measurement* result) {
  std::vector<double> times;
  const auto enough = [&](Clock::time_point start) {
    return options.runs > 0 ? static_cast<int>(times.size()) >= options.runs
                            : !times.empty() && ms_since(start) >= 1000 * options.seconds;
  };
  PeakMeter meter(kernels, options.parallel);
  const Clock::time_point start = Clock::now();
  while (!enough(start)) {
    for (int i = 0; i < kBursts; ++i) meter.burst();
    const Clock::time_point slice = Clock::now();
    do {
      const Clock::time_point begin = Clock::now();
      MIEN_RETURN_IF_ERROR(runner.run());
      times.push_back(ms_since(begin));
    } while (ms_since(slice) < kSliceMs && !enough(start));
  }
  std::sort(times.begin(), times.end());
  result->peak_gflops = meter.gflops();
  result->runs = static_cast<int>(times.size());
  result->min_ms = times.front();
  result->median_ms = quantile(times, 0.5);
  result->p95_ms = quantile(times, 0.95);
  return {};
}

Status time_steps(Runner& runner, const kernels::Kernels& kernels, const MeasureOptions& options, Measurement* result) {
  std::vector<std::vector<double>> times;
  PeakMeter meter(kernels, {});
  const int runs = options.runs > 0 ? options.runs : std::clamp(static_cast<int>(500 / result->median_ms), 5, 200);
  for (int i = 0; i < runs; ++i) {
    std::vector<double> seconds;
    meter.burst();
    MIEN_RETURN_IF_ERROR(runner.run_timed(&seconds));
    times.resize(seconds.size());
    for (size_t step = 0; step < seconds.size(); ++step) times[step].push_back(1000 * seconds[step]);
  }
  for (std::vector<double>& step : times) {
    std::sort(step.begin(), step.end());
    result->step_ms.push_back(quantile(step, 0.5));
    result->step_min_ms.push_back(step.front());
  }
  result->step_peak_gflops =
      options.parallel.width > 1 ? meter.gflops() : std::max(meter.gflops(), result->peak_gflops);
  return {};
}

}  // namespace

int64_t process_peak_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t{usage.ru_maxrss} * 1024 : 0;
}

double gflops(int64_t macs, double milliseconds) {
  return milliseconds > 0 ? 2e-6 * static_cast<double>(macs) / milliseconds : 0;
}

PeakMeter::PeakMeter(const kernels::Kernels& kernels, const Parallel& parallel)
    : peak_(kernels.peak), parallel_(parallel), flops_(static_cast<size_t>(std::max(1, parallel.width))) {
  while (std::min({timed_burst(), timed_burst(), timed_burst()}) < kBurstMs / 2) steps_ *= 2;
}

void PeakMeter::burst() {
  timed_burst();
}

double PeakMeter::timed_burst() {
  Burst burst{peak_, steps_, flops_.data()};
  const Clock::time_point start = Clock::now();
  if (parallel_.run == nullptr || flops_.size() == 1) {
    for (size_t i = 0; i < flops_.size(); ++i) Burst::body(&burst, static_cast<int>(i));
  } else {
    parallel_.run(parallel_.context, static_cast<int>(flops_.size()), Burst::body, &burst);
  }
  const double ms = ms_since(start);
  best_ = std::max(best_, 1e-6 * std::accumulate(flops_.begin(), flops_.end(), 0.0) / ms);
  return ms;
}

Result<Measurement> measure(std::shared_ptr<const Model> model, const MeasureOptions& options) {
  SessionOptions session_options;
  session_options.max_batch = options.batch;
  session_options.parallel = options.parallel;
  Result<std::unique_ptr<Session>> session = Session::create(model, session_options);
  if (!session.ok()) return session.status();
  Runner runner(**session, options.batch);
  for (int i = 0; i < kWarmUps; ++i) MIEN_RETURN_IF_ERROR(runner.run());
  Measurement result;
  MIEN_RETURN_IF_ERROR(time_runs(runner, model->kernels(), options, &result));
  if (options.steps) MIEN_RETURN_IF_ERROR(time_steps(runner, model->kernels(), options, &result));
  return result;
}

}  // namespace mien::app
