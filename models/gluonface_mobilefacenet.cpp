#include "models/gluonface_mobilefacenet.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

// Gains that keep the rms of every activation between 0.3 and 4.
constexpr double kBehindPrelu = 1.8;
constexpr double kIntoSum = 0.3;  // the last convolution of a residual branch
constexpr double kLinear = 1;

// Layers are named as in the published checkpoints: .0 the convolution, .1 its BatchNorm, .2 the PReLU.
Features linear(LayerBuilder& net, const std::string& unit, Features x, int channels, const ConvSpec& spec) {
  return net.batch_norm(unit + ".1", net.conv(unit + ".0", x, channels, spec));
}

Features with_prelu(LayerBuilder& net, const std::string& unit, Features x, int channels, const ConvSpec& spec) {
  return net.prelu_shared(unit + ".2", linear(net, unit, x, channels, spec));
}

Features depthwise(LayerBuilder& net, const std::string& unit, Features x, int stride) {
  return with_prelu(net, unit, x, x.channels, ConvSpec{3, stride, 1, x.channels, kBehindPrelu});
}

// Expand 1x1, depthwise 3x3, project 1x1 linear; the input is added where the shapes agree.
Features bottleneck(LayerBuilder& net, const std::string& block, Features x, int t, int c, int stride) {
  const bool residual = stride == 1 && x.channels == c;
  Features y = with_prelu(net, block + ".out.0", x, t * x.channels, ConvSpec{1, 1, 0, 1, kBehindPrelu});
  y = depthwise(net, block + ".out.1", y, stride);
  y = linear(net, block + ".out.2", y, c, ConvSpec{1, 1, 0, 1, residual ? kIntoSum : kLinear});
  return residual ? net.add(block + ".add", y, x) : y;
}

// One row of the paper's table: n bottlenecks, the first with the stride.
Features bottlenecks(LayerBuilder& net, const std::string& stage, Features x, int t, int c, int n, int s) {
  for (int i = 0; i < n; ++i) x = bottleneck(net, stage + "." + std::to_string(i), x, t, c, i == 0 ? s : 1);
  return x;
}

}  // namespace

Package gluonface_mobilefacenet(WeightSource& weights) {
  LayerBuilder net("gluonface_mobilefacenet", weights);
  Features x = net.input("input", 3, 112, 112);
  x = with_prelu(net, "features.0", x, 64, ConvSpec{3, 2, 1, 1, kBehindPrelu});  // 112 -> 56
  x = depthwise(net, "features.1", x, 1);                                        // 56
  x = bottlenecks(net, "features.2", x, 2, 64, 5, 2);                            // 56 -> 28
  x = bottlenecks(net, "features.3", x, 4, 128, 1, 2);                           // 28 -> 14
  x = bottlenecks(net, "features.4", x, 2, 128, 6, 1);                           // 14
  x = bottlenecks(net, "features.5", x, 4, 128, 1, 2);                           // 14 -> 7
  x = bottlenecks(net, "features.6", x, 2, 128, 2, 1);                           // 7
  x = with_prelu(net, "features.7", x, 512, ConvSpec{1, 1, 0, 1, kBehindPrelu});
  x = linear(net, "features.8", x, 512, ConvSpec{7, 1, 0, 512, kLinear});  // 7 -> 1
  x = net.conv("features.9", x, 128, ConvSpec{1, 1, 0, 1, kLinear});
  x = net.batch_norm("features.10", x, NormSpec{1e-5, false, false});  // trained with gamma 1 and beta 0
  net.output_vector("embedding", x);

  Package package;
  package.graph = net.take();
  package.input = rgb_input("gluonface", 112, 112, 0, 1 / 255.0f);
  package.output = embedding_output(128, false);
  package.face = aligned_face(Flip::concat);
  return package;
}

}  // namespace mien
