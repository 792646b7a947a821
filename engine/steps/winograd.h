// 3x3 convolution of stride 1 by Winograd's minimal filtering (kernels/generic/winograd.h): which layers, and the
// steps.
#pragma once

#include <functional>

#include "engine/steps/convolution.h"

namespace mien {

// A convolution that may also take the per-channel affine in front of it (the pre-activation BatchNorm of a residual
// block): x * scale + shift inside the picture, zeros around it, which no bias could express.
struct WinogradSpec {
  ConvolutionSpec conv;          // x is blocked without a border
  const float* scale = nullptr;  // [C] or null
  const float* shift = nullptr;  // [C] or null
  int outputs = 4;               // per tile and axis: 2 for F(2,3), 4 for F(4,3)
};

// 4, 2, or 0 for the direct convolution: the least by a model of the cost of one sample, in multiply-adds:
//   direct  9 C M P                        + kByteCost * bytes of the weights
//   F(m,3)  (m+2)^2 C M T + kTransformCost (C + M) m^2 T + kByteCost * bytes of the transformed weights
// with P pixels and T tiles. Bytes count because the weights of a large network come from memory for every picture;
// where memory is short their price goes up until only layers of few weights keep the method.
int choose_winograd(const Window& window, const Shape& x, const Shape& y, bool low_memory = false);

// The steps of the layer, in order, the last of which writes y. One step where the picture has tiles enough to be cut
// into blocks that run all three phases in the cache; else three steps with buffers between them, made by
// new_buffer(floats per sample).
std::vector<std::unique_ptr<Step>> make_winograd(const kernels::Kernels& kernels, const WinogradSpec& spec, BufferId x,
                                                 BufferId y, Tail tail,
                                                 const std::function<BufferId(int64_t)>& new_buffer);

}  // namespace mien
