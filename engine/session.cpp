// The executor. Every thread that takes part walks the steps in order and claims items of the step at hand by a
// ticket; it goes on to the next step when all items of this one are done. Nobody waits for a thread that has not
// arrived: every claimed item is being computed by a running thread, so a late or missing thread costs speed only.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <string>

#include "engine/float_control.h"
#include "engine/plan.h"
#include "engine/steps/layout.h"
#include "engine/wait.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mien {
namespace {

// Rounds of a short pause before a thread that waits for others goes to sleep, some 20 to 50 us. Where every thread has
// a core the wait is shorter than this; on an oversubscribed machine a pure spin would burn the very core it waits for.
constexpr int kSpins = 1000;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// One cache line per step: neighbours do not disturb each other.
struct alignas(64) Progress {
  std::atomic<int> claimed{0};
  std::atomic<int> done{0};
  std::atomic<int> sleepers{0};

  // The order of the two operations here and in wait_for(), both sequentially consistent, is what keeps a sleeper from
  // being missed: it is counted before it looks at `done`, and `done` moves before the count is read.
  void finish_item(int items) {
    if (done.fetch_add(1) + 1 == items && sleepers.load() > 0) wake_all(done);
  }
  void wait_for(int items) {
    for (int spins = 0; spins < kSpins; ++spins) {
      if (done.load(std::memory_order_acquire) >= items) return;
      pause();
    }
    sleepers.fetch_add(1);
    for (int seen; (seen = done.load()) < items;) sleep_while(done, seen);
    sleepers.fetch_sub(1);
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model> model;
  SessionOptions options;
  AlignedFloats arena;
  std::unique_ptr<Progress[]> progress;
  RunContext context;

  Status check(int batch, const float* const* inputs, float* const* outputs) const;
  void prepare(int batch, const float* const* inputs, float* const* outputs);
  void work(int thread);
  static void body(void* self, int index) { static_cast<Impl*>(self)->work(index); }
  void observe(int step, const StepObserver& observer) const;
};

Session::Session() : impl_(std::make_unique<Impl>()) {}
Session::~Session() = default;
const Model& Session::model() const {
  return *impl_->model;
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, const SessionOptions& options) {
  if (!model) return Status{Code::bad_argument, "no model"};
  if (options.max_batch < 1 || options.max_batch > 4096)
    return Status{Code::bad_argument, "batch " + std::to_string(options.max_batch) + " is not in 1..4096"};
  if (options.parallel.width > 1 && !options.parallel.run)
    return Status{Code::bad_argument, "several threads are asked for without a parallel_for"};
  try {
    std::unique_ptr<Session> session(new Session());
    Impl& impl = *session->impl_;
    const Plan& plan = model->plan();
    impl.arena = AlignedFloats(plan.arena_floats * options.max_batch +
                               plan.scratch_floats * std::max(1, options.parallel.width));
    impl.progress = std::make_unique<Progress[]>(model->plan().steps.size());
    impl.model = std::move(model);
    impl.options = options;
    return session;
  } catch (const std::bad_alloc&) {
    return Status{Code::out_of_memory, "no memory"};  // short: must not allocate
  }
}

Status Session::Impl::check(int batch, const float* const* inputs, float* const* outputs) const {
  if (batch < 1 || batch > options.max_batch)
    return {Code::bad_argument,
            "batch " + std::to_string(batch) + " is not in 1.." + std::to_string(options.max_batch)};
  for (int i = 0; i < model->inputs(); ++i) {
    if (!inputs || !inputs[i]) return {Code::bad_argument, "no buffer for input '" + model->input(i).name + "'"};
    if (options.allow_nonfinite) continue;
    if (!model->kernels().all_finite(inputs[i], model->input(i).shape.elements() * batch))
      return {Code::bad_argument, "input '" + model->input(i).name + "' holds a NaN or an infinity"};
  }
  for (int i = 0; i < model->outputs(); ++i) {
    if (!outputs || !outputs[i]) return {Code::bad_argument, "no buffer for output '" + model->output(i).name + "'"};
  }
  return {};
}

void Session::Impl::prepare(int batch, const float* const* inputs, float* const* outputs) {
  context.buffers = model->plan().buffers.data();
  context.arena = arena.data();
  context.scratch = arena.data() + model->plan().arena_floats * options.max_batch;
  context.max_batch = options.max_batch;
  context.batch = batch;
  context.inputs = inputs;
  context.outputs = outputs;
}

void Session::Impl::work(int thread) {
  const FlushDenormals flush;
  const auto& steps = model->plan().steps;
  RunContext own = context;
  own.scratch += thread * model->plan().scratch_floats;
  for (size_t s = 0; s < steps.size(); ++s) {
    const int items = steps[s]->items(context.batch);
    Progress& at = progress[s];
    for (int item; (item = at.claimed.fetch_add(1, std::memory_order_relaxed)) < items;) {
      steps[s]->run(own, item);
      at.finish_item(items);
    }
    at.wait_for(items);
  }
}

Status Session::run(int batch, const float* const* inputs, float* const* outputs) {
  MIEN_RETURN_IF_ERROR(impl_->check(batch, inputs, outputs));
  impl_->prepare(batch, inputs, outputs);
  const auto& steps = impl_->model->plan().steps;
  if (impl_->options.parallel.width <= 1) {
    const FlushDenormals flush;
    for (const auto& step : steps) {
      const int items = step->items(batch);
      for (int item = 0; item < items; ++item) step->run(impl_->context, item);
    }
    return {};
  }
  for (size_t s = 0; s < steps.size(); ++s) {
    impl_->progress[s].claimed.store(0, std::memory_order_relaxed);
    impl_->progress[s].done.store(0, std::memory_order_relaxed);
  }
  const Parallel& parallel = impl_->options.parallel;
  parallel.run(parallel.context, parallel.width, Impl::body, impl_.get());
  return {};
}

void Session::Impl::observe(int index, const StepObserver& observer) const {
  const Step& step = *model->plan().steps[static_cast<size_t>(index)];
  const Buffer& buffer = context.buffers[step.writes];
  const int64_t floats = buffer.shape.elements();
  std::vector<float> values(static_cast<size_t>(floats * context.batch));
  for (int sample = 0; sample < context.batch; ++sample) {
    const float* x = context.read(step.writes, sample);
    float* y = values.data() + sample * floats;
    if (!buffer.blocked) {
      std::copy(x, x + floats, y);
      continue;
    }
    const Shape& shape = buffer.shape;
    const int64_t pixels = shape.rank == 4 ? shape[2] * shape[3] : 1;
    for (int64_t n = 0; n < shape[0]; ++n) {
      model->kernels().unpack(x + n * blocked_floats(shape) / shape[0], y + n * shape[1] * pixels,
                              static_cast<int32_t>(shape[1]), pixels);
    }
  }
  observer(index, values.data(), floats * context.batch);
}

Status Session::run_observed(int batch, const float* const* inputs, float* const* outputs, const StepObserver& observer,
                             std::vector<double>* step_seconds) {
  MIEN_RETURN_IF_ERROR(impl_->check(batch, inputs, outputs));
  impl_->prepare(batch, inputs, outputs);
  const auto& steps = impl_->model->plan().steps;
  if (step_seconds) step_seconds->assign(steps.size(), 0.0);
  for (size_t s = 0; s < steps.size(); ++s) {
    const auto start = std::chrono::steady_clock::now();
    {
      const FlushDenormals flush;
      const int items = steps[s]->items(batch);
      for (int item = 0; item < items; ++item) steps[s]->run(impl_->context, item);
    }
    if (step_seconds) (*step_seconds)[s] = seconds_since(start);
    if (observer && !steps[s]->info.value.empty()) impl_->observe(static_cast<int>(s), observer);
  }
  return {};
}

}  // namespace mien
