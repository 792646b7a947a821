#include "engine/model.h"

#include <algorithm>

#include "engine/file/flat_file.h"
#include "engine/no_memory.h"
#include "engine/plan.h"

namespace mien {

struct Model::Impl {
  Package package;
  const kernels::Kernels* kernels = nullptr;
  std::unique_ptr<Plan> plan;
  Allocator allocator;
};

Model::Model() : impl_(std::make_unique<Impl>()) {}
Model::~Model() = default;

namespace {

Result<const kernels::Kernels*> kernels_for(const ModelOptions& options) {
  if (!options.isa) {
    const kernels::Kernels* best = kernels::best_kernels();
    if (!best) return Status{Code::unsupported, "this CPU has none of the instruction sets that mien is built for"};
    return best;
  }
  const kernels::Kernels* wanted = kernels::kernels_of(*options.isa);
  if (!wanted || !kernels::usable(*options.isa, kernels::detect_cpu()))
    return Status{Code::bad_argument, std::string("instruction set ") + kernels::name_of(*options.isa) +
                                          (wanted ? " is not usable on this CPU" : " is not built in")};
  return wanted;
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::create(Package package, const ModelOptions& options) {
  return or_no_memory([&]() -> Result<std::shared_ptr<const Model>> {
    const Result<const kernels::Kernels*> table = kernels_for(options);
    if (!table.ok()) return table.status();
    std::shared_ptr<Model> model(new Model());
    model->impl_->package = std::move(package);
    model->impl_->kernels = *table;
    model->impl_->allocator = options.allocator;
    Result<std::unique_ptr<Plan>> plan =
        Plan::make(model->impl_->package.graph, **table, {options.low_memory, options.allocator});
    if (!plan.ok()) return plan.status();
    model->impl_->plan = std::move(*plan);
    return std::shared_ptr<const Model>(std::move(model));
  });
}

Result<std::shared_ptr<const Model>> Model::load(const std::string& path, const ModelOptions& options) {
  Result<Package> package = read_file(path);
  if (!package.ok()) return package.status();
  Result<std::shared_ptr<const Model>> model = create(std::move(*package), options);
  if (!model.ok()) return Status{model.status().code(), path + ": " + model.status().message()};
  return model;
}

const Package& Model::package() const {
  return impl_->package;
}
const kernels::Kernels& Model::kernels() const {
  return *impl_->kernels;
}
const Plan& Model::plan() const {
  return *impl_->plan;
}
const Allocator& Model::allocator() const {
  return impl_->allocator;
}
const Value& Model::input(int i) const {
  return graph().value(graph().inputs[static_cast<size_t>(i)]);
}
const Value& Model::output(int i) const {
  return graph().value(graph().outputs[static_cast<size_t>(i)]);
}

std::vector<StepInfo> Model::steps() const {
  std::vector<StepInfo> infos;
  for (const auto& step : plan().steps) infos.push_back(step->info);
  return infos;
}

int64_t Model::packed_weight_bytes() const {
  return plan().packed_bytes();
}
int64_t Model::arena_bytes(int batch, int threads) const {
  return plan().arena_bytes(batch, threads);
}
int64_t Model::session_bytes(int batch, int threads) const {
  return arena_bytes(batch, threads) + plan().progress_bytes(batch, threads);
}
int64_t Model::peak_bytes(int batch, int threads) const {
  int64_t checked = 0;
  for (const Value& value : graph().values) {
    if (value.constant.memory == Constant::Memory::file)
      checked += value.shape.elements() * static_cast<int64_t>(sizeof(float));
  }
  return std::max(checked, packed_weight_bytes() + arena_bytes(batch, threads));
}
GraphCost Model::cost() const {
  return cost_of(graph());
}

}  // namespace mien
