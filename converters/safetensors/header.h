// The header of a safetensors file. Thread-safety: free function without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien::safetensors {

struct Entry {
  std::string name, type;       // "F32"
  std::vector<int64_t> shape;   // not negative
  uint64_t begin = 0, end = 0;  // in the data; not compared with anything yet
};

// Reads the JSON text, whose first byte lies at `offset` of the file. Every member is of the kind that the format says
// and appears once; __metadata__ is checked and dropped. In the file's order. Error: corrupt "at byte N: what".
Result<std::vector<Entry>> read_header(const char* text, size_t size, uint64_t offset);

}  // namespace mien::safetensors
