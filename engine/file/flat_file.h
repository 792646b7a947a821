// The flat file (.mien): docs/FORMAT.md is its specification. Writing is deterministic to the byte; reading validates
// everything before it believes anything. Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

inline constexpr uint16_t kFormatMajor = 1;
inline constexpr uint16_t kFormatMinor = 0;

// REQUIRES: infer_shapes(package.graph) was ok. Constants not read by any node are not written.
Result<std::vector<uint8_t>> serialize(const Package& package);
// Writes path through a temporary file in the same folder, flushed and renamed: path is either as before or complete.
Status write_file(const Package& package, const std::string& path);

struct ReadOptions {
  bool check_weights = true;  // hash the weights section too (reads every page of it)
};
// Maps the file read-only; the graph's constants point into the mapping and keep it alive. The graph that comes back
// has passed infer_shapes. Errors: unreadable (no such file, not a .mien file), corrupt (with the byte offset),
// unsupported (a newer format, an unknown critical section).
Result<Package> read_file(const std::string& path, const ReadOptions& options = {});
// The same from memory that the caller keeps alive and unchanged for as long as the package lives.
// data must be 64-byte aligned; if it is not, the bytes are copied.
Result<Package> read_memory(const void* data, size_t size, const ReadOptions& options = {});

}  // namespace mien
