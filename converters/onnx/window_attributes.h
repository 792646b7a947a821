// Geometry of Conv and the pools. Thread-safety: free functions.
#pragma once

#include "converters/onnx/importer.h"

namespace mien::onnx {

// strides, dilations, pads, auto_pad and ceil_mode for an input of height and width dims[2], dims[3]. kernel: the size
// when the attribute is absent ({} = the attribute is required). False after telling the node what is wrong.
bool read_window(NodeView& node, const Dims& in, const Dims& kernel, Window* window);

// A zero Pad over height and width right before a convolution becomes part of its window; *x is then the Pad's input.
void absorb_pad(const Importer& g, ValueId* x, Window* w);

}  // namespace mien::onnx
