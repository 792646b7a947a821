// A network of models/ written as Caffe's users write it: BatchNorm and Scale apart, activations in place.
#pragma once

#include "engine/graph.h"
#include "tests/converters/caffe_writer.h"
#include "tests/converters/mxnet_network.h"

namespace mien::testing {

struct CaffeWriting {
  CaffeStyle style;
  bool depthwise_layers = false;  // ConvolutionDepthwise instead of a Convolution with groups
  bool input_layer = true;        // instead of `input:` and `input_dim:`
  bool in_place = true;
};

// The graph with these weights, which made it. Networks of convolutions, BatchNorm, PReLU, ReLU, ReLU6, sums and
// reshapes to a vector only; throws for others.
CaffeNet caffe_network(const Graph& graph, const RecordedWeights& weights, const CaffeWriting& writing);

}  // namespace mien::testing
