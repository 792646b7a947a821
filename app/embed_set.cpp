#include "app/embed_set.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "app/console.h"
#include "app/embed_pictures.h"
#include "face/embedder.h"
#include "face/warp.h"

namespace mien::app {
namespace {

constexpr int kBatch = 8;  // pictures that a thread takes at a time

DecodeOptions decode_options() {
  DecodeOptions options;
  options.max_pixels = 16 << 20;
  options.max_bytes = int64_t{64} << 20;
  return options;
}

// All that the threads share. A thread that fails keeps the others from beginning anything new.
class Work {
 public:
  Work(std::shared_ptr<const Model> model, const VerificationSet& set, bool mirrored, std::string label)
      : model_(std::move(model)), set_(set), label_(std::move(label)) {
    flip_ = mirrored ? Flip::concat : Flip::none;
    answer_.dims = static_cast<size_t>(model_->output(0).shape.elements());
    answer_.originals.resize(set.pictures.size() * answer_.dims);
    if (mirrored) answer_.mirrored.resize(answer_.originals.size());
  }

  Result<SetEmbeddings> run(const Parallel& parallel) {
    if (parallel.width > 1) {
      parallel.run(
          parallel.context, parallel.width, [](void* arg, int) { static_cast<Work*>(arg)->work(); }, this);
    } else {
      work();
    }
    if (!failure_.ok()) return failure_;
    return std::move(answer_);
  }

 private:
  void work() {
    SessionOptions options;
    options.max_batch = kBatch;
    Result<std::unique_ptr<Embedder>> embedder = Embedder::create(model_, options, flip_);
    if (!embedder.ok()) return fail(embedder.status());
    while (!failed_) {
      const size_t first = next_.fetch_add(kBatch);
      if (first >= set_.pictures.size()) return;
      const size_t count = std::min<size_t>(kBatch, set_.pictures.size() - first);
      if (const Status status = embed(**embedder, first, count); !status.ok()) return fail(status);
      done_ += count;
      show();
    }
  }

  void fail(const Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_.ok()) failure_ = status;
    failed_ = true;
  }

  void show() {
    const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    const size_t done = done_, all = set_.pictures.size();
    progress_.show(label_ + ": " + std::to_string(done) + " of " + std::to_string(all) + " pictures",
                   static_cast<double>(done) / static_cast<double>(all));
  }

  Status embed(Embedder& embedder, size_t first, size_t count) {
    std::vector<Picture> pictures;
    for (size_t i = first; i < first + count; ++i) {
      Result<Picture> picture = load(i);
      if (!picture.ok()) return picture.status();
      pictures.push_back(std::move(*picture));
    }
    std::vector<float> embeddings(count * static_cast<size_t>(embedder.dims()));
    size_t at_fault = 0;
    const Status status = embed_batch(embedder, pictures, embeddings.data(), &at_fault);
    if (!status.ok()) return at_fault < count ? at(first + at_fault, status) : status;
    for (size_t i = 0; i < count; ++i) keep(first + i, embeddings.data() + i * static_cast<size_t>(embedder.dims()));
    return {};
  }

  // A picture's embedding and, behind it, its mirror image's.
  void keep(size_t picture, const float* pair) {
    const size_t at = picture * answer_.dims;
    std::copy_n(pair, answer_.dims, answer_.originals.data() + at);
    if (flip_ == Flip::concat) std::copy_n(pair + answer_.dims, answer_.dims, answer_.mirrored.data() + at);
  }

  Result<Picture> load(size_t i) const {
    const EncodedPicture& encoded = set_.pictures[i];
    Result<Picture> picture = encoded.data != nullptr ? decode_picture(encoded.data, encoded.size, decode_options())
                                                      : load_picture(encoded.path, decode_options());
    if (!picture.ok()) return at(i, picture.status());
    const InputRecord& record = model_->package().input;
    return fitted_to(std::move(*picture), record.width, std::min(record.width, record.height));
  }

  Status at(size_t picture, const Status& status) const {
    const std::string& path = set_.pictures[picture].path;
    if (!path.empty())
      return {status.code(), status.message().rfind(path, 0) == 0 ? status.message() : path + ": " + status.message()};
    size_t pair = 0;
    while (pair < set_.pairs.size() && set_.pairs[pair].a != picture && set_.pairs[pair].b != picture) ++pair;
    return {status.code(), set_.name + ": a picture of pair " + std::to_string(pair) + ": " + status.message()};
  }

  const std::shared_ptr<const Model> model_;
  const VerificationSet& set_;
  const std::string label_;
  Flip flip_ = Flip::none;
  SetEmbeddings answer_;
  std::atomic<size_t> next_{0}, done_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards failure_ and progress_
  Status failure_;
  Progress progress_;
};

}  // namespace

Picture fitted_to(Picture picture, int32_t width, int32_t side) {
  if (picture.width == width || picture.width < 1 || picture.height < 1) return picture;
  const int64_t shorter = std::min(picture.width, picture.height);
  const auto scaled = [&](int64_t length) {
    return static_cast<int32_t>(std::min<int64_t>(length * side / shorter, 16 * int64_t{side}));
  };
  return resize(picture, scaled(picture.width), scaled(picture.height));
}

Result<SetEmbeddings> embed_set(const std::shared_ptr<const Model>& model, const VerificationSet& set,
                                const Parallel& parallel, bool mirrored, const std::string& label) {
  // Before the threads begin, so that a model of another kind is told once.
  if (const auto checked = Embedder::create(model, {}); !checked.ok()) return checked.status();
  return Work(model, set, mirrored, label).run(parallel);
}

}  // namespace mien::app
