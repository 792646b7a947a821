// A graph written as ncnn writes it: its layers, and a Split wherever a value is read more than once.
#pragma once

#include "engine/graph.h"
#include "tests/converters/mxnet_network.h"
#include "tests/converters/ncnn_writer.h"

namespace mien::testing {

struct NcnnStyle {
  // As ncnn's optimiser leaves it: BatchNorm in the weights of the convolution in front, and behind it relu or clip as
  // the convolution's own.
  bool folded = false;
  // Of the Input layer; "" to leave the size out.
  std::string input = "0=112 1=112 2=3";
};

// Networks of convolutions, BatchNorm, activations, sums, scalars and fully connected layers; throws for others. The
// four vectors of a BatchNorm are those of the weights if they have them, else scale, 0, 1 and shift.
NcnnModel ncnn_network(const Graph& graph, const RecordedWeights& weights, const NcnnStyle& style = {});

}  // namespace mien::testing
