#include "app/console.h"
#include "app/default_models.h"
#include "app/embed_pictures.h"
#include "app/face_json.h"
#include "app/inputs.h"
#include "app/verbs.h"
#include "face/match.h"

namespace mien::app {
namespace {

// What one model says of the two faces.
struct Answer {
  std::string model;
  double cosine = 0, threshold = 0;
  bool same() const { return cosine >= threshold; }
};

void print_answer(const Answer& answer, Table* table) {
  table->row({"cosine", fixed(answer.cosine, 6), "threshold " + fixed(answer.threshold, 4)});
  table->row({"distance", fixed(unit_distance(answer.cosine), 6), "of the embeddings scaled to norm 1"});
  table->row({"verdict", answer.same() ? "same person" : "not the same person"});
}

Json json_of(const Answer& answer) {
  return {{"cosine", answer.cosine},
          {"same", answer.same()},
          {"threshold", answer.threshold},
          {"distance", unit_distance(answer.cosine)}};
}

void print_as_json(const std::vector<Answer>& answers, const EmbeddedFace* faces) {
  Json list = Json::array();
  for (const Answer& answer : answers) {
    Json entry = json_of(answer);
    if (answers.size() > 1) entry["model"] = answer.model;
    for (const EmbeddedFace* face : {&faces[0], &faces[1]})
      if (face->face) entry["faces"].push_back(face_json(*face->face, face->landmarks));
    list.push_back(std::move(entry));
  }
  print_json(list.size() == 1 ? list[0] : list);
}

void print_as_table(const std::vector<Answer>& answers, const EmbeddedFace* faces) {
  Table table("lrl");
  for (const EmbeddedFace* face : {&faces[0], &faces[1]})
    if (face->faces > 1) print(face->file + ": " + std::to_string(face->faces) + " faces, the main one is compared\n");
  for (const Answer& answer : answers) {
    if (answers.size() > 1) table.row({base_name(answer.model)});
    print_answer(answer, &table);
  }
  print(table.text());
}

}  // namespace

Status compare_verb(const CompareVerb& verb) {
  Result<Inputs> inputs = sort_inputs(verb.files);
  if (!inputs.ok()) return inputs.status();
  if (inputs->pictures.size() != 2)
    return {Code::bad_argument, "two pictures are compared, not " + std::to_string(inputs->pictures.size())};
  resolve_defaults(!verb.aligned, true, &inputs->models);
  Result<FaceModels> models = open_face_models(inputs->models, verb.run, verb.faces, 2);
  if (!models.ok()) return models.status();
  MIEN_RETURN_IF_ERROR(require_embedder(*models, verb.aligned));
  std::vector<std::string> faceless;
  Result<std::vector<EmbeddedFace>> faces =
      embed_pictures(*models, inputs->pictures, {verb.aligned, false}, &faceless);
  if (!faces.ok()) return faces.status();
  if (!faceless.empty()) return {Code::check_failed, "no face found in " + joined(faceless, ", ")};

  std::vector<Answer> answers;
  bool same = true;
  for (size_t m = 0; m < models->embedders.size(); ++m) {
    const std::vector<float>& a = (*faces)[0].embeddings[m];
    const std::vector<float>& b = (*faces)[1].embeddings[m];
    const Model& model = models->embedders[m].embedder->session().model();
    answers.push_back({models->embedders[m].path, cosine(a.data(), b.data(), a.size()),
                       verb.threshold.value_or(same_person(model.package().face))});
    same = same && answers.back().same();
  }
  verb.json ? print_as_json(answers, faces->data()) : print_as_table(answers, faces->data());
  // Exit code 1 without an error line: the answer is no, nothing went wrong.
  return same ? Status() : Status(Code::check_failed, "");
}

}  // namespace mien::app
