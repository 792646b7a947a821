// RetinaFace: Deng, Guo, Ververas, Kotsia and Zafeiriou 2020, "RetinaFace: single-shot multi-level face localisation in
// the wild" (CVPR), with the two backbones of the public PyTorch and MindSpore versions. Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "engine/records.h"

namespace mien {

// 640x640 BGR, v - (104, 117, 123) -> three outputs for 16,800 priors (levels /8, /16, /32; row, column, two sizes):
// boxes [1, 16800, 4] and landmarks [1, 16800, 10] as offsets from the prior, scores [1, 16800, 2] after the softmax,
// index 1 = face; in the order boxes, scores, landmarks. Card and shapes are left to build_network.
Package retinaface_mobilenet025(uint64_t seed);  // 981,145,600 multiply-adds, 426,608 parameters
Package retinaface_resnet50(uint64_t seed);      // 44,264,652,800 multiply-adds, 27,293,600 parameters

}  // namespace mien
