// Faces in a picture by a detector network. Not thread-safe: one Detector per thread of the caller; the package, and
// with it the weights of the file, can be shared.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model.h"
#include "face/detection_head.h"
#include "face/letterbox.h"
#include "face/picture.h"

namespace mien {

struct DetectorOptions {
  // Unless given, those of the network's own project: RetinaFace and SCRFD 0.5 and 0.4, Ultra-Light 0.7 and 0.3, YuNet
  // 0.6 and 0.3. (OpenCV's 0.9 for YuNet is close to the least that it gives 55 clear portraits, 0.916.)
  std::optional<float> score_threshold;  // 0..1
  std::optional<float> nms_iou;          // 0..1; faces that overlap more are one
  // A picture with a longer side is scaled down to it, and none is enlarged.
  // 640 is what these networks were trained or published with; smaller faces than about 16 pixels of 640 need more.
  // A network that is bound to its size (Ultra-Light) takes the picture letterboxed into that size.
  int max_side = 640;  // 1..8192
  // Sides are padded to multiples of it; 0 is the network's stride. 1 is no padding, as Pytorch_Retinaface does: not
  // all graphs can, and nearly every picture then needs a size of its own. It moves RetinaFace's boxes by 0.1 % at
  // most.
  int step = 0;  // 0..1024
  // Both above 0: the picture is letterboxed into exactly this size, and may be enlarged.
  int height = 0, width = 0;
  // Each size of input has packed weights and activations of its own, kept for so many of the sizes used last: for
  // 480 x 640, 19 MB with RetinaFace's mobilenet025 and 307 MB with its resnet50, where a new size also takes 2 s. A
  // fixed size spares that.
  int cached_sizes = 4;    // at least 1
  SessionOptions session;  // max_batch is taken for 1
  ModelOptions model;
};

class Detector {
 public:
  // Error bad_argument: options out of range, a network that is none of the detectors that are known, weights that a
  // model has freed; unsupported: a fixed size that the network cannot have (names the node).
  static Result<std::unique_ptr<Detector>> create(std::shared_ptr<const Package> package,
                                                  const DetectorOptions& options = {});
  static Result<std::unique_ptr<Detector>> create(Package package, const DetectorOptions& options = {});

  // By falling score; box and landmarks in pixels of the picture. No face: an empty list. Errors: bad_argument for a
  // picture without pixels, check_failed for scores or boxes that are NaN, out_of_memory.
  Result<std::vector<Face>> detect(const Picture& picture);

  // Finds the landmarks of a face four times more, close up, at two scales and at the mirror image of each, and takes
  // the mean of all five looks. At 256 x 256 pixels each takes a fifth of the time of a picture of 480 x 640. Box and
  // score stay as they are, and so do the landmarks where no look shows the face, and all those of networks without
  // landmarks or bound to a size.
  // `face` is in pixels of the picture. Errors: bad_argument for a box of no pixel or NaN; those of detect.
  Status refine(const Picture& picture, Face* face);

  const char* family() const { return head_->defaults().family; }  // "RetinaFace"
  bool has_landmarks() const { return head_->has_landmarks(); }    // if not, all five are the middle of the box
  bool any_size() const { return any_size_; }                      // false: bound to the size of its file
  int max_side() const { return options_.max_side; }
  float score_threshold() const { return score_threshold_; }
  float nms_iou() const { return nms_iou_; }
  // Packed weights, activations and outputs of the sizes that are kept.
  int64_t memory_bytes() const;
  int sizes_kept() const { return static_cast<int>(planned_.size()); }

 private:
  // The network for one size of input.
  struct Planned {
    int32_t height = 0, width = 0;
    InputRecord record;
    std::unique_ptr<Session> session;
    std::vector<float> input;
    std::vector<std::vector<float>> outputs;
    std::vector<HeadOutput> rows;
  };

  Detector() = default;
  Status set_size();
  Letterbox letterbox(const Picture& picture) const;
  Result<Planned*> planned_for(int32_t height, int32_t width);
  Result<Planned> plan(int32_t height, int32_t width) const;
  Result<std::vector<Face>> detect_in(const Picture& picture);
  Status refine_in(const Picture& picture, Face* face);
  static Status check_picture(const Picture& picture);
  // The faces in planned.input, in its pixels, overlapping ones included.
  Result<std::vector<Face>> run(Planned& planned, float threshold);
  void suppress(std::vector<Face>* faces) const;

  std::shared_ptr<const Package> package_;
  DetectorOptions options_;
  std::unique_ptr<DetectionHead> head_;
  InputRecord record_;
  float score_threshold_ = 0, nms_iou_ = 0;
  bool any_size_ = true;
  std::list<Planned> planned_;  // the one used last first
};

}  // namespace mien
