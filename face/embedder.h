// From crops to embeddings: the pre-processing of the model's record, a Session, and what the mirrored crop is for. Not
// thread-safe: one Embedder per thread of the caller; the Model is shared.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model.h"
#include "face/picture.h"

namespace mien {

class Embedder {
 public:
  // flip: by default what the model's face record says. options.max_batch counts pictures; with a flip the session
  // takes twice as many, up to its limit.
  // Error (bad_argument): the model does not turn one picture into one vector.
  static Result<std::unique_ptr<Embedder>> create(std::shared_ptr<const Model> model,
                                                  const SessionOptions& options = {}, std::optional<Flip> flip = {});

  Flip flip() const { return flip_; }
  int dims() const { return flip_ == Flip::concat ? 2 * model_dims_ : model_dims_; }  // of what embed() gives
  int max_batch() const { return max_batch_; }
  Session& session() { return *session_; }

  // pictures: `count` >= 1 of them, each a crop of the size of the model's record; they run max_batch at a time.
  // embeddings: [count][dims]. With e the model's vector of the crop and m that of its mirror image, both as the model
  // gives them (not scaled to norm 1): e; e + m for Flip::sum; e and behind it m for Flip::concat. A crop and its
  // mirror image run in one batch. Error check_failed if one of these vectors has norm 0 or is not finite, which no
  // face has.
  Status embed(const Picture* const* pictures, int count, float* embeddings);
  // The same for pictures that are only there while they run: crop(i, &picture) makes number i, in their order. Its
  // errors are passed on.
  using MakeCrop = std::function<Status(int i, Picture* crop)>;
  Status embed_each(int count, const MakeCrop& crop, float* embeddings);

 private:
  Embedder() = default;
  int views() const { return flip_ == Flip::none ? 1 : 2; }
  Status fill(const Picture* const* pictures, int count);
  Status embed_run(const Picture* const* pictures, int count, float* embeddings);

  std::unique_ptr<Session> session_;
  Flip flip_ = Flip::none;
  int model_dims_ = 0, max_batch_ = 1;
  int run_ = 1;  // pictures of one run of the session
  std::vector<Picture> crops_;  // of embed_each, a run
  std::vector<float> input_;
  std::vector<float> halves_;                // of Flip::sum: [2 * run][model_dims]
  std::vector<std::vector<float>> outputs_;  // of the outputs past the first
};

}  // namespace mien
