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
  int64_t max_bytes = int64_t{256} << 20;
};

// JPEG or PNG, told by content. Grey, palette, alpha and 16-bit pictures become 8-bit RGB.
Result<Picture> decode_picture(const uint8_t* data, size_t size, const DecodeLimits& limits = {});
Result<Picture> load_picture(const std::string& path, const DecodeLimits& limits = {});

// Fills the graph's input (record.layout, one sample) from a picture of exactly record.height x record.width.
Status fill_input(const Picture& picture, const InputRecord& record, float* input);

}  // namespace mien
