// Each layer of ncnn against numbers worked out by hand, its defaults above all.
#include <cmath>

#include "converters/ncnn/operators.h"
#include "tests/converters/ncnn_writer.h"

namespace mien::testing {
namespace {

const char kPicture3[] = "0=3 1=3 2=1";  // one channel of 3 x 3
const V kNine{1, 2, 3, 4, 5, 6, 7, 8, 9};

void expect_row(const std::string& type, const std::string& params, const V& x, const V& y) {
  SCOPED_TRACE(type + " " + params);
  const int64_t n = static_cast<int64_t>(x.size());
  expect(of("0=" + std::to_string(n)).then(type, params), x, {1, n}, y);
}

TEST(Convolution, BiasStridePadDilation) {
  expect(of(kPicture3).then("Convolution", "0=2 1=2 5=1 6=8").flagged({1, 1, 1, 1, 1, 0, 0, 0}).raw({10, 20}), kNine,
         {1, 2, 2, 2}, {22, 26, 34, 38, 21, 22, 24, 25});
  // Dilated by 2, padded by 1, stride 2: every window sees the middle and nothing else.
  expect(of(kPicture3).then("Convolution", "0=1 1=2 2=2 3=2 4=1 6=4").flagged({1, 2, 3, 4}), kNine, {1, 1, 2, 2},
         {20, 15, 10, 5});
  // Height and width apart: 1 high, 2 wide; pads left 1, top 0, right 2, bottom 1.
  const NcnnModel apart =
      of("0=2 1=1 2=1").then("Convolution", "0=1 1=2 11=1 3=1 13=2 2=1 12=1 4=1 14=0 15=2 16=1 6=2").flagged({1, 10});
  expect(apart, {3, 4}, {1, 1, 1, 4}, {30, 43, 4, 0});
  const Window w = import_model(apart)->package.graph.nodes[0].window;
  EXPECT_EQ(w.kernel_h, 1);
  EXPECT_EQ(w.kernel_w, 2);
  EXPECT_EQ(w.stride_h, 2);
  EXPECT_EQ(w.stride_w, 1);
  EXPECT_EQ(w.pad_left, 1);
  EXPECT_EQ(w.pad_top, 0);
  EXPECT_EQ(w.pad_right, 2);
  EXPECT_EQ(w.pad_bottom, 1);
}

TEST(Convolution, SamePadding) {
  // 4 columns, kernel 2, stride 1 and one row: one is missing, behind (upper) or in front (lower).
  const auto made = [](const std::string& pad) {
    return of("0=4 1=1 2=1").then("Convolution", "0=1 1=2 11=1 4=" + pad + " 6=2").flagged({1, 10});
  };
  expect(made("-233"), {1, 2, 3, 4}, {1, 1, 1, 4}, {21, 32, 43, 4});
  expect(made("-234"), {1, 2, 3, 4}, {1, 1, 1, 4}, {10, 21, 32, 43});
  // Stride 2 over 3 x 3 with kernel 3: one on each side, as if padded by 1.
  const Floats middle{0, 0, 0, 0, 1, 0, 0, 0, 0};
  expect(of(kPicture3).then("Convolution", "0=1 1=3 3=2 4=-233 6=9").flagged(middle), kNine, {1, 1, 2, 2},
         {1, 3, 7, 9});
  // Stride 2 over 4 columns with kernel 3: one, behind.
  expect(of("0=4 1=1 2=1").then("Convolution", "0=1 1=3 11=1 3=2 4=-233 6=3").flagged({1, 10, 100}), {1, 2, 3, 4},
         {1, 1, 1, 2}, {321, 43});
  // A kernel smaller than the stride needs none.
  expect(of("0=4 1=1 2=1").then("Convolution", "0=1 1=1 3=2 4=-233 6=1").flagged({1}), {1, 2, 3, 4}, {1, 1, 1, 2},
         {1, 3});
  expect_refused(of("0=3 1=9 2=1").then("Convolution", "0=1 1=2 11=1 3=1 13=3 4=-233 6=2").flagged({1, 1}),
                 Code::unsupported, "cuts rows or columns off");
  for (const char* pads : {"4=-233 14=0", "4=-1", "4=-235", "4=0 15=-233", "4=5000"})
    expect_refused(of(kPicture3).then("Convolution", std::string("0=1 1=1 6=1 ") + pads).flagged({1}), Code::corrupt,
                   "padding");
}

TEST(Convolution, PadsWithAnyNumber) {
  expect(of("0=1 1=1 2=1").then("Convolution", "0=1 1=3 4=1 6=9 18=2.5").flagged(Floats(9, 1)), {1}, {1, 1, 1, 1},
         {21});
  expect(of("0=1 1=1 2=1").then("Convolution", "0=1 1=1 6=1 18=2.5").flagged({3}), {1}, {1, 1, 1, 1}, {3});
}

TEST(Convolution, CarriesAnActivation) {
  const auto made = [](const std::string& params) {
    return of("0=4 1=1 2=1").then("Convolution", "0=1 1=1 6=1 " + params).flagged({1});
  };
  const V x{-4, -1, 2, 8};
  const Shape same{1, 1, 1, 4};
  expect(made("9=0"), x, same, x);
  expect(made("9=1"), x, same, {0, 0, 2, 8});
  expect(made("9=2 -23310=1,0.5"), x, same, {-2, -0.5, 2, 8});
  expect(made("9=2 10=0.5"), x, same, {-2, -0.5, 2, 8});
  expect(made("9=3 -23310=2,-2.0,6.0"), x, same, {-2, -1, 2, 6});
  expect(made("9=3 10=-2.0,6.0"), x, same, {-2, -1, 2, 6});
  expect(made("9=4"), x, same,
         {1 / (1 + std::exp(4)), 1 / (1 + std::exp(1)), 1 / (1 + std::exp(-2)), 1 / (1 + std::exp(-8))});
  expect(made("9=6 -23310=2,1.666667e-01,0.5"), x, same, {0, -2 / 6.0, 2 * 5 / 6.0, 8});
  expect(made("9=6 -23310=2,0.25,0.5"), x, same, {0, -0.25, 2, 8});
  expect_refused(made("9=5"), Code::unsupported, "node 'y' (Convolution): activation mish");
  expect_refused(made("9=7"), Code::unsupported, "activation 7");
  expect_refused(made("9=3 10=1.0"), Code::corrupt, "its activation has 1 of its numbers");
  expect_refused(made("9=3 10=1.0,0.0"), Code::corrupt, "above the upper one");
  expect_refused(made("9=6 10=-1.0,0.5"), Code::unsupported, "not positive");
}

TEST(Convolution, OfAVectorIsFullyConnected) {
  expect(of("0=2").then("Convolution", "0=2 1=1 5=1 6=4 9=1").flagged({1, 2, 3, -4}).raw({1, 0}), {10, 20}, {1, 2},
         {51, 0});
  expect_refused(of("0=3").then("Convolution", "0=2 1=1 6=4").flagged({1, 2, 3, 4}), Code::corrupt,
                 "4 weights for 2 outputs of an input 1x3");
}

TEST(Convolution, WhatDoesNotFit) {
  const auto made = [](const std::string& params, size_t weights) {
    return of("0=4 1=4 2=2").then("Convolution", params).flagged(Floats(weights, 1));
  };
  expect_refused(made("0=2 1=3 6=4", 4), Code::corrupt, "4 weights for 2 outputs");
  expect_refused(made("0=2 1=1 6=6", 6), Code::corrupt, "6 weights for 2 outputs");
  expect_refused(made("0=0 1=1 6=4", 4), Code::corrupt, "0 outputs");
  expect_refused(made("0=2 6=4", 4), Code::corrupt, "kernel 0");
  expect_refused(made("0=2 1=1 3=0 6=4", 4), Code::corrupt, "stride 0");
  expect_refused(made("0=2 1=1 2=-1 6=4", 4), Code::corrupt, "dilation -1");
  expect_refused(made("0=2 1=5 6=100", 100), Code::corrupt, "larger than its padded input");
  expect_refused(made("0=2 1=1 6=4 5=1", 4), Code::corrupt, "needs 2 numbers; 0 bytes are left");
  expect_refused(of("0=4 1=4 2=2").then("Convolution", "0=2 1=1 6=4 19=1"), Code::unsupported,
                 "another layer computes");
}

TEST(ConvolutionDepthWise, Groups) {
  const V x{1, 2, 3, 4};
  expect(of("0=2 1=1 2=2").then("ConvolutionDepthWise", "0=2 1=1 5=1 6=2 7=2").flagged({10, 100}).raw({1, 2}), x,
         {1, 2, 1, 2}, {11, 21, 302, 402});
  // Two groups of one channel each, two outputs of each group.
  expect(of("0=1 1=1 2=2").then("ConvolutionDepthWise", "0=4 1=1 6=4 7=2").flagged({1, 2, 3, 4}), {10, 100},
         {1, 4, 1, 1}, {10, 20, 300, 400});
  // A global one, as MobileFaceNet's: kernel of the picture's size, no padding.
  expect(of("0=2 1=3 2=1").then("ConvolutionDepthWise", "0=1 1=2 11=3 6=6 7=1 9=1").flagged(Floats(6, 0.5f)),
         {1, 2, 3, 4, 5, 6}, {1, 1, 1, 1}, {10.5});
  expect_refused(of("0=2 1=1 2=2").then("ConvolutionDepthWise", "0=2 1=1 6=2 7=0").flagged({1, 1}), Code::corrupt,
                 "0 groups");
  expect_refused(of("0=2 1=1 2=2").then("ConvolutionDepthWise", "0=3 1=1 6=3 7=2").flagged({1, 1, 1}), Code::corrupt,
                 "in 2 groups");
}

TEST(InnerProduct, FlattensInTheOrderOfTheChannels) {
  expect(of("0=2 1=1 2=2").then("InnerProduct", "0=1 1=1 2=4").flagged({1, 10, 100, 1000}).raw({0.5f}), {1, 2, 3, 4},
         {1, 1}, {4321.5});
  // Rows of the right length are multiplied one by one.
  expect(of("0=2 1=2").then("InnerProduct", "0=1 2=2 9=2 10=0.5").flagged({1, 10}), {1, 2, -3, -4}, {1, 2, 1},
         {21, -21.5});
  expect(of("0=2 1=2").then("InnerProduct", "0=1 2=4").flagged({1, 10, 100, 1000}), {1, 2, 3, 4}, {1, 1}, {4321});
  expect_refused(of("0=3").then("InnerProduct", "0=2 2=4").flagged({1, 2, 3, 4}), Code::corrupt, "4 weights for 2");
  expect_refused(of("0=1").then("InnerProduct", "0=2 2=3").flagged({1, 2, 3}), Code::corrupt, "3 weights for 2");
}

TEST(BatchNorm, EpsIs0UnlessItIsGiven) {
  const auto made = [](const std::string& params) {
    return of("0=1 1=1 2=2").then("BatchNorm", "0=2 " + params).raw({7, 2}).raw({3, 4}).raw({0.25f, 4}).raw({1, 2});
  };
  expect(made(""), {5, 5}, {1, 2, 1, 1}, {1 + 7 * 2 / 0.5, 2 + 2 * 1 / 2.0});
  expect(made("1=0.75"), {5, 5}, {1, 2, 1, 1}, {1 + 14 / 1.0, 2 + 2 / std::sqrt(4.75)});
  expect_refused(made("1=-0.25"), Code::corrupt, "variance 0.250000 plus epsilon is not positive at element 0");
  expect_refused(of("0=3").then("BatchNorm", "0=2").raw(Floats(8, 1)), Code::corrupt, "2 numbers for an input 1x3");
  // Of a vector and of rows.
  expect(of("0=2").then("BatchNorm", "0=2").raw({1, 1}).raw({0, 1}).raw({4, 4}).raw({0, 0}), {2, 2}, {1, 2}, {1, 0.5});
  expect(of("0=1 1=2").then("BatchNorm", "0=2").raw({1, 1}).raw({0, 1}).raw({4, 4}).raw({0, 0}), {2, 2}, {1, 2, 1},
         {1, 0.5});
}

TEST(PReLU, OneSlopeOrOnePerChannel) {
  expect(of("0=1 1=1 2=2").then("PReLU", "0=2").raw({-0.5f, 1.5f}), {-2, -2}, {1, 2, 1, 1}, {1, -3});
  expect(of("0=1 1=1 2=2").then("PReLU", "0=1").raw({0.25f}), {-2, 4}, {1, 2, 1, 1}, {-0.5, 4});
  expect_refused(of("0=1 1=1 2=3").then("PReLU", "0=2").raw({1, 1}), Code::corrupt, "2 numbers");
}

TEST(Scale, StoredAndComputed) {
  expect(of("0=2 1=1 2=2").then("Scale", "0=2 1=1").raw({2, 3}).raw({10, 20}), {1, 2, 3, 4}, {1, 2, 1, 2},
         {12, 14, 29, 32});
  expect(of("0=2 1=1 2=2").then("Scale", "0=2").raw({2, 3}), {1, 2, 3, 4}, {1, 2, 1, 2}, {2, 4, 9, 12});
  // Squeeze and excitation: the mean of each channel scales it.
  NcnnModel m = of("0=2 1=1 2=2");
  m.layer("Split", "s", {"x"}, {"x0", "x1"}).layer("Pooling", "p", {"x1"}, {"p"}, "0=1 4=1");
  m.layer("Scale", "y", {"x0", "p"}, {"y"}, "0=-233");
  expect(m, {1, 3, 5, 7}, {1, 2, 1, 2}, {2, 6, 30, 42});
  expect_refused(of("0=2").then("Scale", "0=-233"), Code::corrupt, "would be a second one");
}

TEST(Normalize, AcrossBothOrOneOrNone) {
  const V x{3, 4, 0, 0, 4, 3, 12, 5};  // two channels of 1 x 4
  const auto made = [](const std::string& params, const Floats& scales) {
    return of("0=4 1=1 2=2").then("Normalize", params).raw(scales);
  };
  const Shape same{1, 2, 1, 4};
  const double all = std::sqrt(25 + 16 + 9 + 144 + 25 + 1e-4);
  V both, places, channels;
  for (size_t i = 0; i < 8; ++i) {
    both.push_back(2 * x[i] / all);
    places.push_back((i < 4 ? 2 : 3) * x[i] / std::sqrt(x[i % 4] * x[i % 4] + x[i % 4 + 4] * x[i % 4 + 4] + 1e-4));
    channels.push_back(2 * x[i] / std::sqrt((i < 4 ? 25 : 194) + 1e-4));
  }
  expect(made("0=1 1=1 3=1", {2}), x, same, both);
  expect(made("3=2", {2, 3}), x, same, places);  // across channels is the default
  expect(made("0=1 4=0 1=1 3=1", {2}), x, same, channels);
  expect(made("0=0 4=0 1=1 3=1", {2}), x, same, x);
  expect_refused(made("3=3", {1, 1, 1}), Code::corrupt, "3 scales for 2 channels");
}

TEST(Normalize, ItsThreeEps) {
  const auto made = [](const std::string& params) {
    return of("0=2").then("Normalize", "0=1 1=1 3=1 " + params).raw({1});
  };
  expect(made("2=11.0"), {3, 4}, {1, 2}, {0.5, 4 / 6.0});   // under the root
  expect(made("2=10.0 9=1"), {3, 4}, {1, 2}, {0.3, 0.4});   // a bound of the norm
  expect(made("2=100.0 9=2"), {3, 4}, {1, 2}, {0.3, 0.4});  // a bound of the sum of squares
  expect(made("2=1.0 9=2"), {3, 4}, {1, 2}, {0.6, 0.8});
  expect_refused(made("9=3"), Code::corrupt, "mode 3");
  // What a norm's eps cannot change in float32 gives the graph's own operator, and the record says what it is.
  const Result<Imported> embedding = import_model(made("2=1.000000e-10"));
  ASSERT_TRUE(embedding.ok()) << embedding.status().message();
  ASSERT_EQ(embedding->package.graph.nodes.size(), 1u);
  EXPECT_EQ(embedding->package.graph.nodes[0].op, Op::l2_normalize);
  EXPECT_TRUE(embedding->package.output.normalized);
  expect(made("2=1.000000e-10"), {3, 4}, {1, 2}, {0.6, 0.8});
}

TEST(MemoryData, MeetsTheInput) {
  NcnnModel m = of("0=2 1=2 2=2");
  m.layer("MemoryData", "c", {}, {"c"}, "0=2 1=2 2=2").raw({1, 2, 3, 4, 5, 6, 7, 8});
  m.layer("BinaryOp", "y", {"x", "c"}, {"y"}, "0=1");
  expect(m, {8, 8, 8, 8, 8, 8, 8, 8}, {1, 2, 2, 2}, {7, 6, 5, 4, 3, 2, 1, 0});
  NcnnModel half = of("0=2");
  half.layer("MemoryData", "c", {}, {"c"}, "0=2 21=0").flagged({0.5f, -3}, NcnnTag::float16);
  half.layer("BinaryOp", "y", {"x", "c"}, {"y"}, "0=2");
  expect(half, {10, 10}, {1, 2}, {5, -30});
  for (const char* params : {"0=0", "0=-1", "0=2 2=2", "0=65536 1=65536 2=4", "0=1 21=5"}) {
    NcnnModel bad = of("0=2");
    bad.layer("MemoryData", "c", {}, {"c"}, params).raw(Floats(4, 1));
    bad.layer("BinaryOp", "y", {"x", "c"}, {"y"}, "0=1");
    expect_refused(bad, Code::corrupt, "node 'c' (MemoryData)");
  }
  NcnnModel alone;
  alone.layer("MemoryData", "c", {}, {"c"}, "0=1").raw({1}).layer("ReLU", "y", {"c"}, {"y"});
  expect_refused(alone, Code::unsupported, "has only stored data as inputs");
}

TEST(BinaryOp, EveryOperation) {
  const double y[] = {8, 4, 12, 3, 6, 2, 0, -4, 1 / 3.0};
  for (int op = 0; op < 9; ++op) {
    if (op == 6) continue;
    expect_row("BinaryOp", "0=" + std::to_string(op) + " 1=1 2=2.0", {6}, {y[op]});
    NcnnModel m = of("0=1");
    m.layer("MemoryData", "c", {}, {"c"}, "0=1").raw({2});
    m.layer("BinaryOp", "y", {"x", "c"}, {"y"}, "0=" + std::to_string(op));
    expect(m, {6}, {1, 1}, {y[op]});
  }
  expect_row("BinaryOp", "0=6 1=1 2=2.0", {-3}, {9});
  expect_row("BinaryOp", "0=6 1=1 2=1.0", {-3}, {-3});
  expect_row("BinaryOp", "0=6 1=1 2=0.5", {9}, {3});
  expect_row("BinaryOp", "0=6 1=1 2=-0.5", {4}, {0.5});
  expect_row("BinaryOp", "0=6 1=1 2=-1.0", {4}, {0.25});
  expect_refused(of("0=1").then("BinaryOp", "0=6 1=1 2=3.0"), Code::unsupported, "exponent 3");
  expect_refused(of("0=1").then("BinaryOp", "0=9 1=1 2=3.0"), Code::unsupported, "operation 9");
  expect_refused(of("0=1").then("BinaryOp", "0=0"), Code::corrupt, "reads 1 blobs");
}

TEST(BinaryOp, ABlobOfFewerDimensions) {
  const auto made = [](const std::string& input, const std::string& size, const Floats& values) {
    NcnnModel m = of(input);
    m.layer("MemoryData", "c", {}, {"c"}, size).raw(values);
    return m.layer("BinaryOp", "y", {"c", "x"}, {"y"}, "0=1");  // c - x
  };
  const V zeros(8, 0);
  expect(made("0=2 1=2 2=2", "0=2", {1, 2}), zeros, {1, 2, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2});  // along the channels
  expect(made("0=4 1=1 2=2", "0=4", {1, 2, 3, 4}), zeros, {1, 2, 1, 4}, {1, 2, 3, 4, 1, 2, 3, 4});  // or else the width
  expect(made("0=2 1=2 2=2", "0=1", {5}), zeros, {1, 2, 2, 2}, {5, 5, 5, 5, 5, 5, 5, 5});
  expect(made("0=2 1=2 2=2", "0=2 1=2", {1, 2, 3, 4}), zeros, {1, 2, 2, 2}, {1, 1, 2, 2, 3, 3, 4, 4});
  expect(made("0=4 1=2", "0=2", {1, 2}), zeros, {1, 2, 4}, {1, 1, 1, 1, 2, 2, 2, 2});
  expect_refused(made("0=2 1=2 2=2", "0=3", {1, 2, 3}), Code::corrupt, "do not broadcast");
}

// Old converters printed 1/128 with six decimals.
TEST(BinaryOp, LostDigitsAreToldNotRepaired) {
  const auto warnings = [](const char* number) {
    return import_model(of("0=1").then("BinaryOp", std::string("0=2 1=1 2=") + number))->warnings;
  };
  expect_row("BinaryOp", "0=2 1=1 2=0.007813", {128}, {static_cast<double>(0.007813f) * 128});
  ASSERT_EQ(warnings("0.007813").size(), 1u);
  EXPECT_NE(warnings("0.007813")[0].find("a trained 1/128.0 loses its other digits"), std::string::npos);
  EXPECT_EQ(warnings("0.003922").size(), 1u);
  for (const char* whole : {"0.0078125", "7.812500e-03", "0.00392157", "0.5", "0.0", "-1.0"})
    EXPECT_TRUE(warnings(whole).empty()) << whole;
}

TEST(Eltwise, EveryOperation) {
  const auto made = [](const std::string& params, int inputs) {
    NcnnModel m = of("0=2");
    std::vector<std::string> names;
    for (int i = 0; i < inputs; ++i) names.push_back("x" + std::to_string(i));
    m.layer("Split", "s", {"x"}, names);
    m.layer("BinaryOp", "twice", {"x0"}, {"t"}, "0=2 1=1 2=2.0");
    names[0] = "t";
    return m.layer("Eltwise", "y", names, {"y"}, params);
  };
  expect(made("0=0", 3), {3, -1}, {1, 2}, {54, -2});
  expect(made("0=1", 3), {3, -1}, {1, 2}, {12, -4});
  expect(made("0=2", 3), {3, -1}, {1, 2}, {6, -1});
  expect(made("0=1 -23301=3,1.0,-0.5,2.0", 3), {3, -1}, {1, 2}, {10.5, -3.5});
  expect(made("0=1 -23301=0", 2), {3, -1}, {1, 2}, {9, -3});
  expect(made("0=1 1=0.5,1.0", 2), {3, -1}, {1, 2}, {6, -2});
  expect_refused(made("0=3", 2), Code::unsupported, "operation 3");
  expect_refused(made("0=1 -23301=1,2.0", 2), Code::corrupt, "1 coefficients for 2 blobs");
  NcnnModel differ = of("0=2 1=1 2=2");
  differ.layer("Split", "s", {"x"}, {"a", "b"}).layer("Flatten", "f", {"b"}, {"f"});
  expect_refused(differ.layer("Eltwise", "y", {"a", "f"}, {"y"}, "0=1"), Code::corrupt, "1x2x1x2 and 1x4");
}

TEST(Activations, OfOneValue) {
  expect_row("ReLU", "", {-1, 2}, {0, 2});
  expect_row("ReLU", "0=0.25", {-4, 2}, {-1, 2});
  expect_row("Clip", "0=-1.0 1=1.0", {-3, 0.5, 3}, {-1, 0.5, 1});
  expect_row("Clip", "1=6.0", {-3, 7}, {-3, 6});
  expect_row("Sigmoid", "", {0}, {0.5});
  expect_row("TanH", "", {1}, {std::tanh(1)});
  expect_row("AbsVal", "", {-3}, {3});
  expect_row("ELU", "", {-1, 2}, {0.1 * (std::exp(-1) - 1), 2});
  expect_row("HardSigmoid", "", {-9, 1, 9}, {0, 0.7, 1});
  expect_row("HardSwish", "", {-9, 1, 9}, {0, 0.7, 9});
  expect_row("HardSwish", "0=0.1666667 1=0.5", {-4, 1, 9}, {0, 4 / 6.0, 9});
  expect_row("Swish", "", {2}, {2 / (1 + std::exp(-2))});
  expect_row("UnaryOp", "0=0", {-3}, {3});
  expect_row("UnaryOp", "0=1", {-3}, {3});
  expect_row("UnaryOp", "0=4", {-3}, {9});
  expect_row("UnaryOp", "0=5", {9}, {3});
  expect_row("UnaryOp", "0=6", {4}, {0.5});
  expect_row("UnaryOp", "0=7", {1}, {std::exp(1)});
  expect_row("UnaryOp", "0=15", {4}, {0.25});
  expect_row("UnaryOp", "0=16", {1}, {std::tanh(1)});
  expect_refused(of("0=1").then("UnaryOp", "0=8"), Code::unsupported, "operation 8");
  expect_refused(of("0=1").then("Clip", "0=1.0 1=-1.0"), Code::corrupt, "above the upper one");
  // 1/6 as its six digits give the graph's own operator.
  EXPECT_EQ(import_model(of("0=1").then("HardSwish", "0=1.666667e-01 1=0.5"))->package.graph.nodes[0].op,
            Op::hard_swish);
}

TEST(Documentation, NamesEveryLayerOnce) {
  const std::string table = ncnn_operators_markdown();
  for (const ncnn::OperatorRow& row : ncnn::operators()) {
    const std::string cell = std::string("| ") + row.name + " |";
    EXPECT_NE(table.find(cell), std::string::npos);
    EXPECT_EQ(table.find(cell, table.find(cell) + 1), std::string::npos) << row.name;
  }
}

}  // namespace
}  // namespace mien::testing
