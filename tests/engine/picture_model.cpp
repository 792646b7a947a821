#include "tests/engine/picture_model.h"

#include <gtest/gtest.h>

namespace mien::testing {
namespace {

float weight(int o, int c, int p) { return 0.01f * static_cast<float>((o * 31 + c * 7 + p * 3) % 17 - 8); }

}  // namespace

Package picture_package() {
  Package package;
  Graph& graph = package.graph;
  graph.name = "whole picture";
  const ValueId x = graph.add_input("picture", {1, kC, kH, kW});
  std::vector<float> weights;
  for (int o = 0; o < kOut; ++o)
    for (int c = 0; c < kC; ++c)
      for (int p = 0; p < kPixels; ++p) weights.push_back(weight(o, c, p));
  Node conv;
  conv.op = Op::conv;
  conv.window.kernel_h = kH;
  conv.window.kernel_w = kW;
  conv.inputs = {x, graph.add_constant("w", {kOut, kC, kH, kW}, weights),
                 graph.add_constant("b", {kOut}, std::vector<float>{0.5f, -0.25f})};
  const ValueId sum = graph.add_node(conv, "sum");
  Node absolute;
  absolute.op = Op::abs;
  absolute.inputs = {sum};
  graph.outputs = {sum, graph.add_node(absolute, "absolute")};
  EXPECT_TRUE(infer_shapes(graph).ok());
  package.input = {true, false, "custom", kH, kW, kC, InputLayout::nchw, ColorOrder::bgr, {1, 2, 3, 0},
                   {0.5, 0.25, 2, 1}};
  package.output = {true, kOut, false};
  package.face = {Alignment::box, 32, Flip::concat, "two sets", {{0.01, 0.25}, {0.001, 0.5}}};
  package.card = {"sample", "Apache-2.0", "s.onnx", "", "onnx", "mien 0.1.0", {"put right"}};
  return package;
}

std::vector<uint8_t> picture(int seed) {
  std::vector<uint8_t> rgb(kPixels * 3);
  const size_t first = static_cast<size_t>(seed) * 101;
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<uint8_t>((first + i * 37) % 256);
  return rgb;
}

std::vector<float> normalized(const std::vector<uint8_t>& rgb) {
  constexpr float kMean[] = {1, 2, 3}, kScale[] = {0.5, 0.25, 2};
  std::vector<float> input;
  for (int c = 0; c < kC; ++c)
    for (int p = 0; p < kPixels; ++p)
      input.push_back((static_cast<float>(rgb[static_cast<size_t>(3 * p + 2 - c)]) - kMean[c]) * kScale[c]);
  return input;
}

double expected(const std::vector<float>& input, int o) {
  double sum = o == 0 ? 0.5 : -0.25;
  for (int c = 0; c < kC; ++c)
    for (int p = 0; p < kPixels; ++p) sum += double{weight(o, c, p)} * input[static_cast<size_t>(c * kPixels + p)];
  return sum;
}

}  // namespace mien::testing
