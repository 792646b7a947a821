// Puts a file in the place of another so that a reader sees the old bytes or the new ones, nothing between.
// Thread-safety: calls for different paths are independent; of two for one path either wins.
#pragma once

#include <cstddef>
#include <string>

#include "engine/status.h"

namespace mien::file {

// Writes a temporary file in the folder of `path`, flushes it to the disk and renames it. A link is followed; what is
// there already must be a regular file. Error: io with the path and the system's reason; the temporary file is gone
// and what was at `path` is as before.
Status replace_file(const std::string& path, const void* data, size_t size);

}  // namespace mien::file
