// What binds each step of a plan: its multiply-adds against the FMA peak, or its bytes against the speed of the memory
// that holds them (the roofline model). Of one thread. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/model.h"

namespace mien::app {

// A level of the memory, as one thread reads it.
struct MemoryLevel {
  std::string name;  // "L1", "L2", "L3", "memory"
  int64_t bytes;     // what it holds; all there is, for the last
  double gbs;
};

// The levels of this machine, measured now: about a tenth of a second, and a buffer of four times the last cache.
std::vector<MemoryLevel> measure_memory(const kernels::Kernels& kernels);

// What one run of a step does for the whole batch.
struct StepWork {
  int64_t macs = 0;         // of the layer, as the graph counts them; 0 if another step of the layer has them
  int64_t multiplies = 0;   // executed: fewer than macs where a Winograd transform saves some
  int64_t activations = 0;  // bytes read and written
  int64_t weights = 0;      // bytes; read once
};
std::vector<StepWork> work_of(const Model& model, int batch);

// The least time that the machine allows, and which of the two it is. Weights come from the level that holds all
// weights and activations of the network, since each is read once per run; activations from the level that holds those
// of the step, since the step before has just written them.
struct Roof {
  double compute_ms = 0, memory_ms = 0;
  std::string level;  // the slower one of the two that memory_ms is made of
  bool by_memory() const { return memory_ms > compute_ms; }
  double least_ms() const { return by_memory() ? memory_ms : compute_ms; }
};
Roof roof_of(const StepWork& work, int64_t network_bytes, double peak_gflops, const std::vector<MemoryLevel>& levels);

}  // namespace mien::app
