// A package in bytes: what flat_file.h's reading functions share, and what the writer proves its own output with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/file/container.h"
#include "engine/file/flat_file.h"

namespace mien::file {

// Reads a whole file in memory; any alignment. The constants point into data and own nothing; if data is not 64-byte
// aligned they are not aligned either and must be moved before they are used as floats.
Result<Package> parse_package(const uint8_t* data, size_t size, const ReadOptions& options);

// What must hold between the parts of a package beyond infer_shapes(package.graph), which must have been ok: value
// names are unique, nothing is stored that the graph does not use, the records fit the graph. Error: corrupt.
Status check_package(const Package& package);

// How the value's data are written: f16 for a constant that is marked as half.
inline Stored stored(const Value& value) {
  if (!value.is_constant()) return Stored::nothing;
  return value.constant.half ? Stored::f16 : Stored::f32;
}
bool has_halves(const Graph& graph);
// REQUIRES: the value has at most 2^40 elements.
inline uint64_t stored_bytes(Stored how, int64_t elements) {
  const uint64_t each = how == Stored::f32 ? sizeof(float) : how == Stored::f16 ? sizeof(uint16_t) : 0;
  return static_cast<uint64_t>(elements) * each;
}

// The face section. REQUIRES: the record is not the default one, which has no section.
Part encoded_face(const FaceRecord& record);

}  // namespace mien::file
