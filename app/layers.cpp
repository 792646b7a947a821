#include "app/layers.h"

#include <algorithm>
#include <numeric>

#include "app/describe.h"

namespace mien::app {

Layers::Layers(const Model& model, const Measurement& measured, int batch)
    : peak_gflops_(measured.step_peak_gflops), memory_(measure_memory(model.kernels())) {
  const std::vector<StepInfo> steps = model.steps();
  const std::vector<StepWork> work = work_of(model, batch);
  const int64_t network_bytes = model.packed_weight_bytes() + model.arena_bytes(batch);
  const double all_ms = std::accumulate(measured.step_ms.begin(), measured.step_ms.end(), 0.0);
  for (size_t i = 0; i < steps.size(); ++i) {
    const double ms = measured.step_ms[i];
    lines_.push_back({steps[i], work[i], ms, measured.step_min_ms[i], all_ms > 0 ? ms / all_ms : 0,
                      roof_of(work[i], network_bytes, peak_gflops_, memory_)});
  }
}

void Layers::add_to(Json* json) const {
  Json layers = Json::array();
  for (const Line& line : lines_) {
    layers.push_back({{"name", line.step.name},
                      {"op", line.step.op},
                      {"kernel", line.step.kernel},
                      {"shape", json_of(line.step.shape)},
                      {"macs", line.step.macs},
                      {"multiplies", line.work.multiplies},
                      {"bytes", line.work.activations + line.work.weights},
                      {"weight_bytes", line.work.weights},
                      {"ms", line.ms},
                      {"min_ms", line.min_ms},
                      {"share", line.share},
                      {"gflops", line.gflops()},
                      {"efficiency", peak_gflops_ > 0 ? line.gflops() / peak_gflops_ : 0},
                      {"gbs", line.gbs()},
                      {"bound", line.bound()},
                      {"of_bound", line.of_roof()}});
  }
  (*json)["layers"] = layers;
  (*json)["step_peak_gflops"] = peak_gflops_;
  for (const MemoryLevel& level : memory_) (*json)["memory_gbs"][level.name] = level.gbs;
}

std::string Layers::steps_text() const {
  Table table("rllrrrrrlrl");
  table.row({"", "step", "output", "ms", "share", "GFLOP/s", "of peak", "GB/s", "bound", "of bound", "kernel"});
  for (size_t i = 0; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    const bool counted = line.step.macs > 0;
    table.row({std::to_string(i), line.step.op, line.step.shape.text(), fixed(line.ms, 4), percent(line.share),
               counted ? fixed(line.gflops(), 1) : "", counted ? percent(line.gflops() / peak_gflops_) : "",
               fixed(line.gbs(), 1), line.bound(), percent(line.of_roof()), line.step.kernel});
  }
  return table.text();
}

// The three steps of a Winograd layer name the same kernel: their sum is where such a layer's speed can be read.
std::string Layers::kernels_text() const {
  struct Sum {
    std::string kernel;
    int steps;
    double ms, share, least_ms;
    int64_t macs;
  };
  std::vector<Sum> sums;
  for (const Line& line : lines_) {
    auto sum = std::find_if(sums.begin(), sums.end(), [&](const Sum& s) { return s.kernel == line.step.kernel; });
    if (sum == sums.end()) sum = sums.insert(sums.end(), Sum{line.step.kernel, 0, 0, 0, 0, 0});
    ++sum->steps;
    sum->ms += line.ms;
    sum->share += line.share;
    sum->least_ms += line.roof.least_ms();
    sum->macs += line.work.macs;
  }
  std::sort(sums.begin(), sums.end(), [](const Sum& a, const Sum& b) { return a.ms > b.ms; });
  Table table("lrrrrrr");
  table.row({"kernel", "steps", "ms", "share", "GFLOP/s", "of peak", "of bound"});
  for (const Sum& sum : sums) {
    const double rate = gflops(sum.macs, sum.ms);
    table.row({sum.kernel, std::to_string(sum.steps), fixed(sum.ms, 4), percent(sum.share),
               sum.macs ? fixed(rate, 1) : "", sum.macs ? percent(rate / peak_gflops_) : "",
               sum.ms > 0 ? percent(sum.least_ms / sum.ms) : ""});
  }
  return table.text();
}

std::string Layers::memory_text() const {
  std::string text = "One thread: FMA peak " + fixed(peak_gflops_, 1) + " GFLOP/s; reads";
  for (const MemoryLevel& level : memory_) text += " " + level.name + " " + fixed(level.gbs, 0) + " GB/s,";
  text.back() = '.';
  return text + "\n";
}

std::string Layers::text() const {
  return steps_text() + "\n" + kernels_text() + "\n" + memory_text() +
         "GFLOP/s count the layer's multiply-adds as a direct convolution has them, so Winograd can pass the peak; "
         "\"of\n"
         "bound\" counts those executed. A transform's work stands at the multiplying step. See bench/README.md.\n";
}

}  // namespace mien::app
