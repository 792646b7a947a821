#include "app/drawn_faces.h"

#include <algorithm>

namespace mien::app {
namespace {

constexpr int kSize = 112;
constexpr int kGrid = 4;  // samples per pixel and axis: 16 grey levels at an edge

struct Color {
  int r, g, b;
};

// splitmix64 (Steele, Lea, Flood 2014): small numbers in, unrelated numbers out.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Whole numbers only: the drawing must not depend on how a host rounds.
class Choices {
 public:
  explicit Choices(uint64_t seed) : state_(mixed(seed)) {}
  int between(int low, int high) {
    state_ = mixed(state_);
    return low + static_cast<int>((state_ >> 33) % static_cast<uint64_t>(high - low + 1));
  }

 private:
  uint64_t state_;
};

class Canvas {
 public:
  explicit Canvas(Color background) {
    picture_.width = picture_.height = kSize;
    picture_.rgb.resize(size_t{3} * kSize * kSize);
    for (int i = 0; i < kSize * kSize; ++i) blend(i, background, 1, 1);
  }

  // Centre and radii in quarters of a pixel; a point is inside if (dx / rx)^2 + (dy / ry)^2 < 1.
  void ellipse(int cx, int cy, int rx, int ry, Color color) {
    for (int y = 0; y < kSize; ++y)
      for (int x = 0; x < kSize; ++x) {
        const int hits = covered(x * kGrid - cx, y * kGrid - cy, rx, ry);
        if (hits > 0) blend(y * kSize + x, color, hits, kGrid * kGrid);
      }
  }

  // 256 leaves the light as it is.
  void light(int gain) {
    for (uint8_t& v : picture_.rgb) v = static_cast<uint8_t>(std::min(255, v * gain / 256));
  }

  Picture take() { return std::move(picture_); }

 private:
  static int covered(int left, int top, int64_t rx, int64_t ry) {
    int hits = 0;
    for (int64_t dy = top; dy < top + kGrid; ++dy)
      for (int64_t dx = left; dx < left + kGrid; ++dx)
        hits += dx * dx * ry * ry + dy * dy * rx * rx < rx * rx * ry * ry;
    return hits;
  }

  void blend(int pixel, Color color, int part, int whole) {
    uint8_t* rgb = picture_.rgb.data() + size_t{3} * static_cast<size_t>(pixel);
    const int values[] = {color.r, color.g, color.b};
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>((values[c] * part + rgb[c] * (whole - part)) / whole);
  }

  Picture picture_;
};

struct Face {
  Color skin, hair, iris, lips;
  int width, height, eye_gap, eye_width, eye_height, brow, nose, mouth;  // in quarters of a pixel
};

Face face_of(int person) {
  Choices choose(static_cast<uint64_t>(person));
  const int tone = choose.between(90, 235);
  Face face;
  face.skin = {tone, tone * 4 / 5, tone * 2 / 3};
  face.hair = {choose.between(15, 190), choose.between(15, 130), choose.between(10, 90)};
  face.iris = {choose.between(30, 110), choose.between(50, 120), choose.between(40, 170)};
  face.lips = {std::min(255, tone + 15), tone / 2, tone / 2};
  face.width = choose.between(145, 190);
  face.height = choose.between(195, 220);
  face.eye_gap = choose.between(62, 82);
  face.eye_width = choose.between(22, 36);
  face.eye_height = choose.between(10, 18);
  face.brow = choose.between(4, 11);
  face.nose = choose.between(12, 26);
  face.mouth = choose.between(40, 75);
  return face;
}

// The template of an aligned crop has the eyes at y = 52 and the mouth at y = 92 of 112.
constexpr int kCentre = 56 * kGrid, kEyes = 52 * kGrid, kNose = 70 * kGrid, kMouth = 92 * kGrid;

void draw_eye(Canvas& canvas, const Face& face, int cx, int cy) {
  canvas.ellipse(cx, cy - face.eye_height - 26, face.eye_width + 8, face.brow, face.hair);
  canvas.ellipse(cx, cy, face.eye_width, face.eye_height, {240, 240, 240});
  canvas.ellipse(cx, cy, face.eye_height, face.eye_height, face.iris);
  canvas.ellipse(cx, cy, face.eye_height / 2, face.eye_height / 2, {10, 10, 10});
}

}  // namespace

Picture draw_face(int person, int take) {
  const Face face = face_of(person);
  Choices choose(1000003 * (static_cast<uint64_t>(person) + 1) + static_cast<uint64_t>(take));
  const int dx = choose.between(-5, 5), dy = choose.between(-5, 5), smile = choose.between(6, 20);
  const int cx = kCentre + dx;

  Canvas canvas({choose.between(60, 200), choose.between(60, 200), choose.between(60, 200)});
  canvas.ellipse(cx, 58 * kGrid + dy - 24, face.width + 14, face.height + 6, face.hair);
  canvas.ellipse(cx, 66 * kGrid + dy, face.width, face.height, face.skin);
  draw_eye(canvas, face, cx - face.eye_gap, kEyes + dy);
  draw_eye(canvas, face, cx + face.eye_gap, kEyes + dy);
  const Color shade = {face.skin.r * 4 / 5, face.skin.g * 4 / 5, face.skin.b * 4 / 5};
  canvas.ellipse(cx, kNose + dy, face.nose, 22, shade);
  canvas.ellipse(cx, kMouth + dy, face.mouth, smile, face.lips);
  canvas.ellipse(cx, kMouth + dy, face.mouth - 12, smile / 4, {60, 20, 25});
  canvas.light(choose.between(215, 290));
  return canvas.take();
}

}  // namespace mien::app
