// FaceNet's published network: Inception-ResNet-v1 (Szegedy, Ioffe, Vanhoucke and Alemi 2017, "Inception-v4,
// Inception-ResNet and the impact of residual connections on learning", AAAI) with an embedding of 512 (Schroff,
// Kalenichenko and Philbin 2015, "FaceNet", CVPR). Thread-safety: a pure function.
#pragma once

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// 160x160 RGB, (v - 127.5) / 128 -> 512 numbers of norm 1. 1,417,662,304 multiply-adds. Card and shapes are left to
// build_network.
Package facenet(WeightSource& weights);

}  // namespace mien
