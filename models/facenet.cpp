#include "models/facenet.h"

#include <string>
#include <vector>

#include "models/layers.h"

namespace mien {
namespace {

constexpr double kGain = 2;                   // what the ReLU behind each layer takes away
constexpr NormSpec kNorm{1e-3, false, true};  // TensorFlow's default eps; slim's BatchNorm has no gamma
constexpr float kNormEps = 1e-5f;             // the embedding is divided by sqrt(max(sum of squares, 1e-10))

// Convolution, BatchNorm and ReLU of any window. Layers are named as the TensorFlow variables are.
Features unit(LayerBuilder& net, const std::string& layer, Features x, int channels, const Window& window) {
  x = net.batch_norm(layer, net.conv_window(layer, x, channels, window, kGain), kNorm);
  return net.relu(layer + "/Relu", x);
}

Features conv(LayerBuilder& net, const std::string& layer, Features x, int channels, int kernel, int stride = 1,
              int pad = 0) {
  Window window;
  window.kernel_h = window.kernel_w = kernel;
  window.stride_h = window.stride_w = stride;
  window.pad_top = window.pad_bottom = window.pad_left = window.pad_right = pad;
  return unit(net, layer, x, channels, window);
}

// 1 x n, as large as its input.
Features conv_row(LayerBuilder& net, const std::string& layer, Features x, int channels, int n) {
  Window window;
  window.kernel_w = n;
  window.pad_left = window.pad_right = n / 2;
  return unit(net, layer, x, channels, window);
}

// n x 1, as large as its input.
Features conv_column(LayerBuilder& net, const std::string& layer, Features x, int channels, int n) {
  Window window;
  window.kernel_h = n;
  window.pad_top = window.pad_bottom = n / 2;
  return unit(net, layer, x, channels, window);
}

// What ends a residual block: the branches side by side, back to x's channels, scaled and added to x.
Features residual(LayerBuilder& net, const std::string& block, Features x, const std::vector<Features>& branches,
                  float factor) {
  Features up = net.concat(block + "/concat", branches);
  up = net.conv_bias(block + "/Conv2d_1x1", up, x.channels, ConvSpec{1, 1, 0, 1, kGain});
  if (factor != 1) up = net.scale(block + "/scale", up, factor);
  return net.add(block + "/add", x, up);
}

Features block35(LayerBuilder& net, const std::string& block, Features x) {
  const Features a = conv(net, block + "/Branch_0/Conv2d_1x1", x, 32, 1);
  Features b = conv(net, block + "/Branch_1/Conv2d_0a_1x1", x, 32, 1);
  b = conv(net, block + "/Branch_1/Conv2d_0b_3x3", b, 32, 3, 1, 1);
  Features c = conv(net, block + "/Branch_2/Conv2d_0a_1x1", x, 32, 1);
  c = conv(net, block + "/Branch_2/Conv2d_0b_3x3", c, 32, 3, 1, 1);
  c = conv(net, block + "/Branch_2/Conv2d_0c_3x3", c, 32, 3, 1, 1);
  return net.relu(block + "/Relu", residual(net, block, x, {a, b, c}, 0.17f));
}

// The other two blocks: 1x1, and 1x1 with a row and a column of n.
std::vector<Features> cross(LayerBuilder& net, const std::string& block, Features x, int channels, int n) {
  const std::string size = std::to_string(n);
  const Features a = conv(net, block + "/Branch_0/Conv2d_1x1", x, channels, 1);
  Features b = conv(net, block + "/Branch_1/Conv2d_0a_1x1", x, channels, 1);
  b = conv_row(net, block + "/Branch_1/Conv2d_0b_1x" + size, b, channels, n);
  b = conv_column(net, block + "/Branch_1/Conv2d_0c_" + size + "x1", b, channels, n);
  return {a, b};
}

Features block17(LayerBuilder& net, const std::string& block, Features x) {
  return net.relu(block + "/Relu", residual(net, block, x, cross(net, block, x, 128, 7), 0.10f));
}

Features block8(LayerBuilder& net, const std::string& block, Features x) {
  return net.relu(block + "/Relu", residual(net, block, x, cross(net, block, x, 192, 3), 0.20f));
}

Features reduction_a(LayerBuilder& net, const std::string& block, Features x) {
  const Features a = conv(net, block + "/Branch_0/Conv2d_1a_3x3", x, 384, 3, 2);
  Features b = conv(net, block + "/Branch_1/Conv2d_0a_1x1", x, 192, 1);
  b = conv(net, block + "/Branch_1/Conv2d_0b_3x3", b, 192, 3, 1, 1);
  b = conv(net, block + "/Branch_1/Conv2d_1a_3x3", b, 256, 3, 2);
  const Features c = net.max_pool(block + "/Branch_2/MaxPool_1a_3x3", x, 3, 2, 0);
  return net.concat(block + "/concat", {a, b, c});
}

Features reduction_b(LayerBuilder& net, const std::string& block, Features x) {
  Features a = conv(net, block + "/Branch_0/Conv2d_0a_1x1", x, 256, 1);
  a = conv(net, block + "/Branch_0/Conv2d_1a_3x3", a, 384, 3, 2);
  Features b = conv(net, block + "/Branch_1/Conv2d_0a_1x1", x, 256, 1);
  b = conv(net, block + "/Branch_1/Conv2d_1a_3x3", b, 256, 3, 2);
  Features c = conv(net, block + "/Branch_2/Conv2d_0a_1x1", x, 256, 1);
  c = conv(net, block + "/Branch_2/Conv2d_0b_3x3", c, 256, 3, 1, 1);
  c = conv(net, block + "/Branch_2/Conv2d_1a_3x3", c, 256, 3, 2);
  const Features d = net.max_pool(block + "/Branch_3/MaxPool_1a_3x3", x, 3, 2, 0);
  return net.concat(block + "/concat", {a, b, c, d});
}

}  // namespace

Package facenet(WeightSource& weights) {
  LayerBuilder net("facenet", weights);
  Features x = net.input("input", 3, 160, 160);
  x = conv(net, "Conv2d_1a_3x3", x, 32, 3, 2);     // 160 -> 79
  x = conv(net, "Conv2d_2a_3x3", x, 32, 3);        // 79 -> 77
  x = conv(net, "Conv2d_2b_3x3", x, 64, 3, 1, 1);  // 77
  x = net.max_pool("MaxPool_3a_3x3", x, 3, 2, 0);  // 77 -> 38
  x = conv(net, "Conv2d_3b_1x1", x, 80, 1);        // 38
  x = conv(net, "Conv2d_4a_3x3", x, 192, 3);       // 38 -> 36
  x = conv(net, "Conv2d_4b_3x3", x, 256, 3, 2);    // 36 -> 17
  for (int i = 1; i <= 5; ++i) x = block35(net, "Repeat/block35_" + std::to_string(i), x);
  x = reduction_a(net, "Mixed_6a", x);  // 17 -> 8
  for (int i = 1; i <= 10; ++i) x = block17(net, "Repeat_1/block17_" + std::to_string(i), x);
  x = reduction_b(net, "Mixed_7a", x);  // 8 -> 3
  for (int i = 1; i <= 5; ++i) x = block8(net, "Repeat_2/block8_" + std::to_string(i), x);
  x = residual(net, "Block8", x, cross(net, "Block8", x, 192, 3), 1);  // the last one neither scales nor clips
  x = net.global_average_pool("Logits/AvgPool_1a_8x8", x);
  x = net.flatten("Logits/Flatten", x, 1792);
  x = net.fully_connected("Bottleneck", x, 512, 1, false);
  x = net.batch_norm("Bottleneck/BatchNorm", x, kNorm);
  net.output("embedding", net.l2_normalize("embeddings", x, kNormEps));

  Package package;
  package.graph = net.take();
  package.input = rgb_input("facenet", 160, 160, 127.5f, 1 / 128.0f);
  package.output = embedding_output(512, true);
  package.face = boxed_face(32, Flip::concat);
  return package;
}

}  // namespace mien
