// Operators that compute, in each of their forms, against values written out by hand; and the table of all of them.
#include "converters/onnx/operators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/converters/expect.h"

namespace mien::testing {
namespace {

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
