// The layers that face networks are made of, with weights from any source: what a network's file is written in.
// Not thread-safe; one builder makes one graph.
#pragma once

#include <string>
#include <vector>

#include "engine/records.h"
#include "models/weight_source.h"

namespace mien {

// A value of the graph and its channel count, which the next layer's weights need before shapes are inferred.
struct Features {
  ValueId id = kNoValue;
  int channels = 0;
};

struct Size {
  int height = 0, width = 0;
};

// Geometry of a square convolution. The gain is that of untrained weights, see seeded_weights.h.
struct ConvSpec {
  int kernel = 1, stride = 1, pad = 0, groups = 1;
  double gain = 1;
};

// The depthwise convolution that ends a MobileFaceNet's pictures, "global": of 7 x 7 for 112 x 112 pixels, and of 7 x 6
// for 112 x 96 where the trained kernel is so wide.
Window global_depthwise(const WeightSource& weights, const std::string& layer, int channels);

// What a BatchNorm has. A gamma or beta that is not trained is 1 or 0, unless the weights bring one all the same.
struct NormSpec {
  double eps = 1e-5;
  bool gamma = true, beta = true;
};

class LayerBuilder {
 public:
  // REQUIRES: the source outlives the builder.
  LayerBuilder(std::string name, WeightSource& weights);

  Features input(const std::string& name, int channels, int height, int width);
  // Convolution without bias -> `channels`.
  Features conv(const std::string& layer, Features x, int channels, const ConvSpec& spec);
  Features conv_bias(const std::string& layer, Features x, int channels, const ConvSpec& spec);
  // One of any window, such as 1x7; without bias.
  Features conv_window(const std::string& layer, Features x, int channels, const Window& window, double gain);
  // [1, K] -> [1, units], with a bias or without.
  Features fully_connected(const std::string& layer, Features x, int units, double gain, bool bias);
  // BatchNorm at inference with the statistics drawn, as its two vectors (gamma / sqrt(var + eps), beta - mean * that).
  Features batch_norm(const std::string& layer, Features x, const NormSpec& spec = {});

  // One slope per channel, each in (0, 1).
  Features prelu(const std::string& layer, Features x);
  // One slope for all channels.
  Features prelu_shared(const std::string& layer, Features x);
  Features relu(const std::string& layer, Features x);
  Features relu6(const std::string& layer, Features x);
  Features leaky_relu(const std::string& layer, Features x, float slope);

  Features max_pool(const std::string& layer, Features x, int kernel, int stride, int pad);
  Features max_pool(const std::string& layer, Features x, const Window& window);
  Features global_average_pool(const std::string& layer, Features x);
  // Nearest neighbour: row i is row floor(i * from.height / to.height), columns alike. REQUIRES: from is x's size.
  Features upsample(const std::string& layer, Features x, Size from, Size to);

  Features add(const std::string& layer, Features a, Features b);
  Features scale(const std::string& layer, Features x, float factor);
  // Along the channels.
  Features concat(const std::string& layer, const std::vector<Features>& parts);
  // [1, C, H, W] -> [1, elements], channel slowest. REQUIRES: elements = C * H * W.
  Features flatten(const std::string& layer, Features x, int elements);
  // [1, C, H, W] -> [1, H * W * C / width, width], channel fastest: what a detector's head says of each place.
  // REQUIRES: size is x's. The result has no channels: it goes into concat_rows or softmax only.
  Features rows(const std::string& layer, Features x, Size size, int width);
  Features concat_rows(const std::string& layer, const std::vector<Features>& parts);
  // Along the last axis of rows.
  Features softmax(const std::string& layer, Features x);
  // [1, K]: x / max(norm of x, eps).
  Features l2_normalize(const std::string& layer, Features x, float eps);

  // [1, C, 1, 1] -> [1, C], the graph's next output `name`.
  void output_vector(const std::string& name, Features x);
  // x itself becomes the graph's next output and is called `name`.
  void output(const std::string& name, Features x);

  // The finished graph; the builder is empty afterwards. Shapes are not inferred yet.
  Graph take() { return std::move(graph_); }

 private:
  Node convolution(const std::string& layer, Features x, int channels, const Window& window, double gain);
  Features append(Node node, int channels);
  Features append(Op op, const std::string& layer, Features x);
  Features concat_along(int axis, const std::string& layer, const std::vector<Features>& parts, int channels);

  ValueId constant(const std::string& layer, Role role, const Shape& shape, double gain = 1);

  Graph graph_;
  WeightSource& weights_;
};

// Input record of a picture whose three channels share mean and scale: (v - mean) * scale, RGB.
InputRecord rgb_input(const std::string& preset, int height, int width, float mean, float scale);
// Output record of one vector per picture.
OutputRecord embedding_output(int dims, bool normalized);
// Face record of a network trained on crops aligned to ArcFace's template. flip: the one behind its published figures.
FaceRecord aligned_face(Flip flip);
// Of one trained on the detector's box, with so many pixels added to its width and height.
FaceRecord boxed_face(float margin, Flip flip);

}  // namespace mien
