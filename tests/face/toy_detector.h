// Small detectors with random weights, whose answer the test computes once more in plain double arithmetic: means of
// the picture's squares of a stride, a 1x1 convolution, the heads of a family, its decoding and suppression. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "face/face.h"
#include "face/picture.h"

namespace mien::test {

struct ToyForm {
  std::string family;  // "RetinaFace", "YuNet" or "SCRFD"
  int anchors = 1;
  std::vector<int> strides{8, 16, 32};
  bool landmarks = true;
  bool batch_axis = true;  // of the outputs
  float score_bias = 0;    // far below 0: no face
};

// Values are outputs per kind, by the names of the graph.
struct ToyKind {
  std::string name;
  int width = 0;
};

class ToyDetector {
 public:
  ToyDetector(const ToyForm& form, int height, int width, uint32_t seed);

  Package package;

  // What the detector must find in a picture of the network's own size, or in one that is padded to it.
  std::vector<Face> plain(const Picture& padded, double threshold, double max_iou) const;

 private:
  struct Head {                        // of one kind at one stride
    std::vector<float> weights, bias;  // [anchors * width][3], [anchors * width]
  };
  double value(size_t level, size_t kind, int place_x, int place_y, int anchor, int i, const Picture& padded) const;
  Face face_at(size_t level, int x, int y, int anchor, const Picture& padded) const;
  Head draw_head(size_t kind, uint32_t seed) const;
  ValueId rows(ValueId pooled, size_t level, size_t kind);
  void add_outputs(const std::vector<std::vector<ValueId>>& parts);  // [kind][level]

  ToyForm form_;
  std::vector<ToyKind> kinds_;
  std::vector<std::vector<Head>> heads_;  // [level][kind]
};

// Squares in random colours.
Picture blocks(int width, int height, uint32_t seed, int side = 8);

}  // namespace mien::test
