#include "face/letterbox.h"

#include <algorithm>
#include <cmath>

#include "face/warp.h"

namespace mien {
namespace {

int32_t scaled(int32_t side, double factor) {
  return std::max(1, static_cast<int32_t>(std::lround(side * factor)));
}

int32_t rounded_up(int32_t side, int32_t stride) {
  return (side + stride - 1) / stride * stride;
}

}  // namespace

Letterbox fit_below(int32_t picture_width, int32_t picture_height, int32_t max_side, int32_t stride) {
  const int32_t longer = std::max(picture_width, picture_height);
  const double factor = longer > max_side ? double{1} * max_side / longer : 1;
  Letterbox box{picture_width, picture_height, scaled(picture_width, factor), scaled(picture_height, factor)};
  box.width = rounded_up(box.inner_width, stride);
  box.height = rounded_up(box.inner_height, stride);
  return box;
}

Letterbox fit_into(int32_t picture_width, int32_t picture_height, int32_t width, int32_t height) {
  const double factor = std::min(double{1} * width / picture_width, double{1} * height / picture_height);
  Letterbox box{picture_width, picture_height, scaled(picture_width, factor), scaled(picture_height, factor)};
  box.width = width;
  box.height = height;
  return box;
}

Picture draw(const Picture& picture, const Letterbox& box, const std::array<uint8_t, 3>& border) {
  Picture drawn;
  drawn.width = box.width;
  drawn.height = box.height;
  drawn.rgb.resize(size_t{3} * static_cast<size_t>(box.width) * static_cast<size_t>(box.height));
  const size_t stride = size_t{3} * static_cast<size_t>(box.width);
  for (int32_t y = 0; y < box.height; ++y) {
    uint8_t* row = drawn.rgb.data() + stride * static_cast<size_t>(y);
    for (int32_t x = y < box.inner_height ? box.inner_width : 0; x < box.width; ++x)
      std::copy(border.begin(), border.end(), row + ptrdiff_t{3} * x);
  }
  resize_into(picture, box.inner_width, box.inner_height, drawn.rgb.data(), stride);
  return drawn;
}

void to_picture(const Letterbox& box, Face* face) {
  const float x = static_cast<float>(double{1} * box.picture_width / box.inner_width);
  const float y = static_cast<float>(double{1} * box.picture_height / box.inner_height);
  face->box = {face->box.left * x, face->box.top * y, face->box.right * x, face->box.bottom * y};
  for (Point& point : face->landmarks) point = {point.x * x, point.y * y};
}

}  // namespace mien
