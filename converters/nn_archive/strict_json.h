// JSON from a file that may be hostile, as a document that is safe to walk. Thread-safety: free function.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/status.h"

namespace mien::nn_archive {

// The document of at most 1 MiB of text; nested at most 64 deep, and no object has a key twice: then another reader
// might see another file. Nothing is thrown but std::bad_alloc. Error: corrupt with the byte; unsupported above 1 MiB.
Result<nlohmann::json> parse_strictly(const uint8_t* data, size_t size);

}  // namespace mien::nn_archive
