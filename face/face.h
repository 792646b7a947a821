// A face found in a picture. Coordinates are pixels of that picture: x to the right, y down, (0, 0) is the centre of
// the top left pixel. Plain data; no thread-safety concerns.
#pragma once

#include <array>

namespace mien {

struct Point {
  float x = 0, y = 0;
};

struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
  float width() const { return right - left; }
  float height() const { return bottom - top; }
};

// Left eye, right eye, tip of the nose, left and right corner of the mouth; left is the viewer's left.
using Landmarks = std::array<Point, 5>;

struct Face {
  Box box;          // may reach beyond the picture
  float score = 0;  // 0..1, the detector's
  Landmarks landmarks;
};

}  // namespace mien
