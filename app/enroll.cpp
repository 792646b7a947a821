#include <map>

#include "app/console.h"
#include "app/default_models.h"
#include "app/embed_pictures.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/verbs.h"
#include "face/gallery_writer.h"
#include "face/match.h"

namespace mien::app {
namespace {

struct Tally {
  int64_t enrolled = 0, removed = 0;
  std::vector<std::pair<std::string, std::string>> skipped;  // picture, why
};

// Embeds the pictures one by one and hands each embedding on with the picture's number. A picture that cannot be read
// or shows no face is skipped and noted, so that one bad file does not stop a folder of thousands.
template <class Take>
Status embed_each(FaceModels& models, const Inputs& inputs, bool aligned, Tally* tally, Take take) {
  Progress progress;
  for (size_t i = 0; i < inputs.pictures.size(); ++i) {
    progress.show("enrolling " + std::to_string(i + 1) + " of " + std::to_string(inputs.pictures.size()),
                  static_cast<double>(i) / static_cast<double>(inputs.pictures.size()));
    const std::string& path = inputs.pictures[i];
    Result<std::vector<EmbeddedFace>> faces = embed_picture(models, path, {aligned, false});
    if (faces.ok() && !faces->empty()) {
      MIEN_RETURN_IF_ERROR(take(i, faces->front().embeddings[0]));
    } else {
      tally->skipped.emplace_back(path, faces.ok() ? "no face found" : faces.status().message());
    }
  }
  return {};
}

// A name that no gallery can have is skipped as well; `what` is what the report says of it.
Status append(GalleryWriter& gallery, const std::string& what, const std::string& name, const float* embedding,
              Tally* tally) {
  const Status status = gallery.append(name, embedding);
  if (status.ok()) ++tally->enrolled;
  if (status.code() != Code::bad_argument) return status;
  tally->skipped.emplace_back(what, status.message());
  return {};
}

Status enroll(FaceModels& models, GalleryWriter& gallery, const Inputs& inputs, const EnrollVerb& verb, Tally* tally) {
  if (!verb.mean)
    return embed_each(models, inputs, verb.aligned, tally, [&](size_t i, const std::vector<float>& embedding) {
      return append(gallery, inputs.pictures[i], inputs.names[i], embedding.data(), tally);
    });
  std::map<std::string, std::vector<float>> people;
  MIEN_RETURN_IF_ERROR(
      embed_each(models, inputs, verb.aligned, tally, [&](size_t i, const std::vector<float>& embedding) {
        auto& rows = people[inputs.names[i]];
        rows.insert(rows.end(), embedding.begin(), embedding.end());
        return Status();
      }));
  const int dims = gallery.info().dims;
  for (auto& [name, rows] : people) {
    const int count = static_cast<int>(rows.size() / static_cast<size_t>(dims));
    const Status status = template_of(rows.data(), count, dims, rows.data());
    if (!status.ok()) return named(name, status);
    MIEN_RETURN_IF_ERROR(append(gallery, name, name, rows.data(), tally));
  }
  return {};
}

Status remove_names(GalleryWriter& gallery, const std::vector<std::string>& names, Tally* tally) {
  for (const std::string& name : names) {
    Result<int64_t> removed = gallery.remove(name);
    if (!removed.ok()) return removed.status();
    if (*removed == 0) tally->skipped.emplace_back(name, "no such name in the gallery");
    tally->removed += *removed;
  }
  return {};
}

void report(const EnrollVerb& verb, const GalleryWriter& gallery, const Tally& tally) {
  if (verb.json) {
    Json skipped = Json::array();
    for (const auto& [what, why] : tally.skipped) skipped.push_back({{"file", what}, {"reason", why}});
    print_json({{"gallery", verb.gallery},
                {"enrolled", tally.enrolled},
                {"removed", tally.removed},
                {"size", gallery.size()},
                {"skipped", skipped}});
    return;
  }
  for (const auto& [what, why] : tally.skipped) print(what + ": skipped: " + why + "\n");
  print(verb.gallery + ": " + std::to_string(tally.enrolled) + " enrolled" +
        (tally.removed > 0 ? ", " + std::to_string(tally.removed) + " removed" : "") + ", " +
        std::to_string(gallery.size()) + " in all\n");
}

Result<std::unique_ptr<GalleryWriter>> open_for(const EnrollVerb& verb, const FaceModels& models) {
  if (models.embedders.empty()) return GalleryWriter::open(verb.gallery);
  const NamedEmbedder& embedder = models.embedders.front();
  Result<ModelIdentity> identity = embedder.identity();
  if (!identity.ok()) return identity.status();
  GalleryInfo info;
  info.dims = embedder.embedder->dims();
  info.type = verb.float16 ? RowType::float16 : RowType::float32;
  info.model = *identity;
  const auto rows = verb.float16 ? GalleryWriter::Rows::of_this_type : GalleryWriter::Rows::as_they_are;
  return GalleryWriter::open_or_create(verb.gallery, info, rows);
}

}  // namespace

Status enroll_verb(const EnrollVerb& verb) {
  Result<Inputs> inputs = sort_inputs(verb.files);
  if (!inputs.ok()) return inputs.status();
  if (inputs->pictures.empty() && verb.remove.empty() && !verb.compact)
    return {Code::bad_argument, "nothing to do: give pictures to enroll, --remove or --compact"};
  if (!verb.name.empty()) inputs->names.assign(inputs->pictures.size(), verb.name);
  if (!inputs->pictures.empty()) resolve_defaults(!verb.aligned, true, &inputs->models);
  Result<FaceModels> models = open_face_models(inputs->models, verb.run, verb.faces, 1);
  if (!models.ok()) return models.status();
  if (!inputs->pictures.empty()) MIEN_RETURN_IF_ERROR(require_embedder(*models, verb.aligned));
  MIEN_RETURN_IF_ERROR(require_one_embedder(*models));

  Result<std::unique_ptr<GalleryWriter>> gallery = open_for(verb, *models);
  if (!gallery.ok()) return named(verb.gallery, gallery.status());
  Tally tally;
  MIEN_RETURN_IF_ERROR(remove_names(**gallery, verb.remove, &tally));
  MIEN_RETURN_IF_ERROR(enroll(*models, **gallery, *inputs, verb, &tally));
  if (verb.compact) MIEN_RETURN_IF_ERROR((*gallery)->compact());
  MIEN_RETURN_IF_ERROR((*gallery)->sync());
  report(verb, **gallery, tally);
  // Exit code 1 without another line: the report has said what was skipped.
  return tally.skipped.empty() ? Status() : Status(Code::check_failed, "");
}

}  // namespace mien::app
