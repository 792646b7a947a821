#include "models/mobilefacenet.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

// Gains that keep the rms of every activation between 0.2 and 5. A PReLU with slopes around 0.25 halves the mean
// square, so a convolution behind one has 1.8; one behind a linear layer has 1.
constexpr double kBehindPrelu = 1.8;
constexpr double kBehindLinear = 1.0;
constexpr int kDims = 128;        // of the paper; a trained file may have another number
constexpr double kIntoSum = 0.3;  // a residual branch, so that a chain of sums grows slowly

// Conv + BatchNorm, without an activation: what the paper calls linear.
Features linear(LayerBuilder& net, const std::string& layer, Features x, int channels, const ConvSpec& spec) {
  return net.batch_norm(layer, net.conv(layer, x, channels, spec));
}

Features with_prelu(LayerBuilder& net, const std::string& layer, Features x, int channels, const ConvSpec& spec) {
  return net.prelu(layer, linear(net, layer, x, channels, spec));
}

// A depthwise 3x3 with PReLU.
Features depthwise(LayerBuilder& net, const std::string& layer, Features x, int stride) {
  return with_prelu(net, layer, x, x.channels, ConvSpec{3, stride, 1, x.channels, kBehindPrelu});
}

// One inverted residual (Sandler et al. 2018): expand 1x1, depthwise 3x3, project 1x1 linear; the input is added where
// the shapes agree.
Features bottleneck(LayerBuilder& net, const std::string& block, Features x, int t, int c, int stride) {
  const bool residual = stride == 1 && x.channels == c;
  Features y = with_prelu(net, block + ".expand", x, t * x.channels, ConvSpec{1, 1, 0, 1, kBehindLinear});
  y = depthwise(net, block + ".depthwise", y, stride);
  y = linear(net, block + ".project", y, c, ConvSpec{1, 1, 0, 1, residual ? kIntoSum : kBehindPrelu});
  return residual ? net.add(block + ".sum", x, y) : y;
}

// One row of the paper's table: n bottlenecks, the first with the stride.
Features bottlenecks(LayerBuilder& net, const std::string& stage, Features x, int t, int c, int n, int s) {
  for (int i = 0; i < n; ++i) x = bottleneck(net, stage + "." + std::to_string(i), x, t, c, i == 0 ? s : 1);
  return x;
}

}  // namespace

Package mobilefacenet(WeightSource& weights) {
  LayerBuilder net("mobilefacenet", weights);
  const Window global = global_depthwise(weights, "gdconv", 512);
  const int width = 16 * global.kernel_w;
  Features x = net.input("input", 3, 112, width);
  x = with_prelu(net, "conv1", x, 64, ConvSpec{3, 2, 1, 1, kBehindPrelu});    // 112 -> 56
  x = depthwise(net, "conv2", x, 1);                                          // 56
  x = bottlenecks(net, "stage1", x, 2, 64, 5, 2);                             // 56 -> 28
  x = bottlenecks(net, "stage2", x, 4, 128, 1, 2);                            // 28 -> 14
  x = bottlenecks(net, "stage3", x, 2, 128, 6, 1);                            // 14
  x = bottlenecks(net, "stage4", x, 4, 128, 1, 2);                            // 14 -> 7
  x = bottlenecks(net, "stage5", x, 2, 128, 2, 1);                            // 7
  x = with_prelu(net, "conv3", x, 512, ConvSpec{1, 1, 0, 1, kBehindLinear});  // 7
  x = net.conv_window("gdconv", x, 512, global, kBehindPrelu);                // 7 -> 1, "global depthwise"
  x = net.batch_norm("gdconv", x);
  const int64_t trained = weights.outputs_of("conv4", Role::conv_weight, kDims);
  const int dims = trained > 0 ? static_cast<int>(trained) : kDims;
  x = linear(net, "conv4", x, dims, ConvSpec{1, 1, 0, 1, kBehindLinear});
  net.output_vector("embedding", x);

  Package package;
  package.graph = net.take();
  package.input.known = true;
  package.input.preset = "arcface";
  package.input.height = 112;
  package.input.width = width;
  package.input.mean = {127.5f, 127.5f, 127.5f, 0};
  package.input.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f, 1};
  package.output.embedding = true;
  package.output.dims = dims;
  package.face = aligned_face(Flip::sum);
  return package;
}

}  // namespace mien
