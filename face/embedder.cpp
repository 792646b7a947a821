#include "face/embedder.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "face/match.h"
#include "face/mirror.h"

namespace mien {
namespace {

Status check(const Model& model) {
  if (model.inputs() != 1 || !model.package().output.embedding)
    return {Code::bad_argument, "the model is not one that turns a picture into an embedding"};
  const int64_t dims = model.output(0).shape.elements();
  if (dims < 1 || dims > (1 << 20)) return {Code::bad_argument, "an embedding of " + std::to_string(dims) + " numbers"};
  const InputRecord& record = model.package().input;
  const int64_t pixels = int64_t{record.height} * record.width * record.channels;
  if (pixels != model.input(0).shape.elements())
    return {Code::corrupt, "the input record does not fit the input " + model.input(0).shape.text()};
  return {};
}

Status check_norms(const float* vectors, int count, int dims) {
  for (int i = 0; i < count; ++i) {
    const double length = norm(vectors + ptrdiff_t{i} * dims, static_cast<size_t>(dims));
    if (!(length > 0) || !std::isfinite(length))
      return {Code::check_failed, "the embedding has norm " + std::to_string(length)};
  }
  return {};
}

constexpr int kMaxBatch = 4096;  // of a session

}  // namespace

Result<std::unique_ptr<Embedder>> Embedder::create(std::shared_ptr<const Model> model, const SessionOptions& options,
                                                   std::optional<Flip> flip) {
  MIEN_RETURN_IF_ERROR(check(*model));
  std::unique_ptr<Embedder> embedder(new Embedder);
  Embedder& e = *embedder;
  e.flip_ = flip.value_or(model->package().face.flip);
  e.model_dims_ = static_cast<int>(model->output(0).shape.elements());
  e.max_batch_ = options.max_batch;
  SessionOptions inner = options;
  if (options.max_batch >= 1 && options.max_batch <= kMaxBatch)
    inner.max_batch = std::min(options.max_batch, kMaxBatch / e.views()) * e.views();
  Result<std::unique_ptr<Session>> session = Session::create(model, inner);
  if (!session.ok()) return session.status();
  e.session_ = std::move(*session);
  e.run_ = inner.max_batch / e.views();
  const auto batch = static_cast<size_t>(inner.max_batch);
  e.input_.resize(batch * static_cast<size_t>(model->input(0).shape.elements()));
  if (e.flip_ == Flip::sum) e.halves_.resize(batch * static_cast<size_t>(e.model_dims_));
  for (int i = 1; i < model->outputs(); ++i)
    e.outputs_.emplace_back(batch * static_cast<size_t>(model->output(i).shape.elements()));
  return embedder;
}

Status Embedder::embed(const Picture* const* pictures, int count, float* embeddings) {
  if (count < 1) return {Code::bad_argument, std::to_string(count) + " pictures"};
  for (int done = 0; done < count; done += run_)
    MIEN_RETURN_IF_ERROR(
        embed_run(pictures + done, std::min(run_, count - done), embeddings + ptrdiff_t{done} * dims()));
  return {};
}

Status Embedder::embed_each(int count, const MakeCrop& crop, float* embeddings) {
  if (count < 1) return {Code::bad_argument, std::to_string(count) + " pictures"};
  crops_.resize(static_cast<size_t>(std::min(count, run_)));
  std::vector<const Picture*> pointers;
  for (const Picture& one : crops_) pointers.push_back(&one);
  for (int done = 0; done < count; done += run_) {
    const int now = std::min(run_, count - done);
    for (int i = 0; i < now; ++i) MIEN_RETURN_IF_ERROR(crop(done + i, &crops_[static_cast<size_t>(i)]));
    MIEN_RETURN_IF_ERROR(embed_run(pointers.data(), now, embeddings + ptrdiff_t{done} * dims()));
  }
  return {};
}

// Every picture, with its mirror image right behind it where there is a flip.
Status Embedder::fill(const Picture* const* pictures, int count) {
  const Model& model = session_->model();
  const InputRecord& record = model.package().input;
  const auto sample = static_cast<size_t>(model.input(0).shape.elements());
  float* input = input_.data();
  for (int i = 0; i < count; ++i) {
    MIEN_RETURN_IF_ERROR(fill_input(*pictures[i], record, input));
    if (flip_ != Flip::none) mirror_input(input, record, input + sample);
    input += sample * static_cast<size_t>(views());
  }
  return {};
}

Status Embedder::embed_run(const Picture* const* pictures, int count, float* embeddings) {
  MIEN_RETURN_IF_ERROR(fill(pictures, count));
  // A vector and its mirror image's stand one behind the other, as Flip::concat wants them.
  float* vectors = flip_ == Flip::sum ? halves_.data() : embeddings;
  const float* input = input_.data();
  std::vector<float*> outputs{vectors};
  for (std::vector<float>& output : outputs_) outputs.push_back(output.data());
  MIEN_RETURN_IF_ERROR(session_->run(count * views(), &input, outputs.data()));
  MIEN_RETURN_IF_ERROR(check_norms(vectors, count * views(), model_dims_));
  if (flip_ != Flip::sum) return {};
  for (int i = 0; i < count; ++i) {
    const float* of_crop = vectors + ptrdiff_t{2} * i * model_dims_;
    std::transform(of_crop, of_crop + model_dims_, of_crop + model_dims_, embeddings + ptrdiff_t{i} * model_dims_,
                   std::plus<float>());
  }
  return check_norms(embeddings, count, model_dims_);
}

}  // namespace mien
