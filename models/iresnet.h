// The residual networks of ArcFace: Deng, Guo, Xue and Zafeiriou 2019, "ArcFace: additive angular margin loss for deep
// face recognition" (CVPR), section 3.1: blocks BN-conv-BN-PReLU-conv-BN, head BN-fc-BN. Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "engine/records.h"

namespace mien {

// 112x112 RGB, (v - 127.5) / 127.5 -> 512 numbers, not normalised. Card and shapes are left to build_network.
Package arcface_r50(uint64_t seed);   // 6,309,330,944 multiply-adds, 43,590,848 parameters
Package arcface_r100(uint64_t seed);  // 12,089,606,144 multiply-adds, 65,156,160 parameters

}  // namespace mien
