#include "codegen/memory.h"

#include <algorithm>
#include <cstring>

#include "engine/aligned.h"

namespace mien::codegen {

std::string Memory::name_of(int space) const {
  if (space == kWeights) return "weights";
  if (space == kArena) return "arena";
  if (space < output(0)) return "in[" + std::to_string(space - kFirstInput) + "]";
  return "out[" + std::to_string(space - output(0)) + "]";
}

void Memory::map(const float* begin, int64_t floats, int space) {
  areas_[begin] = {floats, {space, 0}};
}

void Memory::map_weights(const float* begin, int64_t floats) {
  if (floats == 0 || areas_.count(begin) != 0) return;
  areas_[begin] = {floats, {kWeights, weight_floats_}};
  weights_.push_back({begin, floats, weight_floats_});
  weight_floats_ += round_up(floats, kAlignFloats);
}

Place Memory::number(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const float& kept = numbers_.emplace(bits, value).first->second;
  map_weights(&kept, 1);
  return place(&kept);
}

int64_t Memory::integers(const int32_t* values, int64_t n) {
  auto at = std::search(integers_.begin(), integers_.end(), values, values + n);
  if (at == integers_.end()) at = integers_.insert(at, values, values + n);
  return at - integers_.begin();
}

const std::pair<const float* const, Memory::Area>* Memory::area_of(const float* p) const {
  const auto next = areas_.upper_bound(p);
  if (next == areas_.begin()) return nullptr;
  const auto& area = *std::prev(next);
  return p <= area.first + area.second.floats ? &area : nullptr;
}

Place Memory::place(const float* p) const {
  return place_near(p, p);
}

Place Memory::place_near(const float* p, const float* inside) const {
  const auto* area = area_of(inside);
  if (area == nullptr) return {};
  // As integers: p may be far from the array.
  const intptr_t bytes = reinterpret_cast<intptr_t>(p) - reinterpret_cast<intptr_t>(area->first);
  return {area->second.place.space, area->second.place.offset + bytes / static_cast<intptr_t>(sizeof(float))};
}

}  // namespace mien::codegen
