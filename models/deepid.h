// DeepID: Sun, Wang and Tang 2014, "Deep learning face representation from predicting 10,000 classes" (CVPR), in the
// version of MindSpore's model collection. Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 55x47 (height x width) RGB, (v - 127.5) / 127.5 -> 160 numbers, none negative, not normalised. Second output, if the
// weights have a class head: the logits of its people, 1283 when untrained. 8,161,760 multiply-adds and 601,483
// parameters with the head of 1283, 394,920 parameters without one. Card and shapes are left to build_network.
Package deepid(WeightSource& weights);

}  // namespace mien
