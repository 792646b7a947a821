// The paper's MobileFaceNet: its layers in order, exact costs, the same bits everywhere, activations that stay sane.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "engine/file/flat_file.h"
#include "engine/reference.h"
#include "models/networks.h"
#include "models/seeded_weights.h"

namespace mien {
namespace {

Package build(uint64_t seed = 0) {
  auto package = build_network("mobilefacenet", seed);
  EXPECT_TRUE(package.ok()) << package.status().message();
  return package.ok() ? std::move(*package) : Package();
}

// A convolution or sum in a form that two descriptions of a network can be compared in.
struct Layer {
  std::string kind;  // "conv", "add" or "prelu"
  int64_t kernel = 0, stride = 0, groups = 0, in = 0, out = 0, height = 0, macs = 0;
  bool operator==(const Layer& o) const {
    return kind == o.kind && kernel == o.kernel && stride == o.stride && groups == o.groups && in == o.in &&
           out == o.out && height == o.height && macs == o.macs;
  }
};

std::ostream& operator<<(std::ostream& os, const Layer& l) {
  return os << l.kind << " k" << l.kernel << " s" << l.stride << " g" << l.groups << " " << l.in << "->" << l.out
            << " @" << l.height << " macs " << l.macs;
}

std::vector<Layer> layers_of(const Graph& graph) {
  const GraphCost cost = cost_of(graph);
  std::vector<Layer> layers;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const Shape& out = graph.value(node.output).shape;
    if (node.op == Op::conv)
      layers.push_back({"conv", node.window.kernel_h, node.window.stride_h, node.window.groups,
                        graph.value(node.inputs[0]).shape[1], out[1], out[2], cost.nodes[i].macs});
    if (node.op == Op::add) layers.push_back({"add", 0, 0, 0, out[1], out[1], out[2], 0});
    if (node.op == Op::prelu) layers.push_back({"prelu", 0, 0, 0, out[1], out[1], out[2], 0});
  }
  return layers;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string f; std::getline(in, f, '\t');) fields.push_back(f);
  return fields;
}

int64_t number(const std::string& text) {
  return text.empty() ? 0 : std::stoll(text);
}

// Columns: id name type k s p cin cout g bias attr hin hout params macs. Other rows (batch norms, the input's scaling)
// are left out: their place follows from the layers here.
std::vector<Layer> layers_of_table(std::istream& table) {
  std::vector<Layer> layers;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    const std::vector<std::string> f = split(line);
    if (f.size() < 15) continue;
    const std::string& type = f[2];
    Layer layer{type,         number(f[3]), number(f[4]),  number(f[8]),
                number(f[6]), number(f[7]), number(f[12]), number(f[14])};
    if (type == "prelu" || type == "add") layers.push_back({type, 0, 0, 0, layer.out, layer.out, layer.height, 0});
    if (type == "conv" || type == "dwconv") layer.kind = "conv", layers.push_back(layer);
    // A fully connected layer on a 1x1 picture is the paper's linear 1x1 convolution.
    if (type == "fc") layers.push_back({"conv", 1, 1, 1, layer.in, layer.out, 1, layer.macs});
  }
  return layers;
}

TEST(MobileFaceNet, ExactCost) {
  const GraphCost cost = cost_of(build().graph);
  EXPECT_EQ(cost.total.macs, 220965376);
  EXPECT_EQ(cost.total.params, 1003136);
}

TEST(MobileFaceNet, InputAndOutput) {
  const Package p = build();
  ASSERT_EQ(p.graph.inputs.size(), 1u);
  ASSERT_EQ(p.graph.outputs.size(), 1u);
  EXPECT_EQ(p.graph.value(p.graph.inputs[0]).shape, (Shape{1, 3, 112, 112}));
  EXPECT_EQ(p.graph.value(p.graph.outputs[0]).shape, (Shape{1, 128}));
  EXPECT_EQ(p.graph.value(p.graph.outputs[0]).name, "embedding");
  EXPECT_TRUE(p.input.known);
  EXPECT_EQ(p.input.color, ColorOrder::rgb);
  EXPECT_EQ(p.input.mean[2], 127.5f);
  EXPECT_EQ(p.input.scale[2], static_cast<float>(1 / 127.5));
  EXPECT_EQ(p.output.dims, 128);
  EXPECT_FALSE(p.output.normalized);
  EXPECT_NE(p.card.source_file.find("untrained"), std::string::npos);
}

// The depth and width of each stage as the paper's table 1 prints them: output channels and side after each row.
TEST(MobileFaceNet, StagesOfThePaper) {
  const Package p = build();
  const struct {
    const char* last;
    int64_t channels, side;
  } rows[] = {{"conv1/prelu", 64, 56},   {"conv2/prelu", 64, 56},
              {"stage1.4.sum", 64, 28},  {"stage2.0.project/bn", 128, 14},
              {"stage3.5.sum", 128, 14}, {"stage4.0.project/bn", 128, 7},
              {"stage5.1.sum", 128, 7},  {"conv3/prelu", 512, 7},
              {"gdconv/bn", 512, 1},     {"conv4/bn", 128, 1}};
  size_t next = 0;
  for (const Node& node : p.graph.nodes) {
    if (next == std::size(rows) || node.name != rows[next].last) continue;
    EXPECT_EQ(p.graph.value(node.output).shape, (Shape{1, rows[next].channels, rows[next].side, rows[next].side}));
    ++next;
  }
  EXPECT_EQ(next, std::size(rows)) << "no row " << (next < std::size(rows) ? rows[next].last : "");
}

TEST(MobileFaceNet, SameLayersAsAnIndependentTable) {
  const std::string path = MIEN_SHARED_DIR "/specs/models/tables/insightface_mfn_y1.layers.tsv";
  std::ifstream table(path);
  if (!table) GTEST_SKIP() << "no table at " << path;
  const auto expected = layers_of_table(table);
  const auto found = layers_of(build().graph);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i]) << "layer " << i;
}

// FNV-1a over the bytes of every constant, in order.
uint64_t hash_of_weights(const Graph& graph) {
  std::string bytes;
  for (const Value& value : graph.values) {
    if (!value.is_constant()) continue;
    bytes += value.name;
    bytes.append(reinterpret_cast<const char*>(value.constant.data),
                 static_cast<size_t>(value.shape.elements()) * sizeof(float));
  }
  return fnv(bytes);
}

TEST(MobileFaceNet, WeightsAreTheSameBitsOnEveryHost) {
  EXPECT_EQ(hash_of_weights(build(0).graph), 13811542761337193633u);
  EXPECT_EQ(hash_of_weights(build(1).graph), 457666668985003774u);
}

TEST(MobileFaceNet, SerializesToTheSameBytes) {
  const auto a = serialize(build(3)), b = serialize(build(3)), c = serialize(build(4));
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_TRUE(*a == *b);
  EXPECT_FALSE(*a == *c);
}

TEST(MobileFaceNet, ActivationsStaySane) {
  const Package p = build();
  const std::vector<float> input = golden_input(1, 3 * 112 * 112, -1, 1);
  const auto outputs = run_reference(p.graph, {std::vector<double>(input.begin(), input.end())},
                                     [](const Node& node, const std::vector<double>& y) {
                                       double sum = 0;
                                       for (const double v : y) sum += v * v;
                                       const double rms = std::sqrt(sum / static_cast<double>(y.size()));
                                       EXPECT_GT(rms, 0.2) << node.name;
                                       EXPECT_LT(rms, 5) << node.name;
                                     });
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  EXPECT_EQ((*outputs)[0].size(), 128u);
}

TEST(Networks, AnUnknownNameListsTheOnesThereAre) {
  const auto package = build_network("resnet", 0);
  ASSERT_FALSE(package.ok());
  EXPECT_EQ(package.status().code(), Code::bad_argument);
  EXPECT_NE(package.status().message().find("mobilefacenet"), std::string::npos);
}

}  // namespace
}  // namespace mien
