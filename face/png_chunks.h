// The chunks of a PNG file, for what its decoders do not tell. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mien {

// Where a chunk lies: its four letters at data + at + 4, its `length` bytes from data + at + 8 on.
struct PngChunk {
  size_t at = 0, length = 0;
};

// The chunk that starts at byte `at`; false if the file ends within it.
bool read_png_chunk(const uint8_t* data, size_t size, size_t at, PngChunk* chunk);
bool has_type(const uint8_t* data, const PngChunk& chunk, const char* four_letters);
bool checksum_holds(const uint8_t* data, const PngChunk& chunk);

inline size_t after(const PngChunk& chunk) { return chunk.at + 12 + chunk.length; }
inline constexpr size_t kPngSignature = 8;  // bytes before the first chunk

uint32_t big_endian(const uint8_t* p);

}  // namespace mien
