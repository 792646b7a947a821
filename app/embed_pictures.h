// Picture files to embeddings, for the verbs. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/face_models.h"
#include "face/recognize.h"

namespace mien::app {

// One face of one picture.
struct EmbeddedFace {
  std::string file;
  std::optional<Face> face;                    // in pixels of the photograph; none for an aligned crop
  bool landmarks = false;                      // whether the detector finds any
  size_t faces = 1;                            // found in this picture
  std::vector<std::vector<float>> embeddings;  // one per embedder, as it gives them
};

struct EmbedOptions {
  bool aligned = false;    // crops of the models' size
  bool all_faces = false;  // else the main face of each photograph
};

// The faces of one picture; none is not an error. The first detector that finds a face is asked, the others are not.
// Errors start with the path.
Result<std::vector<EmbeddedFace>> embed_picture(FaceModels& models, const std::string& path,
                                                const EmbedOptions& options);
// Of a photograph in memory; `name` is what it is called in answers and errors.
Result<std::vector<EmbeddedFace>> embed_photograph(FaceModels& models, const std::string& name,
                                                   std::vector<uint8_t> bytes, bool all_faces);
// Of all pictures, in their order, with a progress line. A picture without a face has no entry and is appended to
// *faceless.
Result<std::vector<EmbeddedFace>> embed_pictures(FaceModels& models, const std::vector<std::string>& paths,
                                                 const EmbedOptions& options, std::vector<std::string>* faceless);

// Embeds pictures in one batch: [pictures][dims]. When it fails, embeds them one by one to find which is at fault: the
// error is then that picture's and *at_fault its place, else *at_fault is pictures.size().
Status embed_batch(Embedder& embedder, const std::vector<Picture>& pictures, float* embeddings, size_t* at_fault);

// Aligned crops in batches: [paths][dims]. Errors start with the path of the picture at fault.
Result<std::vector<float>> embed_crops(Embedder& embedder, const std::vector<std::string>& paths);

}  // namespace mien::app
