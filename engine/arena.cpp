#include "engine/arena.h"

#include <algorithm>
#include <numeric>

namespace mien {

ArenaLayout lay_out(const std::vector<Lifetime>& tensors) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return tensors[a].floats > tensors[b].floats; });
  ArenaLayout layout;
  layout.offsets.resize(tensors.size());
  std::vector<size_t> placed;  // by offset
  for (size_t index : order) {
    const Lifetime& tensor = tensors[index];
    int64_t& offset = layout.offsets[index];
    for (size_t other : placed) {
      if (tensors[other].last < tensor.first || tensor.last < tensors[other].first) continue;
      if (offset + tensor.floats <= layout.offsets[other]) break;
      offset = std::max(offset, layout.offsets[other] + tensors[other].floats);
    }
    const auto after = std::upper_bound(placed.begin(), placed.end(), offset,
                                        [&](int64_t at, size_t other) { return at < layout.offsets[other]; });
    placed.insert(after, index);
    layout.floats = std::max(layout.floats, offset + tensor.floats);
  }
  return layout;
}

}  // namespace mien
