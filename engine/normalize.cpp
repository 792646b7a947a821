#include "engine/normalize.h"

#include <array>

namespace mien {
namespace {

Status check(const InputRecord& record) {
  if (!record.known)
    return {Code::bad_argument, "the model does not say how a picture becomes its input; convert it with a preset"};
  if (record.height <= 0 || record.width <= 0)
    return {Code::bad_argument, "the model's input record has no picture size"};
  if (record.channels != (record.color == ColorOrder::gray ? 1 : 3))
    return {Code::bad_argument, "the model's input record has " + std::to_string(record.channels) +
                                    " channels, which its colour order has not"};
  return {};
}

// Weights in 1/65536; they add up to 65536, so white stays 255.
size_t grey_of(const uint8_t* rgb) {
  return static_cast<size_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
}

// What becomes of each of the 256 values of a channel.
std::array<float, 256> normalized_values(float mean, float scale) {
  std::array<float, 256> values;
  for (size_t v = 0; v < values.size(); ++v) values[v] = (static_cast<float>(v) - mean) * scale;
  return values;
}

}  // namespace

Status normalize_pixels(const uint8_t* rgb, const InputRecord& record, float* input) {
  MIEN_RETURN_IF_ERROR(check(record));
  const int64_t pixels = int64_t{record.height} * record.width;
  const bool planes = record.layout == InputLayout::nchw;
  const int64_t pixel_step = planes ? 1 : record.channels;
  const int64_t channel_step = planes ? pixels : 1;
  for (int32_t c = 0; c < record.channels; ++c) {
    const auto values = normalized_values(record.mean[static_cast<size_t>(c)], record.scale[static_cast<size_t>(c)]);
    float* out = input + c * channel_step;
    if (record.color == ColorOrder::gray) {
      for (int64_t p = 0; p < pixels; ++p) out[p * pixel_step] = values[grey_of(rgb + 3 * p)];
      continue;
    }
    const uint8_t* channel = rgb + (record.color == ColorOrder::bgr ? 2 - c : c);
    for (int64_t p = 0; p < pixels; ++p) out[p * pixel_step] = values[channel[3 * p]];
  }
  return {};
}

}  // namespace mien
