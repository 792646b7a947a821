// Picture files to embeddings, for embed, compare and demo. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "app/run_options.h"
#include "face/embedder.h"

namespace mien::app {

// Error bad_argument that says how to go on: photographs need a detector.
Status require_aligned(bool aligned);

// Returns [paths][dims], as the model gives them. Errors start with the path of the picture at fault.
Result<std::vector<float>> embed_files(Embedder& embedder, const std::vector<std::string>& paths);

Result<std::unique_ptr<Embedder>> make_embedder(const std::string& model, const RunOptions& options, int batch);

}  // namespace mien::app
