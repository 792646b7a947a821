// NumPy's .npy files, strictly: versions 1 and 2, C order, little-endian float32 ("<f4") and uint8 ("|u1").
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
// Thread-safety: free functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::app {

struct NpyArray {
  enum class Type { f32, u8 };
  Type type = Type::f32;
  std::vector<int64_t> shape;  // every dimension >= 1
  std::vector<float> f32;      // the elements, in the one of the two that the type names
  std::vector<uint8_t> u8;
};

// Errors: unreadable (not such a file, or a form that is not read), corrupt (with the byte offset). The size of the
// data must be exactly what the header says.
Result<NpyArray> parse_npy(const uint8_t* data, size_t size);
Result<NpyArray> read_npy(const std::string& path);  // errors start with the path

// A version 1 file of float32. REQUIRES: data holds the product of shape's elements; at most 32 dimensions.
std::vector<uint8_t> npy_bytes(const std::vector<int64_t>& shape, const float* data);

}  // namespace mien::app
