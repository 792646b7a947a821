// From aligned crops to embeddings: the pre-processing of the model's record and a Session. Not thread-safe: one
// Embedder per thread of the caller; the Model is shared.
#pragma once

#include <memory>
#include <vector>

#include "engine/model.h"
#include "face/picture.h"

namespace mien {

class Embedder {
 public:
  // Error (bad_argument): the model does not turn one picture into one vector.
  static Result<std::unique_ptr<Embedder>> create(std::shared_ptr<const Model> model,
                                                  const SessionOptions& options = {});

  int dims() const { return dims_; }
  int max_batch() const { return max_batch_; }
  Session& session() { return *session_; }

  // pictures: `count` of them, 1 <= count <= max_batch, each a crop of the size of the model's record.
  // embeddings: [count][dims], as the model gives them (not scaled to norm 1). Error check_failed if one of them has
  // norm 0 or is not finite, which no face has.
  Status embed(const Picture* const* pictures, int count, float* embeddings);

 private:
  Embedder() = default;

  std::unique_ptr<Session> session_;
  int dims_ = 0, max_batch_ = 1;
  std::vector<float> input_;
  std::vector<std::vector<float>> outputs_;  // of the outputs past the first
};

}  // namespace mien
