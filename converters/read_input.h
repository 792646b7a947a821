// Reads a whole source file. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"

namespace mien {

// Error unreadable: no such file, not a regular file, empty, 4 GiB or more, a read that fails.
Result<std::vector<uint8_t>> read_input(const std::string& path);
std::string folder_of(const std::string& path);     // "." for a bare name
std::string base_name_of(const std::string& path);  // without the folder

}  // namespace mien
