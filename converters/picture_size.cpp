#include "converters/picture_size.h"

#include <string>

namespace mien {

bool fill_free_sides(const PictureSize& asked, int64_t* height, int64_t* width) {
  const bool is_free = *height <= 0 || *width <= 0;
  if (*height <= 0) *height = asked.given() ? asked.height : kUsualSide;
  if (*width <= 0) *width = asked.given() ? asked.width : kUsualSide;
  return is_free && !asked.given();
}

Status check_picture_size(const PictureSize& asked, const InputRecord& input) {
  const auto text = [](int height, int width) { return std::to_string(height) + "x" + std::to_string(width); };
  const std::string wanted = "a picture of " + text(asked.height, asked.width) + " is asked for (--size), but ";
  if (!asked.given()) return {};
  if (input.channels == 0) return {Code::bad_argument, wanted + "the network's input is no picture"};
  if (input.height == asked.height && input.width == asked.width) return {};
  return {Code::bad_argument, wanted + "the file fixes it at " + text(input.height, input.width) + " (height x width)"};
}

}  // namespace mien
