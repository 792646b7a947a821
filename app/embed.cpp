#include <algorithm>

#include "app/console.h"
#include "app/default_models.h"
#include "app/embed_pictures.h"
#include "app/face_json.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/npy.h"
#include "app/verbs.h"
#include "face/match.h"

namespace mien::app {
namespace {

constexpr size_t kShown = 4;  // values of an embedding in the table for people

void normalize(std::vector<float>* embedding) {
  const double length = norm(embedding->data(), embedding->size());
  for (float& v : *embedding) v = static_cast<float>(v / length);
}

void print_as_json(const FaceModels& models, const std::vector<EmbeddedFace>& faces) {
  Json list = Json::array();
  for (const EmbeddedFace& face : faces)
    for (size_t m = 0; m < models.embedders.size(); ++m) {
      const std::vector<float>& embedding = face.embeddings[m];
      Json entry = {{"file", face.file}, {"embedding", embedding}, {"norm", norm(embedding.data(), embedding.size())}};
      if (models.embedders.size() > 1) entry["model"] = models.embedders[m].path;
      if (face.face) entry.update(face_json(*face.face, face.landmarks));
      list.push_back(std::move(entry));
    }
  print_json(list);
}

void print_as_table(const FaceModels& models, const std::vector<EmbeddedFace>& faces) {
  const bool several = models.embedders.size() > 1;
  Table table("lllrrl");
  table.row({"file", "box", several ? "model" : "", "dims", "norm", "first values"});
  for (const EmbeddedFace& face : faces)
    for (size_t m = 0; m < models.embedders.size(); ++m) {
      const std::vector<float>& embedding = face.embeddings[m];
      std::string values;
      for (size_t k = 0; k < std::min(embedding.size(), kShown); ++k) values += fixed(embedding[k], 5) + " ";
      table.row({face.file, face.face ? box_text(face.face->box) : "",
                 several ? base_name(models.embedders[m].path) : "", std::to_string(embedding.size()),
                 fixed(norm(embedding.data(), embedding.size()), 4), values + "..."});
    }
  print(table.text());
}

Status write_npy(const std::string& path, const FaceModels& models, const std::vector<EmbeddedFace>& faces) {
  if (models.embedders.size() != 1) return {Code::bad_argument, "--npy takes the embeddings of one model only"};
  std::vector<float> rows;
  for (const EmbeddedFace& face : faces) rows.insert(rows.end(), face.embeddings[0].begin(), face.embeddings[0].end());
  const auto bytes =
      npy_bytes({static_cast<int64_t>(faces.size()), int64_t{models.embedders[0].embedder->dims()}}, rows.data());
  Outputs outputs;
  MIEN_RETURN_IF_ERROR(outputs.add(path, bytes.data(), bytes.size()));
  return outputs.commit();
}

}  // namespace

Status embed_verb(const EmbedVerb& verb) {
  Result<Inputs> inputs = sort_inputs(verb.files);
  if (!inputs.ok()) return inputs.status();
  if (inputs->pictures.empty()) return {Code::bad_argument, "no picture given"};
  size_t batch = static_cast<size_t>(verb.batch);
  if (verb.aligned) batch = std::min(batch, inputs->pictures.size());
  resolve_defaults(!verb.aligned, true, &inputs->models);
  Result<FaceModels> models = open_face_models(inputs->models, verb.run, verb.faces, static_cast<int>(batch));
  if (!models.ok()) return models.status();
  MIEN_RETURN_IF_ERROR(require_embedder(*models, verb.aligned));

  std::vector<std::string> faceless;
  Result<std::vector<EmbeddedFace>> faces =
      embed_pictures(*models, inputs->pictures, {verb.aligned, verb.all_faces}, &faceless);
  if (!faces.ok()) return faces.status();
  // Rows of an array have no names: with one missing nobody could tell which picture the others are of.
  if (!verb.npy.empty() && !faceless.empty()) return {Code::check_failed, faceless.front() + ": no face found"};
  if (verb.normalize)
    for (EmbeddedFace& face : *faces)
      for (std::vector<float>& embedding : face.embeddings) normalize(&embedding);

  if (!verb.npy.empty()) MIEN_RETURN_IF_ERROR(write_npy(verb.npy, *models, *faces));
  if (verb.json) {
    print_as_json(*models, *faces);
  } else if (verb.npy.empty() && !faces->empty()) {
    print_as_table(*models, *faces);
  }
  if (faceless.empty()) return {};
  return {Code::check_failed, "no face found in " + joined(faceless, ", ")};
}

}  // namespace mien::app
