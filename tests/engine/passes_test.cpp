// The passes keep what a graph computes, and remove what they say they remove.
#include "engine/passes/passes.h"

#include <algorithm>
#include <limits>

#include "engine/arena.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

int count(const Graph& graph, Op op) {
  return static_cast<int>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& n) { return n.op == op; }));
}

// Simplifies and checks the function in double: rounding the folded weights to float is the only difference.
Graph simplified(Graph graph) {
  const Graph before = graph;
  const Status status = simplify(graph);
  EXPECT_TRUE(status.ok()) << status.message();
  const Tensors inputs = random_inputs(before, 3);
  const auto expected = run_in_double(before, inputs), actual = run_in_double(graph, inputs);
  EXPECT_EQ(expected.size(), actual.size());
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i)
    EXPECT_LE(relative_error(actual[i], expected[i]), 5e-7) << "output " << i;
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    EXPECT_EQ(graph.value(graph.outputs[i]).name, before.value(before.outputs[i]).name);
  return graph;
}

TEST(FoldBatchNorm, AfterConvolutionsAndFullyConnected) {
  Builder b(1);
  const ValueId x = b.input({1, 6, 5, 5});
  ValueId y = b.relu(b.batch_norm(b.conv(x, 12, window(3, 1, 1), false)));
  y = b.prelu(b.batch_norm(b.conv(y, 12, window(3, 1, 1, 12))));
  y = b.batch_norm(b.fully_connected(b.reshape(y, {1, 300}), 7));
  EXPECT_EQ(count(simplified(b.done({y})), Op::batch_norm), 0);
}

TEST(FoldBatchNorm, BeforeUnpaddedConvolutionsGroupsIncluded) {
  Builder b(2);
  const ValueId x = b.input({1, 8, 5, 5});
  ValueId y = b.conv(b.batch_norm(x), 12, window(3, 1, 0, 4));
  y = b.conv(b.batch_norm(b.relu(y)), 5, window(1), false);
  EXPECT_EQ(count(simplified(b.done({y})), Op::batch_norm), 0);
}

TEST(FoldBatchNorm, BeforeFlattenAndFullyConnected) {
  Builder b(3);
  const ValueId x = b.input({1, 8, 3, 2});
  const ValueId y = b.fully_connected(b.reshape(b.batch_norm(b.relu(x)), {1, 48}), 5);
  EXPECT_EQ(count(simplified(b.done({y})), Op::batch_norm), 0);
}

TEST(FoldBatchNorm, NotIntoAPaddedConvolutionNorASharedProducer) {
  Builder b(4);
  const ValueId x = b.input({1, 8, 5, 5});
  const ValueId sum = b.add(b.conv(x, 8, window(1)), x);
  const ValueId y = b.conv(b.batch_norm(sum), 8, window(3, 1, 1));
  const ValueId shared = b.conv(y, 8, window(1));
  const ValueId normed = b.batch_norm(shared);
  EXPECT_EQ(count(simplified(b.done({b.add(shared, b.relu(normed)), sum})), Op::batch_norm), 2);
}

TEST(FoldBatchNorm, TwoNormsBecomeOneAndArithmeticCounts) {
  Builder b(5);
  const ValueId x = b.input({1, 3, 6, 6});
  // The form of exports that normalise inside: (x - 127.5) * s, then a padded layer.
  const ValueId centred = b.node(Op::sub, {x, b.constant({1})});
  const ValueId scaled = b.node(Op::mul, {centred, b.constant({1, 3, 1, 1}, 0.5f, 1.0f)});
  ValueId y = b.conv(scaled, 8, window(3, 1, 1));
  y = b.node(Op::add, {b.node(Op::mul, {b.constant({8, 1, 1}), y}), b.constant({1, 8, 1, 1})});
  y = b.node(Op::div, {b.node(Op::sub, {b.constant({1}), y}), b.constant({1}, 1, 2)});
  const Graph graph = simplified(b.done({y}));
  EXPECT_EQ(count(graph, Op::batch_norm), 1);
  EXPECT_EQ(graph.nodes.size(), 2u);
}

TEST(FoldBatchNorm, LeavesArithmeticThatIsNotPerChannel) {
  Builder b(6);
  const ValueId x = b.input({1, 4, 4, 4});
  const ValueId y = b.conv(x, 4, window(1));
  const Graph graph =
      simplified(b.done({b.node(Op::mul, {y, b.constant({1, 4, 4, 4})}), b.node(Op::add, {y, b.constant({4})})}));
  EXPECT_EQ(count(graph, Op::mul), 1);
  EXPECT_EQ(count(graph, Op::add), 1);
}

TEST(RemoveIdentities, AndDeadCode) {
  Builder b(7);
  const ValueId x = b.input({1, 4, 2, 2});
  ValueId y = b.reshape(b.reshape(x, {4, 4}), {1, 4, 2, 2});
  y = b.node(Op::transpose, {y}, [](Node& n) { n.ints = {0, 1, 2, 3}; });
  y = b.node(Op::slice, {y}, [](Node& n) { n.ints = {0, 0, 0, 0, 1, 4, 2, 2, 1, 1, 1, 1}; });
  y = b.node(Op::pad, {y}, [](Node& n) { n.ints = std::vector<int64_t>(8, 0); });
  y = b.node(Op::clip, {b.conv(y, 3, window(1))},
             [](Node& n) { n.a = 0, n.b = std::numeric_limits<float>::infinity(); });
  b.conv(x, 9, window(1));  // read by nobody
  const Graph graph = simplified(b.done({y}));
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[1].op, Op::relu);
  EXPECT_EQ(graph.values.size(), 5u);  // input, weights, bias, two outputs
}

TEST(RemoveIdentities, KeepsAnOutputThatIsItsInput) {
  Builder b(8);
  const ValueId x = b.input({1, 4});
  const ValueId y = b.reshape(x, {1, 4});
  EXPECT_EQ(simplified(b.done({y})).nodes.size(), 1u);
}

TEST(Arena, TensorsAliveTogetherDoNotOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> tensors(1 + random() % 40);
    for (Lifetime& t : tensors) {
      t.first = static_cast<int>(random() % 30);
      t.last = t.first + static_cast<int>(random() % 6);
      t.floats = static_cast<int64_t>(random() % 20) * 16;
    }
    const ArenaLayout layout = lay_out(tensors);
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Lifetime& a = tensors[i];
      const int64_t a_at = layout.offsets[i];
      EXPECT_LE(a_at + a.floats, layout.floats);
      EXPECT_EQ(a_at % 16, 0);
      for (size_t j = 0; j < i; ++j) {
        const Lifetime& c = tensors[j];
        const bool together = a.first <= c.last && c.first <= a.last;
        const int64_t c_at = layout.offsets[j];
        const bool apart = a_at + a.floats <= c_at || c_at + c.floats <= a_at;
        EXPECT_TRUE(!together || apart || a.floats == 0 || c.floats == 0);
      }
    }
  }
}

}  // namespace
}  // namespace mien
