// Latency of a model, and the floating-point peak of the cores it ran on, measured in turns so that a change of the
// clock or of the machine's load meets both. Not thread-safe.
#pragma once

#include <vector>

#include "engine/model.h"

namespace mien::app {

struct MeasureOptions {
  int batch = 1;
  double seconds = 2;  // stop after this long ...
  int runs = 0;        // ... or after so many runs, if this is not 0
  bool steps = false;  // time every step of the plan as well
  Parallel parallel;
};

struct Measurement {
  int runs = 0;
  double median_ms = 0, min_ms = 0, p95_ms = 0;  // of one run of the whole batch
  double peak_gflops = 0;                        // the best of the bursts, on as many threads as the runs
  // Of the steps, on one thread whatever the runs used; asked for with MeasureOptions::steps.
  std::vector<double> step_ms;  // median of each step, of a run of the whole batch
  std::vector<double> step_min_ms;
  double step_peak_gflops = 0;  // of one thread
};

// Runs the model on seeded inputs, after a few runs that do not count.
Result<Measurement> measure(std::shared_ptr<const Model> model, const MeasureOptions& options);

// The most memory that this process has had so far, programs and libraries included.
int64_t process_peak_bytes();

// Two floating-point operations per multiply-add; 0 for no time or no work.
double gflops(int64_t macs, double milliseconds);

// The FMA peak of parallel.width threads at once: the best of short bursts of independent multiply-adds. On a busy
// machine many short bursts find a quiet moment where a long one does not.
class PeakMeter {
 public:
  PeakMeter(const kernels::Kernels& kernels, const Parallel& parallel);  // finds the length of a burst
  void burst();
  double gflops() const { return best_; }

 private:
  double timed_burst();  // returns milliseconds

  kernels::PeakFn peak_;
  Parallel parallel_;
  int64_t steps_ = 1000;
  std::vector<double> flops_;  // one per thread
  double best_ = 0;
};

}  // namespace mien::app
