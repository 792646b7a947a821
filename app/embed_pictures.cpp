#include "app/embed_pictures.h"

#include <algorithm>

#include "app/console.h"
#include "app/files.h"

namespace mien::app {
namespace {

// Embeds `count` loaded pictures. When a batch fails, embeds them one by one to name the picture at fault.
Status embed_batch(Embedder& embedder, const std::vector<Picture>& pictures, const std::string* paths, float* out) {
  std::vector<const Picture*> pointers;
  for (const Picture& picture : pictures) pointers.push_back(&picture);
  const Status status = embedder.embed(pointers.data(), static_cast<int>(pictures.size()), out);
  if (status.ok()) return status;
  for (size_t i = 0; i < pictures.size(); ++i)
    if (Status one = embedder.embed(&pointers[i], 1, out); !one.ok()) return named(paths[i], one);
  return status;
}

}  // namespace

Status require_aligned(bool aligned) {
  if (aligned) return {};
  return {Code::bad_argument,
          "there is no face detector yet: give crops aligned to the model's size (112x112 for most) and --aligned"};
}

Result<std::vector<float>> embed_files(Embedder& embedder, const std::vector<std::string>& paths) {
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
    MIEN_RETURN_IF_ERROR(embed_batch(embedder, pictures, &paths[done], embeddings.data() + done * dims));
  }
  return embeddings;
}

Result<std::unique_ptr<Embedder>> make_embedder(const std::string& model, const RunOptions& options, int batch) {
  Result<Parallel> parallel = parallel_of(options);
  if (!parallel.ok()) return parallel.status();
  Result<std::shared_ptr<const Model>> loaded = load_model(model, options);
  if (!loaded.ok()) return loaded.status();
  SessionOptions session_options;
  session_options.max_batch = batch;
  session_options.parallel = *parallel;
  Result<std::unique_ptr<Embedder>> embedder = Embedder::create(*loaded, session_options);
  return embedder.ok() ? std::move(embedder) : named(model, embedder.status());
}

}  // namespace mien::app
