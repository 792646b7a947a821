#include "face/png_chunks.h"

#include <cstring>

namespace mien {
namespace {

// CRC-32 of ISO 3309, bit by bit: half a byte per nanosecond is enough for a fallback and for EXIF data.
uint32_t crc32(const uint8_t* data, size_t size) {
  uint32_t crc = ~uint32_t{0};
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (~(crc & 1) + 1));
  }
  return ~crc;
}

}  // namespace

uint32_t big_endian(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}

bool read_png_chunk(const uint8_t* data, size_t size, size_t at, PngChunk* chunk) {
  if (at > size || size - at < 12) return false;
  const size_t length = big_endian(data + at);
  if (length > size - at - 12) return false;
  *chunk = {at, length};
  return true;
}

bool has_type(const uint8_t* data, const PngChunk& chunk, const char* four_letters) {
  return std::memcmp(data + chunk.at + 4, four_letters, 4) == 0;
}

bool checksum_holds(const uint8_t* data, const PngChunk& chunk) {
  return crc32(data + chunk.at + 4, chunk.length + 4) == big_endian(data + chunk.at + 8 + chunk.length);
}

}  // namespace mien
