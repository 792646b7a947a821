#include "app/run_options.h"

#include "app/default_models.h"
#include "app/files.h"
#include "app/table.h"
#ifdef MIEN_TBB
#include "engine/threads_tbb.h"
#endif

namespace mien::app {
namespace {

constexpr int kMostThreads = 1024;

bool runs_here(kernels::Isa isa) {
  return kernels::kernels_of(isa) != nullptr && kernels::usable(isa, kernels::detect_cpu());
}

}  // namespace

std::string usable_isas() {
  std::vector<std::string> names;
  for (kernels::Isa isa : kernels::kAllIsas)
    if (runs_here(isa)) names.emplace_back(kernels::name_of(isa));
  return joined(names, ", ");
}

Result<ModelOptions> model_options(const RunOptions& options) {
  ModelOptions result;
  result.low_memory = options.low_memory;
  if (options.isa.empty()) return result;
  kernels::Isa isa{};
  if (!kernels::isa_from_name(options.isa.c_str(), &isa))
    return Status(Code::bad_argument,
                  "--isa: no such instruction set: '" + options.isa + "'; usable here: " + usable_isas());
  if (!runs_here(isa))
    return Status(Code::bad_argument, "--isa: " + options.isa + " cannot run here; usable: " + usable_isas());
  result.isa = isa;
  return result;
}

Result<Parallel> parallel_of(const RunOptions& options) {
  if (options.threads < 0 || options.threads > kMostThreads)
    return Status(Code::bad_argument, "--threads: 0 to " + std::to_string(kMostThreads));
#ifdef MIEN_TBB
  const int threads = options.threads == 0 ? allowed_threads() : options.threads;
  return threads == 1 ? Parallel{} : tbb_parallel(threads);
#else
  if (options.threads > 1)
    return Status(Code::bad_argument, "--threads: this build has no thread back end (MIEN_TBB=OFF): 1 is all there is");
  return Parallel{};
#endif
}

Result<std::shared_ptr<const Model>> load_model(const std::string& path, const RunOptions& options) {
  Result<ModelOptions> chosen = model_options(options);
  if (!chosen.ok()) return chosen.status();
  Result<Package> package = open_package(path);
  if (!package.ok()) return package.status();
  Result<std::shared_ptr<const Model>> model = Model::create(std::move(*package), *chosen);
  if (!model.ok()) return named(path, model.status());
  return model;
}

}  // namespace mien::app
