// Networks at another picture size: the same bits as if they had been built for it, weights shared, and a clear refusal
// where a graph is bound to its size.
#include "engine/resize_input.h"

#include "models/networks.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

Package network(const char* name, int height, int width) {
  BuildOptions options;
  options.height = height, options.width = width;
  Result<Package> package = build_network(name, 7, options);
  EXPECT_TRUE(package.ok()) << package.status().message();
  return std::move(*package);
}

TEST(WithInputSize, AnswersWithTheBitsOfTheNetworkBuiltForIt) {
  const Package package = network("retinaface_mobilenet025", 640, 640);
  for (const auto& [height, width] : {std::pair{32, 64}, {64, 32}, {96, 160}, {203, 250}, {33, 47}, {640, 640}}) {
    const Result<Package> resized = with_input_size(package, height, width);
    ASSERT_TRUE(resized.ok()) << resized.status().message();
    EXPECT_EQ(resized->input.height, height);
    EXPECT_EQ(resized->input.width, width);
    if (height * width > 60000) continue;  // a second of nothing new
    const Graph built = network("retinaface_mobilenet025", height, width).graph;
    const Tensors inputs = random_inputs(built, 3);
    EXPECT_EQ(run_model(model_of(resized->graph), inputs), run_model(model_of(built), inputs))
        << height << "x" << width;
  }
}

TEST(WithInputSize, IsUndoneByTheSizeBefore) {
  for (const char* name : {"retinaface_mobilenet025", "retinaface_resnet50"}) {
    const Graph graph = network(name, 96, 64).graph;
    const Result<Graph> larger = with_input_size(graph, 203, 250);
    ASSERT_TRUE(larger.ok()) << larger.status().message();
    const Result<Graph> again = with_input_size(*larger, 96, 64);
    ASSERT_TRUE(again.ok()) << again.status().message();
    for (size_t i = 0; i < graph.nodes.size(); ++i) EXPECT_EQ(again->nodes[i].ints, graph.nodes[i].ints);
    for (size_t i = 0; i < graph.values.size(); ++i) {
      EXPECT_EQ(again->values[i].shape, graph.values[i].shape);
      EXPECT_EQ(again->values[i].constant.data, graph.values[i].constant.data) << "copied";
    }
  }
}

// One way of writing a head after another: [1, C, H, W] to rows.
TEST(WithInputSize, ReshapesThatSayWhatTheyMean) {
  const struct {
    std::vector<int64_t> permutation, before, after;
  } rows[] = {{{0, 2, 3, 1}, {1, 128, 4}, {1, 512, 4}},
              {{0, 2, 3, 1}, {64, 8}, {256, 8}},
              {{0, 2, 3, 1}, {1, 8, 8, 2, 4}, {1, 16, 16, 2, 4}},
              {{0, 1, 2, 3}, {1, 8, 64}, {1, 8, 256}},
              {{0, 1, 2, 3}, {1, 2, 32, 8}, {1, 2, 64, 16}},
              {{0, 1, 2, 3}, {1, 2, 4, 64}, {1, 2, 4, 256}},
              {{0, 2, 3, 1}, {512}, {2048}}};
  for (const auto& row : rows) {
    Builder b(1);
    const ValueId x = b.input({1, 8, 8, 8});
    const ValueId turned = b.node(Op::transpose, {x}, [&](Node& n) { n.ints = row.permutation; });
    const Graph graph = b.done({b.reshape(turned, row.before)});
    const Result<Graph> resized = with_input_size(graph, 16, 16);
    ASSERT_TRUE(resized.ok()) << resized.status().message();
    EXPECT_EQ(resized->value(resized->outputs[0]).shape, Shape::of(row.after));
  }
}

// The height or, behind a stride, what follows from it may stay as it was: 2x4x8 -> 16x4 must not become 16x2.
TEST(WithInputSize, OneSideOfTwo) {
  Builder b(1);
  const ValueId x = b.input({1, 8, 2, 4});
  const ValueId turned = b.node(Op::transpose, {x}, [](Node& n) { n.ints = {0, 2, 3, 1}; });
  const Graph graph = b.done({b.reshape(turned, {1, 16, 4})});
  const struct {
    int height, width;
    int64_t rows;
  } rows[] = {{2, 2, 8}, {2, 3, 12}, {1, 4, 8}, {4, 2, 16}, {1, 1, 2}};
  for (const auto& row : rows) {
    const Result<Graph> resized = with_input_size(graph, row.height, row.width);
    ASSERT_TRUE(resized.ok()) << resized.status().message();
    EXPECT_EQ(resized->value(resized->outputs[0]).shape, (Shape{1, row.rows, 4}));
  }
}

TEST(WithInputSize, SlicesGoToTheEndAndResizesKeepTheirFactor) {
  Builder b(1);
  const ValueId x = b.input({1, 3, 8, 8});
  ValueId y = b.node(Op::slice, {x}, [](Node& n) { n.ints = {0, 0, 1, 0, 1, 3, 8, 8, 1, 1, 2, 2}; });
  y = b.node(Op::resize_nearest, {y}, [](Node& n) {
    n.axis = 8;
    n.ints = {0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
  });
  const Result<Graph> resized = with_input_size(b.done({y}), 12, 6);
  ASSERT_TRUE(resized.ok()) << resized.status().message();
  EXPECT_EQ(resized->value(resized->outputs[0]).shape, (Shape{1, 3, 12, 9}));
  EXPECT_EQ(resized->nodes[1].ints,
            (std::vector<int64_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0, 0, 0, 1, 1, 1, 2, 2, 2}));
}

TEST(WithInputSize, NhwcInputs) {
  Builder b(1);
  const ValueId x = b.input({1, 8, 6, 3});
  const Graph graph = b.done({b.conv(b.node(Op::transpose, {x},
                                            [](Node& n) {
                                              n.ints = {0, 3, 1, 2};
                                            }),
                                     4, window(3))});
  const Result<Graph> resized = with_input_size(graph, 20, 10, InputLayout::nhwc);
  ASSERT_TRUE(resized.ok()) << resized.status().message();
  EXPECT_EQ(resized->value(resized->outputs[0]).shape, (Shape{1, 4, 18, 8}));
}

// The refusal names the node.
void expect_refused(const Graph& graph, Code code, const std::string& says, int height = 16, int width = 16) {
  const Status status = with_input_size(graph, height, width).status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(status.message().find(says), std::string::npos) << status.message();
}

TEST(WithInputSize, RefusesConstantsForEachPlace) {
  Builder b(1);
  const ValueId x = b.input({1, 2, 8, 8});
  expect_refused(b.done({b.add(x, b.constant({1, 2, 8, 8}))}), Code::unsupported,
                 "bound to pictures of 1x2x8x8: node 'add0' (add)");
  // Shapes alone would let this one pass.
  expect_refused(b.graph, Code::unsupported, "bound to pictures of 1x2x8x8: node 'add0' (add)", 1, 1);
}

TEST(WithInputSize, RefusesLayersOfFixedLength) {
  Builder b(1);
  const ValueId x = b.input({1, 2, 8, 8});
  expect_refused(b.done({b.fully_connected(b.reshape(x, {1, 128}), 3)}), Code::unsupported, "node 'fully_connected1'");
}

TEST(WithInputSize, RefusesReshapesThatCanBeReadInTwoWaysOrNone) {
  for (const auto& [channels, rows] : {std::pair{256, 128}, {16, 32}}) {
    Builder b(1);
    const ValueId x = b.input({1, channels, 8, 8});
    const ValueId turned = b.node(Op::transpose, {x}, [](Node& n) { n.ints = {0, 2, 3, 1}; });
    expect_refused(b.done({b.reshape(turned, {1, rows, rows})}), Code::unsupported, "node 'reshape1' (reshape)");
  }
}

TEST(WithInputSize, RefusesPartsOfAnAxisThatChangesAndOddResizes) {
  Builder b(1);
  const ValueId x = b.input({1, 1, 8, 8});
  const ValueId part = b.node(Op::slice, {x}, [](Node& n) { n.ints = {0, 0, 1, 0, 1, 1, 7, 8, 1, 1, 1, 1}; });
  expect_refused(b.done({part}), Code::unsupported, "node 'slice0' (slice)");

  Builder c(1);
  const ValueId y = c.input({1, 1, 2, 2});
  const ValueId mirrored = c.node(Op::resize_nearest, {y}, [](Node& n) { n.axis = 2, n.ints = {1, 0, 0, 1}; });
  expect_refused(c.done({mirrored}), Code::unsupported, "node 'resize_nearest0' (resize_nearest)");

  Builder d(1);
  const ValueId z = d.input({1, 1, 2, 2});
  const ValueId longer = d.node(Op::resize_nearest, {z}, [](Node& n) { n.axis = 3, n.ints = {0, 0, 1, 0, 1}; });
  expect_refused(d.done({longer}), Code::unsupported, "does not give a whole size for 1x1x5x5", 5, 5);
}

TEST(WithInputSize, RefusesWhatHasNoPictureSize) {
  Builder two(1);
  expect_refused(two.done({two.add(two.input({1, 1, 4, 4}), two.input({1, 1, 4, 4}))}), Code::bad_argument, "2 inputs");
  Builder flat(1);
  expect_refused(flat.done({flat.relu(flat.input({1, 16}))}), Code::bad_argument, "1x16 is not a picture");
  Builder b(1);
  const Graph graph = b.done({b.conv(b.input({1, 1, 8, 8}), 2, window(3))});
  for (int side : {0, -1, 8193}) {
    expect_refused(graph, Code::bad_argument, "picture size", side, 8);
    expect_refused(graph, Code::bad_argument, "picture size", 8, side);
  }
  expect_refused(graph, Code::unsupported, "node 'conv0' (conv): the window is larger", 2, 8);
}

TEST(WithInputSize, RefusesWeightsThatAreGone) {
  Builder b(1);
  Package package;
  package.graph = b.done({b.conv(b.input({1, 16, 8, 8}), 32, window(3))});
  b.graph = {};
  const auto model = Model::create(std::move(package));
  ASSERT_TRUE(model.ok());
  expect_refused((*model)->graph(), Code::bad_argument, "is gone");
}

}  // namespace
}  // namespace mien
