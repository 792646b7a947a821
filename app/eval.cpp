#include <chrono>

#include "app/console.h"
#include "app/default_models.h"
#include "app/embed_set.h"
#include "app/evaluation_report.h"
#include "app/evaluation_svg.h"
#include "app/face_models.h"
#include "app/files.h"
#include "app/verbs.h"
#include "converters/verification/bin.h"
#include "converters/verification/pair_list.h"
#include "engine/file/flat_file.h"

namespace mien::app {
namespace {

Result<std::vector<Flip>> flips_of(const EvalVerb& verb, const Protocol& protocol) {
  std::vector<Flip> flips;
  for (const std::string& name : verb.flips) {
    const Result<Flip> flip = flip_of(name);
    if (!flip.ok()) return flip.status();
    flips.push_back(*flip);
  }
  if (flips.empty()) flips.push_back(protocol.flip);
  return flips;
}

Result<std::vector<VerificationSet>> read_sets(const EvalVerb& verb) {
  std::vector<VerificationSet> sets;
  for (const std::string& path : verb.bins) {
    Result<VerificationSet> set = read_verification_bin(path);
    if (!set.ok()) return set.status();
    sets.push_back(std::move(*set));
  }
  if (!verb.lfw.empty()) {
    Result<VerificationSet> set = read_verification_folder(verb.lfw, verb.pairs);
    if (!set.ok()) return set.status();
    sets.push_back(std::move(*set));
  }
  if (sets.empty()) return Status(Code::bad_argument, "nothing to measure on: give --bin, or --lfw and --pairs");
  return sets;
}

// Embeddings and pairs of one set, or of several one behind the other.
struct Gathered {
  std::vector<float> originals, mirrored;
  std::vector<FacePair> pairs;
  size_t dims = 0;

  void add(const SetEmbeddings& embeddings, const VerificationSet& set) {
    dims = embeddings.dims;
    const auto before = static_cast<uint32_t>(originals.size() / dims);
    originals.insert(originals.end(), embeddings.originals.begin(), embeddings.originals.end());
    mirrored.insert(mirrored.end(), embeddings.mirrored.begin(), embeddings.mirrored.end());
    for (const VerificationPair& pair : set.pairs) pairs.push_back({before + pair.a, before + pair.b, pair.same});
  }

  FacePairs view() const {
    return {originals.data(), mirrored.empty() ? nullptr : mirrored.data(), originals.size() / dims, dims, pairs.data(),
            pairs.size()};
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Evaluator {
 public:
  Evaluator(const Protocol& protocol, std::vector<Flip> flips, const Parallel& parallel)
      : protocol_(protocol), flips_(std::move(flips)), parallel_(parallel) {
    for (Flip flip : flips_) mirrored_ = mirrored_ || flip != Flip::none;
  }

  // Errors start with the path of the model.
  Status measure(const std::string& path, const RunOptions& options, const std::vector<VerificationSet>& sets) {
    const Result<std::shared_ptr<const Model>> model = load_model(path, options);
    if (!model.ok()) return model.status();
    Gathered gathered;
    for (const VerificationSet& set : sets) {
      const auto start = std::chrono::steady_clock::now();
      const std::string label = base_name(path) + ", " + set.name;
      const Result<SetEmbeddings> embeddings = embed_set(*model, set, parallel_, mirrored_, label);
      if (!embeddings.ok()) return named(path, embeddings.status());
      const double seconds = seconds_since(start);
      if (!protocol_.accumulates) gathered = {};
      gathered.add(*embeddings, set);
      for (Flip flip : flips_) {
        Result<Evaluation> evaluation = evaluate_pairs(gathered.view(), protocol_, flip);
        if (!evaluation.ok())
          return named(path, Status(evaluation.status().code(), set.name + ": " + evaluation.status().message()));
        measured_.push_back(
            {path, set.name, &protocol_, flip, set.dropped_pairs, set.missing, seconds, std::move(*evaluation)});
      }
    }
    return {};
  }

  const std::vector<Measured>& measured() const { return measured_; }

 private:
  const Protocol& protocol_;
  const std::vector<Flip> flips_;
  const Parallel parallel_;
  bool mirrored_ = false;
  std::vector<Measured> measured_;
};

// The flip and the thresholds into each model's file.
Status store(const std::vector<Measured>& all) {
  for (const Measured& measured : all) {
    const Result<Package> package = read_file(measured.model, {false});
    if (!package.ok()) return named(measured.model, package.status());
    const FaceRecord record = with_thresholds(package->face, measured);
    if (const Status status = update_face_record(measured.model, record); !status.ok())
      return named(measured.model, status);
  }
  return {};
}

}  // namespace

Status eval_verb(const EvalVerb& verb) {
  const Protocol* protocol = find_protocol(verb.protocol);
  if (protocol == nullptr)
    return {Code::bad_argument,
            "--protocol: no such protocol: '" + verb.protocol + "'; there are " + joined(protocol_names(), ", ")};
  Result<std::vector<Flip>> flips = flips_of(verb, *protocol);
  if (!flips.ok()) return flips.status();
  Result<Parallel> parallel = parallel_of(verb.run);
  if (!parallel.ok()) return parallel.status();
  const Result<std::vector<VerificationSet>> sets = read_sets(verb);
  if (!sets.ok()) return sets.status();

  if (verb.store && (sets->size() != 1 || flips->size() != 1))
    return {Code::bad_argument, "--store: a model's file holds the thresholds of one set with one flip"};

  for (const std::string& model : verb.models)
    if (verb.store && default_model(model) != nullptr)
      return {Code::bad_argument, "--store: " + model + " is part of the command: give a file"};

  Evaluator evaluator(*protocol, std::move(*flips), *parallel);
  for (const std::string& model : verb.models) MIEN_RETURN_IF_ERROR(evaluator.measure(model, verb.run, *sets));
  if (verb.json) {
    print_json(json_of(evaluator.measured()));
  } else {
    print(text_of(evaluator.measured()));
  }
  // Afterwards: what took minutes to measure is not lost with a file that cannot be written.
  if (!verb.svg.empty()) MIEN_RETURN_IF_ERROR(write_one(verb.svg, svg_of(evaluator.measured())));
  return verb.store ? store(evaluator.measured()) : Status();
}

}  // namespace mien::app
