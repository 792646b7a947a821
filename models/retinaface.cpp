#include "models/retinaface.h"

#include <string>
#include <vector>

#include "models/layers.h"

namespace mien {
namespace {

constexpr int kAnchors = 2;  // prior boxes at each place of a level
constexpr double kBehindRelu = 2;
constexpr double kFromPixels = 0x1p-12;  // the input is not scaled: its rms is about 75
constexpr double kIntoSum = 0.2;
constexpr double kLinear = 1;

using Levels = std::vector<Features>;  // of 1/8, 1/16 and 1/32 of the picture's sides

int half(int side) {
  return (side + 1) / 2;
}

// One network being built: its activation is LeakyReLU, and a slope of 0 makes it ReLU.
struct Net {
  LayerBuilder& build;
  float slope;
  Size picture;
  Size quarter;  // the features' at 1/4, behind a stem that may drop a row

  Size size_of(size_t level) const {
    Size size = quarter;
    for (size_t halvings = 0; halvings <= level; ++halvings) size = {half(size.height), half(size.width)};
    return size;
  }

  Features act(const std::string& layer, Features x) const {
    return slope == 0 ? build.relu(layer, x) : build.leaky_relu(layer, x, slope);
  }
  // Convolution and BatchNorm number i and i + 1 of a sequence, without and with the activation i + 2.
  Features linear(const std::string& seq, Features x, int channels, const ConvSpec& spec, int i = 0) const {
    x = build.conv(seq + "." + std::to_string(i), x, channels, spec);
    return build.batch_norm(seq + "." + std::to_string(i + 1), x);
  }
  Features active(const std::string& seq, Features x, int channels, const ConvSpec& spec, int i = 0) const {
    return act(seq + "." + std::to_string(i + 2), linear(seq, x, channels, spec, i));
  }
};

// A depthwise 3x3 and a 1x1 of MobileNet (Howard et al. 2017).
Features separable(const Net& net, const std::string& unit, Features x, int channels, int stride) {
  x = net.active(unit, x, x.channels, ConvSpec{3, stride, 1, x.channels, kBehindRelu});
  return net.active(unit, x, channels, ConvSpec{1, 1, 0, 1, kBehindRelu}, 3);
}

// MobileNet with a quarter of the channels.
Levels mobilenet025(const Net& net, Features x) {
  x = net.active("body.stage1.0", x, 8, ConvSpec{3, 2, 1, 1, kFromPixels});  // 1/2
  x = separable(net, "body.stage1.1", x, 16, 1);
  x = separable(net, "body.stage1.2", x, 32, 2);  // 1/4
  x = separable(net, "body.stage1.3", x, 32, 1);
  x = separable(net, "body.stage1.4", x, 64, 2);  // 1/8
  const Features c3 = x = separable(net, "body.stage1.5", x, 64, 1);
  x = separable(net, "body.stage2.0", x, 128, 2);  // 1/16
  for (int i = 1; i <= 5; ++i) x = separable(net, "body.stage2." + std::to_string(i), x, 128, 1);
  const Features c4 = x;
  x = separable(net, "body.stage3.0", x, 256, 2);  // 1/32
  return {c3, c4, separable(net, "body.stage3.1", x, 256, 1)};
}

Features conv_norm(const Net& net, const std::string& block, const char* number, Features x, int channels,
                   const ConvSpec& spec) {
  return net.build.batch_norm(block + ".bn" + number, net.build.conv(block + ".conv" + number, x, channels, spec));
}

// 1x1, 3x3 with the stride, 1x1 to four times the width (He et al. 2016, the stride on the 3x3).
Features bottleneck(const Net& net, const std::string& block, Features x, int width, int stride, bool first) {
  Features y = conv_norm(net, block, "1", x, width, ConvSpec{1, 1, 0, 1, kBehindRelu});
  y = net.build.relu(block + ".relu1", y);
  y = conv_norm(net, block, "2", y, width, ConvSpec{3, stride, 1, 1, kBehindRelu});
  y = net.build.relu(block + ".relu2", y);
  y = conv_norm(net, block, "3", y, 4 * width, ConvSpec{1, 1, 0, 1, kIntoSum});
  if (first) x = net.linear(block + ".downsample", x, 4 * width, ConvSpec{1, stride, 0, 1, kLinear});
  return net.build.relu(block + ".relu3", net.build.add(block + ".add", y, x));
}

Features layer(const Net& net, const std::string& name, Features x, int width, int blocks, int stride) {
  for (int i = 0; i < blocks; ++i)
    x = bottleneck(net, name + "." + std::to_string(i), x, width, i == 0 ? stride : 1, i == 0);
  return x;
}

// 3x3 of stride 2. MindSpore's pads the top and the left only.
Features stem_pool(const Net& net, Features x, bool mindspore) {
  Window window;
  window.kernel_h = window.kernel_w = 3;
  window.stride_h = window.stride_w = 2;
  window.pad_top = window.pad_left = 1;
  window.pad_bottom = window.pad_right = mindspore ? 0 : 1;
  return net.build.max_pool("body.maxpool", x, window);
}

Levels resnet50(const Net& net, Features x, bool mindspore) {
  x = conv_norm(net, "body", "1", x, 64, ConvSpec{7, 2, 3, 1, kFromPixels});  // 1/2
  x = stem_pool(net, net.build.relu("body.relu", x), mindspore);              // 1/4
  x = layer(net, "body.layer1", x, 64, 3, 1);
  const Features c3 = layer(net, "body.layer2", x, 128, 4, 2);   // 1/8
  const Features c4 = layer(net, "body.layer3", c3, 256, 6, 2);  // 1/16
  return {c3, c4, layer(net, "body.layer4", c4, 512, 3, 2)};     // 1/32
}

// Feature pyramid (Lin et al. 2017): each level gets the coarser one, which is merged before it is handed down.
Levels pyramid(const Net& net, const Levels& c, int width) {
  const ConvSpec side{1, 1, 0, 1, kBehindRelu}, merge{3, 1, 1, 1, kBehindRelu};
  Features p3 = net.active("fpn.output1", c[0], width, side);
  Features p4 = net.active("fpn.output2", c[1], width, side);
  const Features p5 = net.active("fpn.output3", c[2], width, side);
  p4 = net.build.add("fpn.add2", p4, net.build.upsample("fpn.up3", p5, net.size_of(2), net.size_of(1)));
  p4 = net.active("fpn.merge2", p4, width, merge);
  p3 = net.build.add("fpn.add1", p3, net.build.upsample("fpn.up2", p4, net.size_of(1), net.size_of(0)));
  return {net.active("fpn.merge1", p3, width, merge), p4, p5};
}

// Context module (Najibi et al. 2017, "SSH"): windows of 3, 5 and 7 made of 3x3 ones, side by side.
Features context(const Net& net, const std::string& ssh, Features x) {
  const int half = x.channels / 2, quarter = x.channels / 4;
  const ConvSpec spec{3, 1, 1, 1, kBehindRelu};
  const Features three = net.linear(ssh + ".conv3X3", x, half, spec);
  const Features first = net.active(ssh + ".conv5X5_1", x, quarter, spec);
  const Features five = net.linear(ssh + ".conv5X5_2", first, quarter, spec);
  Features seven = net.active(ssh + ".conv7X7_2", first, quarter, spec);
  seven = net.linear(ssh + ".conv7x7_3", seven, quarter, spec);
  return net.build.relu(ssh + ".relu", net.build.concat(ssh + ".concat", {three, five, seven}));
}

// `values` numbers for every prior of all levels.
Features head(const Net& net, const std::string& name, const Levels& levels, int values) {
  Levels rows;
  for (size_t i = 0; i < levels.size(); ++i) {
    const std::string level = name + "." + std::to_string(i);
    const Features x =
        net.build.conv_bias(level + ".conv1x1", levels[i], kAnchors * values, ConvSpec{1, 1, 0, 1, kLinear});
    rows.push_back(net.build.rows(level, x, net.size_of(i), values));
  }
  return net.build.concat_rows(name, rows);
}

void heads(const Net& net, const Levels& levels) {
  Levels p;
  for (size_t i = 0; i < levels.size(); ++i) p.push_back(context(net, "ssh" + std::to_string(i + 1), levels[i]));
  net.build.output("boxes", head(net, "BboxHead", p, 4));
  net.build.output("scores", net.build.softmax("ClassHead.softmax", head(net, "ClassHead", p, 2)));
  net.build.output("landmarks", head(net, "LandmarkHead", p, 10));
}

Features input(const Net& net) {
  return net.build.input("input", 3, net.picture.height, net.picture.width);
}

Package finished(const Net& net) {
  Package package;
  package.graph = net.build.take();
  package.input = rgb_input("retinaface", net.picture.height, net.picture.width, 0, 1);
  package.input.color = ColorOrder::bgr;
  package.input.mean = {104, 117, 123, 0};
  return package;
}

}  // namespace

Package retinaface_mobilenet025(WeightSource& weights, const BuildOptions& options) {
  LayerBuilder build("retinaface_mobilenet025", weights);
  const Size picture{options.height, options.width};
  const Net net{build, 0.1f, picture, {half(half(picture.height)), half(half(picture.width))}};
  heads(net, pyramid(net, mobilenet025(net, input(net)), 64));
  return finished(net);
}

Package retinaface_resnet50(WeightSource& weights, const BuildOptions& options) {
  LayerBuilder build("retinaface_resnet50", weights);
  const Size picture{options.height, options.width}, stem{half(picture.height), half(picture.width)};
  const Size quarter =
      options.mindspore ? Size{stem.height / 2, stem.width / 2} : Size{half(stem.height), half(stem.width)};
  const Net net{build, 0, picture, quarter};
  heads(net, pyramid(net, resnet50(net, input(net), options.mindspore), 256));
  return finished(net);
}

}  // namespace mien
