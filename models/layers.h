// The layers that face networks are made of, with seeded weights: what a network's file is written in.
// Not thread-safe; one builder makes one graph.
#pragma once

#include <cstdint>
#include <string>

#include "engine/graph.h"
#include "models/seeded_weights.h"

namespace mien {

// A value of the graph and its channel count, which the next layer's weights need before shapes are inferred.
struct Features {
  ValueId id = kNoValue;
  int channels = 0;
};

// Geometry of a square convolution. The gain is that of seeded_weights.h.
struct ConvSpec {
  int kernel = 1, stride = 1, pad = 0, groups = 1;
  double gain = 1;
};

class LayerBuilder {
 public:
  LayerBuilder(std::string name, uint64_t seed);

  Features input(const std::string& name, int channels, int height, int width);
  // Convolution without bias -> `channels`.
  Features conv(const std::string& layer, Features x, int channels, const ConvSpec& spec);
  // BatchNorm at inference with the statistics drawn, as its two vectors (gamma / sqrt(var + 1e-5), beta - mean *
  // that).
  Features batch_norm(const std::string& layer, Features x);
  // One slope per channel, each in (0, 1).
  Features prelu(const std::string& layer, Features x);
  Features add(const std::string& layer, Features a, Features b);
  // [1, C, 1, 1] -> [1, C], the graph's output `name`.
  void output_vector(const std::string& name, Features x);

  // The finished graph; the builder is empty afterwards. Shapes are not inferred yet.
  Graph take() { return std::move(graph_); }

 private:
  Features append(Node node, int channels);

  Graph graph_;
  SeededWeights weights_;
};

}  // namespace mien
