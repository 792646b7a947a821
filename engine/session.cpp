// The executor. Every thread that takes part walks the steps in order and claims items of the step at hand by a
// ticket. When none is left it goes on into the next step, where each item waits only for those that it reads from; two
// steps on, it waits for all of this one, whose memory may be used again there. Nobody waits for a thread that has not
// arrived: every claimed item is being computed by a running thread, so a late or missing thread costs speed only.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <new>
#include <string>

#include "engine/count.h"
#include "engine/dependencies.h"
#include "engine/float_control.h"
#include "engine/no_memory.h"
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
#elif defined(__aarch64__) || (defined(__arm__) && __ARM_ARCH >= 7)
  asm volatile("yield");
#endif
}

// Of one step. One cache line each: neighbours do not disturb each other.
struct alignas(64) Progress {
  std::atomic<int> claimed{0};
  std::atomic<int> done{0};
  std::atomic<int> sleepers{0};
  std::atomic<bool>* finished = nullptr;  // per item, in Impl::flags

  // The order of the last two operations here and in wait_until(), all sequentially consistent, is what keeps a sleeper
  // from being missed: it is counted before it looks at `done`, and `done` moves before the count is read.
  void finish(int item) {
    finished[item].store(true, std::memory_order_release);
    done.fetch_add(1);
    if (sleepers.load() > 0) wake_all(done);
  }
  // ready() becomes true by finish() alone.
  template <class Ready>
  void wait_until(const Ready& ready) {
    for (int spins = 0; spins < kSpins; ++spins) {
      if (ready()) return;
      pause();
    }
    sleepers.fetch_add(1);
    for (int seen = done.load(); !ready(); seen = done.load()) sleep_while(done, seen);
    sleepers.fetch_sub(1);
  }
  void wait_for_all(int items) {
    wait_until([&] { return done.load(std::memory_order_acquire) >= items; });
  }
  void wait_for(int first, int last) {
    wait_until([&] {
      while (first < last && finished[first].load(std::memory_order_acquire)) ++first;
      return first >= last;
    });
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
  AlignedFloats flags;                             // bytes: those of Progress, one after the other
  std::unique_ptr<Progress[]> progress;            // per step
  std::vector<std::vector<ItemRange>> depends_on;  // per step: items of the one before
  RunContext context;
  std::atomic<bool> cancelled{false};  // by cancel(), until resume()
  std::atomic<bool> stopped{false};    // an item of this run was left out

  Status check(int batch, const float* const* inputs, float* const* outputs) const;
  void prepare(int batch, const float* const* inputs, float* const* outputs);
  Status allocate();
  void make_progress();
  void forget_progress();
  void work(int thread);
  void wait_for_inputs(size_t step, int item);
  bool leave_out(int item);
  static Status was_cancelled() { return {Code::cancelled, "cancelled"}; }  // short: must not allocate
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
  return or_no_memory([&]() -> Result<std::unique_ptr<Session>> {
    std::unique_ptr<Session> session(new Session());
    Impl& impl = *session->impl_;
    impl.model = std::move(model);
    impl.options = options;
    MIEN_RETURN_IF_ERROR(impl.allocate());
    if (options.parallel.width > 1) impl.make_progress();
    return session;
  });
}

Status Session::Impl::allocate() {
  const Plan& plan = model->plan();
  const Allocator& allocator = options.allocator ? *options.allocator : model->allocator();
  const int width = std::max(1, options.parallel.width);
  arena = AlignedFloats(plan.arena(width).floats * options.max_batch + plan.scratch_floats * width, allocator);
  flags = AlignedFloats(plan.progress_bytes(options.max_batch, width) / static_cast<int64_t>(sizeof(float)), allocator);
  if (arena.failed() || flags.failed()) return {Code::out_of_memory, "out of memory"};
  return {};
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
  const ArenaLayout& layout = model->plan().arena(options.parallel.width);
  context.offsets = layout.offsets.data();
  context.scratch = arena.data() + layout.floats * options.max_batch;
  context.max_batch = options.max_batch;
  context.batch = batch;
  context.inputs = inputs;
  context.outputs = outputs;
  stopped.store(false, std::memory_order_relaxed);
}

void Session::Impl::make_progress() {
  const auto& steps = model->plan().steps;
  progress = std::make_unique<Progress[]>(steps.size());
  depends_on.resize(steps.size());
  static_assert(sizeof(std::atomic<bool>) == 1, "progress_bytes counts one byte per item");
  auto* flag = reinterpret_cast<unsigned char*>(flags.data());
  for (size_t s = 0; s < steps.size(); ++s) {
    const auto items = static_cast<size_t>(steps[s]->items(options.max_batch));
    progress[s].finished = reinterpret_cast<std::atomic<bool>*>(flag);
    for (size_t i = 0; i < items; ++i) new (flag + i) std::atomic<bool>(false);
    flag += items;
    if (s > 0) depends_on[s] = dependencies(*steps[s - 1], *steps[s]);
  }
}

void Session::Impl::forget_progress() {
  const auto& steps = model->plan().steps;
  for (size_t s = 0; s < steps.size(); ++s) {
    progress[s].claimed.store(0, std::memory_order_relaxed);
    progress[s].done.store(0, std::memory_order_relaxed);
    const int items = steps[s]->items(context.batch);
    for (int i = 0; i < items; ++i) progress[s].finished[i].store(false, std::memory_order_relaxed);
  }
}

// Returns when what an item reads is there: of the step before, the items that it depends on.
void Session::Impl::wait_for_inputs(size_t step, int item) {
  if (step == 0) return;
  const auto& steps = model->plan().steps;
  const int items = static_cast<int>(depends_on[step].size()), before = steps[step - 1]->items(1);
  const ItemRange range = depends_on[step][static_cast<size_t>(item % items)];
  if (range.last == INT_MAX) {
    progress[step - 1].wait_for_all(steps[step - 1]->items(context.batch));
  } else {
    const int sample = item / items;
    progress[step - 1].wait_for(sample * before + range.first, sample * before + range.last);
  }
}

// Once true it stays so until the next run. Items that are left out count as finished: every thread still walks all
// steps, claims what is left and finds nothing to wait for, so that a run ends in some microseconds.
bool Session::Impl::leave_out(int item) {
  if (stopped.load(std::memory_order_relaxed)) return true;
  const bool leave = cancelled.load(std::memory_order_relaxed) ||
                     (item == 0 && options.cancel && options.cancel(options.cancel_context) != 0);
  if (leave) stopped.store(true, std::memory_order_relaxed);
  return leave;
}

void Session::Impl::work(int thread) {
  const FlushDenormals flush;
  const auto& steps = model->plan().steps;
  RunContext own = context;
  own.scratch += thread * model->plan().scratch_floats;
  for (size_t s = 0; s < steps.size(); ++s) {
    if (s >= 2) progress[s - 2].wait_for_all(steps[s - 2]->items(context.batch));
    const int items = steps[s]->items(context.batch);
    Progress& at = progress[s];
    for (int item; (item = at.claimed.fetch_add(1, std::memory_order_relaxed)) < items;) {
      wait_for_inputs(s, item);
      if (!leave_out(item)) steps[s]->run(own, item);
      at.finish(item);
    }
  }
  for (size_t s = steps.size() < 2 ? 0 : steps.size() - 2; s < steps.size(); ++s)
    progress[s].wait_for_all(steps[s]->items(context.batch));
}

Status Session::run(int batch, const float* const* inputs, float* const* outputs) {
  MIEN_RETURN_IF_ERROR(impl_->check(batch, inputs, outputs));
  impl_->prepare(batch, inputs, outputs);
  const auto& steps = impl_->model->plan().steps;
  if (impl_->options.parallel.width <= 1) {
    const FlushDenormals flush;
    for (const auto& step : steps) {
      const int items = step->items(batch);
      for (int item = 0; item < items; ++item) {
        if (impl_->leave_out(item)) return Impl::was_cancelled();
        step->run(impl_->context, item);
      }
    }
    return {};
  }
  impl_->forget_progress();
  const Parallel& parallel = impl_->options.parallel;
  parallel.run(parallel.context, parallel.width, Impl::body, impl_.get());
  return impl_->stopped.load(std::memory_order_relaxed) ? Impl::was_cancelled() : Status();
}

void Session::cancel() {
  impl_->cancelled.store(true, std::memory_order_relaxed);
}
void Session::resume() {
  impl_->cancelled.store(false, std::memory_order_relaxed);
}

void Session::Impl::observe(int index, const StepObserver& observer) const {
  const Step& step = *model->plan().steps[static_cast<size_t>(index)];
  const Buffer& buffer = context.buffers[step.writes];
  const int64_t floats = buffer.shape.elements();
  std::vector<float> values(count_in_memory<float>(floats * context.batch));
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
