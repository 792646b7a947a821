#include "app/console.h"
#include "app/default_models.h"
#include "app/draw.h"
#include "app/face_json.h"
#include "app/face_models.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/verbs.h"
#include "face/read_bytes.h"
#include "face/recognize.h"

namespace mien::app {
namespace {

// What one detector found in one picture.
struct Found {
  std::string file, detector;
  bool landmarks = true;
  std::vector<Face> faces;  // in pixels of the photograph
};

Result<std::vector<Found>> detect_in(FaceModels& models, const std::string& path, bool close_up) {
  Result<std::vector<uint8_t>> bytes = read_bytes(path, DecodeOptions{}.max_bytes);
  if (!bytes.ok()) return bytes.status();
  std::vector<Found> all;
  for (NamedDetector& named_detector : models.detectors) {
    Detector& detector = *named_detector.detector;
    Result<Photograph> photograph = find_faces(detector, std::move(*bytes));
    if (!photograph.ok()) return named(path, photograph.status());
    const std::vector<size_t> which = all_faces(*photograph);
    if (close_up)
      if (const Status status = refine_faces(detector, which, &*photograph); !status.ok()) return named(path, status);
    Found found{path, named_detector.path, detector.has_landmarks(), {}};
    for (size_t i : which) found.faces.push_back(photograph->in_full(i));
    all.push_back(std::move(found));
    bytes = std::move(photograph->bytes);
  }
  return all;
}

// The picture in full with what every detector found, a colour for each.
Status draw(const std::vector<Found>& all, const std::string& to) {
  Result<Picture> picture = load_picture(all.front().file);
  if (!picture.ok()) return picture.status();
  for (size_t d = 0; d < all.size(); ++d)
    for (const Face& face : all[d].faces) mark_face(&*picture, face, fixed(face.score, 2), color_of(d));
  return write_png(*picture, to);
}

Json json_of(const Found& found) {
  Json faces = Json::array();
  for (const Face& face : found.faces) faces.push_back(face_json(face, found.landmarks));
  return {{"file", found.file}, {"detector", found.detector}, {"faces", faces}};
}

void add_rows(const Found& found, bool several, Table* table) {
  const std::string detector = several ? base_name(found.detector) : "";
  if (found.faces.empty()) table->row({found.file, detector, "-", "", "no face"});
  for (size_t i = 0; i < found.faces.size(); ++i)
    table->row({found.file, detector, std::to_string(i), fixed(found.faces[i].score, 3), box_text(found.faces[i].box)});
}

}  // namespace

Status detect_verb(const DetectVerb& verb) {
  Result<Inputs> inputs = sort_inputs(verb.files);
  if (!inputs.ok()) return inputs.status();
  if (inputs->pictures.empty()) return {Code::bad_argument, "no picture given"};
  const Result<std::vector<std::string>> drawings = drawing_paths(verb.draw, inputs->pictures);
  if (!drawings.ok()) return drawings.status();
  resolve_defaults(true, false, &inputs->models);
  Result<FaceModels> models = open_face_models(inputs->models, verb.run, verb.faces, 1);
  if (!models.ok()) return models.status();
  if (models->detectors.empty()) return {Code::bad_argument, "no detector among the files given: name one (.mien)"};
  if (!models->embedders.empty())
    return {Code::bad_argument, models->embedders.front().path + ": embeds faces, and is no detector"};

  Json json = Json::array();
  Table table("llrrl");
  table.row({"file", models->detectors.size() > 1 ? "detector" : "", "face", "score", "box"});
  Progress progress;
  for (size_t i = 0; i < inputs->pictures.size(); ++i) {
    const std::string& path = inputs->pictures[i];
    progress.show("picture " + std::to_string(i + 1) + " of " + std::to_string(inputs->pictures.size()));
    Result<std::vector<Found>> found = detect_in(*models, path, verb.close_up);
    if (!found.ok()) return found.status();
    if (!drawings->empty()) MIEN_RETURN_IF_ERROR(draw(*found, (*drawings)[i]));
    for (const Found& one : *found) {
      json.push_back(json_of(one));
      add_rows(one, models->detectors.size() > 1, &table);
    }
  }
  verb.json ? print_json(json) : print(table.text());
  return {};
}

}  // namespace mien::app
