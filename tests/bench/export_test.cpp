// The ONNX files that other engines get are the networks themselves: read back, each has the same nodes and answers
// with the same bits. MIEN_LONG=1 runs the large networks and no others.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/peers/export/export_onnx.h"
#include "converters/onnx/onnx.h"
#include "engine/model.h"
#include "engine/passes/passes.h"
#include "models/networks.h"

namespace mien::bench {
namespace {

bool is_large(const std::string& network) {
  return network == "arcface_r50" || network == "arcface_r100" || network == "retinaface_resnet50";
}

bool is_detector(const std::string& network) {
  return network.rfind("retinaface", 0) == 0;
}

Result<Imported> read_back(const Graph& graph) {
  const Result<std::string> bytes = export_onnx(graph);
  if (!bytes.ok()) return bytes.status();
  std::vector<std::string> unsupported;
  Result<Imported> imported =
      import_onnx(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size(), "", &unsupported);
  for (const std::string& what : unsupported) ADD_FAILURE() << what;
  return imported;
}

// Operators and their geometry in order: two graphs with the same lines and weights are the same.
std::vector<std::string> lines(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& node : graph.nodes) {
    const Window& w = node.window;
    std::string line = name_of(node.op);
    for (const ValueId id : node.inputs) line += " " + graph.value(id).shape.text();
    line += " -> " + graph.value(node.output).shape.text();
    for (const int n : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left, w.pad_bottom,
                        w.pad_right, w.groups, node.axis})
      line += " " + std::to_string(n);
    all.push_back(line);
  }
  return all;
}

using Tensors = std::vector<std::vector<float>>;

// What the planned model answers to a random input.
Tensors answer(Package package) {
  EXPECT_TRUE(simplify(package.graph).ok());
  const auto model = Model::create(std::move(package));
  if (!model.ok()) return ADD_FAILURE() << model.status().message(), Tensors();
  const auto session = Session::create(*model);
  Tensors y;
  std::vector<float*> out;
  for (int i = 0; i < (*model)->outputs(); ++i)
    y.emplace_back(static_cast<size_t>((*model)->output(i).shape.elements()));
  for (auto& output : y) out.push_back(output.data());
  const std::vector<float> x = golden_input(1, (*model)->input(0).shape.elements(), -1, 1);
  const float* in[] = {x.data()};
  const Status status = (*session)->run(1, in, out.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return y;
}

void expect_same_values(const Graph& a, const std::vector<ValueId>& of_a, const Graph& b,
                        const std::vector<ValueId>& of_b) {
  ASSERT_EQ(of_a.size(), of_b.size());
  for (size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_EQ(a.value(of_a[i]).name, b.value(of_b[i]).name);
    EXPECT_EQ(a.value(of_a[i]).shape, b.value(of_b[i]).shape);
  }
}

class Export : public testing::TestWithParam<std::string> {};

TEST_P(Export, IsTheNetworkItself) {
  const std::string& network = GetParam();
  const char* wanted = std::getenv("MIEN_LONG");
  if (is_large(network) != (wanted && *wanted && *wanted != '0')) GTEST_SKIP();
  BuildOptions options;
  if (is_detector(network)) options.height = 64, options.width = 96;
  Result<Package> package = build_network(network, 0, options);
  ASSERT_TRUE(package.ok()) << package.status().message();
  Result<Imported> imported = read_back(package->graph);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_TRUE(imported->repairs.empty());
  EXPECT_TRUE(imported->warnings.empty());
  Graph &ours = package->graph, &theirs = imported->package.graph;
  ASSERT_TRUE(infer_shapes(theirs).ok());
  expect_same_values(ours, ours.inputs, theirs, theirs.inputs);
  expect_same_values(ours, ours.outputs, theirs, theirs.outputs);
  EXPECT_EQ(cost_of(ours).total.macs, cost_of(theirs).total.macs);
  EXPECT_EQ(cost_of(ours).total.params, cost_of(theirs).total.params);
  EXPECT_EQ(lines(ours), lines(theirs));

  const Tensors expected = answer(std::move(*package)), answered = answer(std::move(imported->package));
  ASSERT_EQ(expected.size(), answered.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(expected[i] == answered[i]) << "output " << i;
}

std::string test_name(const testing::TestParamInfo<std::string>& network) {
  std::string name = network.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Networks, Export, testing::ValuesIn(network_names()), test_name);

// A graph of one node on 1x4x3x3, called "n".
Graph one_node(Node node) {
  Graph graph;
  node.name = "n";
  node.inputs.insert(node.inputs.begin(), graph.add_input("x", Shape{1, 4, 3, 3}));
  graph.outputs = {graph.add_node(std::move(node), "y")};
  const Status status = infer_shapes(graph);
  EXPECT_TRUE(status.ok()) << status.message();
  return graph;
}

void expect_refused(Node node, const std::string& what) {
  const Result<std::string> bytes = export_onnx(one_node(std::move(node)));
  ASSERT_FALSE(bytes.ok()) << what;
  EXPECT_EQ(bytes.status().code(), Code::unsupported);
  EXPECT_NE(bytes.status().message().find("node 'n'"), std::string::npos) << bytes.status().message();
  EXPECT_NE(bytes.status().message().find(what), std::string::npos) << bytes.status().message();
}

TEST(ExportRefusals, AnOperatorWithoutARowIsNamed) {
  Node node;
  node.op = Op::hard_swish;
  expect_refused(std::move(node), "hard_swish");
}

TEST(ExportRefusals, AResizeThatIsNoWholeMultipleIsNamed) {
  Node node;
  node.op = Op::resize_nearest;
  node.axis = 4;
  node.ints = {0, 0, 1, 2, 0, 1, 2};
  expect_refused(node, "1x4x3x3 to 1x4x4x3");
  node.axis = 6;
  node.ints = {0, 0, 1, 1, 1, 2, 0, 1, 2};  // six rows, but not two of each
  expect_refused(node, "1x4x3x3 to 1x4x6x3");
}

// A value may have any name, also one that the writer would give to a constant of its own.
TEST(ExportNames, ATakenNameIsNotTakenAgain) {
  Graph graph;
  Node first, second;
  first.op = second.op = Op::clip;
  first.b = 0.5f, second.b = 0.25f;
  first.inputs = {graph.add_input("x", Shape{1, 4, 3, 3})};
  second.inputs = {graph.add_node(first, "y.max")};
  graph.outputs = {graph.add_node(second, "y")};
  ASSERT_TRUE(infer_shapes(graph).ok());
  const Result<Imported> imported = read_back(graph);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  ASSERT_EQ(imported->package.graph.nodes.size(), 2u);
  EXPECT_EQ(imported->package.graph.nodes[0].b, 0.5f);
  EXPECT_EQ(imported->package.graph.nodes[1].b, 0.25f);
}

}  // namespace
}  // namespace mien::bench
