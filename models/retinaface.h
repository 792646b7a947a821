// RetinaFace: Deng, Guo, Ververas, Kotsia and Zafeiriou 2020, "RetinaFace: single-shot multi-level face localisation in
// the wild" (CVPR), with the two backbones of the public PyTorch and MindSpore versions. Thread-safety: pure functions.
#pragma once

#include "engine/records.h"
#include "models/networks.h"

namespace mien {

// BGR, v - (104, 117, 123) -> three outputs for the priors of levels /8, /16, /32 (row, column, two sizes; a level has
// ceil(height / step) rows; 16,800 priors for 640x640): boxes [1, priors, 4], scores [1, priors, 2] after the softmax,
// index 1 = face, and landmarks [1, priors, 10]; boxes and landmarks are offsets from the prior. Card and shapes are
// left to build_network. REQUIRES: the options' height and width in 32..8192.
// For 640x640: 981,145,600 multiply-adds; 426,608 parameters.
Package retinaface_mobilenet025(WeightSource& weights, const BuildOptions& options);
// For 640x640: 44,264,652,800 multiply-adds; 27,293,600 parameters. MindSpore's stem pool drops a row or column where
// the picture's half is odd, and with it a level has fewer rows or columns.
Package retinaface_resnet50(WeightSource& weights, const BuildOptions& options);

}  // namespace mien
