#include <algorithm>

#include "app/console.h"
#include "app/embed_pictures.h"
#include "app/files.h"
#include "app/npy.h"
#include "app/verbs.h"
#include "face/match.h"

namespace mien::app {
namespace {

constexpr size_t kShown = 4;  // values of an embedding in the table for people

void print_as_json(const EmbedVerb& verb, const std::vector<float>& embeddings, size_t dims) {
  Json list = Json::array();
  for (size_t i = 0; i < verb.pictures.size(); ++i) {
    const float* embedding = embeddings.data() + i * dims;
    list.push_back({{"file", verb.pictures[i]},
                    {"embedding", std::vector<float>(embedding, embedding + dims)},
                    {"norm", norm(embedding, dims)}});
  }
  print_json(list);
}

void print_as_table(const EmbedVerb& verb, const std::vector<float>& embeddings, size_t dims) {
  Table table("lrrl");
  table.row({"file", "dims", "norm", "first values"});
  for (size_t i = 0; i < verb.pictures.size(); ++i) {
    const float* embedding = embeddings.data() + i * dims;
    std::string values;
    for (size_t k = 0; k < std::min(dims, kShown); ++k) values += fixed(embedding[k], 5) + " ";
    table.row({verb.pictures[i], std::to_string(dims), fixed(norm(embedding, dims), 4), values + "..."});
  }
  print(table.text());
}

}  // namespace

Status embed_verb(const EmbedVerb& verb) {
  MIEN_RETURN_IF_ERROR(require_aligned(verb.aligned));
  const int batch = std::min(verb.batch, static_cast<int>(std::min(verb.pictures.size(), size_t{4096})));
  Result<std::unique_ptr<Embedder>> embedder = make_embedder(verb.model, verb.run, batch);
  if (!embedder.ok()) return embedder.status();
  Result<std::vector<float>> embeddings = embed_files(**embedder, verb.pictures);
  if (!embeddings.ok()) return embeddings.status();

  const auto dims = static_cast<size_t>((*embedder)->dims());
  for (size_t i = 0; verb.normalize && i < verb.pictures.size(); ++i) {
    float* embedding = embeddings->data() + i * dims;
    const double length = norm(embedding, dims);
    for (size_t k = 0; k < dims; ++k) embedding[k] = static_cast<float>(embedding[k] / length);
  }
  if (!verb.npy.empty()) {
    const auto bytes = npy_bytes({static_cast<int64_t>(verb.pictures.size()), static_cast<int64_t>(dims)},
                                 embeddings->data());
    Outputs outputs;
    MIEN_RETURN_IF_ERROR(outputs.add(verb.npy, bytes.data(), bytes.size()));
    MIEN_RETURN_IF_ERROR(outputs.commit());
  }
  if (verb.json) {
    print_as_json(verb, *embeddings, dims);
  } else if (verb.npy.empty()) {
    print_as_table(verb, *embeddings, dims);
  }
  return {};
}

}  // namespace mien::app
