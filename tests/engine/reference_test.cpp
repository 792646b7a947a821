// run_reference: every operator of graph.h gets its inputs, attributes and shapes right. The arithmetic itself is
// tested in tests/kernels/reference_test.cpp; here the cases are small enough to be worked out by hand.
#include "engine/reference.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mien {
namespace {

using Numbers = std::vector<double>;

// A graph of one node on inputs of given shapes; constants follow the inputs in the node's input list.
class OneNode {
 public:
  explicit OneNode(Op op) { node.op = op; }
  OneNode& input(const Shape& shape, Numbers values) {
    node.inputs.push_back(graph.add_input("x", shape));
    inputs.push_back(std::move(values));
    return *this;
  }
  OneNode& constant(const Shape& shape, std::vector<float> values) {
    node.inputs.push_back(graph.add_constant("c", shape, std::move(values)));
    return *this;
  }
  Numbers run() {
    graph.outputs = {graph.add_node(node, "y")};
    const Status status = infer_shapes(graph);
    EXPECT_TRUE(status.ok()) << status.message();
    if (!status.ok()) return {};
    auto outputs = run_reference(graph, inputs);
    EXPECT_TRUE(outputs.ok()) << outputs.status().message();
    return outputs.ok() ? outputs->front() : Numbers();
  }

  Graph graph;
  Node node;
  std::vector<Numbers> inputs;
};

TEST(RunReference, Conv) {
  OneNode n(Op::conv);  // two groups of one channel, kernel 1x2, padded left
  n.input({1, 2, 1, 2}, {1, 2, 3, 4}).constant({2, 1, 1, 2}, {10, 1, 100, 1}).constant({2}, {0.5f, 0.25f});
  n.node.window.kernel_w = 2;
  n.node.window.pad_left = 1;
  n.node.window.groups = 2;
  EXPECT_EQ(n.run(), (Numbers{1.5, 12.5, 3.25, 304.25}));
}

TEST(RunReference, FullyConnected) {
  OneNode n(Op::fully_connected);
  n.input({2, 2}, {1, 2, 3, 4}).constant({1, 2}, {10, 1});
  EXPECT_EQ(n.run(), (Numbers{12, 34}));
}

TEST(RunReference, BatchNorm) {
  OneNode n(Op::batch_norm);
  n.input({1, 2, 1, 2}, {1, 2, 3, 4}).constant({2}, {2, 3}).constant({2}, {10, 20});
  EXPECT_EQ(n.run(), (Numbers{12, 14, 29, 32}));
}

TEST(RunReference, Prelu) {
  OneNode per_channel(Op::prelu);
  per_channel.input({1, 2, 1, 2}, {-1, 2, -3, 4}).constant({2}, {0.5f, -2});
  EXPECT_EQ(per_channel.run(), (Numbers{-0.5, 2, 6, 4}));
  OneNode shared(Op::prelu);
  shared.input({1, 2, 1, 2}, {-1, 2, -3, 4}).constant({1}, {0.5f});
  EXPECT_EQ(shared.run(), (Numbers{-0.5, 2, -1.5, 4}));
}

TEST(RunReference, Unary) {
  struct Case {
    Op op;
    float a, b;
    double x, y;
  };
  const Case cases[] = {
      {Op::relu, 0, 0, -2, 0},
      {Op::clip, 0, 6, 7, 6},
      {Op::leaky_relu, 0.25f, 0, -4, -1},
      {Op::sigmoid, 0, 0, 0, 0.5},
      {Op::tanh, 0, 0, 1, std::tanh(1)},
      {Op::exp, 0, 0, 1, std::exp(1)},
      {Op::sqrt, 0, 0, 16, 4},
      {Op::abs, 0, 0, -5, 5},
      {Op::neg, 0, 0, 5, -5},
      {Op::reciprocal, 0, 0, 8, 0.125},
      {Op::elu, 2, 0, -1, 2 * std::expm1(-1)},
      {Op::hard_sigmoid, 0.25f, 0.5f, 1, 0.75},
      {Op::hard_swish, 0, 0, 3, 3},
  };
  for (const Case& c : cases) {
    OneNode n(c.op);
    n.node.a = c.a, n.node.b = c.b;
    n.input({1}, {c.x});
    EXPECT_EQ(n.run(), Numbers{c.y}) << name_of(c.op);
  }
}

TEST(RunReference, Binary) {
  const std::pair<Op, double> cases[] = {{Op::add, 8}, {Op::sub, 4}, {Op::mul, 12},
                                         {Op::div, 3}, {Op::max, 6}, {Op::min, 2}};
  for (const auto& [op, expected] : cases) {
    OneNode n(op);
    n.input({2, 1}, {6, 6}).input({2}, {2, 2});
    EXPECT_EQ(n.run(), Numbers(4, expected)) << name_of(op);
  }
}

TEST(RunReference, Movement) {
  OneNode joined(Op::concat);
  joined.input({2, 1}, {1, 2}).input({2, 2}, {3, 4, 5, 6}).input({2, 1}, {7, 8});
  joined.node.axis = 1;
  EXPECT_EQ(joined.run(), (Numbers{1, 3, 4, 7, 2, 5, 6, 8}));

  OneNode cut(Op::slice);
  cut.input({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}).node.ints = {1, 0, 2, 4, 1, 3};
  EXPECT_EQ(cut.run(), (Numbers{5, 8}));

  OneNode turned(Op::transpose);
  turned.input({1, 2, 3}, {1, 2, 3, 4, 5, 6}).node.ints = {2, 0, 1};
  EXPECT_EQ(turned.run(), (Numbers{1, 4, 2, 5, 3, 6}));

  OneNode reshaped(Op::reshape);
  reshaped.input({2, 3}, {1, 2, 3, 4, 5, 6}).node.ints = {3, 2};
  EXPECT_EQ(reshaped.run(), (Numbers{1, 2, 3, 4, 5, 6}));

  OneNode padded(Op::pad);
  padded.input({1, 2}, {1, 2}).node.ints = {0, 1, 1, 0};
  padded.node.a = 9;
  EXPECT_EQ(padded.run(), (Numbers{9, 1, 2, 9, 9, 9}));

  OneNode resized(Op::resize_nearest);
  resized.input({1, 1, 1, 2}, {1, 2}).node.ints = {0, 0, 0, 1, 1};
  resized.node.axis = 2;
  EXPECT_EQ(resized.run(), (Numbers{1, 2, 2, 1, 2, 2}));
}

TEST(RunReference, Pools) {
  const Numbers x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (bool count : {false, true}) {
    OneNode n(Op::average_pool);
    n.input({1, 1, 3, 3}, x);
    n.node.window.kernel_h = n.node.window.kernel_w = n.node.window.stride_h = n.node.window.stride_w = 2;
    n.node.window.pad_bottom = n.node.window.pad_right = 1;
    n.node.window.count_include_pad = count;
    EXPECT_EQ(n.run(), count ? (Numbers{3, 2.25, 3.75, 2.25}) : (Numbers{3, 4.5, 7.5, 9}));
  }
  OneNode most(Op::max_pool);
  most.input({1, 1, 3, 3}, x);
  most.node.window.kernel_h = most.node.window.kernel_w = most.node.window.stride_h = most.node.window.stride_w = 2;
  most.node.window.ceil_mode = true;
  EXPECT_EQ(most.run(), (Numbers{5, 6, 8, 9}));
  OneNode mean(Op::global_average_pool);
  mean.input({1, 2, 1, 2}, {1, 3, 5, 9});
  EXPECT_EQ(mean.run(), (Numbers{2, 7}));
  OneNode top(Op::global_max_pool);
  top.input({1, 2, 1, 2}, {1, 3, 9, 5});
  EXPECT_EQ(top.run(), (Numbers{3, 9}));
}

TEST(RunReference, AlongAnAxis) {
  OneNode soft(Op::softmax);
  soft.input({2, 1, 2}, {0, 5, 0, 5});
  soft.node.axis = 0;
  EXPECT_EQ(soft.run(), (Numbers{0.5, 0.5, 0.5, 0.5}));
  OneNode unit(Op::l2_normalize);
  unit.input({2, 2}, {3, 4, 0, 10});
  unit.node.axis = 1;
  EXPECT_EQ(unit.run(), (Numbers{0.6, 0.8, 0, 1}));
}

// x is read twice by one node, is an output, and its tensors are freed while later nodes run.
TEST(RunReference, SharedValuesAndObserver) {
  Graph g;
  const ValueId x = g.add_input("x", {1, 2});
  const auto add = [&](ValueId a, ValueId b, const char* name) {
    Node node;
    node.op = Op::add;
    node.inputs = {a, b};
    return g.add_node(node, name);
  };
  const ValueId y = add(x, x, "y"), z = add(y, x, "z"), w = add(z, y, "w");
  g.outputs = {w, x, y, y};
  ASSERT_TRUE(infer_shapes(g).ok());
  std::vector<std::string> seen;
  const auto outputs = run_reference(g, {{1, 2}}, [&](const Node& node, const Numbers& output) {
    seen.push_back(g.value(node.output).name);
    EXPECT_EQ(output.size(), 2u);
  });
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(*outputs, (std::vector<Numbers>{{5, 10}, {1, 2}, {2, 4}, {2, 4}}));
  EXPECT_EQ(seen, (std::vector<std::string>{"y", "z", "w"}));
}

TEST(MostAlive, IsWhatARunHolds) {
  Graph g;
  const ValueId x = g.add_input("x", {1, 10});
  const auto node = [&](Op op, std::vector<ValueId> inputs, const char* name) {
    Node made;
    made.op = op;
    made.inputs = std::move(inputs);
    return g.add_node(made, name);
  };
  const ValueId a = node(Op::relu, {x}, "a");  // x stays for c
  const ValueId b = node(Op::concat, {a, a}, "b");  // 10 + 10 + 20
  g.nodes.back().axis = 1;
  node(Op::relu, {b}, "unread");  // 10 + 20 + 20, and gone at once
  const ValueId c = node(Op::concat, {x, b}, "c");  // 10 + 20 + 30
  g.nodes.back().axis = 1;
  g.outputs = {node(Op::relu, {c}, "d")};  // 30 + 30
  ASSERT_TRUE(infer_shapes(g).ok());
  EXPECT_EQ(most_alive(g), 60);
  g.outputs = {g.outputs[0], b};  // b is an output: 20 more behind c
  EXPECT_EQ(most_alive(g), 80);
}

TEST(RunReference, RefusesWrongInputs) {
  OneNode n(Op::relu);
  n.input({1, 2}, {1, 2});
  n.run();
  EXPECT_EQ(run_reference(n.graph, {}).status().code(), Code::bad_argument);
  EXPECT_EQ(run_reference(n.graph, {{1, 2, 3}}).status().code(), Code::bad_argument);
}

}  // namespace
}  // namespace mien
