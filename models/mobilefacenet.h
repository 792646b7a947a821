// MobileFaceNet as in the paper: Chen, Liu, Gao and Han 2018, "MobileFaceNets: Efficient CNNs for accurate real-time
// face verification on mobile devices" (arXiv 1804.07573), table 1. Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 112x112 RGB, (v - 127.5) / 127.5 -> 128 numbers (512 in some trained files), not normalised. 220,965,376
// multiply-adds, about 1.0 M parameters. Card and shapes are left to build_network.
Package mobilefacenet(WeightSource& weights);

}  // namespace mien
