#include "face/picture_header.h"

#include "face/png_chunks.h"

namespace mien {
namespace {

int32_t big_endian16(const uint8_t* p) { return p[0] << 8 | p[1]; }

// Bytes of a TIFF structure in either order. Callers stay within the size.
struct Tiff {
  const uint8_t* data;
  bool little;

  uint32_t u16(size_t at) const {
    const uint32_t a = data[at], b = data[at + 1];
    return little ? a | b << 8 : a << 8 | b;
  }
  uint32_t u32(size_t at) const { return little ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2); }
};

constexpr uint32_t kOrientationTag = 0x0112, kShort = 3, kLong = 4;

// Frame headers: SOF0 to SOF15 without DHT, JPG and DAC, which share the range.
bool is_frame(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Takes what a segment of `length` bytes behind its length field says. An orientation counts once: later EXIF segments
// are those of thumbnails and of careless editors.
void take_segment(uint8_t marker, const uint8_t* segment, size_t length, bool* exif_seen, PictureHeader* header) {
  if (is_frame(marker) && length >= 5) {
    header->height = big_endian16(segment + 1);
    header->width = big_endian16(segment + 3);
  }
  if (marker == 0xE1 && !*exif_seen && starts_with(segment, length, "Exif\0\0", 6)) {
    *exif_seen = true;
    header->orientation = exif_orientation(segment + 6, length - 6);
  }
}

// Walks the segments up to the first scan.
void read_jpeg(const uint8_t* data, size_t size, PictureHeader* header) {
  bool exif_seen = false;
  for (size_t at = 2; size - at >= 4;) {
    if (data[at] != 0xFF) return;
    const uint8_t marker = data[at + 1];
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9 || marker == 0) return;
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {  // markers without a segment
      at += 2;
      continue;
    }
    const auto length = static_cast<size_t>(big_endian16(data + at + 2));
    if (length < 2 || length > size - at - 2) return;
    take_segment(marker, data + at + 4, length - 2, &exif_seen, header);
    at += 2 + length;
  }
}

void read_png(const uint8_t* data, size_t size, PictureHeader* header) {
  bool exif_seen = false;
  PngChunk chunk;
  for (size_t at = kPngSignature; read_png_chunk(data, size, at, &chunk); at = after(chunk)) {
    if (has_type(data, chunk, "IEND")) return;
    if (has_type(data, chunk, "IHDR") && chunk.length >= 8) {
      const uint32_t width = big_endian(data + at + 8), height = big_endian(data + at + 12);
      if (width > INT32_MAX || height > INT32_MAX) return;
      header->width = static_cast<int32_t>(width);
      header->height = static_cast<int32_t>(height);
    }
    if (has_type(data, chunk, "eXIf") && !exif_seen && checksum_holds(data, chunk)) {
      exif_seen = true;
      header->orientation = exif_orientation(data + at + 8, chunk.length);
    }
  }
}

}  // namespace

bool is_jpeg(const uint8_t* data, size_t size) { return starts_with(data, size, "\xFF\xD8\xFF", 3); }
bool is_png(const uint8_t* data, size_t size) { return starts_with(data, size, "\x89PNG\r\n\x1A\n", kPngSignature); }

int exif_orientation(const uint8_t* tiff, size_t size) {
  const bool little = starts_with(tiff, size, "II*\0", 4);
  if (size < 10 || (!little && !starts_with(tiff, size, "MM\0*", 4))) return 1;
  const Tiff bytes{tiff, little};
  size_t at = bytes.u32(4);
  if (at > size - 2) return 1;
  const uint32_t entries = bytes.u16(at);
  at += 2;
  for (uint32_t i = 0; i < entries && size - at >= 12; ++i, at += 12) {
    if (bytes.u16(at) != kOrientationTag) continue;
    const uint32_t type = bytes.u16(at + 2), count = bytes.u32(at + 4);
    if (count != 1 || (type != kShort && type != kLong)) return 1;
    const uint32_t value = type == kShort ? bytes.u16(at + 8) : bytes.u32(at + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

PictureHeader read_header(const uint8_t* data, size_t size) {
  PictureHeader header;
  header.jpeg = is_jpeg(data, size);
  if (header.jpeg) read_jpeg(data, size, &header);
  if (is_png(data, size)) read_png(data, size, &header);
  return header;
}

}  // namespace mien
