// Memory for activations, used again once a value is dead: an executor's whole run then stays in as small a part of
// the caches as its engine's own planner would have it. Not thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "engine/aligned.h"

namespace mien::peers {

// Floats of a Pool; they go back to it with the last copy of this pointer.
using Floats = std::shared_ptr<float>;

// Outlives what it hands out. Meant for planning: all addresses are handed out, and back, before the first run.
class Pool {
 public:
  explicit Pool(int64_t slack = 0) : slack_(slack) {}  // floats that a library may read past the end

  Floats take(int64_t floats) {
    size_t best = all_.size();
    for (size_t i = 0; i < all_.size(); ++i) {
      if (!all_[i].free || all_[i].memory.size() < floats + slack_) continue;
      if (best == all_.size() || all_[i].memory.size() < all_[best].memory.size()) best = i;
    }
    if (best == all_.size()) all_.push_back({AlignedFloats(floats + slack_), true});
    all_[best].free = false;
    return Floats(all_[best].memory.data(), [this, best](float*) { all_[best].free = true; });
  }

 private:
  struct Piece {
    AlignedFloats memory;
    bool free;
  };
  int64_t slack_;
  std::vector<Piece> all_;
};

}  // namespace mien::peers
