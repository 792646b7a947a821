#include "face/similarity.h"

#include <cmath>
#include <string>

namespace mien {
namespace {

constexpr Landmarks kTemplate112 = {
    {{38.2946f, 51.6963f}, {73.5318f, 51.5014f}, {56.0252f, 71.7366f}, {41.5493f, 92.3655f}, {70.7299f, 92.2041f}}};

// Far beyond every picture that is decoded, and small enough for every sum of products to be exact to 1e-3 pixels.
constexpr float kFarthest = 1e6f;

struct Mean {
  double x = 0, y = 0;
};

Mean mean_of(const Landmarks& points) {
  Mean mean;
  for (const Point& p : points) {
    mean.x += double{p.x} / points.size();
    mean.y += double{p.y} / points.size();
  }
  return mean;
}

Status check_points(const Landmarks& points) {
  for (const Point& p : points)
    if (!(std::fabs(p.x) <= kFarthest && std::fabs(p.y) <= kFarthest))  // false for NaN too
      return {Code::bad_argument,
              "a landmark at (" + std::to_string(p.x) + ", " + std::to_string(p.y) + ") is in no picture"};
  return {};
}

Landmarks scaled_template(double scale, double right) {
  Landmarks points = kTemplate112;
  for (Point& p : points) {
    p.x = static_cast<float>(double{p.x} * scale + right);
    p.y = static_cast<float>(double{p.y} * scale);
  }
  return points;
}

}  // namespace

Point apply(const Similarity& s, Point p) {
  return {static_cast<float>(s.a * double{p.x} - s.b * double{p.y} + s.tx),
          static_cast<float>(s.b * double{p.x} + s.a * double{p.y} + s.ty)};
}

double scale_of(const Similarity& s) { return std::hypot(s.a, s.b); }

Landmarks arcface_template(int32_t width, int32_t height) {
  if (width == height && width % 112 != 0 && width % 128 == 0) return scaled_template(width / 128.0, width / 16.0);
  const double scale = height / 112.0;
  return scaled_template(scale, (width - 112.0 * scale) / 2);  // 96 wide x 112 high: -8
}

Result<Similarity> fit_similarity(const Landmarks& from, const Landmarks& to) {
  MIEN_RETURN_IF_ERROR(check_points(from));
  MIEN_RETURN_IF_ERROR(check_points(to));
  const Mean p = mean_of(from), q = mean_of(to);
  double spread = 0, same = 0, turned = 0, target = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const double x = double{from[i].x} - p.x, y = double{from[i].y} - p.y;
    const double u = double{to[i].x} - q.x, v = double{to[i].y} - q.y;
    spread += x * x + y * y;
    target += u * u + v * v;
    same += x * u + y * v;
    turned += x * v - y * u;
  }
  // A thousandth of a pixel apart is below what single precision tells apart at a million.
  if (!(spread > 1e-6 * static_cast<double>(from.size())))
    return Status(Code::bad_argument, "the five landmarks are all in one place: no face can be aligned by them");
  // |(same, turned)|^2 <= spread * target, and near it for every face.
  if (!(std::hypot(same, turned) > 1e-3 * std::sqrt(spread * target)))
    return Status(Code::bad_argument, "the five landmarks are not arranged like a face");
  Similarity s;
  s.a = same / spread;
  s.b = turned / spread;
  s.tx = q.x - (s.a * p.x - s.b * p.y);
  s.ty = q.y - (s.b * p.x + s.a * p.y);
  return s;
}

}  // namespace mien
