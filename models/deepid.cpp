#include "models/deepid.h"

#include <string>

#include "models/layers.h"

namespace mien {
namespace {

constexpr double kGain = 2;        // what a ReLU behind each layer takes away
constexpr int64_t kPeople = 1283;  // of the training script; a trained file brings its own number, or no head

Features conv_relu(LayerBuilder& net, const std::string& block, Features x, int channels, int kernel) {
  x = net.conv_bias(block + ".0", x, channels, ConvSpec{kernel, 1, 0, 1, kGain});
  return net.relu(block + ".1", x);
}

Features halved(LayerBuilder& net, const std::string& block, Features x) {
  return net.max_pool(block + ".2", x, 2, 2, 0);
}

}  // namespace

Package deepid(WeightSource& weights) {
  LayerBuilder net("deepid", weights);
  Features x = net.input("input", 3, 55, 47);
  x = halved(net, "block1", conv_relu(net, "block1", x, 20, 4));  // 55x47 -> 26x22
  x = halved(net, "block2", conv_relu(net, "block2", x, 40, 3));  // -> 12x10
  x = halved(net, "block3", conv_relu(net, "block3", x, 60, 3));  // -> 5x4
  const Features deep = conv_relu(net, "deep_layer", x, 80, 2);   // -> 4x3
  // The embedding sees two scales.
  const Features fine = net.flatten("block3.flatten", x, 60 * 5 * 4);
  const Features coarse = net.flatten("deep_layer.flatten", deep, 80 * 4 * 3);
  x = net.concat("scales", {fine, coarse});
  x = net.fully_connected("dense_layer.0", x, 160, kGain, true);
  x = net.relu("dense_layer.1", x);
  net.output("embedding", x);
  const int64_t people = weights.outputs_of("class_layer", Role::fc_weight, kPeople);
  if (people > 0) net.output("logits", net.fully_connected("class_layer", x, static_cast<int>(people), kGain, true));

  Package package;
  package.graph = net.take();
  package.input = rgb_input("deepid", 55, 47, 127.5f, 1 / 127.5f);
  package.output = embedding_output(160, false);
  package.face = boxed_face(0, Flip::none);  // the middle half of a frame that is centred on the face
  return package;
}

}  // namespace mien
