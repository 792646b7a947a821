#include "bench/guard/efficiency.h"

#include <time.h>

#include <algorithm>

#include "engine/passes/passes.h"
#include "models/networks.h"

namespace mien::guard {
namespace {

constexpr double kBurstSeconds = 0.3e-3;
constexpr int kWarmUps = 3;
constexpr size_t kLeastRounds = 12;

// Of this thread.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double lower_quartile(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 4);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Bursts of a fixed number of multiply-adds.
class Burst {
 public:
  explicit Burst(kernels::PeakFn peak) : peak_(peak) {
    while (std::min({seconds(), seconds(), seconds()}) < kBurstSeconds / 2) steps_ *= 2;
  }
  double seconds() {
    const double start = cpu_seconds();
    flops_ = peak_(steps_);
    return cpu_seconds() - start;
  }
  // As many steps as take `share` of a burst.
  void work(double share) const { sink_ = peak_(static_cast<int64_t>(share * static_cast<double>(steps_))); }
  double flops() const { return flops_; }

 private:
  kernels::PeakFn peak_;
  int64_t steps_ = 10000;
  double flops_ = 0;
  mutable volatile double sink_ = 0;
};

// A session with its buffers.
class Runner {
 public:
  explicit Runner(std::unique_ptr<Session> session) : session_(std::move(session)) {
    const Model& model = session_->model();
    for (int i = 0; i < model.inputs(); ++i)
      held_inputs_.push_back(golden_input(1 + static_cast<uint64_t>(i), model.input(i).shape.elements(), -1, 1));
    for (const auto& input : held_inputs_) inputs_.push_back(input.data());
    for (int i = 0; i < model.outputs(); ++i)
      held_outputs_.emplace_back(static_cast<size_t>(model.output(i).shape.elements()));
    for (auto& output : held_outputs_) outputs_.push_back(output.data());
  }
  Status run() { return session_->run(1, inputs_.data(), outputs_.data()); }
  const Model& model() const { return session_->model(); }

 private:
  std::unique_ptr<Session> session_;
  std::vector<std::vector<float>> held_inputs_, held_outputs_;
  std::vector<const float*> inputs_;
  std::vector<float*> outputs_;
};

struct Times {
  std::vector<double> runs, bursts;
};

}  // namespace

struct Meter::Impl {
  LapOptions options;
  Package package;
  std::unique_ptr<Runner> runner;  // of the last lap: kept until the next one is there, or that would get its memory
  std::unique_ptr<Burst> burst;

  Status renew();
  // extra: multiply-adds inside the time of a run, in bursts.
  Status rounds(double seconds, double extra, Times* times);
};

Meter::Meter() : impl_(std::make_unique<Impl>()) {}
Meter::~Meter() = default;

Result<std::unique_ptr<Meter>> Meter::create(const LapOptions& options) {
  std::unique_ptr<Meter> meter(new Meter());
  Impl& impl = *meter->impl_;
  Result<Package> package = build_network(options.network, 0);
  if (!package.ok()) return package.status();
  MIEN_RETURN_IF_ERROR(simplify(package->graph));
  impl.options = options;
  impl.package = std::move(*package);
  MIEN_RETURN_IF_ERROR(impl.renew());
  impl.burst = std::make_unique<Burst>(impl.runner->model().kernels().peak);
  return meter;
}

const char* Meter::isa() const {
  return impl_->runner->model().kernels().name;
}

Status Meter::Impl::renew() {
  Result<std::shared_ptr<const Model>> model = Model::create(package, options.model);
  if (!model.ok()) return model.status();
  Result<std::unique_ptr<Session>> session = Session::create(*model);
  if (!session.ok()) return session.status();
  runner = std::make_unique<Runner>(std::move(*session));
  for (int i = 0; i < kWarmUps; ++i) MIEN_RETURN_IF_ERROR(runner->run());
  return {};
}

Status Meter::Impl::rounds(double seconds, double extra, Times* times) {
  const double start = cpu_seconds();
  double before = burst->seconds();
  while (times->runs.size() < kLeastRounds || cpu_seconds() - start < seconds) {
    const double run_start = cpu_seconds();
    MIEN_RETURN_IF_ERROR(runner->run());
    if (extra > 0) burst->work(extra);
    times->runs.push_back(cpu_seconds() - run_start);
    const double after = burst->seconds();
    times->bursts.push_back((before + after) / 2);
    before = after;
  }
  return {};
}

Result<double> Meter::lap() {
  MIEN_RETURN_IF_ERROR(impl_->renew());
  double extra = 0;
  if (impl_->options.slowdown > 0) {
    Times plain;
    MIEN_RETURN_IF_ERROR(impl_->rounds(0, 0, &plain));
    extra = impl_->options.slowdown * lower_quartile(plain.runs) / lower_quartile(plain.bursts);
  }
  Times times;
  MIEN_RETURN_IF_ERROR(impl_->rounds(impl_->options.seconds, extra, &times));
  const double run = lower_quartile(times.runs), peak = impl_->burst->flops() / lower_quartile(times.bursts);
  return 2 * static_cast<double>(impl_->runner->model().cost().total.macs) / run / peak;
}

}  // namespace mien::guard
