#include "app/console.h"
#include "app/default_models.h"
#include "app/draw.h"
#include "app/embed_pictures.h"
#include "app/face_json.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/verbs.h"
#include "face/match.h"
#include "face/search.h"

namespace mien::app {
namespace {

// One face and who it may be, nearest first.
struct Answer {
  EmbeddedFace face;
  std::vector<Match> matches;
  bool known(double threshold) const { return !matches.empty() && matches.front().cosine >= threshold; }
};

Result<std::vector<Answer>> search_all(const Gallery& gallery, std::vector<EmbeddedFace> faces, int k,
                                       const Parallel& parallel) {
  if (faces.empty()) return std::vector<Answer>();
  std::vector<float> probes;
  for (const EmbeddedFace& face : faces)
    probes.insert(probes.end(), face.embeddings[0].begin(), face.embeddings[0].end());
  SearchOptions options;
  options.parallel = parallel;
  Result<std::vector<std::vector<Match>>> matches =
      top_k(gallery, probes.data(), static_cast<int>(faces.size()), k, options);
  if (!matches.ok()) return matches.status();
  std::vector<Answer> answers;
  for (size_t i = 0; i < faces.size(); ++i) answers.push_back({std::move(faces[i]), std::move((*matches)[i])});
  return answers;
}

void print_as_json(const std::vector<Answer>& answers, double threshold) {
  Json list = Json::array();
  for (const Answer& answer : answers) {
    Json matches = Json::array();
    for (const Match& match : answer.matches)
      matches.push_back({{"name", match.name}, {"cosine", match.cosine}, {"row", match.row}});
    Json entry = {{"file", answer.face.file}, {"known", answer.known(threshold)}, {"threshold", threshold},
                  {"matches", matches}};
    if (answer.face.face) entry.update(face_json(*answer.face.face, answer.face.landmarks));
    list.push_back(std::move(entry));
  }
  print_json(list);
}

void print_as_table(const std::vector<Answer>& answers, double threshold) {
  Table table("llrlrl");
  table.row({"file", "box", "", "name", "cosine", ""});
  for (const Answer& answer : answers) {
    std::string file = answer.face.file, box = answer.face.face ? box_text(answer.face.face->box) : "";
    if (answer.matches.empty()) table.row({file, box, "", "the gallery is empty"});
    for (size_t i = 0; i < answer.matches.size(); ++i) {
      const Match& match = answer.matches[i];
      table.row({file, box, std::to_string(i + 1), match.name, fixed(match.cosine, 4),
                 match.cosine >= threshold ? "same person" : ""});
      file = box = "";
    }
  }
  print(table.text());
}

// The picture with every face that was found in it under its name.
Status draw(const std::string& file, const std::vector<Answer>& answers, double threshold, const std::string& to) {
  Result<Picture> picture = load_picture(file);
  if (!picture.ok()) return picture.status();
  for (const Answer& answer : answers) {
    if (answer.face.file != file || !answer.face.face) continue;
    const bool known = answer.known(threshold);
    const std::string label = known ? answer.matches[0].name + " " + fixed(answer.matches[0].cosine, 2) : "?";
    mark_face(&*picture, *answer.face.face, label, color_of(known ? 0 : 1));
  }
  return write_png(*picture, to);
}

}  // namespace

Status search_verb(const SearchVerb& verb) {
  Result<Inputs> inputs = sort_inputs(verb.files);
  if (!inputs.ok()) return inputs.status();
  if (inputs->pictures.empty()) return {Code::bad_argument, "no picture given"};
  const Result<std::vector<std::string>> drawings = drawing_paths(verb.draw, inputs->pictures);
  if (!drawings.ok()) return drawings.status();
  resolve_defaults(!verb.aligned, true, &inputs->models);
  Result<FaceModels> models = open_face_models(inputs->models, verb.run, verb.faces, 8);
  if (!models.ok()) return models.status();
  MIEN_RETURN_IF_ERROR(require_embedder(*models, verb.aligned));
  MIEN_RETURN_IF_ERROR(require_one_embedder(*models));

  const NamedEmbedder& embedder = models->embedders.front();
  GalleryOptions options;
  const Result<ModelIdentity> identity = embedder.identity();
  if (!identity.ok()) return named(embedder.path, identity.status());
  options.model = *identity;
  Result<std::shared_ptr<const Gallery>> gallery = Gallery::open(verb.gallery, options);
  if (!gallery.ok()) return named(verb.gallery, gallery.status());

  if ((*gallery)->info().dims != embedder.embedder->dims())
    return {Code::check_failed, verb.gallery + ": has embeddings of " + std::to_string((*gallery)->info().dims) +
                                    " numbers, and the model gives " + std::to_string(embedder.embedder->dims())};

  std::vector<std::string> faceless;
  Result<std::vector<EmbeddedFace>> faces =
      embed_pictures(*models, inputs->pictures, {verb.aligned, !verb.main_face}, &faceless);
  if (!faces.ok()) return faces.status();
  Result<std::vector<Answer>> answers = search_all(**gallery, std::move(*faces), verb.k, models->parallel);
  if (!answers.ok()) return answers.status();

  const FaceRecord& record = embedder.embedder->session().model().package().face;
  const double threshold = verb.threshold.value_or(same_person(record));
  for (size_t i = 0; i < drawings->size(); ++i)
    MIEN_RETURN_IF_ERROR(draw(inputs->pictures[i], *answers, threshold, (*drawings)[i]));
  verb.json ? print_as_json(*answers, threshold) : print_as_table(*answers, threshold);
  if (!faceless.empty()) return {Code::check_failed, "no face found in " + joined(faceless, ", ")};
  for (const Answer& answer : *answers)
    if (answer.known(threshold)) return {};
  return {Code::check_failed, ""};  // nobody is known: exit code 1 without an error line
}

}  // namespace mien::app
