// The paper's MobileFaceNet as GluonFR trained it: one PReLU slope for all channels of a layer, pictures in 0..1.
// Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 112x112 RGB, v / 255 -> 128 numbers, not normalised. 220,965,376 multiply-adds, 995,617 parameters. Card and shapes
// are left to build_network.
Package gluonface_mobilefacenet(WeightSource& weights);

}  // namespace mien
