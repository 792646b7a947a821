// Element types of weight files, and their bytes as float32. Thread-safety: free functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/status.h"

namespace mien {

enum class ElementType : uint8_t {
  float16,
  bfloat16,
  float32,
  float64,
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
};

inline bool is_floating(ElementType type) {
  return type <= ElementType::float64;
}
int64_t bytes_of(ElementType type);
const char* name_of(ElementType type);  // "float32", "bool", ...

// Row-major strides, in elements. REQUIRES: shape.elements() >= 0.
std::vector<int64_t> dense_strides(const Shape& shape);

// The elements of a tensor as float32, row-major; denormal results become 0 and are counted in *denormals.
// Element (i, j, ...) lies at first[(i * strides[0] + j * strides[1] + ...) * bytes_of(type)], little-endian, at any
// address. Error unsupported: a float64 whose magnitude float32 does not reach.
// REQUIRES: is_floating(type); strides.size() == shape.rank; all elements in memory; shape.elements() >= 0.
Result<std::vector<float>> widen(ElementType type, const uint8_t* first, const Shape& shape,
                                 const std::vector<int64_t>& strides, int64_t* denormals);

}  // namespace mien
