#include "models/iresnet.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

constexpr double kBehindPrelu = 1.8;
constexpr double kLinear = 1;

struct Depth {
  const char* name;
  int blocks[4];
  double into_sum;  // gain of a branch's last convolution: the more sums in a chain, the smaller
};

// BN, 3x3, BN, PReLU, 3x3 with the stride, BN; the sum has no activation. The first BatchNorm stands before a padded
// convolution: its shift cannot move into a bias, for the padding is zero after it.
Features block(LayerBuilder& net, const std::string& b, Features x, int channels, bool first, double into_sum) {
  const int stride = first ? 2 : 1;
  Features y = net.batch_norm(b + ".bn1", x);
  y = net.conv(b + ".conv1", y, channels, ConvSpec{3, 1, 1, 1, kBehindPrelu});
  y = net.prelu(b + ".prelu", net.batch_norm(b + ".bn2", y));
  y = net.batch_norm(b + ".bn3", net.conv(b + ".conv2", y, channels, ConvSpec{3, stride, 1, 1, into_sum}));
  if (first) {
    x = net.conv(b + ".downsample.0", x, channels, ConvSpec{1, stride, 0, 1, kLinear});
    x = net.batch_norm(b + ".downsample.1", x);
  }
  return net.add(b + ".add", y, x);
}

// `count` blocks, the first of them halves the side.
Features stage(LayerBuilder& net, const std::string& name, Features x, int channels, int count, double into_sum) {
  for (int i = 0; i < count; ++i) x = block(net, name + "." + std::to_string(i), x, channels, i == 0, into_sum);
  return x;
}

Package iresnet(const Depth& depth, WeightSource& weights) {
  LayerBuilder net(depth.name, weights);
  Features x = net.input("input", 3, 112, 112);
  x = net.conv("conv1", x, 64, ConvSpec{3, 1, 1, 1, kBehindPrelu});
  x = net.prelu("prelu", net.batch_norm("bn1", x));
  x = stage(net, "layer1", x, 64, depth.blocks[0], depth.into_sum);   // 112 -> 56
  x = stage(net, "layer2", x, 128, depth.blocks[1], depth.into_sum);  // 56 -> 28
  x = stage(net, "layer3", x, 256, depth.blocks[2], depth.into_sum);  // 28 -> 14
  x = stage(net, "layer4", x, 512, depth.blocks[3], depth.into_sum);  // 14 -> 7
  x = net.flatten("flatten", net.batch_norm("bn2", x), 512 * 7 * 7);
  x = net.fully_connected("fc", x, 512, kLinear, true);
  net.output("embedding", net.batch_norm("features", x));

  Package package;
  package.graph = net.take();
  package.input = rgb_input("arcface", 112, 112, 127.5f, 1 / 127.5f);
  package.output = embedding_output(512, false);
  package.face = aligned_face(Flip::none);  // as MindFace measures
  return package;
}

}  // namespace

Package arcface_r50(WeightSource& weights) {
  return iresnet({"arcface_r50", {3, 4, 14, 3}, 0.1}, weights);
}

Package arcface_r100(WeightSource& weights) {
  return iresnet({"arcface_r100", {3, 13, 30, 3}, 0.05}, weights);
}

}  // namespace mien
