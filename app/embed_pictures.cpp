#include "app/embed_pictures.h"

#include <algorithm>

#include "app/console.h"
#include "app/files.h"
#include "face/read_bytes.h"

namespace mien::app {
namespace {

std::vector<size_t> chosen(const Photograph& photograph, bool all) {
  if (all || photograph.faces.empty()) return all_faces(photograph);
  return {main_face(photograph)};
}

Result<std::vector<EmbeddedFace>> embed_photograph_file(FaceModels& models, const std::string& path, bool all) {
  Result<std::vector<uint8_t>> bytes = read_bytes(path, DecodeOptions{}.max_bytes);
  if (!bytes.ok()) return bytes.status();
  return embed_photograph(models, path, std::move(*bytes), all);
}

Result<std::vector<EmbeddedFace>> embed_all_crops(FaceModels& models, const std::vector<std::string>& paths) {
  std::vector<EmbeddedFace> faces;
  for (const std::string& path : paths) faces.push_back({path, {}, false, 1, {}});
  for (NamedEmbedder& embedder : models.embedders) {
    Result<std::vector<float>> embeddings = embed_crops(*embedder.embedder, paths);
    if (!embeddings.ok()) return embeddings.status();
    const float* one = embeddings->data();
    for (EmbeddedFace& face : faces) {
      face.embeddings.emplace_back(one, one + embedder.embedder->dims());
      one += embedder.embedder->dims();
    }
  }
  return faces;
}

}  // namespace

Status embed_batch(Embedder& embedder, const std::vector<Picture>& pictures, float* embeddings, size_t* at_fault) {
  std::vector<const Picture*> pointers;
  for (const Picture& picture : pictures) pointers.push_back(&picture);
  const Status status = embedder.embed(pointers.data(), static_cast<int>(pictures.size()), embeddings);
  *at_fault = pictures.size();
  if (status.ok()) return status;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Status one = embedder.embed(&pointers[i], 1, embeddings);
    if (one.ok()) continue;
    *at_fault = i;
    return one;
  }
  return status;
}

Result<std::vector<float>> embed_crops(Embedder& embedder, const std::vector<std::string>& paths) {
  const auto dims = static_cast<size_t>(embedder.dims());
  const auto batch = static_cast<size_t>(embedder.max_batch());
  std::vector<float> embeddings(paths.size() * dims);
  Progress progress;
  for (size_t done = 0; done < paths.size(); done += batch) {
    progress.show("embedding " + std::to_string(done + 1) + " of " + std::to_string(paths.size()));
    std::vector<Picture> pictures;
    for (size_t i = done; i < std::min(paths.size(), done + batch); ++i) {
      Result<Picture> picture = load_picture(paths[i]);
      if (!picture.ok()) return picture.status();
      pictures.push_back(std::move(*picture));
    }
    size_t at_fault = 0;
    const Status status = embed_batch(embedder, pictures, embeddings.data() + done * dims, &at_fault);
    if (at_fault < pictures.size()) return named(paths[done + at_fault], status);
    if (!status.ok()) return status;
  }
  return embeddings;
}

Result<std::vector<EmbeddedFace>> embed_photograph(FaceModels& models, const std::string& name,
                                                   std::vector<uint8_t> bytes, bool all_faces) {
  Photograph photograph;
  Detector* finder = nullptr;
  for (NamedDetector& detector : models.detectors) {
    Result<Photograph> found = find_faces(*detector.detector, std::move(bytes));
    if (!found.ok()) return named(name, found.status());
    photograph = std::move(*found);
    finder = detector.detector.get();
    if (!photograph.faces.empty()) break;
    bytes = std::move(photograph.bytes);
  }
  const std::vector<size_t> which = chosen(photograph, all_faces);
  std::vector<EmbeddedFace> faces;
  if (which.empty()) return faces;
  if (models.refine)
    if (const Status status = refine_faces(*finder, which, &photograph); !status.ok()) return named(name, status);
  for (size_t i : which)
    faces.push_back({name, photograph.in_full(i), finder->has_landmarks(), photograph.faces.size(), {}});
  for (NamedEmbedder& embedder : models.embedders) {
    Result<std::vector<float>> embeddings = embed_faces(*embedder.embedder, photograph, which);
    if (!embeddings.ok()) return named(name, embeddings.status());
    const auto dims = embedder.embedder->dims();
    for (size_t i = 0; i < faces.size(); ++i) {
      const float* one = embeddings->data() + i * static_cast<size_t>(dims);
      faces[i].embeddings.emplace_back(one, one + dims);
    }
  }
  return faces;
}

Result<std::vector<EmbeddedFace>> embed_picture(FaceModels& models, const std::string& path,
                                                const EmbedOptions& options) {
  return options.aligned ? embed_all_crops(models, {path}) : embed_photograph_file(models, path, options.all_faces);
}

Result<std::vector<EmbeddedFace>> embed_pictures(FaceModels& models, const std::vector<std::string>& paths,
                                                 const EmbedOptions& options, std::vector<std::string>* faceless) {
  if (options.aligned) return embed_all_crops(models, paths);
  std::vector<EmbeddedFace> all;
  Progress progress;
  for (size_t i = 0; i < paths.size(); ++i) {
    progress.show("picture " + std::to_string(i + 1) + " of " + std::to_string(paths.size()),
                  static_cast<double>(i) / static_cast<double>(paths.size()));
    Result<std::vector<EmbeddedFace>> faces = embed_photograph_file(models, paths[i], options.all_faces);
    if (!faces.ok()) return faces.status();
    if (faces->empty()) faceless->push_back(paths[i]);
    for (EmbeddedFace& face : *faces) all.push_back(std::move(face));
  }
  return all;
}

}  // namespace mien::app
