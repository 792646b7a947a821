// The detectors and embedders that a verb was given, told apart by what their networks give. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/run_options.h"
#include "face/detector.h"
#include "face/embedder.h"
#include "face/gallery_info.h"

namespace mien::app {

// What the verbs that look for faces are told about it.
struct FaceOptions {
  std::optional<int> side;      // longer side of the picture that the detector sees; by default its usual one
  std::optional<float> score;   // least score; by default the detector's own
  std::optional<float> nms_iou;  // faces that overlap more are one; by default the detector's own
  bool quick = false;           // landmarks as the detector first saw them, see Detector::refine
  std::string flip;             // "none", "sum", "concat"; "" = what the model's file says
};

struct NamedDetector {
  std::string path;
  std::unique_ptr<Detector> detector;
};
struct NamedEmbedder {
  std::string path;
  std::unique_ptr<Embedder> embedder;
  Result<ModelIdentity> identity() const;  // with the flip that is in use
};
struct FaceModels {
  Parallel parallel;   // of all of them
  bool refine = true;  // landmarks of faces to be embedded
  std::vector<NamedDetector> detectors;
  std::vector<NamedEmbedder> embedders;
};

// Error bad_argument, as of --flip, for what is no flip.
Result<Flip> flip_of(const std::string& name);

// Errors start with the path; bad_argument for a model that is neither.
Result<FaceModels> open_face_models(const std::vector<std::string>& paths, const RunOptions& run,
                                    const FaceOptions& options, int batch);

// Error bad_argument that says what is missing: an embedder; a detector, one with landmarks if an embedder's crops are
// aligned by them, unless the pictures are aligned crops.
Status require_embedder(const FaceModels& models, bool aligned);

// Error bad_argument for more embedders than one.
Status require_one_embedder(const FaceModels& models);

}  // namespace mien::app
