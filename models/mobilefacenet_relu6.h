// The paper's MobileFaceNet with ReLU6 instead of PReLU, as trained in PyTorch on torchvision's inverted residuals.
// Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 112x112 RGB, ImageNet's mean and deviation -> 128 numbers, not normalised. 233,810,432 multiply-adds. Card and shapes
// are left to build_network.
Package mobilefacenet_relu6(WeightSource& weights);

}  // namespace mien
