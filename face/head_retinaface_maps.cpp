// RetinaFace as InsightFace's MXNet files have it: nine maps, three for each of the strides 32, 16, 8: probabilities
// (no face, for both anchors, then face), boxes and landmarks as offsets in anchor sides, the variances within.
#include <algorithm>
#include <array>
#include <cmath>

#include "face/detection_head.h"

namespace mien {
namespace {

constexpr int kAnchors = 2;
constexpr int64_t kScoreMaps = 2 * kAnchors, kBoxMaps = 4 * kAnchors, kLandmarkMaps = 10 * kAnchors;
constexpr struct {
  int32_t step;
  float squares[kAnchors];  // the larger one first
} kLevels[] = {{8, {32, 16}}, {16, {128, 64}}, {32, {512, 256}}};
// Anchors of all strides lie around the middle of a cell of 16 pixels: InsightFace's base size.
constexpr float kMiddle = 7.5f;

// The places of one level's outputs.
struct Level {
  size_t scores = 0, boxes = 0, landmarks = 0;
};

int64_t places(int32_t step, InputSize size) {
  return cells(size.height, step) * cells(size.width, step);
}

class RetinaFaceMapsHead : public DetectionHead {
 public:
  explicit RetinaFaceMapsHead(const std::array<Level, 3>& levels) : levels_(levels) {}

  const HeadDefaults& defaults() const override {
    static const HeadDefaults kDefaults{"RetinaFace",    0.5f,         0.4f, true, {0, 0, 0},
                                        ColorOrder::rgb, {0, 0, 0, 0}, 1,    32};
    return kDefaults;
  }

  bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const override {
    for (size_t l = 0; l < levels_.size(); ++l) {
      const int64_t wide = places(kLevels[l].step, size);
      for (size_t i : {levels_[l].scores, levels_[l].boxes, levels_[l].landmarks})
        if (outputs[i].width != wide) return false;
    }
    return true;
  }

  Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                std::vector<Face>* faces) const override {
    for (size_t l = 0; l < levels_.size(); ++l) {
      const Level& level = levels_[l];
      const int64_t wide = cells(size.width, kLevels[l].step), count = outputs[level.scores].width;
      const float step = static_cast<float>(kLevels[l].step);
      for (int64_t i = 0; i < count; ++i)
        for (int a = 0; a < kAnchors; ++a) {
          const float score = outputs[level.scores].values[(kAnchors + a) * count + i];
          if (!is_probability(score)) return no_probability(score);
          if (score < threshold) continue;
          const Point middle{static_cast<float>(i % wide) * step + kMiddle,
                             static_cast<float>(i / wide) * step + kMiddle};
          const float* box = outputs[level.boxes].values + 4 * a * count + i;
          const float* points = outputs[level.landmarks].values + 10 * a * count + i;
          MIEN_RETURN_IF_ERROR(append_face(face_at(middle, kLevels[l].squares[a], box, points, count, score), faces));
        }
    }
    return {};
  }

 private:
  // box and points: their next number is `apart` further on.
  static Face face_at(Point middle, float side, const float* box, const float* points, int64_t apart, float score) {
    const float x = middle.x + box[0] * side, y = middle.y + box[apart] * side;
    const float w = side * std::exp(box[2 * apart]), h = side * std::exp(box[3 * apart]);
    Face face;
    face.box = {x - (w - 1) / 2, y - (h - 1) / 2, x + (w - 1) / 2, y + (h - 1) / 2};
    face.score = score;
    for (size_t k = 0; k < face.landmarks.size(); ++k) {
      const float* pair = points + 2 * static_cast<int64_t>(k) * apart;
      face.landmarks[k] = {middle.x + pair[0] * side, middle.y + pair[apart] * side};
    }
    return face;
  }

  const std::array<Level, 3> levels_;
};

// Which output has so many maps of so many places; outputs.size() if none has, or several have.
size_t output_of(const std::vector<HeadOutput>& outputs, int64_t maps, int64_t wide) {
  size_t found = outputs.size();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].rows != maps || outputs[i].width != wide) continue;
    if (found != outputs.size()) return outputs.size();
    found = i;
  }
  return found;
}

}  // namespace

std::unique_ptr<DetectionHead> retinaface_maps_head(const std::vector<HeadOutput>& outputs, InputSize size) {
  std::array<Level, 3> levels;
  if (outputs.size() != 3 * levels.size()) return nullptr;
  for (size_t l = 0; l < levels.size(); ++l) {
    const int64_t wide = places(kLevels[l].step, size);
    levels[l] = {output_of(outputs, kScoreMaps, wide), output_of(outputs, kBoxMaps, wide),
                 output_of(outputs, kLandmarkMaps, wide)};
    if (std::max({levels[l].scores, levels[l].boxes, levels[l].landmarks}) == outputs.size()) return nullptr;
  }
  return std::make_unique<RetinaFaceMapsHead>(levels);
}

}  // namespace mien
