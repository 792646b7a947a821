// A decoded picture. Decoding is strict and bounded: hostile bytes give an error, never a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

struct Picture {
  int32_t height = 0, width = 0;
  std::vector<uint8_t> rgb;  // [height][width][3]
};

struct DecodeLimits {
  int64_t max_pixels = 64 << 20;
  int64_t max_bytes = int64_t{256} << 20;  // of the file, of the decoded pixels, of the decoder's own memory
};

// JPEG or PNG, told by content. Grey, palette, CMYK and 16-bit pictures become 8-bit RGB; an alpha channel is dropped,
// not blended. A file that is damaged or ends too early is an error even where most of the picture could be shown.
// The orientation that EXIF data asks for is not applied. load_picture's errors start with the path.
Result<Picture> decode_picture(const uint8_t* data, size_t size, const DecodeLimits& limits = {});
Result<Picture> load_picture(const std::string& path, const DecodeLimits& limits = {});

// "libjpeg-turbo 2.1.5"; says why if this build has none.
std::string jpeg_decoder();
std::string png_decoder();

// Fills the graph's input (record.layout, one sample) from a picture of exactly record.height x record.width.
Status fill_input(const Picture& picture, const InputRecord& record, float* input);

}  // namespace mien
