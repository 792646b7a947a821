// A whole file into memory. Thread-safety: free function without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien {

// Errors (unreadable) start with the path. A file of more than max_bytes is refused without being read.
Result<std::vector<uint8_t>> read_bytes(const std::string& path, int64_t max_bytes);

}  // namespace mien
