// The pictures of a benchmark to embeddings, on all threads. Not thread-safe: one call at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/run_options.h"
#include "converters/verification/verification_set.h"
#include "engine/model.h"
#include "face/picture.h"

namespace mien::app {

struct SetEmbeddings {
  size_t dims = 0;
  std::vector<float> originals, mirrored;  // [pictures][dims]; mirrored is empty unless asked for
};

// Decodes, resizes where the size is another, mirrors and embeds. Each thread takes some pictures at a time and does
// all of that with a session of its own, so that no core waits for another one's decoder. `label` names the work in
// the progress bar. Results do not depend on the threads. Errors name the picture: by its path, or by its pair.
Result<SetEmbeddings> embed_set(const std::shared_ptr<const Model>& model, const VerificationSet& set,
                                const Parallel& parallel, bool mirrored, const std::string& label);

// The picture with its shorter side `side`, bilinearly; as it is if its width is `width`.
Picture fitted_to(Picture picture, int32_t width, int32_t side);

}  // namespace mien::app
