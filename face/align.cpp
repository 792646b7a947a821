#include "face/align.h"

#include <algorithm>
#include <cmath>

#include "face/similarity.h"
#include "face/warp.h"

namespace mien {
namespace {

// A crop larger than any network's, and small enough to be allocated without another thought.
constexpr int32_t kLargestCrop = 4096;

Status check(const Picture& picture, const InputRecord& input, const FaceRecord& record) {
  if (picture.width < 1 || picture.height < 1) return {Code::bad_argument, "the picture is empty"};
  if (input.width < 1 || input.height < 1 || input.width > kLargestCrop || input.height > kLargestCrop)
    return {Code::bad_argument, "a crop of " + std::to_string(input.width) + "x" + std::to_string(input.height) +
                                    " pixels: sides of 1 to " + std::to_string(kLargestCrop) + " are cut"};
  if (record.alignment != Alignment::landmarks && record.alignment != Alignment::box)
    return {Code::bad_argument,
            "the model file does not say how a face becomes its input: give it crops that are aligned already, or "
            "convert it again with --align"};
  return {};
}

Result<Similarity> to_template(const Face& face, const InputRecord& input) {
  return fit_similarity(face.landmarks, arcface_template(input.width, input.height));
}

// FaceNet's order: half the margin, then the picture's border, then whole pixels by dropping the fraction.
Result<PixelBox> box_of(const Picture& picture, const Face& face, const FaceRecord& record) {
  const float half = record.margin / 2 / static_cast<float>(picture.reduction);
  const auto left = std::max(face.box.left - half, 0.0f), top = std::max(face.box.top - half, 0.0f);
  const auto right = std::min(face.box.right + half, static_cast<float>(picture.width));
  const auto bottom = std::min(face.box.bottom + half, static_cast<float>(picture.height));
  // Comparisons that are false for NaN; what passes them lies within the picture.
  if (left < right && top < bottom) {
    const PixelBox box{static_cast<int32_t>(left), static_cast<int32_t>(top), static_cast<int32_t>(right),
                       static_cast<int32_t>(bottom)};
    if (box.left < box.right && box.top < box.bottom) return box;
  }
  return Status(Code::bad_argument, "the face's box holds no pixel of the picture");
}

// [first, end) widened to whole pixels with neighbours, at least one of the picture's `side`.
void widen(double first, double end, int32_t side, int32_t* from, int32_t* to) {
  constexpr double kNeighbours = 2;
  *from = static_cast<int32_t>(std::clamp(std::floor(first) - kNeighbours, 0.0, side - 1.0));
  *to = static_cast<int32_t>(std::clamp(std::ceil(end) + kNeighbours, *from + 1.0, double{1} * side));
}

float moved(float coordinate, float factor) { return (coordinate + 0.5f) * factor - 0.5f; }

}  // namespace

Result<Picture> align(const Picture& picture, const Face& face, const InputRecord& input, const FaceRecord& record) {
  MIEN_RETURN_IF_ERROR(check(picture, input, record));
  if (record.alignment == Alignment::box) {
    Result<PixelBox> box = box_of(picture, face, record);
    if (!box.ok()) return box.status();
    return resize_smoothly(picture, *box, input.width, input.height);
  }
  Result<Similarity> similarity = to_template(face, input);
  if (!similarity.ok()) return similarity.status();
  return warp(picture, *similarity, input.width, input.height);
}

Result<double> pixels_per_crop_pixel(const Picture& picture, const Face& face, const InputRecord& input,
                                     const FaceRecord& record) {
  MIEN_RETURN_IF_ERROR(check(picture, input, record));
  if (record.alignment == Alignment::box) {
    Result<PixelBox> box = box_of(picture, face, record);
    if (!box.ok()) return box.status();
    return std::min(static_cast<double>(box->right - box->left) / input.width,
                    static_cast<double>(box->bottom - box->top) / input.height);
  }
  Result<Similarity> similarity = to_template(face, input);
  if (!similarity.ok()) return similarity.status();
  return 1 / scale_of(*similarity);
}

Result<PixelBox> pixels_of_crop(const Picture& picture, const Face& face, const InputRecord& input,
                                const FaceRecord& record) {
  MIEN_RETURN_IF_ERROR(check(picture, input, record));
  if (record.alignment == Alignment::box) return box_of(picture, face, record);
  Result<Similarity> similarity = to_template(face, input);
  if (!similarity.ok()) return similarity.status();
  const Similarity& s = *similarity;
  const double square = s.a * s.a + s.b * s.b;
  double left = HUGE_VAL, top = HUGE_VAL, right = -HUGE_VAL, bottom = -HUGE_VAL;
  for (const double x : {-s.tx, input.width - s.tx})
    for (const double y : {-s.ty, input.height - s.ty}) {
      const double source_x = (s.a * x + s.b * y) / square, source_y = (s.a * y - s.b * x) / square;
      left = std::min(left, source_x);
      right = std::max(right, source_x);
      top = std::min(top, source_y);
      bottom = std::max(bottom, source_y);
    }
  PixelBox box;
  widen(left, right, picture.width, &box.left, &box.right);
  widen(top, bottom, picture.height, &box.top, &box.bottom);
  return box;
}

Face at_reduction(const Face& face, int from, int to) {
  const float factor = static_cast<float>(from) / static_cast<float>(to);
  Face out = face;
  out.box = {moved(face.box.left, factor), moved(face.box.top, factor), moved(face.box.right, factor),
             moved(face.box.bottom, factor)};
  for (Point& p : out.landmarks) p = {moved(p.x, factor), moved(p.y, factor)};
  return out;
}

}  // namespace mien
