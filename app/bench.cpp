#include "app/console.h"
#include "app/describe.h"
#include "app/files.h"
#include "app/layers.h"
#include "app/measure.h"
#include "app/verbs.h"
#include "engine/passes/passes.h"
#include "models/networks.h"

namespace mien::app {
namespace {

Result<std::shared_ptr<const Model>> make_model(const BenchVerb& verb) {
  if (verb.model.empty() == verb.network.empty())
    return Status(Code::bad_argument, "bench takes either a model file or --network NAME");
  if (!verb.model.empty()) return load_model(verb.model, verb.run);
  Result<ModelOptions> options = model_options(verb.run);
  if (!options.ok()) return options.status();
  Result<Package> package = build_network(verb.network, verb.seed);
  if (!package.ok()) return package.status();
  MIEN_RETURN_IF_ERROR(simplify(package->graph));
  return Model::create(std::move(*package), *options);
}

// What was measured, with the figures that follow from it.
struct Bench {
  const BenchVerb& verb;
  const Model& model;
  const Measurement& measured;
  int threads;

  int64_t macs() const { return model.cost().total.macs; }
  double rate(double milliseconds) const { return gflops(macs() * verb.batch, milliseconds); }
  double share(double rate) const { return measured.peak_gflops > 0 ? rate / measured.peak_gflops : 0; }
  Layers layers() const { return Layers(model, measured, verb.batch); }
};

void print_as_json(const Bench& bench) {
  const Measurement& m = bench.measured;
  Json json = {{"name", bench.model.package().card.name},
               {"median_ms", m.median_ms},
               {"min_ms", m.min_ms},
               {"p95_ms", m.p95_ms},
               {"runs", m.runs},
               {"threads", bench.threads},
               {"batch", bench.verb.batch},
               {"isa", bench.model.kernels().name},
               {"macs", bench.macs()},
               {"weight_bytes", bench.model.cost().total.params * static_cast<int64_t>(sizeof(float))},
               {"arena_bytes", bench.model.arena_bytes(bench.verb.batch, bench.threads)},
               {"peak_bytes", bench.model.peak_bytes(bench.verb.batch, bench.threads)},
               {"process_peak_bytes", process_peak_bytes()},
               {"gflops", bench.rate(m.median_ms)},
               {"peak_gflops", m.peak_gflops},
               {"efficiency", bench.share(bench.rate(m.median_ms))},
               {"best_efficiency", bench.share(bench.rate(m.min_ms))}};
  if (bench.verb.layers) bench.layers().add_to(&json);
  print_json(json);
}

void print_as_text(const Bench& bench) {
  const Measurement& m = bench.measured;
  Table table("lrl");
  table.row({"network", bench.model.package().card.name, count_text(bench.macs()) + " multiply-adds"});
  table.row({"kernels", bench.model.kernels().name,
             std::to_string(bench.threads) + " thread(s), batch " + std::to_string(bench.verb.batch)});
  table.row({"median", fixed(m.median_ms, 3) + " ms", std::to_string(m.runs) + " runs"});
  table.row({"min", fixed(m.min_ms, 3) + " ms"});
  table.row({"p95", fixed(m.p95_ms, 3) + " ms"});
  table.row({"speed", fixed(bench.rate(m.median_ms), 1) + " GFLOP/s",
             percent(bench.share(bench.rate(m.median_ms))) + " of the peak, " +
                 percent(bench.share(bench.rate(m.min_ms))) + " in the best run"});
  table.row({"FMA peak", fixed(m.peak_gflops, 1) + " GFLOP/s", "measured between the runs"});
  table.row({"memory", bytes_text(bench.model.peak_bytes(bench.verb.batch, bench.threads)),
             "predicted for the model; the process had " + bytes_text(process_peak_bytes()) + " at most"});
  print(table.text());
  if (bench.verb.layers) print("\n" + bench.layers().text());
}

}  // namespace

Status bench_verb(const BenchVerb& verb) {
  Result<Parallel> parallel = parallel_of(verb.run);
  if (!parallel.ok()) return parallel.status();
  Result<std::shared_ptr<const Model>> model = make_model(verb);
  if (!model.ok()) return model.status();
  MeasureOptions options;
  options.batch = verb.batch;
  options.seconds = verb.seconds;
  options.runs = verb.runs;
  options.steps = verb.layers;
  options.parallel = *parallel;
  Result<Measurement> measured = measure(*model, options);
  if (!measured.ok()) return named(verb.model, measured.status());
  const Bench bench{verb, **model, *measured, parallel->width};
  verb.json ? print_as_json(bench) : print_as_text(bench);
  return {};
}

}  // namespace mien::app
