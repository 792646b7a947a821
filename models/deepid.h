// DeepID: Sun, Wang and Tang 2014, "Deep learning face representation from predicting 10,000 classes" (CVPR), in the
// version of MindSpore's model collection. Thread-safety: a pure function.
#pragma once

#include <cstdint>

#include "engine/records.h"

namespace mien {

// 55x47 (height x width) RGB, (v - 127.5) / 127.5 -> 160 numbers, none negative, not normalised; second output: the
// logits of 1283 people. 8,161,760 multiply-adds, 601,483 parameters. Card and shapes are left to build_network.
Package deepid(uint64_t seed);

}  // namespace mien
