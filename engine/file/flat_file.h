// The flat file (.mien): docs/FORMAT.md is its specification. Writing is deterministic to the byte; reading validates
// everything before it believes anything. Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/allocator.h"
#include "engine/records.h"
#include "engine/status.h"

namespace mien {

inline constexpr uint16_t kFormatMajor = 1;
inline constexpr uint16_t kFormatMinor = 2;

// REQUIRES: infer_shapes(package.graph) was ok. Constants not read by any node are not written. Those marked as half
// take two bytes a value; what is no float16 then is an error.
Result<std::vector<uint8_t>> serialize(const Package& package);
// Writes path through a temporary file in the same folder, flushed and renamed: path is either as before or complete.
Status write_file(const Package& package, const std::string& path);

// Puts another face record into the model file at `path`, or none if it says nothing. The rest of the file is read and
// checked first and stays as it is, byte for byte, sections of newer formats included; only the table, the offsets in
// it, the header and, for a file of an older format, its version follow. Replaces the file as write_file does.
// Errors: those of read_file; bad_argument for a record that cannot be stored; io.
Status update_face_record(const std::string& path, const FaceRecord& record);

struct ReadOptions {
  bool check_weights = true;  // hash the weights section too (reads every page of it)
  Allocator allocator{};      // of float16 weights made floats, and of the copy that read_memory may have to make
  // Not null: what a user should know of a file that is good, a line each.
  std::vector<std::string>* warnings = nullptr;
};
// Maps the file read-only; the graph's constants point into the mapping and keep it alive. The graph that comes back
// has passed infer_shapes. Errors: unreadable (no such file, not a .mien file), corrupt (with the byte offset),
// unsupported (a newer format, an unknown critical section).
Result<Package> read_file(const std::string& path, const ReadOptions& options = {});
// The same from memory that the caller keeps alive and unchanged for as long as the package lives.
// data must be 64-byte aligned; if it is not, the bytes are copied.
Result<Package> read_memory(const void* data, size_t size, const ReadOptions& options = {});

}  // namespace mien
