#include "app/roofline.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "app/measure.h"
#include "engine/aligned.h"
#include "engine/plan.h"

namespace mien::app {
namespace {

constexpr double kLeastSeconds = 0.03;  // of one level's measurement
constexpr int kLeastSweeps = 5;
constexpr int64_t kMostBytes = int64_t{256} << 20;

// Of the data cache of this level as Linux tells it, or else `otherwise`. sysconf() is no help: for some AMD processors
// glibc 2.36 multiplies the last cache by the number of its sharers (335 MB for one of 32).
int64_t cache_bytes(int level, int64_t otherwise) {
  for (int i = 0; i < 8; ++i) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
    std::string type;
    int found = 0;
    int64_t kilobytes = 0;
    std::ifstream(folder + "type") >> type;
    std::ifstream(folder + "level") >> found;
    std::ifstream(folder + "size") >> kilobytes;
    if (found == level && type != "Instruction" && kilobytes > 0) return kilobytes << 10;
  }
  return otherwise;
}

// The best of a few sweeps. The kernel that looks for NaN does nothing but load, with vectors of full width.
double read_gbs(const kernels::Kernels& kernels, const float* data, int64_t bytes) {
  using Clock = std::chrono::steady_clock;
  const int64_t floats = bytes / static_cast<int64_t>(sizeof(float));
  const int64_t repeats = std::max<int64_t>(1, (1 << 20) / bytes);  // a sweep is long against reading the clock
  double best = 0, spent = 0;
  for (int sweep = 0; sweep < kLeastSweeps || spent < kLeastSeconds; ++sweep) {
    const Clock::time_point start = Clock::now();
    bool finite = true;
    for (int64_t i = 0; i < repeats; ++i) finite = kernels.all_finite(data, floats) && finite;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (finite) best = std::max(best, 1e-9 * static_cast<double>(bytes * repeats) / seconds);
    spent += seconds;
  }
  return best;
}

const MemoryLevel& level_for(const std::vector<MemoryLevel>& levels, int64_t bytes) {
  for (const MemoryLevel& level : levels)
    if (bytes <= level.bytes) return level;
  return levels.back();
}

// The output of the layer that step i is a part of: of the next step of this name that completes a value.
const Shape& layer_output(const std::vector<StepInfo>& steps, size_t i) {
  size_t last = i;
  while (last + 1 < steps.size() && steps[last].value.empty() && steps[last + 1].name == steps[i].name) ++last;
  return steps[last].shape;
}

// F(m x m, 3x3) multiplies (m + 2)^2 times for each tile of m x m outputs, whole or not, where the layer has 9 m^2.
int64_t multiplies_of(const std::vector<StepInfo>& steps, size_t i) {
  const bool four = steps[i].kernel.rfind("f32_winograd4", 0) == 0,
             two = steps[i].kernel.rfind("f32_winograd2", 0) == 0;
  const Shape& y = layer_output(steps, i);
  if ((!four && !two) || steps[i].macs == 0 || y.rank != 4) return steps[i].macs;
  const int64_t side = four ? 4 : 2;
  const int64_t tiles = ((y[2] + side - 1) / side) * ((y[3] + side - 1) / side);
  return steps[i].macs / (9 * y[2] * y[3]) * (side + 2) * (side + 2) * tiles;
}

double milliseconds(int64_t bytes, double gbs) {
  return gbs > 0 ? 1e-6 * static_cast<double>(bytes) / gbs : 0;
}

}  // namespace

std::vector<MemoryLevel> measure_memory(const kernels::Kernels& kernels) {
  const int64_t l1 = cache_bytes(1, 32 << 10);
  const int64_t l2 = std::max(l1, cache_bytes(2, 512 << 10));
  const int64_t l3 = std::max(l2, cache_bytes(3, 8 << 20));
  const int64_t all = std::clamp<int64_t>(4 * l3, int64_t{64} << 20, kMostBytes);
  const AlignedFloats data(all / static_cast<int64_t>(sizeof(float)));
  // A part of each cache: the rest of the process lives there too, and in the last one other processes.
  std::vector<MemoryLevel> levels = {{"L1", l1, read_gbs(kernels, data.data(), l1 / 2)},
                                     {"L2", l2, read_gbs(kernels, data.data(), l2 / 2)},
                                     {"L3", l3, read_gbs(kernels, data.data(), std::min(l3, std::max(l3 / 8, 2 * l2)))},
                                     {"memory", INT64_MAX, read_gbs(kernels, data.data(), all)}};
  // No level is slower than the next: one that came out so was disturbed by other processes.
  for (size_t i = levels.size() - 1; i-- > 0;) levels[i].gbs = std::max(levels[i].gbs, levels[i + 1].gbs);
  return levels;
}

std::vector<StepWork> work_of(const Model& model, int batch) {
  const std::vector<StepInfo> steps = model.steps();
  std::vector<StepWork> work;
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t weights = model.plan().steps[i]->packed_bytes();
    work.push_back(
        {steps[i].macs * batch, multiplies_of(steps, i) * batch, (steps[i].bytes - weights) * batch, weights});
  }
  return work;
}

Roof roof_of(const StepWork& work, int64_t network_bytes, double peak_gflops, const std::vector<MemoryLevel>& levels) {
  const MemoryLevel& near = level_for(levels, work.activations);
  const MemoryLevel& far = level_for(levels, std::max(network_bytes, work.activations));
  const double activations_ms = milliseconds(work.activations, near.gbs);
  const double weights_ms = milliseconds(work.weights, far.gbs);
  Roof roof;
  roof.compute_ms = peak_gflops > 0 ? 2e-6 * static_cast<double>(work.multiplies) / peak_gflops : 0;
  roof.memory_ms = activations_ms + weights_ms;
  roof.level = weights_ms > activations_ms ? far.name : near.name;
  return roof;
}

}  // namespace mien::app
