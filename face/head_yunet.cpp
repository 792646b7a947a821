// YuNet: Wu, Peng and Yu 2023, as OpenCV's FaceDetectorYN decodes it: for each place of the grids /8, /16, /32 a
// probability of a face and one of an object, a box and five points from the place's corner, in strides.
#include <algorithm>
#include <cmath>

#include "face/head_grid.h"

namespace mien {
namespace {

class YuNetHead : public DetectionHead {
 public:
  explicit YuNetHead(std::vector<Grid> grids) : grids_(std::move(grids)) {}

  const HeadDefaults& defaults() const override {
    // OpenCV suppresses above 0.3 and fills with black. Its threshold of 0.9 would lose faces that are not quite clear.
    static const HeadDefaults kDefaults{"YuNet", 0.6f, 0.3f, false, {0, 0, 0}, ColorOrder::bgr, {0, 0, 0, 0}, 1, 32};
    return kDefaults;
  }
  bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const override {
    return grids_fit(grids_, outputs, size);
  }

  Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                std::vector<Face>* faces) const override {
    for (const Grid& grid : grids_) {
      const float *first = outputs[grid.scores[0]].values, *second = outputs[grid.scores[1]].values;
      const int64_t wide = cells(size.width, grid.stride);
      for (int64_t i = 0; i < outputs[grid.boxes].rows; ++i) {
        if (!is_probability(first[i])) return no_probability(first[i]);
        if (!is_probability(second[i])) return no_probability(second[i]);
        if (first[i] * second[i] < threshold * threshold) continue;  // no root for each of the places
        MIEN_RETURN_IF_ERROR(
            append_face(face_at(static_cast<float>(i % wide), static_cast<float>(i / wide),
                                static_cast<float>(grid.stride), outputs[grid.boxes].values + 4 * i,
                                outputs[grid.landmarks].values + 10 * i, std::sqrt(first[i] * second[i])),
                        faces));
      }
    }
    return {};
  }

 private:
  static Face face_at(float column, float row, float stride, const float* box, const float* points, float score) {
    const float cx = (column + box[0]) * stride, cy = (row + box[1]) * stride;
    const float w = std::exp(box[2]) * stride, h = std::exp(box[3]) * stride;
    Face face;
    face.box = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
    face.score = score;
    for (size_t k = 0; k < face.landmarks.size(); ++k)
      face.landmarks[k] = {(column + points[2 * k]) * stride, (row + points[2 * k + 1]) * stride};
    return face;
  }

  std::vector<Grid> grids_;
};

}  // namespace

std::unique_ptr<DetectionHead> yunet_head(const std::vector<HeadOutput>& outputs, InputSize size) {
  std::vector<Grid> grids = find_grids(outputs, size);
  if (grids.size() != 3) return nullptr;
  for (size_t i = 0; i < grids.size(); ++i) {
    const Grid& grid = grids[i];
    if (grid.stride != 8 << i || grid.anchors != 1 || grid.scores.size() != 2 || grid.box_outputs != 1 ||
        grid.landmark_outputs != 1)
      return nullptr;
  }
  return std::make_unique<YuNetHead>(std::move(grids));
}

}  // namespace mien
