// What real exporters write: malformed ArcFace files, shape chains, spelled-out normalisations, shared weights.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/converters/onnx_writer.h"

namespace mien::testing {
namespace {

using V = std::vector<double>;

void expect(const Answer& a, const Shape& shape, const V& y, double tolerance = 1e-6) {
  ASSERT_TRUE(a.status.ok()) << a.status.message();
  EXPECT_EQ(a.shape.text(), shape.text());
  ASSERT_EQ(a.y().size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(a.y()[i], y[i], tolerance) << "element " << i;
}

size_t count(const Answer& a, Op op) {
  size_t n = 0;
  for (const Node& node : a.imported.package.graph.nodes) n += node.op == op;
  return n;
}

TEST(ArcFace, SpatialZeroWithOneParameterPerChannel) {
  OnnxWriter w(8, {0, 2, 1, 2}, 3);
  w.weight("g", {2}, {2, 3}), w.weight("b", {2}, {0, 1}), w.weight("m", {2}, {0, 0}), w.weight("v", {2}, {1, 1});
  w.node("BatchNormalization", {"x", "g", "b", "m", "v"}).integer("spatial", 0).real("epsilon", 0);
  const Answer a = answer(w.bytes(), {1, 2, 3, 4});
  expect(a, {1, 2, 1, 2}, {2, 4, 10, 13});
  ASSERT_EQ(a.imported.repairs.size(), 1u);
  EXPECT_NE(a.imported.repairs[0].find("spatial=0"), std::string::npos);
}

TEST(ArcFace, RankOneSlopeIsPerChannelAndReported) {
  OnnxWriter w(8, {0, 2, 1, 2}, 3);
  w.weight("s", {2}, {0.5f, 2});
  w.node("PRelu", {"x", "s"});
  const Answer a = answer(w.bytes(), {-1, -2, -3, -4});
  expect(a, {1, 2, 1, 2}, {-0.5, -1, -6, -8});
  ASSERT_EQ(a.imported.repairs.size(), 1u);
}

TEST(ArcFace, GemmOfAPictureIsGemmOfItsFlattenedForm) {
  OnnxWriter w(8, {0, 2, 1, 2}, 3);
  w.weight("b", {1, 4}, {1, 10, 100, 1000}), w.weight("c", {1}, {0.5f});
  w.node("Gemm", {"x", "b", "c"}).integer("transB", 1);
  const Answer a = answer(w.bytes(), {1, 2, 3, 4});
  expect(a, {1, 1}, {4321.5});
  ASSERT_EQ(a.imported.repairs.size(), 1u);
  EXPECT_NE(a.imported.repairs[0].find("Gemm of a tensor of rank 4"), std::string::npos);
  OnnxWriter wrong(8, {0, 2, 1, 2}, 3);
  wrong.weight("b", {1, 3}, {1, 10, 100});
  wrong.node("Gemm", {"x", "b"}).integer("transB", 1);
  EXPECT_EQ(answer(wrong.bytes(), {1, 2, 3, 4}).status.code(), Code::corrupt);
}

TEST(ArcFace, DoubleScalarsOfOldMxnet) {
  OnnxWriter w(8, {0, 3, 1, 1}, 3);
  onnx_pb::Tensor mean;
  mean.set_name("mean");
  mean.set_data_type(11);
  mean.add_dims(1);
  mean.add_double_data(127.5);
  *w.graph()->add_initializer() = mean;
  w.weight("scale", {1}, {0.0078125f});
  w.node("Sub", {"x", "mean"}, {"s"});
  w.node("Mul", {"s", "scale"});
  const Answer a = answer(w.bytes(), {0, 127.5, 255});
  expect(a, {1, 3, 1, 1}, {-0.99609375, 0, 0.99609375});
  const InputRecord& input = a.imported.package.input;
  EXPECT_TRUE(input.known && input.normalized_inside);
  EXPECT_EQ(input.preset, "graph");
  EXPECT_EQ(input.mean[0], 0);
  EXPECT_EQ(input.scale[0], 1);
}

TEST(InputNormalization, FractionsAreNotTakenForBytes) {
  OnnxWriter w(13, {0, 3, 2, 2});
  w.weight("mean", {1, 3, 1, 1}, {0.485f, 0.456f, 0.406f}), w.weight("std", {3, 1, 1}, {0.229f, 0.224f, 0.225f});
  w.node("Sub", {"x", "mean"}, {"s"});
  w.node("Div", {"s", "std"});
  const Answer a = answer(w.bytes(), V(12, 0.5));
  ASSERT_TRUE(a.status.ok()) << a.status.message();
  EXPECT_FALSE(a.imported.package.input.known);
  ASSERT_EQ(a.imported.warnings.size(), 1u);
  EXPECT_NE(a.imported.warnings[0].find("0..1"), std::string::npos);
}

TEST(InputNormalization, PlainGraphIsUnknown) {
  OnnxWriter w(13, {0, 3, 2, 2});
  w.node("Relu", {"x"});
  EXPECT_FALSE(answer(w.bytes(), V(12, 0.5)).imported.package.input.known);
}

// view(x.size(0), -1) as PyTorch writes it.
TEST(ShapeChain, ViewOfTheBatch) {
  for (int opset : {9, 13}) {
    OnnxWriter w(opset, {0, 2, 1, 3});
    w.node("Relu", {"x"}, {"r"});
    w.node("Shape", {"r"}, {"shape"});
    w.node("Constant", {}, {"zero"}).tensor("value", int_tensor("", {}, {0}));
    w.node("Gather", {"shape", "zero"}, {"n"}).integer("axis", 0);
    if (opset < 13) {
      w.node("Unsqueeze", {"n"}, {"n1"}).integers("axes", {0});
    } else {
      w.ints("axes", {0});
      w.node("Unsqueeze", {"n", "axes"}, {"n1"});
    }
    w.ints("rest", {-1});
    w.node("Concat", {"n1", "rest"}, {"target"}).integer("axis", 0);
    w.node("Reshape", {"r", "target"});
    const Answer a = answer(w.bytes(), ramp(6));
    expect(a, {1, 6}, ramp(6));
    EXPECT_EQ(a.imported.package.graph.nodes.size(), 2u);
  }
}

// Interpolation to twice the size: the shape goes through floats and back.
TEST(ShapeChain, SizesThroughFloats) {
  OnnxWriter w(11, {1, 1, 1, 2});
  w.node("Shape", {"x"}, {"shape"});
  w.ints("two", {2}), w.ints("four", {4}), w.ints("zero", {0}), w.weight("scale", {}, {2}), w.weight("empty", {0}, {});
  w.node("Slice", {"shape", "two", "four", "zero"}, {"hw"});
  w.node("Cast", {"hw"}, {"f"}).integer("to", 1);
  w.node("Mul", {"f", "scale"}, {"scaled"});
  w.node("Floor", {"scaled"}, {"floored"});
  w.node("Cast", {"floored"}, {"i"}).integer("to", 7);
  w.node("Slice", {"shape", "zero", "two", "zero"}, {"nc"});
  w.node("Concat", {"nc", "i"}, {"sizes"}).integer("axis", 0);
  w.node("Resize", {"x", "empty", "empty", "sizes"})
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
  expect(answer(w.bytes(), {0, 1}), {1, 1, 2, 4}, {0, 0, 1, 1, 0, 0, 1, 1});
}

TEST(ShapeChain, FloatScaleRoundsAsFloat32) {
  // 0.7f * 10 is 7 in float32 and 6.99999988 in double.
  OnnxWriter w(13, {1, 7});
  w.weight("ten", {1}, {10}), w.weight("scale", {1}, {0.7f});
  w.node("Mul", {"ten", "scale"}, {"m"});
  w.node("Cast", {"m"}, {"target"}).integer("to", 7);
  w.node("Reshape", {"x", "target"});
  expect(answer(w.bytes(), ramp(7)), {7}, ramp(7));
}

TEST(L2, NormalizeOfPytorch) {
  for (bool expanded : {false, true}) {
    OnnxWriter w(13, {0, 2});
    w.weight("eps", {}, {1e-12f});
    w.node("ReduceL2", {"x"}, {"n"}).integers("axes", {1}).integer("keepdims", 1);
    w.node("Clip", {"n", "eps"}, {"c"});
    w.node("Shape", {"x"}, {"shape"});
    if (expanded) w.node("Expand", {"c", "shape"}, {"e"});
    w.node("Div", {"x", expanded ? "e" : "c"});
    const Answer a = answer(w.bytes(), {3, 4});
    expect(a, {1, 2}, {0.6, 0.8});
    EXPECT_EQ(a.imported.package.graph.nodes.size(), 1u);
    EXPECT_TRUE(a.imported.package.output.normalized);
    EXPECT_FLOAT_EQ(a.imported.package.graph.nodes[0].a, 1e-12f);
    expect(answer(w.bytes(), {0, 0}), {1, 2}, {0, 0});
  }
}

TEST(L2, SpelledOutForms) {
  for (int form = 0; form < 5; ++form) {
    SCOPED_TRACE(form);
    OnnxWriter w(13, {0, 2});
    w.ints("axes", {-1}), w.weight("two", {}, {2}), w.weight("half", {}, {0.5f}), w.weight("eps", {}, {1e-6f});
    form % 2 ? w.node("Pow", {"x", "two"}, {"q"}) : w.node("Mul", {"x", "x"}, {"q"});
    w.node("ReduceSum", {"q", "axes"}, {"s"});
    if (form == 3) w.node("Max", {"s", "eps"}, {"m"});
    const std::string sum = form == 3 ? "m" : "s";
    form == 2 ? w.node("Pow", {sum, "half"}, {"n"}) : w.node("Sqrt", {sum}, {"n"});
    if (form == 4) {
      w.node("Reciprocal", {"n"}, {"i"});
      w.node("Mul", {"i", "x"});
    } else {
      w.node("Div", {"x", "n"});
    }
    const Answer a = answer(w.bytes(), {3, 4});
    expect(a, {1, 2}, {0.6, 0.8});
    EXPECT_EQ(count(a, Op::l2_normalize), 1u);
    EXPECT_EQ(a.imported.package.graph.nodes.size(), 1u);
    if (form == 3) {
      EXPECT_NEAR(a.imported.package.graph.nodes[0].a, 1e-3, 1e-9);
    }
  }
}

TEST(L2, AnAddedEpsilonStaysAsItIs) {
  OnnxWriter w(13, {0, 2});
  w.ints("axes", {1}), w.weight("eps", {}, {11});
  w.node("Mul", {"x", "x"}, {"q"});
  w.node("ReduceSum", {"q", "axes"}, {"s"});
  w.node("Add", {"s", "eps"}, {"p"});
  w.node("Sqrt", {"p"}, {"n"});
  w.node("Div", {"x", "n"});
  const Answer a = answer(w.bytes(), {3, 4});
  expect(a, {1, 2}, {0.5, 4.0 / 6});
  EXPECT_EQ(count(a, Op::l2_normalize), 0u);
}

TEST(L2, ExpandToAnotherShapeIsRefused) {
  OnnxWriter w(13, {0, 2});
  w.ints("shape", {3, 2});
  w.node("ReduceL2", {"x"}, {"n"}).integers("axes", {1});
  w.node("Expand", {"n", "shape"}, {"e"});
  w.node("Div", {"x", "e"});
  const Answer a = answer(w.bytes(), {3, 4});
  EXPECT_EQ(a.status.code(), Code::unsupported) << a.status.message();
}

TEST(Constants, SharedThroughIdentityAreStoredOnce) {
  OnnxWriter w(13, {0, 2});
  w.weight("w", {2, 2}, {1, 2, 3, 4});
  w.node("Identity", {"w"}, {"copy"});
  w.node("Gemm", {"x", "w"}, {"h"}).integer("transB", 1);
  w.node("Gemm", {"h", "copy"}).integer("transB", 1);
  expect(answer(w.bytes(), {1, 0}), {1, 2}, {1 + 6, 3 + 12});
}

TEST(Constants, AnchorsAreFolded) {
  OnnxWriter w(9, {1, 2});
  w.node("Constant", {}, {"a"}).tensor("value", float_tensor("", {2}, {1, 2}));
  w.node("Constant", {}, {"b"}).tensor("value", float_tensor("", {}, {3}));
  w.node("Mul", {"a", "b"}, {"m"});
  w.node("Exp", {"m"}, {"e"});
  w.node("Add", {"x", "e"});
  const Answer a = answer(w.bytes(), {0, 0});
  expect(a, {1, 2}, {std::exp(3), std::exp(6)}, 1e-4);
  EXPECT_EQ(a.imported.package.graph.nodes.size(), 1u);
}

TEST(Constants, QuantisedWeightsAreDequantised) {
  OnnxWriter w(13, {1, 2});
  onnx_pb::Tensor q;
  q.set_name("q");
  q.set_data_type(3);
  q.mutable_dims()->Add(2), q.mutable_dims()->Add(2);
  q.set_raw_data(std::string("\x01\xff\x7f\x80", 4));
  *w.graph()->add_initializer() = q;
  w.weight("s", {2}, {0.5f, 2});
  w.node("DequantizeLinear", {"q", "s"}, {"w"}).integer("axis", 0);
  w.node("Gemm", {"x", "w"}).integer("transB", 1);
  expect(answer(w.bytes(), {1, 1}), {1, 2}, {0, -2});
}

TEST(Constants, DenormalsAreFlushedAndCounted) {
  OnnxWriter w(13, {3});
  w.weight("c", {3}, {1e-40f, 1, -1e-45f});
  w.node("Add", {"x", "c"});
  const Answer a = answer(w.bytes(), {0, 0, 0});
  expect(a, {3}, {0, 1, 0}, 0);
  EXPECT_EQ(a.imported.denormals_flushed, 2);
}

TEST(Constants, NanAndInfinityAreRefused) {
  for (float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    OnnxWriter w(13, {2});
    w.weight("c", {2}, {1, bad});
    w.node("Add", {"x", "c"});
    const Answer a = answer(w.bytes(), {0, 0});
    EXPECT_EQ(a.status.code(), Code::corrupt);
    EXPECT_NE(a.status.message().find("NaN or infinity at element 1"), std::string::npos) << a.status.message();
  }
}

TEST(Graph, UnusedInitializersAndDeadNodesDoNotMatter) {
  OnnxWriter w(13, {2});
  w.ints("num_batches_tracked", {}, {7});
  w.node("NonMaxSuppression", {"x"}, {"dead"});
  w.node("Relu", {"x"});
  expect(answer(w.bytes(), {-1, 1}), {2}, {0, 1});
}

TEST(Graph, NodesOutOfOrderAreSorted) {
  OnnxWriter w(13, {2});
  w.node("Neg", {"r"});
  w.node("Relu", {"x"}, {"r"});
  expect(answer(w.bytes(), {-1, 1}), {2}, {0, -1});
}

TEST(Graph, EveryUnsupportedOperatorIsListed) {
  OnnxWriter w(13, {2});
  w.node("Foo", {"x"}, {"a"});
  w.node("Relu", {"a"}, {"b"});
  w.node("Bar", {"b"}, {"c"});
  w.node("Baz", {"c"}).proto()->set_domain("com.example");
  std::vector<std::string> unsupported;
  const Result<Imported> r = import_bytes(w.bytes(), &unsupported);
  EXPECT_EQ(r.status().code(), Code::unsupported);
  ASSERT_EQ(unsupported.size(), 3u);
  EXPECT_EQ(unsupported[0], "node 'Foo1': operator Foo");
  EXPECT_EQ(unsupported[1], "node 'Bar3': operator Bar");
  EXPECT_EQ(unsupported[2], "node 'Baz4': operator com.example.Baz");
  for (const std::string& line : unsupported) EXPECT_NE(r.status().message().find(line), std::string::npos);
}

TEST(Graph, OutputsKeepTheirNames) {
  OnnxWriter w(13, {2});
  w.node("Relu", {"x"}, {"r"});
  w.node("Identity", {"r"}, {"first"});
  w.node("Identity", {"r"}, {"second"});
  w.node("Identity", {"x"}, {"third"});
  for (const char* name : {"first", "second", "third"}) w.output(name);
  const Answer a = answer(w.bytes(), {-1, 1});
  ASSERT_TRUE(a.status.ok()) << a.status.message();
  const Graph& g = a.imported.package.graph;
  ASSERT_EQ(g.outputs.size(), 3u);
  EXPECT_EQ(g.value(g.outputs[0]).name, "first");
  EXPECT_EQ(g.value(g.outputs[1]).name, "second");
  EXPECT_EQ(g.value(g.outputs[2]).name, "third");
  EXPECT_EQ(a.outputs[1], (V{0, 1}));
  EXPECT_EQ(a.outputs[2], (V{-1, 1}));
}

TEST(Graph, EmbeddingIsRecognised) {
  OnnxWriter w(13, {0, 3, 2, 2});
  w.node("GlobalAveragePool", {"x"}, {"p"});
  w.node("Flatten", {"p"});
  const OutputRecord output = answer(w.bytes(), V(12, 1)).imported.package.output;
  EXPECT_TRUE(output.embedding);
  EXPECT_EQ(output.dims, 3);
  EXPECT_FALSE(output.normalized);
}

TEST(Inputs, WhatIsAndIsNotAccepted) {
  auto status = [](const std::vector<int64_t>& dims, int type = 1) {
    OnnxWriter w(13, dims);
    w.graph()->mutable_input(0)->mutable_type()->mutable_tensor()->set_elem_type(type);
    w.node("Relu", {"x"});
    return import_bytes(w.bytes()).status();
  };
  EXPECT_TRUE(status({0, 3, 4, 4}).ok());
  EXPECT_TRUE(status({1, 3, 4, 4}).ok());
  EXPECT_TRUE(status({1, 3, 4, 4}, 10).ok());
  EXPECT_EQ(status({8, 3, 4, 4}).code(), Code::unsupported);
  EXPECT_NE(status({8, 3, 4, 4}).message().find("fixed batch of 8"), std::string::npos);
  EXPECT_EQ(status({0, 3, 0, 4}).code(), Code::unsupported);
  EXPECT_NE(status({0, 3, 0, 4}).message().find("dimension 2 ('N')"), std::string::npos);
  EXPECT_EQ(status({1, 3, 4, 4}, 2).code(), Code::unsupported);
  EXPECT_EQ(status({1, 1, 1, 1, 1, 1, 1}).code(), Code::unsupported);
  EXPECT_EQ(status({1, int64_t{1} << 62, int64_t{1} << 62, 4}).code(), Code::corrupt);
}

TEST(Inputs, ListedInitializersAreConstants) {
  OnnxWriter w(6, {2}, 3);
  w.input("c", {2});
  w.weight("c", {2}, {10, 20});
  w.node("Add", {"x", "c"});
  const Answer a = answer(w.bytes(), {1, 2});
  expect(a, {2}, {11, 22});
  EXPECT_EQ(a.imported.package.graph.inputs.size(), 1u);
}

TEST(Opset, Rules) {
  auto status = [](int opset, int ir, bool listed) {
    OnnxWriter w(opset, {2}, ir);
    if (!listed) w.model().clear_opset_import();
    w.node("Relu", {"x"});
    return import_bytes(w.bytes()).status().code();
  };
  EXPECT_EQ(status(25, 10, true), Code::ok);
  EXPECT_EQ(status(26, 10, true), Code::unsupported);
  EXPECT_EQ(status(0, 10, true), Code::corrupt);
  EXPECT_EQ(status(1, 2, false), Code::ok);
  EXPECT_EQ(status(1, 8, false), Code::corrupt);
}

}  // namespace
}  // namespace mien::testing
