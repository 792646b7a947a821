#include "engine/arena.h"

#include <algorithm>
#include <numeric>

namespace mien {

int64_t lay_out(std::vector<Lifetime>& tensors) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return tensors[a].floats > tensors[b].floats; });
  int64_t total = 0;
  std::vector<const Lifetime*> placed;  // by offset
  for (size_t index : order) {
    Lifetime& tensor = tensors[index];
    tensor.offset = 0;
    for (const Lifetime* other : placed) {
      if (other->last < tensor.first || tensor.last < other->first) continue;
      if (tensor.offset + tensor.floats <= other->offset) break;
      tensor.offset = std::max(tensor.offset, other->offset + other->floats);
    }
    const auto after = std::upper_bound(placed.begin(), placed.end(), tensor.offset,
                                        [](int64_t offset, const Lifetime* t) { return offset < t->offset; });
    placed.insert(after, &tensor);
    total = std::max(total, tensor.offset + tensor.floats);
  }
  return total;
}

}  // namespace mien
