// What a detector's outputs mean. One file for each family of networks, told by the graph's outputs alone. Immutable;
// any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"
#include "face/face.h"

namespace mien {

// How the family's original project prepares a picture and what it takes for a face.
struct HeadDefaults {
  const char* family = "";  // "RetinaFace"
  float score_threshold = 0.5f;
  float nms_iou = 0.4f;
  bool whole_pixels = false;        // boxes include their last pixel: 1 is added to every width and height
  std::array<uint8_t, 3> border{};  // R, G, B of what stands beyond the picture
  // For a file that does not say how a picture becomes its input (see InputRecord).
  ColorOrder color = ColorOrder::rgb;
  std::array<float, 4> mean{0, 0, 0, 0};
  float scale = 1;
  int stride = 32;  // a side of the input is a multiple of it
};

// An output of one run: rows of as many numbers as its last dimension. Of maps [channels, height, width] a row is a
// channel.
struct HeadOutput {
  const float* values = nullptr;
  int64_t rows = 0, width = 0;
};

// A picture size of the network.
struct InputSize {
  int32_t height = 0, width = 0;
};

class DetectionHead {
 public:
  virtual ~DetectionHead() = default;
  virtual const HeadDefaults& defaults() const = 0;
  virtual bool has_landmarks() const { return true; }
  // Whether outputs of these shapes (rows and widths; values are not read) fit an input of this size.
  virtual bool fits(const std::vector<HeadOutput>& outputs, InputSize size) const = 0;
  // Appends what scores at least `threshold`, in pixels of the network's input, in the order of the network's places.
  // Error check_failed: a score that is NaN or no probability; boxes that are not finite. REQUIRES: fits(outputs,
  // size).
  virtual Status decode(const std::vector<HeadOutput>& outputs, InputSize size, float threshold,
                        std::vector<Face>* faces) const = 0;
};

// Null if the outputs are not the family's.
std::unique_ptr<DetectionHead> retinaface_head(const std::vector<HeadOutput>& outputs, InputSize size);
std::unique_ptr<DetectionHead> retinaface_maps_head(const std::vector<HeadOutput>& outputs, InputSize size);
std::unique_ptr<DetectionHead> yunet_head(const std::vector<HeadOutput>& outputs, InputSize size);
std::unique_ptr<DetectionHead> scrfd_head(const std::vector<HeadOutput>& outputs, InputSize size);
std::unique_ptr<DetectionHead> ultra_light_head(const std::vector<HeadOutput>& outputs, InputSize size);

// The outputs of a graph as rows, without values; one that has no such form has width 0.
std::vector<HeadOutput> output_rows(const Graph& graph);
// By the shapes of the graph's outputs, at the graph's own input size. Error: bad_argument, with the outputs, if the
// graph is none of the detectors that are known.
Result<std::unique_ptr<DetectionHead>> recognise_head(const Graph& graph, InputSize size);

// For the heads: whether v is a probability (NaN is none), and the errors of decode.
inline bool is_probability(float v) {
  return v >= 0 && v <= 1;
}
Status no_probability(float v);
Status append_face(const Face& face, std::vector<Face>* faces);
// ceil(side / step), at least 1.
inline int64_t cells(int32_t side, int32_t step) {
  return (int64_t{side} + step - 1) / step;
}

}  // namespace mien
