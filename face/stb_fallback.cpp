// The decoders of a build without libpng or libjpeg, through stb_image. stb_image neither checks a PNG's checksums nor
// minds a JPEG that ends too early, so both are checked here before it sees the bytes; damage inside a JPEG's entropy
// coded data stays unnoticed, which is one reason to prefer libjpeg. Alpha is dropped, as in png_libpng.cpp.
#include <algorithm>
#include <climits>
#include <memory>

#include "face/decoders.h"
#include "face/picture_header.h"
#include "face/png_chunks.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ONLY_PNG
#ifdef MIEN_STB_JPEG
#define STBI_ONLY_JPEG
#endif
#include <stb/stb_image.h>

namespace mien {
namespace {

[[maybe_unused]] Result<Picture> decode(const uint8_t* data, size_t size, const DecodeOptions& options,
                                        const char* format) {
  const auto corrupt = [&](const char* what) { return Status(Code::corrupt, std::string(format) + ": " + what); };
  // stb_image calls a picture that it takes for too large one of an unknown type.
  const PictureHeader header = read_header(data, size);
  if (header.width > 0) MIEN_RETURN_IF_ERROR(check_dimensions(header.width, header.height, options));
  int width = 0, height = 0, channels = 0;
  if (size > INT_MAX) return corrupt("too large");
  const int length = static_cast<int>(size);
  if (stbi_info_from_memory(data, length, &width, &height, &channels) == 0) return corrupt(stbi_failure_reason());
  MIEN_RETURN_IF_ERROR(check_dimensions(width, height, options));
  std::unique_ptr<stbi_uc, void (*)(void*)> pixels(stbi_load_from_memory(data, length, &width, &height, &channels, 3),
                                                   stbi_image_free);
  if (!pixels) return corrupt(stbi_failure_reason());
  Picture picture;
  picture.width = width;
  picture.height = height;
  picture.rgb.assign(pixels.get(), pixels.get() + size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  return picture;
}

#ifdef MIEN_STB_PNG

// Walks the chunks up to IEND. As libpng does it, a chunk that the picture can do without may be damaged.
Status check_chunks(const uint8_t* data, size_t size) {
  PngChunk chunk;
  for (size_t at = kPngSignature;; at = after(chunk)) {
    const auto corrupt = [&](const char* what) {
      return Status(Code::corrupt, std::string("PNG: ") + what + " (chunk at byte " + std::to_string(at) + ")");
    };
    if (!read_png_chunk(data, size, at, &chunk)) return corrupt("the file ends too early");
    const bool needed = (data[at + 4] & 0x20) == 0;  // the type's first letter is a capital
    if (needed && !checksum_holds(data, chunk)) return corrupt("wrong checksum");
    if (has_type(data, chunk, "IEND")) return {};
  }
}

#endif

}  // namespace

#ifdef MIEN_STB_PNG

Result<Picture> decode_png(const uint8_t* data, size_t size, const DecodeOptions& options) {
  MIEN_RETURN_IF_ERROR(check_chunks(data, size));
  return decode(data, size, options, "PNG");
}

std::string png_decoder() { return "stb_image " MIEN_STB_VERSION; }

#endif

#ifdef MIEN_STB_JPEG

Result<Picture> decode_jpeg(const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part) {
  constexpr uint8_t kEnd[] = {0xFF, 0xD9};
  if (std::search(data, data + size, kEnd, kEnd + 2) == data + size)
    return Status(Code::corrupt, "JPEG: no end of image marker: the file ends too early");
  // Every 8 x 8 pixels take a bit at least. stb_image would make them up, for seconds.
  const PictureHeader header = read_header(data, size);
  if (int64_t{header.width} * header.height / 64 > 8 * static_cast<int64_t>(size))
    return Status(Code::corrupt, "JPEG: " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                                     " pixels in " + std::to_string(size) + " bytes: the file ends too early");
  Result<Picture> picture = decode(data, size, options, "JPEG");
  return picture.ok() && part != nullptr ? cut(*picture, *part) : std::move(picture);
}

bool jpeg_reduces() { return false; }

std::string jpeg_decoder() { return "stb_image " MIEN_STB_VERSION; }

#endif

}  // namespace mien
