// RetinaFace: Deng et al. 2020, as Pytorch_Retinaface and MindFace decode it. Three outputs for the priors of levels
// /8, /16, /32 (row, column, two squares): boxes and landmarks as offsets from the prior, two probabilities.
#include <cmath>

#include "face/detection_head.h"

namespace mien {
namespace {

constexpr struct {
  int32_t step;
  float squares[2];
} kLevels[] = {{8, {16, 32}}, {16, {64, 128}}, {32, {256, 512}}};
// Variances: offsets are in tenths of the prior's side, logarithms of sizes in fifths.
constexpr float kCentre = 0.1f, kSize = 0.2f;

int64_t priors(InputSize size) {
  int64_t count = 0;
  for (const auto& level : kLevels) count += 2 * cells(size.height, level.step) * cells(size.width, level.step);
  return count;
}

Face face_at(float x, float y, float side, const float* box, const float* landmarks, float score) {
  const float cx = x + box[0] * kCentre * side, cy = y + box[1] * kCentre * side;
  const float w = side * std::exp(box[2] * kSize), h = side * std::exp(box[3] * kSize);
  Face face;
  face.box = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
  face.score = score;
  for (size_t k = 0; k < face.landmarks.size(); ++k)
    face.landmarks[k] = {x + landmarks[2 * k] * kCentre * side, y + landmarks[2 * k + 1] * kCentre * side};
  return face;
}

class RetinaFaceHead : public DetectionHead {
 public:
  // The outputs' places, whatever their order: they differ in their widths.
  size_t boxes = 0, scores = 0, landmarks = 0;

  const HeadDefaults& defaults() const override {
    // Thresholds: MindFace's inference, and its and Pytorch_Retinaface's suppression. MindFace fills with the mean.
    static const HeadDefaults kDefaults{"RetinaFace",       0.5f, 0.4f, true, {123, 117, 104}, ColorOrder::bgr,
                                        {104, 117, 123, 0}, 1,    32};
    return kDefaults;
  }

  bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const override {
    for (const HeadOutput& output : outputs) {
      if (output.rows != priors(size)) return false;
    }
    return outputs.size() == 3 && outputs[boxes].width == 4 && outputs[scores].width == 2 &&
           outputs[landmarks].width == 10;
  }

  Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                std::vector<Face>* faces) const override {
    int64_t row = 0;
    for (const auto& level : kLevels) {
      const int64_t high = cells(size.height, level.step), wide = cells(size.width, level.step);
      for (int64_t i = 0; i < high * wide; ++i) {
        for (int s = 0; s < 2; ++s, ++row) {
          const float* pair = outputs[scores].values + 2 * row;
          if (!is_probability(pair[1])) return no_probability(pair[1]);
          if (pair[1] < threshold) continue;
          if (std::abs(pair[0] + pair[1] - 1) > 1e-3f) return no_probability(pair[0] + pair[1]);
          const float step = static_cast<float>(level.step);
          const float x = (static_cast<float>(i % wide) + 0.5f) * step,
                      y = (static_cast<float>(i / wide) + 0.5f) * step;
          MIEN_RETURN_IF_ERROR(append_face(face_at(x, y, level.squares[s], outputs[boxes].values + 4 * row,
                                                   outputs[landmarks].values + 10 * row, pair[1]),
                                           faces));
        }
      }
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<DetectionHead> retinaface_head(const std::vector<HeadOutput>& outputs, InputSize size) {
  auto head = std::make_unique<RetinaFaceHead>();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].width == 4) head->boxes = i;
    if (outputs[i].width == 2) head->scores = i;
    if (outputs[i].width == 10) head->landmarks = i;
  }
  if (!head->fits(outputs, size)) return nullptr;
  return head;
}

}  // namespace mien
