// Frozen graphs: each operator against numbers worked out by hand, layouts, conditionals, refusals, damage.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/passes/passes.h"
#include "engine/reference.h"
#include "tests/converters/damage.h"
#include "tests/converters/tensorflow_writer.h"

namespace mien::testing {
namespace {

using V = std::vector<double>;

// Elements of a picture of one sample, from the file's order to the graph's, and back.
V to_nchw(const V& x, int64_t h, int64_t w, int64_t c) {
  V out(x.size());
  for (int64_t p = 0; p < h * w; ++p)
    for (int64_t k = 0; k < c; ++k) out[static_cast<size_t>(k * h * w + p)] = x[static_cast<size_t>(p * c + k)];
  return out;
}
V to_nhwc(const V& x, const Shape& s) {
  V out(x.size());
  for (int64_t p = 0; p < s[2] * s[3]; ++p)
    for (int64_t k = 0; k < s[1]; ++k)
      out[static_cast<size_t>(p * s[1] + k)] = x[static_cast<size_t>(k * s[2] * s[3] + p)];
  return out;
}
V counting(int64_t n, double step = 1) {
  V v;
  for (int64_t i = 0; i < n; ++i) v.push_back(step * static_cast<double>(i));
  return v;
}

struct Answer {
  std::string shape;  // of the first output, in the graph
  V y;                // in the file's order
  std::vector<Node> nodes;
};

// Runs the graph, whose input 'x' has these dimensions in the file.
using Dims = std::vector<int64_t>;
Answer answer(const TfGraph& g, const Dims& dims, const V& x) {
  Answer a;
  Result<Imported> imported = import_graph(g.bytes());
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  if (!imported.ok()) return a;
  const Graph& graph = imported->package.graph;
  const V in = dims.size() == 4 ? to_nchw(x, dims[1], dims[2], dims[3]) : x;
  const auto y = run_reference(graph, {in});
  EXPECT_TRUE(y.ok()) << y.status().message();
  if (!y.ok()) return a;
  const Shape& shape = graph.value(graph.outputs[0]).shape;
  a.shape = shape.text();
  a.y = shape.rank == 4 ? to_nhwc((*y)[0], shape) : (*y)[0];
  a.nodes = graph.nodes;
  return a;
}

void expect(const TfGraph& g, const Dims& dims, const V& x, const std::string& shape, const V& y) {
  const Answer a = answer(g, dims, x);
  EXPECT_EQ(a.shape, shape);
  ASSERT_EQ(a.y.size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(a.y[i], y[i], 1e-6) << "element " << i;
}

void expect_refused(const TfGraph& g, Code code, const std::string& part) {
  const Status status = import_graph(g.bytes()).status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TfGraph with_picture(const std::vector<int64_t>& dims) {
  TfGraph g;
  g.picture("x", dims);
  return g;
}

TEST(Layers, ConvolutionPadsMoreAtTheEnd) {
  // 4x4, stride 2, 3x3 of ones: SAME pads one row below and one column on the right, none above or left.
  TfGraph g = with_picture({-1, 4, 4, 1});
  g.node("Conv2D", "y", {"x", g.constant("w", {3, 3, 1, 1}, std::vector<float>(9, 1))}).window(2, "SAME");
  expect(g, {1, 4, 4, 1}, counting(16), "1x1x2x2", {45, 39, 66, 50});
}

TEST(Layers, WeightsChangeTheirAxes) {
  // Two channels in, two out, 1x2: weights [h][w][in][out] of 0 to 7.
  TfGraph g = with_picture({-1, 1, 2, 2});
  std::vector<float> w;
  for (int i = 0; i < 8; ++i) w.push_back(static_cast<float>(i));
  g.node("Conv2D", "y", {"x", g.constant("w", {1, 2, 2, 2}, w)}).window(1, "VALID");
  expect(g, {1, 1, 2, 2}, {1, 10, 100, 1000}, "1x2x1x1", {6420, 7531});
}

TEST(Layers, DepthwiseChannelsHaveSeveralOutputs) {
  TfGraph g = with_picture({-1, 1, 1, 2});
  g.node("DepthwiseConv2dNative", "y", {"x", g.constant("w", {1, 1, 2, 2}, {1, 2, 3, 4})}).window(1, "SAME");
  expect(g, {1, 1, 1, 2}, {1, 10}, "1x4x1x1", {1, 2, 30, 40});
}

TEST(Layers, Pools) {
  TfGraph max = with_picture({-1, 3, 3, 1});
  max.node("MaxPool", "y", {"x"}).numbers("ksize", {1, 2, 2, 1}).window(2, "SAME");
  expect(max, {1, 3, 3, 1}, {-9, -8, -7, -6, -5, -4, -3, -2, -1}, "1x1x2x2", {-5, -4, -2, -1});
  TfGraph average = with_picture({-1, 3, 3, 1});
  average.node("AvgPool", "y", {"x"}).numbers("ksize", {1, 2, 2, 1}).window(2, "SAME");
  expect(average, {1, 3, 3, 1}, counting(9), "1x1x2x2", {2, 3.5, 6.5, 8});  // without the padding
}

TEST(Layers, PadBecomesPartOfTheConvolution) {
  TfGraph g = with_picture({-1, 2, 2, 1});
  g.node("Pad", "p", {"x", g.ints("amounts", {4, 2}, {0, 0, 1, 0, 0, 1, 0, 0})});
  g.node("Conv2D", "y", {"p", g.constant("w", {2, 2, 1, 1}, {1, 1, 1, 1})}).window(1, "VALID");
  expect(g, {1, 2, 2, 1}, {1, 2, 3, 4}, "1x1x2x2", {3, 2, 10, 6});
  EXPECT_EQ(answer(g, {1, 2, 2, 1}, {1, 2, 3, 4}).nodes.size(), 1u);
}

TEST(Layers, RowsOfWeightsAfterAPictureGoByHeightWidthChannel) {
  TfGraph g = with_picture({-1, 2, 1, 2});
  g.node("Reshape", "flat", {"x", g.list("shape", {-1, 4})});
  g.node("MatMul", "y", {"flat", g.constant("w", {4, 2}, {1, 0, 0, 10, 100, 0, 0, 1000})});
  expect(g, {1, 2, 1, 2}, {1, 2, 3, 4}, "1x2", {301, 4020});
  for (const Node& node : answer(g, {1, 2, 1, 2}, {1, 2, 3, 4}).nodes) EXPECT_NE(node.op, Op::transpose);
  TfGraph other = with_picture({-1, 2, 1, 2});
  other.node("Reshape", "flat", {"x", other.list("shape", {-1, 4})});
  other.node("MatMul", "y", {"flat", other.constant("w", {1, 4}, {1, 10, 100, 1000})}).flag("transpose_b", true);
  expect(other, {1, 2, 1, 2}, {1, 2, 3, 4}, "1x1", {4321});
}

TEST(Layers, BatchNorm) {
  TfGraph g = with_picture({-1, 1, 1, 2});
  for (const char* name : {"scale", "shift"}) g.constant(name, {2}, {2, 3});
  g.constant("mean", {2}, {1}), g.constant("var", {2}, {0.25f, 4});
  g.node("FusedBatchNormV3", "y", {"x", "scale", "shift", "mean", "var"})
      .flag("is_training", false)
      .fraction("epsilon", 0);
  expect(g, {1, 1, 1, 2}, {2, 5}, "1x2x1x1", {6, 9});
  TfGraph training = with_picture({-1, 1, 1, 2});
  for (const char* name : {"scale", "shift", "mean", "var"}) training.constant(name, {2}, {1});
  training.node("FusedBatchNorm", "y", {"x", "scale", "shift", "mean", "var"});
  expect_refused(training, Code::unsupported, "node 'y' (FusedBatchNorm): training mode");
}

TEST(Layers, BatchNormSpelledOutFoldsIntoTheConvolution) {
  TfGraph g = with_picture({-1, 1, 1, 1});
  g.node("Conv2D", "conv", {"x", g.constant("w", {1, 1, 1, 2}, {1, 2})}).window(1, "SAME");
  g.constant("var", {2}, {3, 8}), g.constant("eps", {}, {1}), g.constant("gamma", {2}, {2, 3});
  g.constant("mean", {2}, {1, 2}), g.constant("beta", {2}, {10, 20});
  g.node("Add", "a", {"var", "eps"});
  g.node("Rsqrt", "r", {"a"});
  g.node("Mul", "m", {"r", "gamma"});
  g.node("Mul", "m1", {"conv", "m"});
  g.node("Mul", "m2", {"mean", "m"});
  g.node("Sub", "s", {"beta", "m2"});
  g.node("Add", "y", {"m1", "s"});
  expect(g, {1, 1, 1, 1}, {5}, "1x2x1x1", {14, 28});
  Result<Imported> imported = import_graph(g.bytes());
  ASSERT_TRUE(simplify(imported->package.graph).ok());
  EXPECT_EQ(imported->package.graph.nodes.size(), 1u);
}

TEST(Elements, Functions) {
  const struct {
    const char* op;
    V y;
  } kCases[] = {{"Relu", {0, 0, 8}},
                {"Relu6", {0, 0, 6}},
                {"LeakyRelu", {-0.8, -0.1, 8}},
                {"Square", {16, 0.25, 64}},
                {"Abs", {4, 0.5, 8}},
                {"Neg", {4, 0.5, -8}},
                {"Sigmoid", {1 / (1 + std::exp(4)), 1 / (1 + std::exp(0.5)), 1 / (1 + std::exp(-8))}}};
  for (const auto& c : kCases) {
    TfGraph g = with_picture({-1, 3});
    g.node(c.op, "y", {"x"});
    expect(g, {1, 3}, {-4, -0.5, 8}, "1x3", c.y);
  }
}

TEST(Elements, ConstantsGoByTheLastAxis) {
  TfGraph g = with_picture({-1, 2, 1, 2});
  g.node("BiasAdd", "b", {"x", g.constant("bias", {2}, {10, 20})});
  g.node("RealDiv", "d", {"b", g.constant("two", {}, {2})});
  g.node("Maximum", "m", {g.constant("low", {1, 1, 1, 2}, {6, 0}), "d"});
  g.node("Sub", "y", {g.constant("rows", {2, 1, 1}, {0, 100}), "m"});
  expect(g, {1, 2, 1, 2}, {1, 2, 3, 4}, "1x2x2x1", {-6, -11, 93.5, 88});
}

TEST(Elements, L2NormIsOneOperator) {
  TfGraph g = with_picture({-1, 2});
  g.node("Square", "q", {"x"});
  g.node("Sum", "s", {"q", g.list("axis", {1})}).flag("keep_dims", true);
  g.node("Maximum", "m", {"s", g.constant("eps", {}, {100})});
  g.node("Rsqrt", "r", {"m"});
  g.node("Mul", "embeddings", {"x", "r"});
  expect(g, {1, 2}, {30, 40}, "1x2", {0.6, 0.8});
  expect(g, {1, 2}, {3, 4}, "1x2", {0.3, 0.4});
  EXPECT_EQ(answer(g, {1, 2}, {3, 4}).nodes.size(), 1u);
  EXPECT_TRUE(import_graph(g.bytes())->package.output.normalized);
}

TEST(Elements, PReluIsOneOperator) {
  for (int form = 0; form < 3; ++form) {
    TfGraph g = with_picture({-1, 1, 1, 2});
    g.constant("alpha", {2}, {0.5f, 0.25f});
    g.node("Relu", "pos", {"x"});
    g.node("Neg", "minus", {"x"});
    g.node("Relu", "neg", {"minus"});
    if (form == 0) {
      g.node("Neg", "back", {"neg"});
      g.node("Mul", "below", {"alpha", "back"});
    } else if (form == 1) {
      g.node("Neg", "slope", {"alpha"});
      g.node("Mul", "below", {"slope", "neg"});
    } else {
      g.node("Abs", "abs", {"x"});
      g.node("Sub", "twice", {"x", "abs"});
      g.node("Mul", "scaled", {"alpha", "twice"});
      g.node("Mul", "below", {"scaled", g.constant("half", {}, {0.5f})});
    }
    g.node("AddV2", "embeddings", {"pos", "below"});
    expect(g, {1, 1, 1, 2}, {-4, -8}, "1x2x1x1", {-2, -2});
    const Answer a = answer(g, {1, 1, 1, 2}, {4, -8});
    EXPECT_EQ(a.y, (V{4, -2})) << form;
    ASSERT_EQ(a.nodes.size(), 1u) << form;
    EXPECT_EQ(a.nodes[0].op, Op::prelu);
  }
}

TEST(Layout, ReshapeKeepsTheOrderOfTheFile) {
  TfGraph g = with_picture({-1, 2, 2, 3});
  g.node("Reshape", "y", {"x", g.list("shape", {1, 3, 2, 2})});
  expect(g, {1, 2, 2, 3}, counting(12), "1x2x3x2", counting(12));
  TfGraph rank3 = with_picture({-1, 2, 2, 3});
  rank3.node("Reshape", "y", {"x", rank3.list("shape", {-1, 4, 3})});
  expect(rank3, {1, 2, 2, 3}, counting(12), "1x4x3", counting(12));
}

TEST(Layout, TransposeConcatSqueezeMean) {
  TfGraph transpose = with_picture({-1, 2, 1, 2});
  transpose.node("Transpose", "y", {"x", transpose.list("perm", {0, 2, 1, 3})});
  expect(transpose, {1, 2, 1, 2}, counting(4), "1x2x1x2", counting(4));
  TfGraph concat = with_picture({-1, 2, 1, 2});
  concat.node("Neg", "n", {"x"});
  concat.node("ConcatV2", "y", {"x", "n", concat.ints("axis", {}, {-1})});
  expect(concat, {1, 2, 1, 2}, {1, 2, 3, 4}, "1x4x2x1", {1, 2, -1, -2, 3, 4, -3, -4});
  TfGraph mean = with_picture({-1, 2, 2, 2});
  mean.node("Mean", "m", {"x", mean.list("axes", {1, 2})}).flag("keep_dims", true);
  mean.node("Squeeze", "y", {"m"}).numbers("squeeze_dims", {1, 2});
  expect(mean, {1, 2, 2, 2}, counting(8), "1x2", {3, 4});
}

TEST(Layout, FlattenBySlicesOfTheShape) {
  TfGraph g = with_picture({-1, 2, 1, 2});
  g.node("Shape", "shape", {"x"});
  g.node("StridedSlice", "n", {"shape", g.list("b", {0}), g.list("e", {1}), g.list("s", {1})})
      .number("shrink_axis_mask", 1);
  g.node("StridedSlice", "rest", {"shape", g.list("b1", {1}), g.list("e1", {0}), "s"}).number("end_mask", 1);
  g.node("Prod", "size", {"rest", g.list("zero", {0})});
  g.node("Pack", "target", {"n", "size"});
  g.node("Reshape", "y", {"x", "target"});
  expect(g, {1, 2, 1, 2}, counting(4), "1x4", counting(4));
}

// y = phase_train ? Foo(x) : -x, the way conditionals are stored.
TfGraph conditional(const std::string& predicate) {
  TfGraph g = with_picture({-1, 2});
  g.node("Placeholder", "phase_train", {}).type("dtype", 10);
  g.node("LogicalNot", "not", {"phase_train"});
  g.node("Identity", "pred_id", {predicate});
  g.node("Switch", "switch", {"x", "pred_id"});
  g.node("Foo", "on", {"switch:1"});
  g.node("Neg", "off", {"switch", "^on"});
  g.node("Merge", "merge", {"off", "on"});
  g.node("Identity", "embeddings", {"merge"});
  return g;
}

TEST(Conditionals, PhaseTrainIsFalse) {
  expect(conditional("phase_train"), {1, 2}, {1, 2}, "1x2", {-1, -2});
  expect_refused(conditional("not"), Code::unsupported, "node 'on': operator Foo");
}

TEST(Conditionals, PredicatesAtRunTimeAndLoopsAreRefused) {
  TfGraph g = with_picture({-1, 2});
  g.node("Greater", "pred", {"x", "x"});
  g.node("Switch", "switch", {"x", "pred"});
  g.node("Identity", "embeddings", {"switch"});
  expect_refused(g, Code::unsupported, "node 'switch': Switch on 'pred'");
  TfGraph loop = with_picture({-1, 2});
  loop.node("Merge", "merge", {"x", "next"});
  loop.node("NextIteration", "next", {"merge"});
  loop.node("Identity", "embeddings", {"merge"});
  expect_refused(loop, Code::unsupported, "is part of a loop");
}

TEST(Refusals, AllOperatorsAtOnceWithTheirNodes) {
  TfGraph g = with_picture({-1, 2});
  g.node("Foo", "first", {"x"});
  g.node("Relu", "between", {"first"});
  g.node("Bar", "second", {"between"});
  g.node("Baz", "third", {"x"});
  g.node("Add", "embeddings", {"second", "third"});
  std::vector<std::string> unsupported;
  EXPECT_EQ(import_graph(g.bytes(), &unsupported).status().code(), Code::unsupported);
  EXPECT_EQ(unsupported, (std::vector<std::string>{"node 'first': operator Foo", "node 'second': operator Bar",
                                                   "node 'third': operator Baz"}));
}

TEST(Refusals, VariablesTwiceMissingAndOpenSizes) {
  TfGraph variables = with_picture({-1, 2});
  variables.node("VariableV2", "w", {});
  variables.node("MatMul", "embeddings", {"x", "w"});
  expect_refused(variables, Code::unsupported, "convert that, or freeze the graph");
  TfGraph twice = with_picture({-1, 2});
  twice.node("Relu", "x", {"x"});
  expect_refused(twice, Code::corrupt, "two nodes are called 'x'");
  TfGraph missing = with_picture({-1, 2});
  missing.node("Relu", "embeddings", {"nowhere"});
  expect_refused(missing, Code::corrupt, "reads 'nowhere'");
  TfGraph open = with_picture({-1, -1, -1, 3});
  open.node("Relu", "embeddings", {"x"});
  expect_refused(open, Code::unsupported, "dimension 1 is not fixed");
  TfGraph layout = with_picture({-1, 3, 2, 2});
  layout.node("MaxPool", "embeddings", {"x"})
      .numbers("ksize", {1, 1, 2, 2})
      .window(1, "SAME")
      .word("data_format", "NCHW");
  expect_refused(layout, Code::unsupported, "data_format NCHW");
}

TEST(Refusals, RepeatedValuesHaveABudget) {
  TfGraph g = with_picture({-1, 2});
  g.node("Add", "embeddings", {"x", g.constant("c", {1 << 14, 1 << 14}, {1})});
  expect_refused(g, Code::unsupported, "repeats a value");
}

TEST(Refusals, LongChainsNeedNoStack) {
  TfGraph g = with_picture({-1, 2});
  std::string last = "x";
  for (int i = 0; i < 100000; ++i) {
    g.node("Identity", "i" + std::to_string(i), {last});
    last = "i" + std::to_string(i);
  }
  g.node("Neg", "embeddings", {last});
  expect(g, {1, 2}, {1, 2}, "1x2", {-1, -2});
}

TEST(Outer, MetaGraphAndSavedModel) {
  TfGraph g = with_picture({-1, 2});
  g.node("Neg", "embeddings", {"x"});
  const std::string graph = g.bytes();
  const std::string info =
      "\x2a\x05"
      "1.8.0";  // the version of TensorFlow
  const std::string meta = "\x0a" + varint(info.size()) + info + "\x12" + varint(graph.size()) + graph;
  const std::string saved = "\x08\x01\x12" + varint(meta.size()) + meta;
  for (const std::string& file : {graph, meta, saved}) {
    const Result<Imported> imported = import_graph(file);
    EXPECT_TRUE(imported.ok()) << imported.status().message();
  }
  EXPECT_TRUE(looks_like_graphdef(reinterpret_cast<const uint8_t*>(meta.data()), meta.size()));
  EXPECT_TRUE(looks_like_graphdef(reinterpret_cast<const uint8_t*>(graph.data()), graph.size()));
}

void expect_error_or_valid(const std::vector<uint8_t>& bytes) {
  std::vector<std::string> unsupported;
  Result<Imported> r = import_graphdef(bytes.data(), bytes.size(), &unsupported);
  if (r.ok()) {
    EXPECT_TRUE(infer_shapes(r->package.graph).ok());
  } else {
    EXPECT_FALSE(r.status().message().empty());
  }
}

TEST(Damage, ASmallNetwork) {
  TfGraph g = conditional("phase_train");
  g.graph.mutable_node(g.graph.node_size() - 1)->set_name("vector");
  g.picture("p", {-1, 6, 6, 2});
  g.node("Conv2D", "conv", {"p", g.constant("w", {3, 3, 2, 2}, std::vector<float>(36, 0.1f))}).window(2, "SAME");
  g.node("BiasAdd", "bias", {"conv", g.constant("b", {2}, {1})});
  g.node("Reshape", "flat", {"bias", g.list("shape", {-1, 18})});
  g.node("MatMul", "fc", {"flat", g.constant("f", {18, 2}, std::vector<float>(36, 0.1f))});
  g.node("ConcatV2", "embeddings", {"fc", "vector", g.ints("axis", {}, {1})});
  const std::string bytes = g.bytes();
  const std::vector<uint8_t> whole(bytes.begin(), bytes.end());
  ASSERT_TRUE(import_graph(bytes).ok()) << import_graph(bytes).status().message();
  for_each_truncation(whole, [](const std::vector<uint8_t>& copy, size_t) { expect_error_or_valid(copy); });
  for_each_flip(whole, 5000, [](const std::vector<uint8_t>& copy, size_t) { expect_error_or_valid(copy); });
}

TEST(Fixtures, ConditionalBatchNorm) {
  const std::vector<uint8_t> whole = fixture("tf_cond_bn.pb");
  if (whole.empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  std::vector<std::string> unsupported;
  Result<Imported> imported = import_graphdef(whole.data(), whole.size(), &unsupported);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "input");
  EXPECT_EQ(graph.value(graph.inputs[0]).shape.text(), "1x3x160x160");
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[0].op, Op::conv);
  EXPECT_EQ(graph.nodes[1].op, Op::batch_norm);
  EXPECT_EQ(graph.nodes[2].op, Op::relu);
}

}  // namespace
}  // namespace mien::testing
