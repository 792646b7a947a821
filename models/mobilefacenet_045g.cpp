#include "models/mobilefacenet_045g.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

// Gains that keep the rms of every activation between 0.3 and 6.
constexpr double kBehindPrelu = 1.8;
constexpr double kIntoSum = 0.3;  // the last convolution of a residual branch
constexpr double kTransition = 1;
constexpr double kHead = 0.5;

// Layers are named as in the published checkpoints: .0 the convolution, .1 its BatchNorm, .2 the PReLU.
Features linear(LayerBuilder& net, const std::string& unit, Features x, int channels, const ConvSpec& spec) {
  return net.batch_norm(unit + ".layers.1", net.conv(unit + ".layers.0", x, channels, spec));
}

Features with_prelu(LayerBuilder& net, const std::string& unit, Features x, int channels, const ConvSpec& spec) {
  return net.prelu(unit + ".layers.2", linear(net, unit, x, channels, spec));
}

// 1x1 to `width` channels, 3x3 depthwise, 1x1 linear to c.
Features depthwise_unit(LayerBuilder& net, const std::string& unit, Features x, int width, int c, int stride,
                        double gain) {
  x = with_prelu(net, unit + ".layers.0", x, width, ConvSpec{1, 1, 0, 1, kBehindPrelu});
  x = with_prelu(net, unit + ".layers.1", x, width, ConvSpec{3, stride, 1, width, kBehindPrelu});
  return linear(net, unit + ".layers.2", x, c, ConvSpec{1, 1, 0, 1, gain});
}

// Halves the side.
Features transition(LayerBuilder& net, const std::string& unit, Features x, int width, int c) {
  return depthwise_unit(net, unit, x, width, c, 2, kTransition);
}

// n units, each added to its own input; as wide inside as outside.
Features residuals(LayerBuilder& net, const std::string& stage, Features x, int n) {
  for (int i = 0; i < n; ++i) {
    const std::string unit = stage + ".layers." + std::to_string(i);
    x = net.add(unit + ".add", x, depthwise_unit(net, unit, x, x.channels, x.channels, 1, kIntoSum));
  }
  return x;
}

}  // namespace

Package mobilefacenet_045g(WeightSource& weights) {
  LayerBuilder net("mobilefacenet_0.45g", weights);
  Features x = net.input("input", 3, 112, 112);
  x = with_prelu(net, "layers.0", x, 128, ConvSpec{3, 2, 1, 1, kBehindPrelu});   // 112 -> 56
  x = with_prelu(net, "layers.1", x, 128, ConvSpec{3, 1, 1, 64, kBehindPrelu});  // two channels in each group
  x = transition(net, "layers.2", x, 128, 128);                                  // 56 -> 28
  x = residuals(net, "layers.3", x, 4);
  x = transition(net, "layers.4", x, 256, 256);  // 28 -> 14
  x = residuals(net, "layers.5", x, 6);
  x = transition(net, "layers.6", x, 512, 256);  // 14 -> 7
  x = residuals(net, "layers.7", x, 2);
  x = with_prelu(net, "conv_sep", x, 512, ConvSpec{1, 1, 0, 1, kBehindPrelu});
  x = linear(net, "features.layers.0", x, 512, ConvSpec{7, 1, 0, 512, kHead});  // 7 -> 1, "global depthwise"
  x = net.flatten("features.layers.1", x, 512);
  x = net.fully_connected("features.layers.2", x, 512, kHead, false);
  net.output("embedding", net.batch_norm("features.layers.3", x));

  Package package;
  package.graph = net.take();
  package.input = rgb_input("arcface", 112, 112, 127.5f, 1 / 127.5f);
  package.output = embedding_output(512, false);
  package.face = aligned_face(Flip::none);
  return package;
}

}  // namespace mien
