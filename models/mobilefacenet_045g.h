// MobileFaceNet-0.45G: the wider MobileFaceNet of InsightFace and MindFace (blocks 1, 4, 6, 2, twice the channels).
// Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 112x112 RGB, (v - 127.5) / 127.5 -> 512 numbers, not normalised. 437,520,896 multiply-adds, 2,059,520 parameters.
// Card and shapes are left to build_network.
Package mobilefacenet_045g(WeightSource& weights);

}  // namespace mien
