// The residual networks of ArcFace: Deng, Guo, Xue and Zafeiriou 2019, "ArcFace: additive angular margin loss for deep
// face recognition" (CVPR), section 3.1: blocks BN-conv-BN-PReLU-conv-BN, head BN-fc-BN. Thread-safety: pure functions.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 112x112 RGB, (v - 127.5) / 127.5 -> 512 numbers, not normalised. Card and shapes are left to build_network.
Package arcface_r50(WeightSource& weights);   // 6,309,330,944 multiply-adds, 43,590,848 parameters
Package arcface_r100(WeightSource& weights);  // 12,089,606,144 multiply-adds, 65,156,160 parameters

}  // namespace mien
