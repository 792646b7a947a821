// A network for pictures of another size: what a detector needs, whose graph file holds one size only. Pure functions.
#pragma once

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// The graph with its one input changed to height x width, every size that follows from it rewritten (reshapes, slices
// to the end of an axis, nearest-neighbour resizes) and all shapes inferred anew. Weights are shared, not copied. A
// resize takes the size of what it is added to or joined with, if that stands before it in the graph, and else keeps
// its factor.
// Errors: bad_argument for a graph with another number of inputs or one that is no picture, for a size outside of
// 1..8192, and for weights that a model has packed and freed; unsupported, with the node's name, where the graph is
// bound to its own size in height or width: constants for each place (prior boxes), a layer of fixed length, a reshape
// that could be read in two ways. REQUIRES: infer_shapes(graph) was ok.
Result<Graph> with_input_size(const Graph& graph, int height, int width, InputLayout layout = InputLayout::nchw);

// The same for all that a file holds: the input record has the new size, and there are no golden cases, which were of
// the old one.
Result<Package> with_input_size(const Package& package, int height, int width);

}  // namespace mien
