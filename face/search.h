// The nearest embeddings of a gallery: every row is compared, none is skipped by an index.
// Thread-safety: pure on its arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/threads.h"
#include "face/gallery.h"
#include "kernels/kernels.h"

namespace mien {

struct Match {
  std::string name;
  float cosine = 0;  // of the probe and the stored row, in [-1, 1]
  int64_t row = 0;   // in the gallery
};

struct SearchOptions {
  Parallel parallel;                // default: the caller's thread
  std::optional<kernels::Isa> isa;  // default: the best usable one
};

// For each of the probes, [count][dims of the gallery] of any norm, its k nearest rows (all of them in a gallery that
// has fewer): by falling cosine, and of equal cosines the lower row first. Cosines are computed in float32 with an
// error of at most (dims / 16 + 7) * 2^-24 (and the rounding of the rows, see RowType); neither they nor the order
// depend, in any bit, on count, threads or instruction set. A row that is not finite is never found; a writer of ours
// has none. Error: bad_argument (k or count below 1, a probe of norm 0 or not finite, an instruction set that this CPU
// has not).
Result<std::vector<std::vector<Match>>> top_k(const Gallery& gallery, const float* probes, int count, int k,
                                              const SearchOptions& options = {});

}  // namespace mien
