// SCRFD: Guo, Deng, Lattas and Zafeiriou 2021, "Sample and computation redistribution for efficient face detection", as
// InsightFace decodes it: for each place of a grid and each of its one or two anchors a probability, the distances
// from the place's corner to the box's sides, and five points from there, all in strides.
#include <algorithm>

#include "face/head_grid.h"

namespace mien {
namespace {

class ScrfdHead : public DetectionHead {
 public:
  explicit ScrfdHead(std::vector<Grid> grids) : grids_(std::move(grids)) { defaults_.stride = grids_.back().stride; }

  const HeadDefaults& defaults() const override { return defaults_; }
  bool has_landmarks() const override { return grids_[0].landmark_outputs > 0; }
  bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const override {
    return grids_fit(grids_, outputs, size);
  }

  Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                std::vector<Face>* faces) const override {
    for (const Grid& grid : grids_) {
      const float* scores = outputs[grid.scores[0]].values;
      const int64_t wide = cells(size.width, grid.stride);
      for (int64_t i = 0; i < outputs[grid.boxes].rows; ++i) {
        if (!is_probability(scores[i])) return no_probability(scores[i]);
        if (scores[i] < threshold) continue;
        const int64_t place = i / grid.anchors;
        const float stride = static_cast<float>(grid.stride);
        const Point corner{static_cast<float>(place % wide) * stride, static_cast<float>(place / wide) * stride};
        const float* points = has_landmarks() ? outputs[grid.landmarks].values + 10 * i : nullptr;
        MIEN_RETURN_IF_ERROR(
            append_face(face_at(corner, stride, outputs[grid.boxes].values + 4 * i, points, scores[i]), faces));
      }
    }
    return {};
  }

 private:
  static Face face_at(Point corner, float stride, const float* box, const float* points, float score) {
    Face face;
    face.box = {corner.x - box[0] * stride, corner.y - box[1] * stride, corner.x + box[2] * stride,
                corner.y + box[3] * stride};
    face.score = score;
    if (!points) face.landmarks = no_landmarks(face.box);
    for (size_t k = 0; points && k < face.landmarks.size(); ++k)
      face.landmarks[k] = {corner.x + points[2 * k] * stride, corner.y + points[2 * k + 1] * stride};
    return face;
  }

  std::vector<Grid> grids_;
  // InsightFace's thresholds, black border and (v - 127.5) / 128.
  HeadDefaults defaults_{"SCRFD",    0.5f, 0.4f, true, {0, 0, 0}, ColorOrder::rgb, {127.5f, 127.5f, 127.5f, 0},
                         1 / 128.0f, 32};
};

}  // namespace

std::unique_ptr<DetectionHead> scrfd_head(const std::vector<HeadOutput>& outputs, InputSize size) {
  std::vector<Grid> grids = find_grids(outputs, size);
  if (grids.size() < 3) return nullptr;
  for (size_t i = 0; i < grids.size(); ++i) {
    const Grid& grid = grids[i];
    if (grid.stride != 8 << i || grid.anchors != grids[0].anchors || grid.scores.size() != 1 || grid.box_outputs != 1 ||
        grid.landmark_outputs > 1 || grid.landmark_outputs != grids[0].landmark_outputs)
      return nullptr;
  }
  return std::make_unique<ScrfdHead>(std::move(grids));
}

}  // namespace mien
