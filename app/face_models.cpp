#include "app/face_models.h"

#include "app/default_models.h"
#include "app/files.h"

namespace mien::app {
namespace {

Result<std::unique_ptr<Embedder>> make_embedder(Package package, const SessionOptions& session,
                                                const ModelOptions& model, std::optional<Flip> flip) {
  Result<std::shared_ptr<const Model>> planned = Model::create(std::move(package), model);
  if (!planned.ok()) return planned.status();
  return Embedder::create(*planned, session, flip);
}

// Told once, before the first picture, and not of every face.
Status check_alignment(const FaceModels& models) {
  for (const NamedEmbedder& named_embedder : models.embedders) {
    const Alignment alignment = named_embedder.embedder->session().model().package().face.alignment;
    if (alignment == Alignment::unknown)
      return {Code::bad_argument, named_embedder.path +
                                      ": does not say how a face becomes its input: give crops aligned "
                                      "to its size and --aligned, or convert it again with --align"};
    for (const NamedDetector& detector : models.detectors)
      if (alignment == Alignment::landmarks && !detector.detector->has_landmarks())
        return {Code::bad_argument,
                detector.path + ": finds no landmarks, by which the crops of " + named_embedder.path + " are aligned"};
  }
  return {};
}

// The detector that the command carries was taught with scenes of 256 pixels a side; the published ones with 640.
int usual_side(const std::string& path) {
  return default_model(path) != nullptr ? 320 : DetectorOptions{}.max_side;
}

}  // namespace

Result<ModelIdentity> NamedEmbedder::identity() const {
  const Carried* carried = default_model(path);
  Result<ModelIdentity> identity =
      carried ? identity_of(carried->begin, carried->size()) : identity_of(path, embedder->session().model().package());
  if (identity.ok()) identity->flip = embedder->flip();
  return identity;
}

Result<Flip> flip_of(const std::string& name) {
  Flip flip = Flip::none;
  if (from_name(name, &flip)) return flip;
  return Status(Code::bad_argument, "--flip: none, sum or concat, not '" + name + "'");
}

Result<FaceModels> open_face_models(const std::vector<std::string>& paths, const RunOptions& run,
                                    const FaceOptions& options, int batch) {
  Result<ModelOptions> model = model_options(run);
  if (!model.ok()) return model.status();
  std::optional<Flip> flip;
  if (!options.flip.empty()) {
    const Result<Flip> told = flip_of(options.flip);
    if (!told.ok()) return told.status();
    flip = *told;
  }
  Result<Parallel> parallel = parallel_of(run);
  if (!parallel.ok()) return parallel.status();
  SessionOptions session;
  session.max_batch = batch;
  session.parallel = *parallel;
  DetectorOptions detector;
  detector.score_threshold = options.score;
  detector.nms_iou = options.nms_iou;
  detector.session = session;
  detector.model = *model;

  FaceModels models;
  models.parallel = *parallel;
  models.refine = !options.quick;
  for (const std::string& path : paths) {
    Result<Package> package = open_package(path);
    if (!package.ok()) return package.status();
    if (package->output.embedding) {
      Result<std::unique_ptr<Embedder>> made = make_embedder(std::move(*package), session, *model, flip);
      if (!made.ok()) return named(path, made.status());
      models.embedders.push_back({path, std::move(*made)});
    } else {
      detector.max_side = options.side.value_or(usual_side(path));
      Result<std::unique_ptr<Detector>> made = Detector::create(std::move(*package), detector);
      if (!made.ok()) return named(path, made.status());
      models.detectors.push_back({path, std::move(*made)});
    }
  }
  return models;
}

Status require_embedder(const FaceModels& models, bool aligned) {
  if (models.embedders.empty())
    return {Code::bad_argument, "no model that embeds faces among the files given: name one (.mien)"};
  if (aligned && !models.detectors.empty())
    return {Code::bad_argument, models.detectors.front().path + ": a detector has no work with --aligned"};
  if (!aligned && models.detectors.empty())
    return {Code::bad_argument,
            "photographs need a detector: name its file (.mien) too, or give crops aligned to the model's size and "
            "--aligned"};
  return aligned ? Status() : check_alignment(models);
}

Status require_one_embedder(const FaceModels& models) {
  if (models.embedders.size() <= 1) return {};
  return {Code::bad_argument, "a gallery holds the embeddings of one model, and several are given"};
}

}  // namespace mien::app
