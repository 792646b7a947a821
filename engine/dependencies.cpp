#include "engine/dependencies.h"

#include <algorithm>
#include <climits>

namespace mien {
namespace {

void widen(ItemRange* range, int item) {
  if (range->first == range->last) *range = {item, item};
  range->first = std::min(range->first, item);
  range->last = std::max(range->last, item + 1);
}

}  // namespace

std::vector<ItemRange> dependencies(const Step& before, const Step& step) {
  const auto reads = [&](size_t i) { return step.reads[i] == before.writes; };
  if (!before.per_sample() || !step.per_sample()) {
    for (size_t i = 0; i < step.reads.size(); ++i) {
      if (reads(i)) return {{0, INT_MAX}};
    }
    return {{0, 0}};
  }
  std::vector<ItemRange> ranges(static_cast<size_t>(step.items(1)));
  for (size_t i = 0; i < step.reads.size(); ++i) {
    if (!reads(i)) continue;
    for (int item = 0; item < step.items(1); ++item) {
      const Region needed = step.needed(item, i);
      for (int other = 0; other < before.items(1); ++other) {
        if (before.written(other).meets(needed)) widen(&ranges[static_cast<size_t>(item)], other);
      }
    }
  }
  return ranges;
}

}  // namespace mien
