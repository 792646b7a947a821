// The layers' part of `mien bench --layers`: time, speed and bound of every step, for people and as JSON.
// Not thread-safe.
#pragma once

#include "app/console.h"
#include "app/measure.h"
#include "app/roofline.h"

namespace mien::app {

class Layers {
 public:
  // REQUIRES: measured with MeasureOptions::steps. Measures the memory's speed too.
  Layers(const Model& model, const Measurement& measured, int batch);

  // "layers", one object per step, and the peak and the memory's speed that they are held against.
  void add_to(Json* json) const;
  // A line per step, then the sum of each kind of kernel.
  std::string text() const;

 private:
  struct Line {
    StepInfo step;
    StepWork work;
    double ms, min_ms, share;
    Roof roof;
    double gflops() const { return app::gflops(work.macs, ms); }
    double gbs() const { return ms > 0 ? 1e-6 * static_cast<double>(work.activations + work.weights) / ms : 0; }
    double of_roof() const { return ms > 0 ? roof.least_ms() / ms : 0; }
    std::string bound() const { return roof.by_memory() ? roof.level : "compute"; }
  };
  std::string steps_text() const;
  std::string kernels_text() const;
  std::string memory_text() const;

  double peak_gflops_;
  std::vector<MemoryLevel> memory_;
  std::vector<Line> lines_;
};

}  // namespace mien::app
