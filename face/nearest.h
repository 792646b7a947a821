// The k best of the scores that a search meets. Not thread-safe; one per thread and probe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace mien {

struct Scored {
  float cosine;
  int64_t row;
};

// The order of matches: total, so that no way to split the rows among threads shows in the result.
inline bool before(const Scored& a, const Scored& b) {
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.row < b.row;
}

class Nearest {
 public:
  // All the memory it will use. REQUIRES: k >= 1.
  explicit Nearest(int64_t k) : k_(static_cast<size_t>(k)) { heap_.reserve(k_); }

  // A score that is not above the floor is none of the k best, as long as rows are added in ascending order: of equal
  // scores the lower row stays. NaN is above nothing.
  float floor() const { return floor_; }
  void add(float cosine, int64_t row) {
    const Scored scored{std::clamp(cosine, -1.0f, 1.0f), row};
    if (heap_.size() == k_) {
      if (!before(scored, heap_.front())) return;  // what was above 1 may be equal now
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.back() = scored;
    } else {
      heap_.push_back(scored);
    }
    std::push_heap(heap_.begin(), heap_.end(), before);
    if (heap_.size() == k_) floor_ = heap_.front().cosine;
  }
  const std::vector<Scored>& found() const { return heap_; }

 private:
  size_t k_;
  float floor_ = -std::numeric_limits<float>::infinity();
  std::vector<Scored> heap_;  // the worst of them at the front
};

}  // namespace mien
