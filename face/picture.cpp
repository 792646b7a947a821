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

// part: as decode_jpeg's.
Result<Picture> decode(const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part) {
  if (size == 0) return Status(Code::unreadable, "the file is empty");
  if (static_cast<int64_t>(size) > options.max_bytes)
    return Status(Code::unreadable, "larger than the limit of " + std::to_string(options.max_bytes) + " bytes");
  const int reduction = options.reduction;
  if (reduction != 1 && reduction != 2 && reduction != 4 && reduction != 8)
    return Status(Code::bad_argument, "a reduction by " + std::to_string(reduction) + ": 1, 2, 4 and 8 can be had");
  if (is_jpeg(data, size)) return decode_jpeg(data, size, options, part);
  if (is_png(data, size)) {
    Result<Picture> picture = decode_png(data, size, options);
    return picture.ok() && part != nullptr ? cut(*picture, *part) : std::move(picture);
  }
  const char* foreign = foreign_format(data, size);
  return Status(Code::unreadable, foreign != nullptr ? std::string(foreign) + ": only JPEG and PNG are decoded"
                                                     : std::string("neither a JPEG nor a PNG picture"));
}

// part: null, or in pixels of the answer.
Result<Picture> decode_upright(const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part) {
  try {
    const PictureHeader header = options.orient || part != nullptr ? read_header(data, size) : PictureHeader();
    const int orientation = options.orient ? header.orientation : 1;
    PixelBox stored;
    if (part != nullptr) {
      const int32_t reduction = header.jpeg && jpeg_reduces() ? std::max(options.reduction, 1) : 1;
      const auto reduced = [&](int32_t side) {
        return static_cast<int32_t>((int64_t{side} + reduction - 1) / reduction);
      };
      stored = as_stored(*part, reduced(header.width), reduced(header.height), orientation);
    }
    Result<Picture> picture = decode(data, size, options, part != nullptr ? &stored : nullptr);
    return picture.ok() ? oriented(std::move(*picture), orientation) : std::move(picture);
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to decode the picture");
  }
}

}  // namespace

Status check_part(const PixelBox& part, int64_t width, int64_t height) {
  const bool within = part.left >= 0 && part.top >= 0 && part.right <= width && part.bottom <= height;
  if (within && part.left < part.right && part.top < part.bottom) return {};
  return {Code::bad_argument, "the part is empty or reaches beyond the picture of " + size_text(width, height)};
}

Result<Picture> cut(const Picture& picture, const PixelBox& part) {
  MIEN_RETURN_IF_ERROR(check_part(part, picture.width, picture.height));
  Picture out;
  out.width = part.right - part.left;
  out.height = part.bottom - part.top;
  out.reduction = picture.reduction;
  const size_t row_bytes = size_t{3} * static_cast<size_t>(out.width);
  out.rgb.resize(row_bytes * static_cast<size_t>(out.height));
  for (int32_t y = 0; y < out.height; ++y) {
    const size_t pixel = static_cast<size_t>(part.top + y) * static_cast<size_t>(picture.width);
    std::copy_n(picture.rgb.data() + 3 * (pixel + static_cast<size_t>(part.left)), row_bytes,
                out.rgb.data() + row_bytes * static_cast<size_t>(y));
  }
  return out;
}

Status check_dimensions(int64_t width, int64_t height, const DecodeOptions& options) {
  if (width < 1 || height < 1) return {Code::corrupt, "a picture of " + size_text(width, height) + " pixels"};
  const bool too_many = width > options.max_pixels || height > options.max_pixels / width;
  if (too_many || width * height > options.max_bytes / 3)
    return {Code::unreadable, "a picture of " + size_text(width, height) + " pixels is larger than the limit of " +
                                  std::to_string(std::min(options.max_pixels, options.max_bytes / 3)) + " pixels"};
  return {};
}

Result<Picture> decode_picture(const uint8_t* data, size_t size, const DecodeOptions& options) {
  return decode_upright(data, size, options, nullptr);
}

Result<Picture> decode_part(const uint8_t* data, size_t size, const PixelBox& part, const DecodeOptions& options) {
  return decode_upright(data, size, options, &part);
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
