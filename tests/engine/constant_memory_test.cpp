// Weights that a model gives back once they are packed, and those that it must not.
#include "engine/constant_memory.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/file/flat_file.h"
#include "tests/engine/graph_cases.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace testing_support;

// Two convolutions with weights of `channels` squared, the same constant if `shared`.
Package two_layers(int64_t channels, bool shared) {
  Package package;
  Graph& graph = package.graph;
  graph.name = package.card.name = "two";
  ValueId value = graph.add_input("x", {1, channels, 5, 5});
  ValueId weights = kNoValue;
  for (int i = 0; i < 2; ++i) {
    if (!shared || weights == kNoValue) {
      std::vector<float> values(static_cast<size_t>(channels * channels));
      for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k % 31) * 0.001f - 0.01f;
      weights = graph.add_constant("w", {channels, channels, 1, 1}, std::move(values));
    }
    Node node;
    node.op = Op::conv;
    node.inputs = {value, weights};
    value = graph.add_node(node, "y");
  }
  graph.outputs = {value};
  EXPECT_TRUE(infer_shapes(graph).ok());
  package.output.dims = channels;
  return package;
}

int constants_without_data(const Model& model) {
  int count = 0;
  for (const Value& value : model.graph().values) count += value.is_constant() && !value.constant.data;
  return count;
}

TEST(ConstantMemory, APackageGivenAwayIsFreed) {
  Package package = two_layers(64, false);
  const GraphCost before = cost_of(package.graph);
  const std::weak_ptr<const void> held = package.graph.values[1].constant.owner;
  const auto model = Model::create(std::move(package));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_TRUE(held.expired());
  EXPECT_EQ(constants_without_data(**model), 2);
  EXPECT_EQ((*model)->cost().total.params, before.total.params);
  // What needs the numbers says that they are gone.
  const auto bytes = serialize((*model)->package());
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.status().code(), Code::bad_argument);
  const auto outputs = run_reference((*model)->graph(), {std::vector<double>(64 * 25)});
  ASSERT_FALSE(outputs.ok());
  EXPECT_NE(outputs.status().message().find("'w'"), std::string::npos) << outputs.status().message();
}

TEST(ConstantMemory, APackageThatIsKeptStaysWhole) {
  const Package package = two_layers(64, false);
  const float first = package.graph.values[1].constant.data[0];
  const auto model = Model::create(package);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(constants_without_data(**model), 0);
  EXPECT_EQ(package.graph.values[1].constant.data[0], first);
  EXPECT_TRUE(serialize((*model)->package()).ok());
}

TEST(ConstantMemory, WeightsOfTwoLayersAreFreedAfterTheSecond) {
  const Tensors inputs = random_inputs(two_layers(64, true).graph, 3);
  const auto expected = run_in_double(two_layers(64, true).graph, inputs);
  const auto model = Model::create(two_layers(64, true));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(constants_without_data(**model), 1);
  EXPECT_LT(relative_error(run_model(*model, inputs)[0], expected[0]), 1e-6);
}

// Weights of 4 MB, so that pages are dropped while they are packed.
TEST(ConstantMemory, PagesOfAFileComeBack) {
  const Package package = two_layers(1024, false);
  testing::TemporaryFolder folder;
  const std::string path = folder.file("m.mien");
  ASSERT_TRUE(write_file(package, path).ok());
  const auto from_file = Model::load(path), from_memory = Model::create(package);
  ASSERT_TRUE(from_file.ok() && from_memory.ok()) << from_file.status().message();
  const Tensors inputs = random_inputs(package.graph, 5);
  EXPECT_EQ(run_model(*from_file, inputs), run_model(*from_memory, inputs));
  EXPECT_EQ(constants_without_data(**from_file), 0);
  size_t compared = 0;
  for (const Value& value : (*from_file)->graph().values) {
    if (!value.is_constant()) continue;
    const float* expected = package.graph.values[1].constant.data;
    EXPECT_EQ(std::memcmp(value.constant.data, expected, 1024 * 1024 * sizeof(float)), 0);
    ++compared;
  }
  EXPECT_EQ(compared, 2u);
}

}  // namespace
}  // namespace mien
