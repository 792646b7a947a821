// Each layer of Caffe against numbers worked out by hand, its defaults above all.
#include <cmath>

#include "converters/caffe/operators.h"
#include "tests/converters/caffe_model.h"

namespace mien::testing {
namespace {

const V kNine{1, 2, 3, 4, 5, 6, 7, 8, 9};

void expect_unary(const std::string& type, const std::string& more, const V& x, const V& y) {
  SCOPED_TRACE(type);
  const int64_t n = static_cast<int64_t>(x.size());
  expect(net_of(type, {1, n}, more), {x}, {1, n}, y);
}

TEST(Convolution, DefaultsHaveABiasAndNoPadding) {
  const CaffeNet net = net_of("Convolution", {1, 1, 3, 3}, "convolution_param { num_output: 2 kernel_size: 2 }",
                              {{{2, 1, 2, 2}, {1, 1, 1, 1, 1, 0, 0, 0}}, {{2}, {10, 20}}});
  expect(net, {kNine}, {1, 2, 2, 2}, {22, 26, 34, 38, 21, 22, 24, 25});
}

TEST(Convolution, GroupsStridePadDilation) {
  const std::string more =
      "convolution_param { num_output: 2 kernel_size: 2 group: 2 bias_term: false stride: 2 pad: 1 dilation: 2 "
      "weight_filler { type: \"xavier\" std: 0.01 } engine: CAFFE }";
  const CaffeNet net = net_of("Convolution", {1, 2, 3, 3}, more, {{{2, 1, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2}}});
  V x = kNine;
  x.insert(x.end(), kNine.begin(), kNine.end());
  // Every window sees the middle and nothing else.
  expect(net, {x}, {1, 2, 2, 2}, {5, 5, 5, 5, 10, 10, 10, 10});
}

TEST(Convolution, HeightAndWidthByThemselves) {
  const std::vector<CaffeBlob> weights{{{1, 1, 1, 3}, {1, 10, 100}}};
  for (const char* more : {"kernel_h: 1 kernel_w: 3 pad_h: 0 pad_w: 1 stride_h: 1 stride_w: 1",
                           "kernel_size: 1 kernel_size: 3 pad: 0 pad: 1 stride: [1, 1]"}) {
    const std::string all = std::string("convolution_param { num_output: 1 bias_term: false ") + more + " }";
    expect(net_of("Convolution", {1, 1, 3, 3}, all, weights), {kNine}, {1, 1, 3, 3},
           {210, 321, 32, 540, 654, 65, 870, 987, 98});
  }
}

TEST(Convolution, WhatDoesNotFit) {
  const auto made = [](const std::string& more) {
    return net_of("Convolution", {1, 2, 4, 4}, "convolution_param { " + more + " }", {{{2, 2, 1, 1}, {1, 2, 3, 4}}});
  };
  expect_refused(made("num_output: 2 kernel_size: 3 bias_term: false"), Code::corrupt,
                 "weight is 2x2x1x1; expected 2x2x3x3");
  expect_refused(made("num_output: 2"), Code::corrupt, "kernel_size is 0");
  expect_refused(made("kernel_size: 1"), Code::corrupt, "num_output is 0");
  expect_refused(made("num_output: 2 kernel_size: 1"), Code::corrupt, "has 1 blobs of weights; expected 2");
  expect_refused(made("num_output: 2 kernel_size: [1, 1, 1]"), Code::unsupported, "only 2-D");
  expect_refused(made("num_output: 2 kernel_size: 1 kernel_h: 1"), Code::corrupt, "stands beside");
  expect_refused(made("num_output: 2 kernel_h: 1"), Code::corrupt, "kernel_size is 0");
  expect_refused(made("num_output: 2 kernel_size: x"), Code::corrupt, "kernel_size is 'x'");
  expect_refused(made("num_output: 2 num_output: 2 kernel_size: 1"), Code::corrupt, "num_output is there twice");
  expect_refused(made("num_output: 3 kernel_size: 1 group: 2"), Code::corrupt, "group 2");
  expect_refused(made("num_output: 2 kernel_size: 1 axis: 2"), Code::unsupported, "another axis");
  expect_refused(made("num_output: 2 kernel_size: 1 stride: 0"), Code::corrupt, "stride is 0");
  expect_refused(made("num_output: 2 kernel_size: 1 pad: -1"), Code::corrupt, "pad is -1");
}

// A fork's parameter may change what a layer computes.
TEST(Parameters, UnknownOnesAreRefused) {
  expect_refused(net_of("InnerProduct", {1, 2},
                        "inner_product_param { num_output: 1 bias_term: false normalize: true }", {{{1, 2}, {1, 2}}}),
                 Code::unsupported, "inner_product_param has 'normalize', which mien does not know");
}

TEST(Depthwise, TheForksLayers) {
  V x = kNine;
  x.insert(x.end(), kNine.begin(), kNine.end());
  const std::vector<CaffeBlob> weights{{{2, 1, 3, 3}, std::vector<float>(18, 1)}};
  for (const char* type : {"ConvolutionDepthwise", "DepthwiseConvolution"}) {
    for (const char* group : {"", "group: 2", "group: 1"}) {
      const std::string more =
          std::string("convolution_param { num_output: 2 bias_term: false kernel_size: 3 ") + group + " }";
      expect(net_of(type, {1, 2, 3, 3}, more, weights), {x}, {1, 2}, {45, 45});
    }
    expect_refused(net_of(type, {1, 2, 3, 3}, "convolution_param { num_output: 4 kernel_size: 3 }"), Code::unsupported,
                   "num_output 4");
  }
}

TEST(InnerProduct, FlattensAndHasABiasByDefault) {
  const std::vector<CaffeBlob> weights{{{1, 4}, {1, 10, 100, 1000}}, {{1}, {0.5f}}};
  expect(net_of("InnerProduct", {1, 2, 1, 2}, "inner_product_param { num_output: 1 }", weights), {{1, 2, 3, 4}}, {1, 1},
         {4321.5});
  expect_refused(net_of("InnerProduct", {1, 3}, "inner_product_param { num_output: 1 }", weights), Code::corrupt,
                 "weight is 1x4; expected 1x3");
}

TEST(InnerProduct, AlongAnAxisAndTransposed) {
  expect(net_of("InnerProduct", {1, 2, 2}, "inner_product_param { num_output: 1 axis: -1 bias_term: false }",
                {{{1, 2}, {1, 10}}}),
         {{1, 2, 3, 4}}, {1, 2, 1}, {21, 43});
  expect(net_of("InnerProduct", {1, 3}, "inner_product_param { num_output: 2 transpose: true bias_term: false }",
                {{{3, 2}, {1, 2, 10, 20, 100, 200}}}),
         {{1, 2, 3}}, {1, 2}, {321, 642});
}

TEST(BatchNorm, DividesByItsFactor) {
  const auto made = [](float factor, const std::string& more = "") {
    return net_of("BatchNorm", {1, 2}, more, {{{2}, {6, 8}}, {{2}, {0.5f, 2}}, {{1}, {factor}}});
  };
  expect(made(2), {{5, 5}}, {1, 2}, {2 / std::sqrt(0.25 + 1e-5), 1 / std::sqrt(1 + 1e-5)});
  expect(made(1, "batch_norm_param { use_global_stats: true eps: 0.5 moving_average_fraction: 0.9 }"), {{5, 5}}, {1, 2},
         {-1, -3 / std::sqrt(2.5)});
  // A factor of zero is that of a layer that has seen nothing: mean and variance 0.
  expect(made(0), {{5, 5}}, {1, 2}, {5 / std::sqrt(1e-5), 5 / std::sqrt(1e-5)}, 1e-3);
  expect_refused(made(1, "batch_norm_param { use_global_stats: false }"), Code::unsupported, "by the batch at hand");
  expect_refused(made(-1), Code::corrupt, "is not positive");
  expect_refused(net_of("BatchNorm", {1, 2}, "", {{{2}, {6, 8}}, {{2}, {1, 2}}}), Code::corrupt,
                 "has 2 blobs of weights; expected 3");
}

TEST(Scale, ByChannelAndBeyond) {
  const V x{1, 2, 3, 4};
  expect(net_of("Scale", {1, 2, 1, 2}, "", {{{2}, {10, 100}}}), {x}, {1, 2, 1, 2}, {10, 20, 300, 400});
  expect(net_of("Scale", {1, 2, 1, 2}, "scale_param { bias_term: true }", {{{2}, {10, 100}}, {{2}, {1, 2}}}), {x},
         {1, 2, 1, 2}, {11, 21, 302, 402});
  const std::string last = "scale_param { axis: -1 bias_term: true }";
  expect(net_of("Scale", {1, 2, 1, 2}, last, {{{2}, {10, 100}}, {{2}, {1, 2}}}), {x}, {1, 2, 1, 2}, {11, 202, 31, 402});
  const std::string all = "scale_param { axis: 1 num_axes: -1 }";
  expect(net_of("Scale", {1, 2, 1, 2}, all, {{{2, 1, 2}, {1, 10, 100, 1000}}}), {x}, {1, 2, 1, 2}, {1, 20, 300, 4000});
  const std::string one = "scale_param { num_axes: 0 bias_term: true }";
  expect(net_of("Scale", {1, 2, 1, 2}, one, {{{}, {3}}, {{}, {1}}}), {x}, {1, 2, 1, 2}, {4, 7, 10, 13});
  expect_refused(net_of("Scale", {1, 2, 1, 2}, "scale_param { num_axes: 4 }"), Code::corrupt, "num_axes is 4");
}

TEST(Scale, ByASecondBottom) {
  CaffeNet net;
  net.input("x", {1, 2, 1, 2}).input("s", {1, 2});
  net.layer("Scale", "y", {"x", "s"}, {"y"}, "scale_param { axis: 0 bias_term: true }", {{{1, 2}, {1, 2}}});
  expect(net, {{1, 2, 3, 4}, {10, 100}}, {1, 2, 1, 2}, {11, 21, 302, 402});
  CaffeNet plain;
  plain.input("x", {1, 2, 1, 2}).input("s", {1, 2}).layer("Scale", "y", {"x", "s"}, {"y"}, "scale_param { axis: 0 }");
  expect(plain, {{1, 2, 3, 4}, {10, 100}}, {1, 2, 1, 2}, {10, 20, 300, 400});
  CaffeNet wrong;
  wrong.input("x", {1, 2, 1, 2}).input("s", {1, 2}).layer("Scale", "y", {"x", "s"}, {"y"}, "scale_param { axis: 1 }");
  expect_refused(wrong, Code::corrupt, "bottom 1 is 1x2, bottom 0 1x2x1x2");
}

TEST(Bias, ByWeightsAndByABottom) {
  expect(net_of("Bias", {1, 2, 1, 2}, "", {{{2}, {10, 100}}}), {{1, 2, 3, 4}}, {1, 2, 1, 2}, {11, 12, 103, 104});
  CaffeNet net;
  net.input("x", {1, 2, 1, 2}).input("b", {2}).layer("Bias", "y", {"x", "b"}, {"y"});
  expect(net, {{1, 2, 3, 4}, {10, 100}}, {1, 2, 1, 2}, {11, 12, 103, 104});
  CaffeNet two;
  two.input("x", {1, 2, 1, 2}).input("b", {1, 2}).layer("Bias", "y", {"x", "b"}, {"y"}, "bias_param { axis: 0 }");
  expect(two, {{1, 2, 3, 4}, {10, 100}}, {1, 2, 1, 2}, {11, 12, 103, 104});
}

TEST(PReLU, ByChannelAndShared) {
  expect(net_of("PReLU", {1, 2, 1, 1}, "", {{{2}, {-0.5f, 1.5f}}}), {{-2, -2}}, {1, 2}, {1, -3});
  expect(net_of("PReLU", {1, 2, 1, 2}, "prelu_param { channel_shared: true filler { value: 0.25 } }", {{{}, {0.5f}}}),
         {{-2, -4, 6, -8}}, {1, 2, 1, 2}, {-1, -2, 6, -4});
  expect_refused(net_of("PReLU", {1, 2, 1, 1}, "prelu_param { channel_shared: true }", {{{2}, {1, 2}}}), Code::corrupt,
                 "slope is 2; expected 1");
}

TEST(Activations, Kinds) {
  expect_unary("ReLU", "", {-1, 2}, {0, 2});
  expect_unary("ReLU", "relu_param { negative_slope: 0.1 engine: CUDNN }", {-10, 2}, {-1, 2});
  expect_unary("ReLU6", "", {-1, 2, 7}, {0, 2, 6});
  expect_unary("Clip", "clip_param { min: -1 max: 1e0 }", {-3, 0.5, 3}, {-1, 0.5, 1});
  expect_unary("ELU", "", {-1, 4}, {std::exp(-1) - 1, 4});
  expect_unary("ELU", "elu_param { alpha: 2 }", {-1, 4}, {2 * (std::exp(-1) - 1), 4});
  expect_unary("Sigmoid", "", {0, 1}, {0.5, 1 / (1 + std::exp(-1))});
  expect_unary("TanH", "", {1}, {std::tanh(1)});
  expect_unary("AbsVal", "", {-1, 2}, {1, 2});
  expect_unary("Swish", "", {1}, {1 / (1 + std::exp(-1))});
  expect_unary("Swish", "swish_param { beta: 2 }", {1}, {1 / (1 + std::exp(-2))});
  expect_refused(net_of("Clip", {1, 1}, "clip_param { min: 1 }"), Code::corrupt, "no max");
  expect_refused(net_of("Clip", {1, 1}, "clip_param { min: 1 max: 0 }"), Code::corrupt, "above");
  expect_refused(net_of("ReLU", {1, 1}, "relu_param { negative_slope: nan }"), Code::corrupt,
                 "negative_slope is 'nan'");
}

TEST(Power, LinesAndPowers) {
  const struct {
    const char* more;
    double y;
  } cases[] = {{"", 4},
               {"power_param { scale: 0.0078125 shift: -1 }", 4 / 128.0 - 1},
               {"power_param { shift: -127.5 }", -123.5},
               {"power_param { power: 2 scale: 0.5 shift: 1 }", 9},
               {"power_param { power: 0.5 }", 2},
               {"power_param { power: -1 }", 0.25},
               {"power_param { power: -0.5 }", 0.5},
               {"power_param { power: 2.0f }", 16}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.more);
    expect_unary("Power", c.more, {4}, {c.y});
  }
  expect_refused(net_of("Power", {1, 1}, "power_param { power: 1.7 }"), Code::unsupported, "power 1.7");
  expect_refused(net_of("Power", {1, 1}, "power_param { power: 0 }"), Code::unsupported, "does not depend");
  expect_unary("Exp", "", {1}, {std::exp(1)});
  expect_unary("Exp", "exp_param { base: 2 scale: 3 shift: 1 }", {1}, {16});
  expect_refused(net_of("Exp", {1, 1}, "exp_param { base: 0 }"), Code::corrupt, "base is 0");
}

TEST(Eltwise, SumsProductsMaxima) {
  const auto made = [](const std::string& more, int64_t second = 2) {
    CaffeNet net;
    net.input("a", {1, 2}).input("b", {1, second}).input("c", {1, 2});
    net.layer("Eltwise", "y", {"a", "b", "c"}, {"y"}, more);
    return net;
  };
  const std::vector<V> x{{1, 2}, {10, -20}, {100, 200}};
  expect(made(""), x, {1, 2}, {111, 182});
  expect(made("eltwise_param { operation: PROD }"), x, {1, 2}, {1000, -8000});
  expect(made("eltwise_param { operation: MAX }"), x, {1, 2}, {100, 200});
  expect(made("eltwise_param { operation: SUM coeff: 1 coeff: -1 coeff: 0.5 }"), x, {1, 2}, {41, 122});
  expect(made("eltwise_param { coeff: [-1, 1, 1] }"), x, {1, 2}, {109, 178});
  expect_refused(made("eltwise_param { coeff: 1 }"), Code::corrupt, "1 coefficients for 3 bottoms");
  expect_refused(made("eltwise_param { operation: MAX coeff: 1 coeff: 1 coeff: 1 }"), Code::corrupt, "no sum");
  expect_refused(made("eltwise_param { operation: MIN }"), Code::unsupported, "operation MIN");
  expect_refused(made("", 1), Code::corrupt, "bottoms are 1x2 and 1x1");
}

TEST(Axpy, SqueezeAndExcitation) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1, 2, 1, 1}, std::vector<int64_t>{1, 2}}) {
    CaffeNet net;
    net.input("a", shape).input("x", {1, 2, 1, 2}).input("y", {1, 2, 1, 2}).layer("Axpy", "z", {"a", "x", "y"}, {"z"});
    expect(net, {{10, 100}, {1, 2, 3, 4}, {5, 6, 7, 8}}, {1, 2, 1, 2}, {15, 26, 307, 408});
  }
}

// Five rows and columns, 1 to 25.
V twenty_five() {
  V x(25);
  for (size_t i = 0; i < 25; ++i) x[i] = static_cast<double>(i + 1);
  return x;
}

TEST(Pooling, RoundsUpAndClips) {
  const auto pool = [](const std::string& more) {
    return net_of("Pooling", {1, 1, 5, 5}, "pooling_param { kernel_size: 2 stride: 2 " + more + " }");
  };
  const V x = twenty_five();
  expect(pool(""), {x}, {1, 1, 3, 3}, {7, 9, 10, 17, 19, 20, 22, 24, 25});
  expect(pool("pool: AVE"), {x}, {1, 1, 3, 3}, {4, 6, 7.5, 14, 16, 17.5, 21.5, 23.5, 25});
  expect(pool("round_mode: FLOOR"), {x}, {1, 1, 2, 2}, {7, 9, 17, 19});
  expect(pool("ceil_mode: false"), {x}, {1, 1, 2, 2}, {7, 9, 17, 19});
  expect_refused(pool("pool: STOCHASTIC"), Code::unsupported, "pool STOCHASTIC");
  expect_refused(pool("round_mode: UP"), Code::corrupt, "round_mode UP");
}

// An average divides by what of its window lies in the picture or its padding.
TEST(Pooling, AveragesCountThePadding) {
  expect(net_of("Pooling", {1, 1, 1, 1}, "pooling_param { pool: AVE kernel_size: 3 pad: 1 }"), {{9}}, {1, 1}, {1});
  // Windows begin at -1 and 1; the second ends at 3, behind the padding, which ends at 3.
  expect(net_of("Pooling", {1, 1, 2, 2}, "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }"),
         {{9, 18, 27, 36}}, {1, 1, 2, 2}, {10, 54.0 / 6, 63.0 / 6, 36.0 / 4});
  // Three columns, windows at -1, 1 and 3: the third begins behind the picture and is dropped.
  expect(net_of("Pooling", {1, 1, 3, 3}, "pooling_param { pool: AVE kernel_size: 2 stride: 2 pad: 1 }"), {kNine},
         {1, 1, 2, 2}, {0.25, 5.0 / 4, 11.0 / 4, 28.0 / 4});
  expect(net_of("Pooling", {1, 1, 3, 3}, "pooling_param { kernel_size: 2 stride: 2 pad: 1 }"), {kNine}, {1, 1, 2, 2},
         {1, 3, 7, 9});
}

TEST(Pooling, GlobalAndRefused) {
  expect(net_of("Pooling", {1, 1, 2, 2}, "pooling_param { pool: AVE global_pooling: true }"), {{1, 2, 3, 6}}, {1, 1},
         {3});
  expect(net_of("Pooling", {1, 1, 2, 2}, "pooling_param { global_pooling: true stride: 1 }"), {{1, 2, 3, 6}}, {1, 1},
         {6});
  const auto refused = [](const std::string& more, Code code, const char* part) {
    expect_refused(net_of("Pooling", {1, 1, 4, 4}, "pooling_param { " + more + " }"), code, part);
  };
  refused("global_pooling: true kernel_size: 2", Code::corrupt, "beside global_pooling");
  refused("global_pooling: true pad: 1", Code::corrupt, "beside global_pooling");
  refused("kernel_size: 2 pad: 2", Code::corrupt, "padding is not smaller");
  refused("kernel_size: 5", Code::corrupt, "larger than its padded input");
  // Without padding Caffe keeps a window that begins behind the picture.
  expect_refused(net_of("Pooling", {1, 1, 3, 3}, "pooling_param { kernel_size: 1 stride: 3 }"), Code::unsupported,
                 "behind the picture");
  CaffeNet mask;
  mask.input("data", {1, 1, 4, 4}).layer("Pooling", "y", {"data"}, {"y", "mask"}, "pooling_param { kernel_size: 2 }");
  expect_refused(mask, Code::unsupported, "2 tops");
}

TEST(Larger, RepeatedPixels) {
  const V y{1, 1, 2, 2, 1, 1, 2, 2};
  expect(net_of("Upsample", {1, 1, 1, 2}, "upsample_param { scale: 2 }"), {{1, 2}}, {1, 1, 2, 4}, y);
  const auto deconvolution = [](const std::string& more, std::vector<float> weights) {
    return net_of("Deconvolution", {1, 1, 1, 2},
                  "convolution_param { num_output: 1 kernel_size: 2 bias_term: false " + more + " }",
                  {{{1, 1, 2, 2}, std::move(weights)}});
  };
  expect(deconvolution("stride: 2", {3, 3, 3, 3}), {{1, 2}}, {1, 1, 2, 4}, {3, 3, 6, 6, 3, 3, 6, 6});
  expect_refused(deconvolution("stride: 2", {1, 1, 1, 2}), Code::unsupported, "different numbers");
  expect_refused(deconvolution("stride: 1", {1, 1, 1, 1}), Code::unsupported, "repeats pixels");
  expect_refused(net_of("Upsample", {1, 1, 1, 2}, "upsample_param { scale: 100000 }"), Code::corrupt, "times");
}

TEST(Normalize, AcrossAPictureAndAlongChannels) {
  const std::vector<CaffeBlob> one{{{1}, {2}}}, many{{{2}, {10, 20}}};
  const V x{3, 0, 4, 1};
  const std::string shape = "norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } }";
  expect(net_of("Normalize", {1, 2, 1, 2}, shape, many), {x}, {1, 2, 1, 2}, {6, 0, 16, 20});
  expect(net_of("Normalize", {1, 2, 1, 2}, "norm_param { across_spatial: false }", one), {x}, {1, 2, 1, 2},
         {1.2, 0, 1.6, 2});
  expect(net_of("Normalize", {1, 2, 1, 2}, "", one), {{1, 1, 1, 1}}, {1, 2, 1, 2}, {1, 1, 1, 1});
  expect(net_of("Normalize", {1, 2}, "norm_param { eps: 1e-10 }", one), {{3, 4}}, {1, 2}, {1.2, 1.6});
  // NormFace's layer has no weights.
  const CaffeNet net = net_of("Normalize", {1, 2});
  expect(net, {{3, 4}}, {1, 2}, {0.6, 0.8});
  EXPECT_TRUE(import_net(net)->package.output.normalized);
  expect_refused(net_of("Normalize", {1, 2, 1, 2}), Code::unsupported, "without weights");
  expect_refused(net_of("Normalize", {1, 2}, "norm_param { eps: 0.1 }", one), Code::unsupported, "eps");
  expect_refused(net_of("Normalize", {1, 2}, "norm_param { eps: 0 }"), Code::corrupt, "has no weights");
}

TEST(Reduction, OverHeightAndWidth) {
  const V x{1, 2, 3, 6};
  expect(net_of("Reduction", {1, 1, 2, 2}, "reduction_param { axis: 2 }"), {x}, {1, 1}, {12});
  expect(net_of("Reduction", {1, 1, 2, 2}, "reduction_param { operation: MEAN axis: -2 coeff: 2 }"), {x}, {1, 1}, {6});
  expect_refused(net_of("Reduction", {1, 1, 2, 2}), Code::unsupported, "over height and width");
}

TEST(Softmax, AlongTheChannels) {
  const double e = std::exp(1), a = 1 / (1 + e), b = e / (1 + e);
  expect(net_of("Softmax", {1, 2}), {{0, 1}}, {1, 2}, {a, b});
  expect(net_of("Softmax", {1, 2, 1, 2}), {{0, 3, 1, 4}}, {1, 2, 1, 2}, {a, a, b, b});
  expect(net_of("Softmax", {1, 2, 2}, "softmax_param { axis: -1 }"), {{0, 1, 3, 4}}, {1, 2, 2}, {a, b, a, b});
}

TEST(Layout, FlattenReshapePermute) {
  const V x{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<int64_t> in{1, 2, 2, 2};
  expect(net_of("Flatten", in), {x}, {1, 8}, x);
  expect(net_of("Flatten", in, "flatten_param { axis: 1 end_axis: 2 }"), {x}, {1, 4, 2}, x);
  const struct {
    const char* more;
    Shape shape;
  } cases[] = {{"shape { dim: 0 dim: -1 }", {1, 8}},
               {"shape { dim: 1 dim: 4 dim: 2 }", {1, 4, 2}},
               {"shape { dim: 0 dim: 0 dim: -1 }", {1, 2, 4}},
               {"shape { dim: 4 } axis: 1 num_axes: 2", {1, 4, 2}},
               {"shape { dim: -1 } axis: -3", {1, 2, 4}},
               {"shape { dim: 1 } axis: -1 num_axes: 0", {1, 2, 2, 2, 1}},
               {"shape { } num_axes: 1", {2, 2, 2}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.more);
    expect(net_of("Reshape", in, std::string("reshape_param { ") + c.more + " }"), {x}, c.shape, x);
  }
  for (const char* more : {"shape { dim: 3 dim: -1 }", "shape { dim: -1 dim: -1 }", "shape { dim: 7 }",
                           "shape { dim: -2 }", "shape { dim: 1 } axis: 9", "shape { dim: 9223372036854775807 dim: 2 }",
                           "shape { dim: 0 dim: 0 dim: 0 dim: 0 dim: 0 }", "shape { dim: x }", "shape: 3"})
    expect_refused(net_of("Reshape", in, std::string("reshape_param { ") + more + " }"), Code::corrupt, "'y'");
  expect(net_of("Permute", in, "permute_param { order: 0 order: 2 order: 3 order: 1 }"), {x}, {1, 2, 2, 2},
         {1, 5, 2, 6, 3, 7, 4, 8});
  expect(net_of("Permute", {1, 2, 4}, "permute_param { order: 2 }"), {x}, {4, 1, 2}, {1, 5, 2, 6, 3, 7, 4, 8});
  expect_refused(net_of("Permute", in, "permute_param { order: 0 order: 0 }"), Code::corrupt, "permutation");
}

TEST(Layout, SliceAndConcat) {
  CaffeNet net;
  net.input("data", {1, 4}).layer("Slice", "s", {"data"}, {"a", "b"}).layer("Concat", "y", {"b", "a"}, {"y"});
  expect(net, {{1, 2, 3, 4}}, {1, 4}, {3, 4, 1, 2});
  CaffeNet points;
  points.input("data", {1, 4, 1});
  points.layer("Slice", "s", {"data"}, {"a", "b", "c"}, "slice_param { slice_dim: 1 slice_point: 1 slice_point: 2 }");
  points.layer("Concat", "y", {"c", "b", "a"}, {"y"}, "concat_param { concat_dim: 1 }");
  expect(points, {{1, 2, 3, 4}}, {1, 4, 1}, {3, 4, 2, 1});
  for (const char* more : {"slice_point: 4", "slice_point: 0", "slice_point: 1 slice_point: 2", "axis: 2",
                           "axis: 1 slice_dim: 1", "slice_point: -1"}) {
    CaffeNet wrong;
    wrong.input("data", {1, 4}).layer("Slice", "s", {"data"}, {"a", "b"}, std::string("slice_param { ") + more + " }");
    expect_refused(wrong, Code::corrupt, "layer 's' (Slice)");
  }
}

TEST(Layout, CropAndShuffle) {
  const auto crop = [](const std::string& more) {
    CaffeNet net;
    net.input("data", {1, 1, 2, 3}).input("like", {1, 1, 1, 2}).layer("Crop", "y", {"data", "like"}, {"y"}, more);
    return net;
  };
  const std::vector<V> x{{1, 2, 3, 4, 5, 6}, {0, 0}};
  expect(crop(""), x, {1, 1, 1, 2}, {1, 2});
  expect(crop("crop_param { axis: 2 offset: 1 }"), x, {1, 1, 1, 2}, {5, 6});
  expect(crop("crop_param { offset: 1 offset: 0 }"), x, {1, 1, 1, 2}, {4, 5});
  expect_refused(crop("crop_param { offset: 2 }"), Code::corrupt, "from 2");
  expect_refused(crop("crop_param { offset: [0, 0, 0] }"), Code::corrupt, "crops");
  expect(net_of("ShuffleChannel", {1, 4, 1, 1}, "shuffle_channel_param { group: 2 }"), {{1, 2, 3, 4}}, {1, 4},
         {1, 3, 2, 4});
}

TEST(Documentation, NamesEveryLayerOnce) {
  const std::string table = caffe_operators_markdown();
  for (const caffe::OperatorRow& row : caffe::operators()) {
    const std::string cell = std::string("| ") + row.type + " |";
    EXPECT_NE(table.find(cell), std::string::npos);
    EXPECT_EQ(table.find(cell, table.find(cell) + 1), std::string::npos) << row.type;
  }
}

}  // namespace
}  // namespace mien::testing
