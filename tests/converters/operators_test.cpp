// Every operator that is imported, in each of its forms, against values written out by hand.
#include "converters/onnx/operators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/converters/onnx_writer.h"

namespace mien::testing {
namespace {

using V = std::vector<double>;

void expect(OnnxWriter& w, const V& x, const Shape& shape, const V& y, double tolerance = 1e-6) {
  const Answer a = answer(w.bytes(), x);
  ASSERT_TRUE(a.status.ok()) << a.status.message();
  EXPECT_EQ(a.shape.text(), shape.text());
  ASSERT_EQ(a.y().size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(a.y()[i], y[i], tolerance) << "element " << i;
}

void expect_refused(OnnxWriter& w, Code code, const std::string& part) {
  const Result<Imported> r = import_bytes(w.bytes());
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.status().code(), code) << r.status().message();
  EXPECT_NE(r.status().message().find(part), std::string::npos) << r.status().message();
}

V map(const V& x, double (*f)(double)) {
  V y;
  for (double v : x) y.push_back(f(v));
  return y;
}

TEST(Activation, PlainOnes) {
  const V x = {-2, -0.5, 0, 0.25, 3, 4};
  const struct {
    const char* op;
    double (*f)(double);
  } rows[] = {{"Relu", [](double v) { return v > 0 ? v : 0; }},
              {"Sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
              {"Tanh", [](double v) { return std::tanh(v); }},
              {"Exp", [](double v) { return std::exp(v); }},
              {"Abs", [](double v) { return std::fabs(v); }},
              {"Neg", [](double v) { return -v; }},
              {"LeakyRelu", [](double v) { return v > 0 ? v : double(0.01f) * v; }},
              {"Elu", [](double v) { return v > 0 ? v : std::exp(v) - 1; }},
              {"HardSigmoid", [](double v) { return std::fmax(0, std::fmin(1, double(0.2f) * v + 0.5)); }},
              {"HardSwish", [](double v) { return v * std::fmax(0, std::fmin(1, v / 6 + 0.5)); }}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.op);
    OnnxWriter w(14, {2, 3});
    w.node(row.op, {"x"});
    expect(w, x, {2, 3}, map(x, row.f));
  }
}

TEST(Activation, RootAndReciprocal) {
  OnnxWriter root(13, {2}), reciprocal(13, {2});
  root.node("Sqrt", {"x"});
  reciprocal.node("Reciprocal", {"x"});
  expect(root, {4, 9}, {2}, {2, 3});
  expect(reciprocal, {4, 0.5}, {2}, {0.25, 2});
}

TEST(Clip, AttributesUpToOpset10) {
  OnnxWriter w(6, {4});
  w.node("Clip", {"x"}).real("min", 0).real("max", 6);
  expect(w, {-1, 2, 6, 7}, {4}, {0, 2, 6, 6});
}
TEST(Clip, InputsFromOpset11) {
  OnnxWriter w(11, {4});
  w.weight("high", {}, {6});
  w.node("Clip", {"x", "", "high"});
  expect(w, {-1, 2, 6, 7}, {4}, {-1, 2, 6, 6});
}
TEST(Clip, ConstantNodesAsBounds) {
  OnnxWriter w(13, {4});
  w.node("Constant", {}, {"low"}).tensor("value", float_tensor("", {}, {0}));
  w.node("Constant", {}, {"high"}).real("value_float", 6);
  w.node("Clip", {"x", "low", "high"});
  expect(w, {-1, 2, 6, 7}, {4}, {0, 2, 6, 6});
}
TEST(Clip, WithoutBoundsIsNothing) {
  OnnxWriter w(11, {2});
  w.node("Clip", {"x"}, {"c"});
  w.node("Relu", {"c"});
  expect(w, {-1, 2}, {2}, {0, 2});
}
TEST(Clip, RunTimeBoundsAreRefused) {
  OnnxWriter w(11, {1});
  w.node("Clip", {"x", "x"});
  expect_refused(w, Code::unsupported, "min is computed at run time");
}

TEST(PRelu, SlopeForms) {
  const V x = {-1, 1, -1, 1, -2, 2, -2, 2};
  const V y = {-0.5, 1, -0.5, 1, -6, 2, -6, 2};
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{2}, {2, 1, 1}, {1, 2, 1, 1}}) {
    OnnxWriter w(9, {1, 2, 2, 2});
    w.weight("s", dims, {0.5f, 3});
    w.node("PRelu", {"x", "s"});
    expect(w, x, {1, 2, 2, 2}, y);
  }
  for (const std::vector<int64_t>& dims : {std::vector<int64_t>{}, {1}, {1, 1, 1}}) {
    OnnxWriter w(9, {1, 2, 2, 2});
    w.weight("s", dims, {0.5f});
    w.node("PRelu", {"x", "s"});
    expect(w, x, {1, 2, 2, 2}, {-0.5, 1, -0.5, 1, -1, 2, -1, 2});
  }
}
TEST(PRelu, TwoDimensionalInput) {
  OnnxWriter w(9, {0, 3});
  w.weight("s", {3}, {1, 2, 3});
  w.node("PRelu", {"x", "s"});
  expect(w, {-1, -1, -1}, {1, 3}, {-1, -2, -3});
}
TEST(PRelu, SlopePerColumnIsRefused) {
  OnnxWriter w(9, {1, 2, 2, 3});
  w.weight("s", {3}, {1, 2, 3});
  w.node("PRelu", {"x", "s"});
  expect_refused(w, Code::unsupported, "neither one number nor one per channel");
  OnnxWriter last(9, {1, 2, 2, 2});
  last.weight("s", {1, 1, 2}, {1, 2});
  last.node("PRelu", {"x", "s"});
  expect_refused(last, Code::unsupported, "neither one number nor one per channel");
}

TEST(Conv, PlainWithBias) {
  OnnxWriter w(11, {1, 1, 3, 3});
  w.weight("w", {2, 1, 2, 2}, {1, 0, 0, 1, 0, 1, 1, 0});
  w.weight("b", {2}, {10, 20});
  w.node("Conv", {"x", "w", "b"});
  expect(w, ramp(9), {1, 2, 2, 2}, {16, 18, 22, 24, 26, 28, 32, 34});
}
TEST(Conv, SameUpperPutsTheOddRowAtTheEnd) {
  // 4 wide, kernel 3, stride 2: 1 column of padding in all.
  for (const char* mode : {"SAME_UPPER", "SAME_LOWER"}) {
    OnnxWriter w(11, {1, 1, 4, 4});
    w.weight("w", {1, 1, 1, 3}, {1, 1, 1});
    w.node("Conv", {"x", "w"}).integers("strides", {4, 2}).text("auto_pad", mode);
    expect(w, ramp(16), {1, 1, 1, 2}, std::string(mode) == "SAME_UPPER" ? V{6, 7} : V{3, 9});
  }
}
TEST(Conv, DepthwiseAndDilated) {
  OnnxWriter w(11, {1, 2, 1, 3});
  w.weight("w", {2, 1, 1, 2}, {1, 1, 1, -1});
  w.node("Conv", {"x", "w"}).integer("group", 2).integers("dilations", {1, 2}).integers("kernel_shape", {1, 2});
  expect(w, ramp(6), {1, 2, 1, 1}, {4, -2});
}
TEST(Conv, ZeroPadBeforeItJoinsTheWindow) {
  OnnxWriter w(11, {1, 1, 1, 2});
  w.ints("p", {0, 0, 0, 1, 0, 0, 0, 2});
  w.weight("w", {1, 1, 1, 2}, {1, 10});
  w.node("Pad", {"x", "p"}, {"padded"});
  w.node("Conv", {"padded", "w"});
  expect(w, {1, 2}, {1, 1, 1, 4}, {10, 21, 2, 0});
  const Answer a = answer(w.bytes(), {1, 2});
  EXPECT_EQ(a.imported.package.graph.nodes.size(), 1u);
}
TEST(Conv, BadGeometryIsAnError) {
  const struct {
    const char* attribute;
    std::vector<int64_t> values;
    Code code;
  } rows[] = {{"strides", {0, 1}, Code::corrupt},
              {"strides", {1, -1}, Code::corrupt},
              {"dilations", {0, 0}, Code::corrupt},
              {"pads", {0, 0, int64_t{1} << 40, 0}, Code::corrupt},
              {"pads", {-1, 0, 0, 0}, Code::unsupported},
              {"pads", {1, 1}, Code::corrupt},
              {"kernel_shape", {3, 3}, Code::corrupt},
              {"kernel_shape", {2}, Code::unsupported},
              {"strides", {int64_t{1} << 62, 1}, Code::corrupt}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.attribute);
    OnnxWriter w(11, {1, 2, 4, 4});
    w.weight("w", {2, 2, 2, 2}, std::vector<float>(16, 1));
    w.node("Conv", {"x", "w"}).integers(row.attribute, row.values);
    expect_refused(w, row.code, "node 'Conv1' (Conv)");
  }
  for (int64_t group : {int64_t{3}, int64_t{0}, int64_t{-1}, int64_t{1} << 62}) {
    OnnxWriter w(11, {1, 2, 4, 4});
    w.weight("w", {2, 2, 2, 2}, std::vector<float>(16, 1));
    w.node("Conv", {"x", "w"}).integer("group", group);
    expect_refused(w, Code::corrupt, "do not fit");
  }
}

TEST(Pool, MaxWithCeilMode) {
  OnnxWriter w(10, {1, 1, 1, 5});
  w.node("MaxPool", {"x"}).integers("kernel_shape", {1, 2}).integers("strides", {1, 2}).integer("ceil_mode", 1);
  expect(w, {1, 5, 2, 4, 3}, {1, 1, 1, 3}, {5, 4, 3});
}
TEST(Pool, AverageCountsPaddingOnlyIfAsked) {
  for (int include : {0, 1}) {
    OnnxWriter w(7, {1, 1, 1, 2});
    w.node("AveragePool", {"x"})
        .integers("kernel_shape", {1, 2})
        .integers("pads", {0, 1, 0, 0})
        .integer("count_include_pad", include);
    expect(w, {4, 8}, {1, 1, 1, 2}, include ? V{2, 6} : V{4, 6});
  }
}
TEST(Pool, Global) {
  OnnxWriter average(9, {1, 2, 1, 2}), max(9, {1, 2, 1, 2});
  average.node("GlobalAveragePool", {"x"});
  max.node("GlobalMaxPool", {"x"});
  expect(average, {1, 3, 5, 9}, {1, 2, 1, 1}, {2, 7});
  expect(max, {1, 3, 9, 5}, {1, 2, 1, 1}, {3, 9});
}
TEST(Pool, IndicesOutputIsRefusedOnlyWhenRead) {
  OnnxWriter w(10, {1, 1, 2, 2});
  w.node("MaxPool", {"x"}, {"y", "where"}).integers("kernel_shape", {2, 2});
  expect(w, {1, 2, 3, 4}, {1, 1, 1, 1}, {4});
  OnnxWriter read(10, {1, 1, 2, 2});
  read.node("MaxPool", {"x"}, {"p", "where"}).integers("kernel_shape", {2, 2});
  read.node("Relu", {"where"});
  expect_refused(read, Code::unsupported, "an output that mien does not compute");
}

TEST(BatchNorm, Formula) {
  OnnxWriter w(9, {0, 2, 1, 2});
  w.weight("g", {2}, {2, 3}), w.weight("b", {2}, {1, -1}), w.weight("m", {2}, {4, 5}), w.weight("v", {2}, {0.25f, 4});
  w.node("BatchNormalization", {"x", "g", "b", "m", "v"}).real("epsilon", 0.5f);
  const double a = 2 / std::sqrt(0.75), b = 3 / std::sqrt(4.5);
  expect(w, {4, 5, 6, 7}, {1, 2, 1, 2}, {1, a + 1, b - 1, 2 * b - 1});
}
TEST(BatchNorm, PerActivation) {
  OnnxWriter w(7, {1, 1, 1, 2});
  for (const char* name : {"g", "b", "m"}) w.weight(name, {1, 1, 2}, {1, 2});
  w.weight("v", {1, 1, 2}, {1, 4});
  w.node("BatchNormalization", {"x", "g", "b", "m", "v"}).integer("spatial", 0).real("epsilon", 0);
  expect(w, {3, 6}, {1, 1, 1, 2}, {3, 6});
}
TEST(BatchNorm, TrainingOutputsAreIgnored) {
  OnnxWriter w(6, {0, 1, 1, 1});
  for (const char* name : {"g", "b", "m", "v"}) w.weight(name, {1}, {1});
  w.node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"y", "a1", "a2", "a3", "a4"}).real("epsilon", 0);
  expect(w, {3}, {1, 1, 1, 1}, {3});
}
TEST(BatchNorm, BadVarianceIsAnError) {
  for (float v : {-1.0f, std::nanf(""), INFINITY}) {
    OnnxWriter w(9, {0, 1, 1, 1});
    for (const char* name : {"g", "b", "m"}) w.weight(name, {1}, {1});
    w.weight("v", {1}, {v});
    w.node("BatchNormalization", {"x", "g", "b", "m", "v"});
    expect_refused(w, Code::corrupt, "is not positive");
  }
}
TEST(BatchNorm, TrainingModeIsRefused) {
  OnnxWriter w(14, {0, 1, 1, 1});
  for (const char* name : {"g", "b", "m", "v"}) w.weight(name, {1}, {1});
  w.node("BatchNormalization", {"x", "g", "b", "m", "v"}).integer("training_mode", 1);
  expect_refused(w, Code::unsupported, "training mode");
}

TEST(Arithmetic, NumpyBroadcasting) {
  const struct {
    const char* op;
    V y;
  } rows[] = {{"Add", {11, 12, 23, 24}},
              {"Sub", {-9, -8, -17, -16}},
              {"Mul", {10, 20, 60, 80}},
              {"Div", {0.1, 0.2, 0.15, 0.2}}};
  for (const auto& row : rows) {
    OnnxWriter w(7, {1, 2, 1, 2});
    w.weight("c", {2, 1, 1}, {10, 20});
    w.node(row.op, {"x", "c"});
    expect(w, {1, 2, 3, 4}, {1, 2, 1, 2}, row.y);
  }
}
TEST(Arithmetic, ConstantFirst) {
  OnnxWriter w(13, {2});
  w.weight("one", {}, {1});
  w.node("Sub", {"one", "x"});
  expect(w, {3, -1}, {2}, {-2, 2});
}
TEST(Arithmetic, LegacyAxis) {
  OnnxWriter w(6, {1, 2, 1, 2});
  w.weight("c", {2}, {10, 20});
  w.node("Add", {"x", "c"}).integer("broadcast", 1).integer("axis", 1);
  expect(w, {1, 2, 3, 4}, {1, 2, 1, 2}, {11, 12, 23, 24});
  OnnxWriter suffix(6, {1, 2, 1, 2});
  suffix.weight("c", {2}, {10, 20});
  suffix.node("Add", {"x", "c"}).integer("broadcast", 1);
  expect(suffix, {1, 2, 3, 4}, {1, 2, 1, 2}, {11, 22, 13, 24});
}
TEST(Arithmetic, LegacyWithoutBroadcastMustAgree) {
  OnnxWriter w(6, {1, 2, 1, 2});
  w.weight("c", {2}, {10, 20});
  w.node("Add", {"x", "c"});
  expect_refused(w, Code::corrupt, "without broadcast");
}
TEST(Arithmetic, Variadic) {
  const struct {
    const char* op;
    V y;
  } rows[] = {{"Sum", {7, 3}}, {"Max", {4, 5}}, {"Min", {1, -4}}, {"Mean", {7.0 / 3, 1}}};
  for (const auto& row : rows) {
    OnnxWriter w(13, {2});
    w.weight("a", {2}, {4, 5});
    w.weight("b", {2}, {2, -4});
    w.node(row.op, {"x", "a", "b"});
    expect(w, {1, 2}, {2}, row.y);
  }
}
TEST(Arithmetic, Powers) {
  for (float p : {1.0f, 2.0f, 3.0f, 0.5f, -0.5f, -1.0f}) {
    OnnxWriter w(13, {2});
    w.weight("p", {}, {p});
    w.node("Pow", {"x", "p"}, {"q"});
    w.node("Neg", {"q"});
    expect(w, {4, 9}, {2}, {-std::pow(4, p), -std::pow(9, p)});
  }
  OnnxWriter w(13, {2});
  w.weight("p", {}, {2.5f});
  w.node("Pow", {"x", "p"});
  expect_refused(w, Code::unsupported, "exponent");
}

TEST(Gemm, Forms) {
  const V y = {1 * 1 + 2 * 2 + 10, 1 * 3 + 2 * 4 + 20, 1 * 5 + 2 * 6 + 30};
  OnnxWriter transposed(11, {0, 2});
  transposed.weight("b", {3, 2}, {1, 2, 3, 4, 5, 6});
  transposed.weight("c", {3}, {10, 20, 30});
  transposed.node("Gemm", {"x", "b", "c"}).integer("transB", 1);
  expect(transposed, {1, 2}, {1, 3}, y);
  OnnxWriter plain(11, {0, 2});
  plain.weight("b", {2, 3}, {1, 3, 5, 2, 4, 6});
  plain.weight("c", {1, 3}, {5, 10, 15});
  plain.node("Gemm", {"x", "b", "c"}).real("beta", 2);
  expect(plain, {1, 2}, {1, 3}, y);
  OnnxWriter scaled(11, {0, 2});
  scaled.weight("b", {2, 3}, {2, 6, 10, 4, 8, 12});
  scaled.node("Gemm", {"x", "b"}).real("alpha", 0.5f);
  expect(scaled, {1, 2}, {1, 3}, {5, 11, 17});
}
TEST(Gemm, IntegerZeroMeansNoBias) {
  OnnxWriter w(9, {0, 1});
  w.weight("b", {2, 1}, {3, 4});
  w.ints("c", {0});
  w.node("Gemm", {"x", "b", "c"}).integer("transB", 1);
  expect(w, {2}, {1, 2}, {6, 8});
}
TEST(Gemm, ScalarBiasAndRefusals) {
  OnnxWriter w(9, {0, 1});
  w.weight("b", {2, 1}, {3, 4});
  w.weight("c", {}, {1});
  w.node("Gemm", {"x", "b", "c"}).integer("transB", 1);
  expect(w, {2}, {1, 2}, {7, 9});
  OnnxWriter trans_a(9, {0, 1});
  trans_a.weight("b", {2, 1}, {3, 4});
  trans_a.node("Gemm", {"x", "b"}).integer("transA", 1);
  expect_refused(trans_a, Code::unsupported, "transA");
  OnnxWriter wrong(9, {0, 1});
  wrong.weight("b", {2, 3}, std::vector<float>(6, 1));
  wrong.node("Gemm", {"x", "b"});
  expect_refused(wrong, Code::corrupt, "does not fit");
}
TEST(MatMul, ConstantRightOperand) {
  OnnxWriter w(13, {0, 2});
  w.weight("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  w.node("MatMul", {"x", "w"});
  expect(w, {1, 10}, {1, 3}, {41, 52, 63});
}

TEST(Layout, ReshapeRules) {
  OnnxWriter w(13, {0, 2, 1, 3});
  w.ints("s", {0, -1});
  w.node("Reshape", {"x", "s"});
  expect(w, ramp(6), {1, 6}, ramp(6));
  OnnxWriter old(1, {1, 6});
  old.node("Reshape", {"x"}).integers("shape", {2, -1});
  expect(old, ramp(6), {2, 3}, ramp(6));
  OnnxWriter wrong(13, {0, 6});
  wrong.ints("s", {4, -1});
  wrong.node("Reshape", {"x", "s"});
  expect_refused(wrong, Code::corrupt, "cannot make");
  OnnxWriter floats(13, {0, 6});
  floats.weight("s", {2}, {1, 6});
  floats.node("Reshape", {"x", "s"});
  expect_refused(floats, Code::corrupt, "not a list of int64");
}
TEST(Layout, FlattenSqueezeUnsqueeze) {
  OnnxWriter flatten(11, {1, 2, 1, 3});
  flatten.node("Flatten", {"x"}).integer("axis", -2);
  expect(flatten, ramp(6), {2, 3}, ramp(6));
  OnnxWriter squeeze(11, {1, 2, 1, 1});
  squeeze.node("Squeeze", {"x"}).integers("axes", {2, -1});
  expect(squeeze, ramp(2), {1, 2}, ramp(2));
  OnnxWriter squeeze13(13, {1, 2, 1, 1});
  squeeze13.ints("a", {2, 3});
  squeeze13.node("Squeeze", {"x", "a"});
  expect(squeeze13, ramp(2), {1, 2}, ramp(2));
  OnnxWriter unsqueeze(13, {1, 2});
  unsqueeze.ints("a", {-1, 0});
  unsqueeze.node("Unsqueeze", {"x", "a"});
  expect(unsqueeze, ramp(2), {1, 1, 2, 1}, ramp(2));
}
TEST(Layout, TransposeConcat) {
  OnnxWriter transpose(13, {1, 2, 3});
  transpose.node("Transpose", {"x"}).integers("perm", {0, 2, 1});
  expect(transpose, ramp(6), {1, 3, 2}, {1, 4, 2, 5, 3, 6});
  OnnxWriter reversed(13, {2, 3});
  reversed.node("Transpose", {"x"});
  expect(reversed, ramp(6), {3, 2}, {1, 4, 2, 5, 3, 6});
  OnnxWriter concat(13, {2, 1});
  concat.weight("c", {2, 2}, {10, 20, 30, 40});
  concat.node("Concat", {"x", "c"}).integer("axis", -1);
  expect(concat, {1, 2}, {2, 3}, {1, 10, 20, 2, 30, 40});
}
TEST(Layout, SplitForms) {
  auto finish = [](OnnxWriter& w) { w.node("Concat", {"b", "a"}).integer("axis", 1); };
  OnnxWriter attribute(11, {1, 5});
  attribute.node("Split", {"x"}, {"a", "b"}).integer("axis", 1).integers("split", {2, 3});
  finish(attribute);
  expect(attribute, ramp(5), {1, 5}, {3, 4, 5, 1, 2});
  OnnxWriter input(13, {1, 5});
  input.ints("s", {2, 3});
  input.node("Split", {"x", "s"}, {"a", "b"}).integer("axis", 1);
  finish(input);
  expect(input, ramp(5), {1, 5}, {3, 4, 5, 1, 2});
  OnnxWriter uneven(18, {1, 5});
  uneven.node("Split", {"x"}, {"a", "b"}).integer("axis", 1).integer("num_outputs", 2);
  finish(uneven);
  expect(uneven, ramp(5), {1, 5}, {4, 5, 1, 2, 3});
  OnnxWriter wrong(13, {1, 5});
  wrong.node("Split", {"x"}, {"a", "b"}).integer("axis", 1);
  finish(wrong);
  expect_refused(wrong, Code::corrupt, "equal parts");
}
TEST(Layout, SliceForms) {
  OnnxWriter attributes(9, {1, 5});
  attributes.node("Slice", {"x"}).integers("starts", {1}).integers("ends", {INT64_MAX}).integers("axes", {1});
  expect(attributes, ramp(5), {1, 4}, {2, 3, 4, 5});
  OnnxWriter inputs(10, {1, 5});
  inputs.ints("s", {-4}), inputs.ints("e", {-1}), inputs.ints("a", {1}), inputs.ints("t", {2});
  inputs.node("Slice", {"x", "s", "e", "a", "t"});
  expect(inputs, ramp(5), {1, 2}, {2, 4});
  OnnxWriter backwards(10, {1, 5});
  backwards.ints("s", {4}), backwards.ints("e", {0}), backwards.ints("a", {1}), backwards.ints("t", {-1});
  backwards.node("Slice", {"x", "s", "e", "a", "t"});
  expect_refused(backwards, Code::unsupported, "backwards");
  OnnxWriter empty(10, {1, 5});
  empty.ints("s", {3}), empty.ints("e", {1}), empty.ints("a", {1});
  empty.node("Slice", {"x", "s", "e", "a"});
  expect_refused(empty, Code::unsupported, "empty slice");
}
TEST(Layout, Gather) {
  OnnxWriter one(13, {1, 3});
  one.ints("i", {}, {-1});
  one.node("Gather", {"x", "i"}).integer("axis", 1);
  expect(one, ramp(3), {1}, {3});
  OnnxWriter scattered(13, {1, 3});
  scattered.ints("i", {2, 0, 0});
  scattered.node("Gather", {"x", "i"}).integer("axis", 1);
  expect(scattered, ramp(3), {1, 3}, {3, 1, 1});
  OnnxWriter outside(13, {1, 3});
  outside.ints("i", {3});
  outside.node("Gather", {"x", "i"}).integer("axis", 1);
  expect_refused(outside, Code::corrupt, "outside");
}
TEST(Layout, PadForms) {
  OnnxWriter old(2, {1, 2});
  old.node("Pad", {"x"}).integers("pads", {0, 1, 0, 0}).real("value", 7);
  expect(old, {1, 2}, {1, 3}, {7, 1, 2});
  OnnxWriter axes(18, {1, 2});
  axes.ints("p", {0, 2}), axes.ints("a", {-1});
  axes.weight("v", {}, {5});
  axes.node("Pad", {"x", "p", "v", "a"});
  expect(axes, {1, 2}, {1, 4}, {1, 2, 5, 5});
  OnnxWriter reflect(11, {1, 2});
  reflect.ints("p", {0, 1, 0, 0});
  reflect.node("Pad", {"x", "p"}).text("mode", "reflect");
  expect_refused(reflect, Code::unsupported, "mode reflect");
  OnnxWriter crop(11, {1, 2});
  crop.ints("p", {0, -1, 0, 0});
  crop.node("Pad", {"x", "p"});
  expect_refused(crop, Code::unsupported, "negative padding");
}
TEST(Layout, DepthToSpaceAndBack) {
  OnnxWriter dcr(13, {1, 4, 1, 1}), back(13, {1, 1, 2, 2});
  dcr.node("DepthToSpace", {"x"}).integer("blocksize", 2);
  expect(dcr, ramp(4), {1, 1, 2, 2}, ramp(4));
  back.node("SpaceToDepth", {"x"}).integer("blocksize", 2);
  expect(back, ramp(4), {1, 4, 1, 1}, ramp(4));
}
TEST(Layout, DisappearingOnes) {
  OnnxWriter w(13, {1, 2});
  w.weight("r", {}, {0.5f});
  w.node("Identity", {"x"}, {"a"});
  w.node("Dropout", {"a", "r"}, {"b", "mask"});
  w.node("Cast", {"b"}, {"c"}).integer("to", 1);
  w.node("Relu", {"c"});
  expect(w, {-1, 2}, {1, 2}, {0, 2});
  EXPECT_EQ(answer(w.bytes(), {-1, 2}).imported.package.graph.nodes.size(), 1u);
}

TEST(Softmax, FlattensUpToOpset12) {
  const double e1 = std::exp(1), e2 = std::exp(2);
  for (int opset : {11, 13}) {
    OnnxWriter w(opset, {1, 2, 2});
    w.node("Softmax", {"x"}).integer("axis", 1);
    const double flat = 2 * e1 + 2 * e2;
    expect(w, {1, 1, 2, 2}, {1, 2, 2},
           opset == 11 ? V{e1 / flat, e1 / flat, e2 / flat, e2 / flat}
                       : V{e1 / (e1 + e2), e1 / (e1 + e2), e2 / (e1 + e2), e2 / (e1 + e2)});
  }
  OnnxWriter last(13, {1, 2});
  last.node("Softmax", {"x"});
  expect(last, {1, 2}, {1, 2}, {e1 / (e1 + e2), e2 / (e1 + e2)});
}

TEST(Reduce, Forms) {
  OnnxWriter mean(11, {1, 2, 1, 2});
  mean.node("ReduceMean", {"x"}).integers("axes", {2, 3}).integer("keepdims", 0);
  expect(mean, {1, 3, 5, 9}, {1, 2}, {2, 7});
  OnnxWriter sum(13, {1, 3});
  sum.ints("a", {-1});
  sum.node("ReduceSum", {"x", "a"});
  expect(sum, {1, 2, 4}, {1, 1}, {7});
  OnnxWriter channels(11, {1, 2, 1, 2});
  channels.node("ReduceSum", {"x"}).integers("axes", {1});
  expect(channels, {1, 2, 10, 20}, {1, 1, 1, 2}, {11, 22});
  OnnxWriter l2(18, {1, 2});
  l2.ints("a", {1});
  l2.node("ReduceL2", {"x", "a"});
  expect(l2, {3, 4}, {1, 1}, {5});
  OnnxWriter max(13, {1, 1, 2, 2});
  max.node("ReduceMax", {"x"}).integers("axes", {-2, -1});
  expect(max, {1, 9, 3, 4}, {1, 1, 1, 1}, {9});
  OnnxWriter batch(13, {1, 3, 2});
  batch.node("ReduceMean", {"x"}).integers("axes", {0, 1});
  expect_refused(batch, Code::unsupported, "over axes");
}

TEST(Resize, NearestRules) {
  struct Row {
    const char *coordinates, *rounding;
    V y;
  };
  // 4 columns to 6 (scale 1.5) and what each rule picks, worked out by hand.
  const Row rows[] = {{"asymmetric", "floor", {0, 0, 1, 2, 2, 3}},
                      {"asymmetric", "ceil", {0, 1, 2, 2, 3, 3}},
                      {"half_pixel", "round_prefer_floor", {0, 0, 1, 2, 2, 3}},
                      {"half_pixel", "round_prefer_ceil", {0, 1, 1, 2, 3, 3}},
                      {"align_corners", "floor", {0, 0, 1, 1, 2, 3}},
                      {"tf_half_pixel_for_nn", "floor", {0, 1, 1, 2, 3, 3}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.coordinates) + " " + row.rounding);
    OnnxWriter w(11, {1, 1, 1, 4});
    w.weight("roi", {0}, {}), w.weight("s", {4}, {1, 1, 1, 1.5f});
    w.node("Resize", {"x", "roi", "s"})
        .text("coordinate_transformation_mode", row.coordinates)
        .text("nearest_mode", row.rounding);
    expect(w, ramp(4, 0), {1, 1, 1, 6}, row.y);
  }
}
TEST(Resize, OtherForms) {
  const V doubled = {0, 0, 1, 1, 0, 0, 1, 1};
  OnnxWriter sizes(13, {1, 1, 1, 2});
  sizes.ints("z", {1, 1, 2, 4});
  sizes.node("Resize", {"x", "", "", "z"})
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
  expect(sizes, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter axes(18, {1, 1, 1, 2});
  axes.ints("z", {4, 2});
  axes.node("Resize", {"x", "", "", "z"}).integers("axes", {3, 2});
  expect(axes, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter opset10(10, {1, 1, 1, 2});
  opset10.weight("s", {4}, {1, 1, 2, 2});
  opset10.node("Resize", {"x", "s"});
  expect(opset10, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample7(7, {1, 1, 1, 2});
  upsample7.node("Upsample", {"x"}).reals("scales", {1, 1, 2, 2});
  expect(upsample7, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample9(9, {1, 1, 1, 2});
  upsample9.weight("s", {4}, {1, 1, 2, 2});
  upsample9.node("Upsample", {"x", "s"});
  expect(upsample9, {0, 1}, {1, 1, 2, 4}, doubled);
  OnnxWriter upsample1(1, {1, 1, 1, 2});
  upsample1.node("Upsample", {"x"}).real("width_scale", 2).real("height_scale", 2);
  expect(upsample1, {0, 1}, {1, 1, 2, 4}, doubled);
}
TEST(Resize, Refusals) {
  OnnxWriter linear(13, {1, 1, 2, 2});
  linear.weight("s", {4}, {1, 1, 2, 2});
  linear.node("Resize", {"x", "", "s"}).text("mode", "linear");
  expect_refused(linear, Code::unsupported, "mode linear");
  OnnxWriter channels(13, {1, 1, 2, 2});
  channels.weight("s", {4}, {1, 2, 1, 1});
  channels.node("Resize", {"x", "", "s"});
  expect_refused(channels, Code::unsupported, "channels");
  for (float scale : {0.0f, -1.0f, 1e30f, std::nanf("")}) {
    OnnxWriter bad(13, {1, 1, 2, 2});
    bad.weight("s", {4}, {1, 1, scale, 1});
    bad.node("Resize", {"x", "", "s"});
    expect_refused(bad, Code::corrupt, "scale");
  }
}

TEST(LpNormalization, ZeroStaysZero) {
  OnnxWriter w(9, {0, 2});
  w.node("LpNormalization", {"x"}).integer("axis", 1);
  expect(w, {3, 4}, {1, 2}, {0.6, 0.8});
  expect(w, {0, 0}, {1, 2}, {0, 0});
}

TEST(Table, NamesAreUniqueAndDocumented) {
  std::set<std::string> names;
  const std::string text = onnx::operators_markdown();
  for (const onnx::OperatorRow& row : onnx::operators()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.import || row.fold) << row.name;
    EXPECT_NE(text.find(std::string("| ") + row.name + " |"), std::string::npos);
  }
}

}  // namespace
}  // namespace mien::testing
