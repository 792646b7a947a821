// A picture scaled to what a detector takes, at the top left of an input that may be larger. Pure functions.
#pragma once

#include <array>

#include "face/face.h"
#include "face/picture.h"

namespace mien {

struct Letterbox {
  int32_t picture_width = 0, picture_height = 0;  // as given
  int32_t inner_width = 0, inner_height = 0;      // as scaled
  int32_t width = 0, height = 0;                  // of the input: multiples of the stride
};

// No side of the picture longer than max_side; it is never enlarged. REQUIRES: all at least 1.
Letterbox fit_below(int32_t picture_width, int32_t picture_height, int32_t max_side, int32_t stride);
// As large as an input of width x height has room for. REQUIRES: all at least 1.
Letterbox fit_into(int32_t picture_width, int32_t picture_height, int32_t width, int32_t height);

// The picture as box says; what it does not cover is `border` (R, G, B). Scaled as OpenCV does (face/warp.h).
Picture draw(const Picture& picture, const Letterbox& box, const std::array<uint8_t, 3>& border);

// From pixels of the input to those of the picture: divided by the factor of each side, as the detectors' own projects
// do. (A pixel's centre would go to another place by up to half a pixel of the input.)
void to_picture(const Letterbox& box, Face* face);

}  // namespace mien
