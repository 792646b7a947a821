// The layers that the networks of models/ are made of, each shape once: what the kernels are timed on.
// Thread-safety: call from one thread.
#pragma once

#include <string>
#include <vector>

#include "engine/graph.h"

namespace mien::bench {

// A convolution or a pool. `name` tells all of it: "3x3s2_64to128_at56", with "p<top>.<left>" after the window where
// the padding is not half of the window, and "at55x47" where the picture is not square.
struct WindowShape {
  std::string name;
  Window window;
  int in = 0, out = 0;  // channels
  int in_h = 0, in_w = 0, out_h = 0, out_w = 0;
  bool first = false;  // reads the network's input
};

struct RowShape {
  std::string name;  // "512to128"
  int inputs = 0, outputs = 0;
};

struct LayerShapes {
  std::vector<WindowShape> dense, depthwise, pairs, pools;
  std::vector<WindowShape> winograd;  // channels and picture of each transform: "64_at56"
  std::vector<RowShape> fully_connected;
};

// Builds the graph of every network once, with weights that are all the same.
const LayerShapes& layer_shapes();

}  // namespace mien::bench
