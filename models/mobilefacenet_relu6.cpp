#include "models/mobilefacenet_relu6.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

// Gains that keep the rms of every activation near 1.
constexpr double kBehindRelu = 2;
constexpr double kIntoSum = 0.3;
constexpr double kLinear = 1;
constexpr int kDims = 128;  // a trained file may have another number

// Layers are named as in the checkpoint: <unit>.0 the convolution, <unit>.1 its BatchNorm.
Features with_relu6(LayerBuilder& net, const std::string& unit, Features x, int channels, const ConvSpec& spec) {
  x = net.batch_norm(unit + ".1", net.conv(unit + ".0", x, channels, spec));
  return net.relu6(unit + ".2", x);
}

// The second layer is separable: depthwise 3x3 and 1x1, with plain ReLU.
Features separable(LayerBuilder& net, const std::string& unit, Features x) {
  x = net.conv(unit + ".depthwise", x, x.channels, ConvSpec{3, 1, 1, x.channels, kBehindRelu});
  x = net.relu(unit + ".relu1", net.batch_norm(unit + ".bn1", x));
  x = net.conv(unit + ".pointwise", x, x.channels, ConvSpec{1, 1, 0, 1, kBehindRelu});
  return net.relu(unit + ".relu2", net.batch_norm(unit + ".bn2", x));
}

// Expand 1x1, depthwise 3x3, project 1x1 linear; the input is added where the shapes agree.
Features bottleneck(LayerBuilder& net, const std::string& block, Features x, int t, int c, int stride) {
  const bool residual = stride == 1 && x.channels == c;
  const std::string conv = block + ".conv";
  Features y = with_relu6(net, conv + ".0", x, t * x.channels, ConvSpec{1, 1, 0, 1, kLinear});
  y = with_relu6(net, conv + ".1", y, y.channels, ConvSpec{3, stride, 1, y.channels, kBehindRelu});
  y = net.conv(conv + ".2", y, c, ConvSpec{1, 1, 0, 1, residual ? kIntoSum : kBehindRelu});
  y = net.batch_norm(conv + ".3", y);
  return residual ? net.add(block + ".add", x, y) : y;
}

// One row of the paper's table: n bottlenecks, the first with the stride. Counts blocks on.
Features bottlenecks(LayerBuilder& net, int* block, Features x, int t, int c, int n, int s) {
  for (int i = 0; i < n; ++i) x = bottleneck(net, "features." + std::to_string((*block)++), x, t, c, i == 0 ? s : 1);
  return x;
}

}  // namespace

Package mobilefacenet_relu6(WeightSource& weights) {
  LayerBuilder net("mobilefacenet_relu6", weights);
  const Window global = global_depthwise(weights, "gdconv.depthwise", 512);
  const int width = 16 * global.kernel_w;
  int block = 0;
  Features x = net.input("input", 3, 112, width);
  x = with_relu6(net, "conv1", x, 64, ConvSpec{3, 2, 1, 1, kBehindRelu});  // 112 -> 56
  x = separable(net, "dw_conv", x);                                        // 56
  x = bottlenecks(net, &block, x, 2, 64, 5, 2);                            // 56 -> 28
  x = bottlenecks(net, &block, x, 4, 128, 1, 2);                           // 28 -> 14
  x = bottlenecks(net, &block, x, 2, 128, 6, 1);                           // 14
  x = bottlenecks(net, &block, x, 4, 128, 1, 2);                           // 14 -> 7
  x = bottlenecks(net, &block, x, 2, 128, 2, 1);                           // 7
  x = with_relu6(net, "conv2", x, 512, ConvSpec{1, 1, 0, 1, kLinear});     // 7
  x = net.conv_window("gdconv.depthwise", x, 512, global, kBehindRelu);    // 7 -> 1, "global depthwise"
  x = net.batch_norm("gdconv.bn", x);
  const int64_t trained = weights.outputs_of("conv3", Role::conv_weight, kDims);
  const int dims = trained > 0 ? static_cast<int>(trained) : kDims;
  x = net.conv_bias("conv3", x, dims, ConvSpec{1, 1, 0, 1, kLinear});
  net.output_vector("embedding", net.batch_norm("bn", x));

  Package package;
  package.graph = net.take();
  package.input = rgb_input("imagenet", 112, width, 0, 1);
  constexpr double kMean[] = {0.485 * 255, 0.456 * 255, 0.406 * 255}, kDeviation[] = {0.229, 0.224, 0.225};
  for (size_t c = 0; c < 3; ++c) {
    package.input.mean[c] = static_cast<float>(kMean[c]);
    package.input.scale[c] = static_cast<float>(1 / (kDeviation[c] * 255));
  }
  package.output = embedding_output(dims, false);
  package.face = aligned_face(Flip::none);
  return package;
}

}  // namespace mien
