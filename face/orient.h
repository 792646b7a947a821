// Pictures turned and mirrored as EXIF data asks for. Thread-safety: pure functions.
#pragma once

#include "face/picture.h"

namespace mien {

// 1 as it is, 2 mirrored sideways, 3 turned by 180 degrees, 4 mirrored upside down, 5 mirrored along the main diagonal,
// 6 turned by 90 degrees clockwise, 7 mirrored along the other diagonal, 8 turned by 90 degrees counter-clockwise.
// REQUIRES: orientation in 1..8.
Picture oriented(Picture picture, int orientation);

// Where a part of the upright picture lies in one of width x height pixels that is yet to be turned. Coordinates are
// taken as they come: whether the part lies within the picture is not looked at. REQUIRES: as above.
PixelBox as_stored(const PixelBox& part, int32_t width, int32_t height, int orientation);

}  // namespace mien
