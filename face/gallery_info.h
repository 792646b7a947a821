// What all rows of a gallery have in common. Plain data; no thread-safety concerns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// What made an embedding. Embeddings can be compared if hash and flip are the same; the name is for people.
struct ModelIdentity {
  std::string name;
  uint64_t hash = 0;  // of the graph, the weights and how a picture becomes the input
  Flip flip = Flip::none;
};

// Of a .mien file, with the flip that its face record says. Reads its table, graph and records, not its weights, whose
// hash the table has.
Result<ModelIdentity> identity_of(const std::string& model_path);
// The same where the package has been read from that file already: only the table is read again.
Result<ModelIdentity> identity_of(const std::string& model_path, const Package& package);
// The same from its bytes.
Result<ModelIdentity> identity_of(const void* data, size_t size);

enum class RowType : uint32_t {
  float32 = 1,
  // Half the bytes. A cosine differs from that of the unrounded embedding by at most 2^-11 + sqrt(dims) * 2^-25, the
  // rounding of float32 sums not counted.
  float16 = 2,
};

struct GalleryInfo {
  int dims = 0;
  RowType type = RowType::float32;
  ModelIdentity model;
};

inline constexpr int kMaxDims = 4096;
inline constexpr int kMaxName = 1000;  // bytes

}  // namespace mien
