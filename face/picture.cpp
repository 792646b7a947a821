#include "face/picture.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/normalize.h"
#include "face/decoders.h"
#include "face/orient.h"
#include "face/picture_header.h"
#include "face/read_bytes.h"

namespace mien {
namespace {

// What the bytes are, if they are a picture in a format that is not decoded here.
const char* foreign_format(const uint8_t* data, size_t size) {
  if (starts_with(data, size, "GIF8", 4)) return "a GIF picture";
  if (starts_with(data, size, "BM", 2)) return "a BMP picture";
  if (starts_with(data, size, "RIFF", 4) && starts_with(data, size, "WEBP", 4, 8)) return "a WebP picture";
  if (starts_with(data, size, "ftyp", 4, 4)) return "a HEIF or AVIF picture or a video";
  if (starts_with(data, size, "II*\0", 4) || starts_with(data, size, "MM\0*", 4)) return "a TIFF picture";
  return nullptr;
}

std::string size_text(int64_t width, int64_t height) { return std::to_string(width) + "x" + std::to_string(height); }

Result<Picture> decode(const uint8_t* data, size_t size, const DecodeOptions& options) {
  if (size == 0) return Status(Code::unreadable, "the file is empty");
  if (static_cast<int64_t>(size) > options.max_bytes)
    return Status(Code::unreadable, "larger than the limit of " + std::to_string(options.max_bytes) + " bytes");
  const int reduction = options.reduction;
  if (reduction != 1 && reduction != 2 && reduction != 4 && reduction != 8)
    return Status(Code::bad_argument, "a reduction by " + std::to_string(reduction) + ": 1, 2, 4 and 8 can be had");
  if (is_jpeg(data, size)) return decode_jpeg(data, size, options);
  if (is_png(data, size)) return decode_png(data, size, options);
  const char* foreign = foreign_format(data, size);
  return Status(Code::unreadable, foreign != nullptr ? std::string(foreign) + ": only JPEG and PNG are decoded"
                                                     : std::string("neither a JPEG nor a PNG picture"));
}

}  // namespace

Status check_dimensions(int64_t width, int64_t height, const DecodeOptions& options) {
  if (width < 1 || height < 1) return {Code::corrupt, "a picture of " + size_text(width, height) + " pixels"};
  const bool too_many = width > options.max_pixels || height > options.max_pixels / width;
  if (too_many || width * height > options.max_bytes / 3)
    return {Code::unreadable, "a picture of " + size_text(width, height) + " pixels is larger than the limit of " +
                                  std::to_string(std::min(options.max_pixels, options.max_bytes / 3)) + " pixels"};
  return {};
}

Result<Picture> decode_picture(const uint8_t* data, size_t size, const DecodeOptions& options) {
  try {
    Result<Picture> picture = decode(data, size, options);
    if (!picture.ok() || !options.orient) return picture;
    return oriented(std::move(*picture), read_header(data, size).orientation);
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to decode the picture");
  }
}

Result<Picture> load_picture(const std::string& path, const DecodeOptions& options) {
  Result<std::vector<uint8_t>> bytes = read_bytes(path, options.max_bytes);
  if (!bytes.ok()) return bytes.status();
  Result<Picture> picture = decode_picture(bytes->data(), bytes->size(), options);
  if (!picture.ok()) return Status(picture.status().code(), path + ": " + picture.status().message());
  return picture;
}

Status fill_input(const Picture& picture, const InputRecord& record, float* input) {
  if (!record.known)
    return {Code::bad_argument,
            "the model file does not say how a picture becomes its input: convert it again with --preset, or with "
            "--mean, --scale and --color"};
  if (picture.width != record.width || picture.height != record.height)
    return {Code::bad_argument, "the picture is " + size_text(picture.width, picture.height) +
                                    ", the model takes aligned crops of exactly " +
                                    size_text(record.width, record.height)};
  return normalize_pixels(picture.rgb.data(), record, input);
}

}  // namespace mien
