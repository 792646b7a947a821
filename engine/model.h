// Model: a package planned for one ISA, immutable, shared by any number of threads. Session: the arena of one caller,
// used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/allocator.h"
#include "engine/records.h"
#include "engine/status.h"
#include "engine/threads.h"
#include "kernels/kernels.h"

namespace mien {

class Plan;  // engine/plan.h

struct ModelOptions {
  std::optional<kernels::Isa> isa;  // default: the best usable one
  bool low_memory = false;          // the smallest packed weights, at a cost in speed: arcface_r50 175 MB, not 272
  Allocator allocator{};            // of packed weights, and of its sessions unless they bring their own
};

// One step of the plan, for reports.
struct StepInfo {
  std::string name;    // of the last graph node it computes
  std::string op;      // "conv 3x3 s2 +prelu"
  std::string kernel;  // "f32_conv_14x32_avx512"
  std::string value;   // the graph value it completes, "" for an internal one (a layout change)
  Shape shape;         // of that value
  int64_t macs = 0;
  int64_t bytes = 0;  // activations and packed weights touched, per sample
};

class Model {
 public:
  static Result<std::shared_ptr<const Model>> load(const std::string& path, const ModelOptions& options = {});
  // Takes the package and plans it. The package's graph must have passed infer_shapes. Weights that no copy of the
  // package shares are freed once they are packed: their constants then have no data.
  static Result<std::shared_ptr<const Model>> create(Package package, const ModelOptions& options = {});
  ~Model();

  const Package& package() const;
  const Graph& graph() const { return package().graph; }
  const kernels::Kernels& kernels() const;
  const Plan& plan() const;
  const Allocator& allocator() const;

  int inputs() const { return static_cast<int>(graph().inputs.size()); }
  int outputs() const { return static_cast<int>(graph().outputs.size()); }
  const Value& input(int i) const;  // shape of one sample
  const Value& output(int i) const;

  std::vector<StepInfo> steps() const;
  int64_t packed_weight_bytes() const;
  // Exactly what a Session of this batch and number of threads allocates for activations and scratch memory.
  int64_t arena_bytes(int batch, int threads = 1) const;
  // All that such a session takes from its allocator: arena_bytes and, for several threads, a byte per item of work.
  int64_t session_bytes(int batch, int threads) const;
  // What a process grows by at most that loads the model and makes a session: packed_weight_bytes and arena_bytes, or
  // the weights of the file where checking them takes more. Not in it: the graph and the plan (some KB per layer),
  // constants in memory that somebody else holds, and what the threads take for themselves.
  int64_t peak_bytes(int batch, int threads = 1) const;
  GraphCost cost() const;

 private:
  Model();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Called after each step with the values it completed, in plain layout, all samples of the batch one after the other.
// It costs time and allocates; for verify and reports only.
using StepObserver = std::function<void(int step, const float* values, int64_t elements)>;

// Asked between the steps of a run; not 0 ends it. With several threads it may be asked by two of them at once.
using CancelFn = int32_t (*)(void* context);

struct SessionOptions {
  int max_batch = 1;
  Parallel parallel;             // default: the caller's thread
  bool allow_nonfinite = false;  // default: an input with NaN or Inf is a bad_argument
  std::optional<Allocator> allocator{};  // default: the model's
  CancelFn cancel = nullptr;
  void* cancel_context = nullptr;
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model,
                                                 const SessionOptions& options = {});
  ~Session();

  // inputs[i] and outputs[i] are the caller's buffers, row-major, `batch` samples one after the other, each of the
  // shape of model().input(i) / output(i). 1 <= batch <= max_batch. Allocates nothing, takes no lock, prints nothing;
  // the floating-point control state of the caller is as before when it returns. Results do not depend, in any bit,
  // on batch or on the number of threads. Error cancelled: the outputs hold anything, and the session may run again.
  Status run(int batch, const float* const* inputs, float* const* outputs);
  // Any thread may call these two during a run. After cancel() a run ends before its next item of work, and so does
  // every later run until resume().
  void cancel();
  void resume();
  // The same as run() on the caller's thread alone, never cancelled, with a look at each step that completes a value of
  // the graph. step_seconds (may be null): filled with the time of each step.
  Status run_observed(int batch, const float* const* inputs, float* const* outputs, const StepObserver& observer,
                      std::vector<double>* step_seconds);

  const Model& model() const;

 private:
  Session();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mien
