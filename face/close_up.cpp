#include "face/close_up.h"

#include <algorithm>
#include <utility>

namespace mien {
namespace {

double area(const Box& box) {
  return std::max(0.0, double{box.width()}) * std::max(0.0, double{box.height()});
}

double overlap(const Box& a, const Box& b) {
  const Box both{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
                 std::min(a.bottom, b.bottom)};
  const double shared = both.width() > 0 && both.height() > 0 ? area(both) : 0;
  return shared > 0 ? shared / (area(a) + area(b) - shared) : 0;
}

}  // namespace

Similarity close_up(const Box& box, double sides, int size) {
  const double scale = size / (sides * double{std::max(box.width(), box.height())});
  const double x = (double{box.left} + box.right) / 2, y = (double{box.top} + box.bottom) / 2;
  return {scale, 0, size / 2.0 - scale * x, size / 2.0 - scale * y};
}

Box apply(const Similarity& upright, const Box& box) {
  const Point corner = apply(upright, Point{box.left, box.top}), other = apply(upright, Point{box.right, box.bottom});
  return {corner.x, corner.y, other.x, other.y};
}

Landmarks undo(const Similarity& upright, const Landmarks& landmarks) {
  Landmarks out;
  for (size_t k = 0; k < out.size(); ++k)
    out[k] = {static_cast<float>((double{landmarks[k].x} - upright.tx) / upright.a),
              static_cast<float>((double{landmarks[k].y} - upright.ty) / upright.a)};
  return out;
}

Box mirrored(const Box& box, int width) {
  const auto last = static_cast<float>(width - 1);
  return {last - box.right, box.top, last - box.left, box.bottom};
}

Landmarks mirrored(const Landmarks& landmarks, int width) {
  Landmarks out = landmarks;
  for (Point& point : out) point.x = static_cast<float>(width - 1) - point.x;
  std::swap(out[0], out[1]);
  std::swap(out[3], out[4]);
  return out;
}

const Face* nearest_face(const std::vector<Face>& faces, const Box& box, double least) {
  const Face* nearest = nullptr;
  for (const Face& face : faces) {
    const double shared = overlap(face.box, box);
    if (shared > least) least = shared, nearest = &face;
  }
  return nearest;
}

}  // namespace mien
