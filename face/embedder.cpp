#include "face/embedder.h"

#include <cmath>

#include "face/match.h"

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

}  // namespace

Result<std::unique_ptr<Embedder>> Embedder::create(std::shared_ptr<const Model> model, const SessionOptions& options) {
  MIEN_RETURN_IF_ERROR(check(*model));
  Result<std::unique_ptr<Session>> session = Session::create(model, options);
  if (!session.ok()) return session.status();
  std::unique_ptr<Embedder> embedder(new Embedder);
  const auto batch = static_cast<size_t>(options.max_batch);
  embedder->session_ = std::move(*session);
  embedder->dims_ = static_cast<int>(model->output(0).shape.elements());
  embedder->max_batch_ = options.max_batch;
  embedder->input_.resize(batch * static_cast<size_t>(model->input(0).shape.elements()));
  for (int i = 1; i < model->outputs(); ++i)
    embedder->outputs_.emplace_back(batch * static_cast<size_t>(model->output(i).shape.elements()));
  return embedder;
}

Status Embedder::embed(const Picture* const* pictures, int count, float* embeddings) {
  if (count < 1 || count > max_batch_) return {Code::bad_argument, "a batch of " + std::to_string(count) + " pictures"};
  const Model& model = session_->model();
  const auto sample = static_cast<size_t>(model.input(0).shape.elements());
  for (int i = 0; i < count; ++i)
    MIEN_RETURN_IF_ERROR(
        fill_input(*pictures[i], model.package().input, input_.data() + static_cast<size_t>(i) * sample));

  const float* input = input_.data();
  std::vector<float*> outputs{embeddings};
  for (std::vector<float>& output : outputs_) outputs.push_back(output.data());
  MIEN_RETURN_IF_ERROR(session_->run(count, &input, outputs.data()));

  for (int i = 0; i < count; ++i) {
    const double length = norm(embeddings + ptrdiff_t{i} * dims_, static_cast<size_t>(dims_));
    if (!(length > 0) || !std::isfinite(length))
      return {Code::check_failed, "the embedding has norm " + std::to_string(length)};
  }
  return {};
}

}  // namespace mien
