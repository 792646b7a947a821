// How operators that only move data read their parameters: shared by the folding interpreter and the importer.
// Each returns false after telling the node what is wrong. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/onnx/node_view.h"

namespace mien::onnx {

using Dims = std::vector<int64_t>;

// Axis in 0..rank-1 from one that may be negative.
bool resolve_axis(NodeView& node, int64_t axis, int rank, int* out);
// Sorted, distinct axes. Empty list in: empty list out.
bool resolve_axes(NodeView& node, const std::vector<int64_t>& axes, int rank, std::vector<int>* out);

bool reshape_dims(NodeView& node, const Dims& in, Dims* out);
bool flatten_dims(NodeView& node, const Dims& in, Dims* out);
bool squeeze_dims(NodeView& node, const Dims& in, Dims* out);
bool unsqueeze_dims(NodeView& node, const Dims& in, Dims* out);
bool transpose_order(NodeView& node, int rank, std::vector<int64_t>* order);

// Per axis of the input: first index, number of elements, step (negative steps walk backwards).
struct SliceRange {
  std::vector<int64_t> start, count, step;
};
bool slice_range(NodeView& node, const Dims& in, SliceRange* out);
// Sizes of the outputs of a Split along *axis.
bool split_sizes(NodeView& node, const Dims& in, int* axis, std::vector<int64_t>* sizes);

// NumPy broadcasting of two shapes.
bool broadcast_dims(NodeView& node, const Dims& a, const Dims& b, Dims* out);
// Before opset 7 the second operand of arithmetic is aligned by attributes: its dimensions as NumPy needs them.
bool legacy_broadcast(NodeView& node, const Dims& a, const Dims& b, Dims* out);

}  // namespace mien::onnx
