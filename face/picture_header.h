// What a JPEG or PNG file says about its picture before any of it is decoded: for plans, not for trust, since the
// decoder may still refuse the file. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mien {

struct PictureHeader {
  bool jpeg = false;
  int32_t width = 0, height = 0;  // as stored, before it is turned; 0 if the file does not say
  int orientation = 1;            // 1..8 as in EXIF
};

// Whether the `length` bytes of `signature` stand at `offset`.
inline bool starts_with(const uint8_t* data, size_t size, const char* signature, size_t length, size_t offset = 0) {
  return size >= offset + length && std::memcmp(data + offset, signature, length) == 0;
}
bool is_jpeg(const uint8_t* data, size_t size);
bool is_png(const uint8_t* data, size_t size);

// Any bytes at all: what is not found stays as it is above.
PictureHeader read_header(const uint8_t* data, size_t size);

// The orientation in EXIF data, from its TIFF header on: 1 unless the first directory holds an entry that says one of
// 2..8. Nothing else of the data is looked at, and nothing beyond its end.
int exif_orientation(const uint8_t* tiff, size_t size);

}  // namespace mien
