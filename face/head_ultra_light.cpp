// Ultra-Light-Fast-Generic-Face-Detector (RFB and slim): two outputs for the priors of levels /8 to /64, two
// probabilities and the corners of a box, decoded inside the graph as shares of the picture's sides. No landmarks.
#include "face/head_grid.h"

namespace mien {
namespace {

constexpr struct { int32_t step, squares; } kLevels[] = {{8, 3}, {16, 2}, {32, 2}, {64, 3}};

int64_t priors(InputSize size) {
  int64_t count = 0;
  for (const auto& level : kLevels)
    count += level.squares * cells(size.height, level.step) * cells(size.width, level.step);
  return count;
}

class UltraLightHead : public DetectionHead {
 public:
  size_t boxes = 0, scores = 0;  // the outputs' places

  const HeadDefaults& defaults() const override {
    // The original's thresholds and (v - 127) / 128.
    static const HeadDefaults kDefaults{"Ultra-Light",      0.7f,       0.3f, false, {127, 127, 127}, ColorOrder::rgb,
                                        {127, 127, 127, 0}, 1 / 128.0f, 64};
    return kDefaults;
  }
  bool has_landmarks() const override { return false; }
  bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const override {
    return outputs.size() == 2 && outputs[0].rows == priors(size) && outputs[1].rows == priors(size) &&
           outputs[boxes].width == 4 && outputs[scores].width == 2;
  }

  Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                std::vector<Face>* faces) const override {
    const float width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    for (int64_t i = 0; i < outputs[scores].rows; ++i) {
      const float score = outputs[scores].values[2 * i + 1];
      if (!is_probability(score)) return no_probability(score);
      if (score < threshold) continue;
      const float* box = outputs[boxes].values + 4 * i;
      Face face;
      face.box = {box[0] * width, box[1] * height, box[2] * width, box[3] * height};
      face.score = score;
      face.landmarks = no_landmarks(face.box);
      MIEN_RETURN_IF_ERROR(append_face(face, faces));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<DetectionHead> ultra_light_head(const std::vector<HeadOutput>& outputs, InputSize size) {
  auto head = std::make_unique<UltraLightHead>();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].width == 4) head->boxes = i;
    if (outputs[i].width == 2) head->scores = i;
  }
  if (!head->fits(outputs, size)) return nullptr;
  return head;
}

}  // namespace mien
