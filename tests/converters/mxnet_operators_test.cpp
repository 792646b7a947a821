// Each operator of MXNet against numbers worked out by hand, its defaults above all.
#include <cmath>

#include "converters/mxnet/operators.h"
#include "tests/converters/mxnet_model.h"

namespace mien::testing {
namespace {

using Attributes = MxnetSymbol::Attributes;

void expect_unary(const std::string& op, const Attributes& attributes, const V& x, const V& y) {
  SCOPED_TRACE(op);
  const int64_t n = static_cast<int64_t>(x.size());
  expect(model_of(op, {1, n}, attributes), x, {1, n}, y);
}

TEST(Convolution, DefaultsHaveABiasAndNoPadding) {
  MxnetModel m;
  m.input_shape = {1, 1, 3, 3};
  const int x = m.symbol.variable("data");
  const int w = m.parameter("w", {2, 1, 2, 2}, {1, 1, 1, 1, 1, 0, 0, 0}), b = m.parameter("b", {2}, {10, 20});
  m.symbol.node("Convolution", "c", {x, w, b}, {{"kernel", "(2,2)"}, {"num_filter", "2"}});
  expect(m, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 2, 2}, {22, 26, 34, 38, 21, 22, 24, 25});
}

TEST(Convolution, GroupsStridePadDilation) {
  MxnetModel m;
  m.input_shape = {1, 2, 3, 3};
  const int x = m.symbol.variable("data"), w = m.parameter("w", {2, 1, 2, 2}, {1, 1, 1, 1, 2, 2, 2, 2});
  m.symbol.node("Convolution", "c", {x, w},
                {{"kernel", "[2, 2]"},
                 {"num_filter", "2"},
                 {"num_group", "2"},
                 {"no_bias", "1"},
                 {"stride", "(2, 2)"},
                 {"pad", "(1, 1)"},
                 {"dilate", "(2, 2)"},
                 {"workspace", "512"}});
  // Every window sees the middle and nothing else.
  expect(m, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 2, 2}, {5, 5, 5, 5, 10, 10, 10, 10});
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok());
  const Window& window = imported->package.graph.nodes[0].window;
  EXPECT_EQ(window.groups, 2);
  EXPECT_EQ(window.dilation_h, 2);
  EXPECT_EQ(window.stride_w, 2);
  EXPECT_EQ(window.pad_bottom, 1);
}

TEST(Convolution, WhatDoesNotFit) {
  const auto made = [](const Attributes& attributes) {
    MxnetModel m;
    m.input_shape = {1, 2, 4, 4};
    const int x = m.symbol.variable("data"), w = m.parameter("w", {2, 2, 1, 1}, {1, 2, 3, 4});
    m.symbol.node("Convolution", "c", {x, w}, attributes);
    return m;
  };
  expect_refused(made({{"kernel", "(3, 3)"}, {"num_filter", "2"}, {"no_bias", "True"}}), Code::corrupt,
                 "weight is 2x2x1x1; expected 2x2x3x3");
  expect_refused(made({{"num_filter", "2"}}), Code::corrupt, "node 'c' (Convolution): has no kernel");
  expect_refused(made({{"kernel", "(1, 1, 1)"}, {"num_filter", "2"}}), Code::unsupported, "only 2-D");
  expect_refused(made({{"kernel", "(1, x)"}, {"num_filter", "2"}}), Code::corrupt, "kernel is '(1, x)'");
  expect_refused(made({{"kernel", "(1, 1)"}, {"num_filter", "3"}, {"num_group", "2"}}), Code::corrupt, "num_group 2");
  expect_refused(made({{"kernel", "(1, 1)"}, {"num_filter", "2"}}), Code::corrupt, "lacks 1 parameter");
  expect_refused(made({{"kernel", "(1, 1)"}, {"num_filter", "2"}, {"layout", "NHWC"}}), Code::unsupported, "layout");
}

TEST(FullyConnected, FlattensAndHasABiasByDefault) {
  MxnetModel m;
  m.input_shape = {1, 2, 1, 2};
  const int x = m.symbol.variable("data"), w = m.parameter("fc1_weight", {1, 4}, {1, 10, 100, 1000});
  const int b = m.parameter("pre_fc1_bias", {1}, {0.5f});
  m.symbol.node("FullyConnected", "pre_fc1", {x, w, b}, {{"num_hidden", "1"}});
  expect(m, {1, 2, 3, 4}, {1, 1}, {4321.5});
}

TEST(FullyConnected, AlongTheLastAxis) {
  MxnetModel m;
  m.input_shape = {1, 2, 2};
  const int x = m.symbol.variable("data"), w = m.parameter("w", {1, 2}, {1, 10});
  m.symbol.node("FullyConnected", "fc", {x, w}, {{"num_hidden", "1"}, {"no_bias", "True"}, {"flatten", "False"}});
  expect(m, {1, 2, 3, 4}, {1, 2, 1}, {21, 43});
}

MxnetModel batch_norm(const Attributes& attributes, float gamma) {
  MxnetModel m;
  m.input_shape = {1, 2};
  std::vector<int> inputs{m.symbol.variable("data"), m.parameter("bn_gamma", {2}, {gamma, gamma}),
                          m.parameter("bn_beta", {2}, {1, 2}), m.parameter("bn_moving_mean", {2}, {3, 4}, "aux:"),
                          m.parameter("bn_moving_var", {2}, {0.25f, 0}, "aux:")};
  m.symbol.node("BatchNorm", "bn", inputs, attributes);
  return m;
}

TEST(BatchNorm, DefaultsAreEps1e3AndGamma1) {
  const V expected{1 + 2 / std::sqrt(0.251), 2 + 1 / std::sqrt(0.001)};
  const MxnetModel m = batch_norm({}, 7);
  expect(m, {5, 5}, {1, 2}, expected, 1e-5);
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok());
  ASSERT_EQ(imported->repairs.size(), 1u);
  EXPECT_NE(imported->repairs[0].find("fix_gamma"), std::string::npos);
  // Nothing to say where gamma is 1 anyway.
  EXPECT_TRUE(import_model(batch_norm({{"fix_gamma", "True"}}, 1))->repairs.empty());
}

TEST(BatchNorm, LearnedGammaAndItsOwnEps) {
  const double eps = static_cast<double>(2e-5);
  expect(batch_norm({{"fix_gamma", "False"}, {"eps", "2e-05"}}, 7), {5, 5}, {1, 2},
         {1 + 14 / std::sqrt(0.25 + eps), 2 + 7 / std::sqrt(eps)}, 1e-3);
  expect_refused(batch_norm({{"axis", "0"}}, 1), Code::unsupported, "another axis");
  expect_refused(batch_norm({{"eps", "-0.25"}}, 1), Code::corrupt, "not positive");
  expect_refused(batch_norm({{"eps", "tiny"}}, 1), Code::corrupt, "eps is 'tiny'");
}

// Files from before 0.9 do not list the moving statistics.
TEST(BatchNorm, AuxiliaryInputsMayBeLeftOut) {
  MxnetModel m = batch_norm({}, 1);
  nlohmann::json json = m.json();
  json["nodes"].back()["inputs"] = {{0, 0}, {1, 0}, {2, 0}};
  const Result<Imported> imported = import_text(json.dump(), m.params);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->package.graph.nodes.size(), 1u);
}

TEST(Pooling, ConventionsAndKinds) {
  const V x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
  const Attributes base{{"kernel", "(2, 2)"}, {"stride", "(2, 2)"}};
  const auto with = [&](Attributes more) {
    more.insert(more.end(), base.begin(), base.end());
    return model_of("Pooling", {1, 1, 5, 5}, more);
  };
  expect(with({}), x, {1, 1, 2, 2}, {7, 9, 17, 19});  // max and valid are the defaults
  expect(with({{"pooling_convention", "full"}}), x, {1, 1, 3, 3}, {7, 9, 10, 17, 19, 20, 22, 24, 25});
  expect(with({{"pool_type", "avg"}}), x, {1, 1, 2, 2}, {4, 6, 14, 16});
  expect(with({{"pool_type", "sum"}}), x, {1, 1, 2, 2}, {16, 24, 56, 64});
  // Padding counts as zeros unless told otherwise.
  expect(model_of("Pooling", {1, 1, 1, 1}, {{"kernel", "(3, 3)"}, {"pad", "(1, 1)"}, {"pool_type", "avg"}}), {9},
         {1, 1, 1, 1}, {1});
  expect(model_of("Pooling", {1, 1, 1, 1},
                  {{"kernel", "(3, 3)"}, {"pad", "(1, 1)"}, {"pool_type", "avg"}, {"count_include_pad", "False"}}),
         {9}, {1, 1, 1, 1}, {9});
  expect(model_of("Pooling", {1, 1, 2, 2}, {{"global_pool", "True"}, {"pool_type", "avg"}, {"kernel", "(7, 7)"}}),
         {1, 2, 3, 6}, {1, 1, 1, 1}, {3});
  expect(model_of("Pooling", {1, 1, 2, 2}, {{"global_pool", "True"}}), {1, 2, 3, 6}, {1, 1, 1, 1}, {6});
  expect(model_of("Pooling", {1, 1, 2, 2}, {{"global_pool", "1"}, {"pool_type", "sum"}}), {1, 2, 3, 6}, {1, 1, 1, 1},
         {12});
  expect_refused(with({{"pooling_convention", "same"}}), Code::unsupported, "pooling_convention");
  expect_refused(with({{"pool_type", "lp"}}), Code::unsupported, "pool_type");
  // The last of these windows would see nothing but padding.
  expect_refused(
      model_of("Pooling", {1, 1, 4, 4},
               {{"kernel", "(2, 2)"}, {"stride", "(3, 3)"}, {"pad", "(1, 1)"}, {"pooling_convention", "full"}}),
      Code::unsupported, "padding alone");
}

TEST(Activations, ByAttributeAndByName) {
  expect_unary("Activation", {{"act_type", "relu"}}, {-1, 2}, {0, 2});
  expect_unary("Activation", {{"act_type", "sigmoid"}}, {0}, {0.5});
  expect_unary("Activation", {{"act_type", "tanh"}}, {1}, {std::tanh(1)});
  expect_unary("relu", {}, {-1, 2}, {0, 2});
  expect_unary("square", {}, {-3}, {9});
  expect_unary("sqrt", {}, {9}, {3});
  expect_unary("rsqrt", {}, {4}, {0.5});
  expect_unary("negative", {}, {4}, {-4});
  expect_unary("clip", {{"a_min", "-1"}, {"a_max", "1e0"}}, {-3, 0.5, 3}, {-1, 0.5, 1});
  expect_unary("hard_sigmoid", {}, {0, 1, 9}, {0.5, 0.7, 1});
  expect_refused(model_of("Activation", {1, 1}, {{"act_type", "softsign"}}), Code::unsupported, "act_type");
  expect_refused(model_of("clip", {1, 1}, {{"a_min", "1"}}), Code::corrupt, "has no a_max");
}

TEST(LeakyReLU, Kinds) {
  expect_unary("LeakyReLU", {}, {-4, 4}, {-1, 4});
  expect_unary("LeakyReLU", {{"slope", "0.5"}, {"act_type", "leaky"}}, {-4, 4}, {-2, 4});
  expect_unary("LeakyReLU", {{"act_type", "elu"}, {"slope", "2"}}, {-1, 4}, {2 * (std::exp(-1) - 1), 4});
  expect_unary("LeakyReLU", {{"act_type", "rrelu"}}, {-1}, {-0.2295});
  expect_refused(model_of("LeakyReLU", {1, 1}, {{"act_type", "selu"}}), Code::unsupported, "act_type");
  for (const std::vector<float>& slopes : {std::vector<float>{-0.5f, 1.5f}, std::vector<float>{-0.5f}}) {
    MxnetModel m;
    m.input_shape = {1, 2, 1, 1};
    const int x = m.symbol.variable("data");
    const int gamma = m.parameter("prelu_gamma", {static_cast<int64_t>(slopes.size())}, slopes);
    m.symbol.node("LeakyReLU", "prelu", {x, gamma}, {{"act_type", "prelu"}});
    expect(m, {-2, -2}, {1, 2, 1, 1}, {1, slopes.size() == 2 ? -3.0 : 1.0});
  }
}

TEST(Arithmetic, TwoValues) {
  const struct {
    const char* op;
    double y;
  } cases[] = {{"elemwise_add", 8},
               {"_plus", 8},
               {"_Plus", 8},
               {"broadcast_add", 8},
               {"_minus", 4},
               {"_Minus", 4},
               {"elemwise_sub", 4},
               {"broadcast_sub", 4},
               {"_mul", 12},
               {"_Mul", 12},
               {"broadcast_mul", 12},
               {"elemwise_mul", 12},
               {"_div", 3},
               {"broadcast_div", 3},
               {"_Div", 3},
               {"_maximum", 6},
               {"broadcast_maximum", 6},
               {"_Minimum", 2},
               {"broadcast_minimum", 2}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.op);
    MxnetModel m;
    m.input_shape = {1, 1};
    const int x = m.symbol.variable("data"), other = m.parameter("c", {1, 1}, {2});
    m.symbol.node(c.op, "y", {x, other});
    expect(m, {6}, {1, 1}, {c.y});
  }
  MxnetModel sum;
  sum.input_shape = {1, 1};
  const int x = sum.symbol.variable("data");
  sum.symbol.node("add_n", "y", {x, x, x}, {{"num_args", "3"}});
  expect(sum, {6}, {1, 1}, {18});
}

TEST(Arithmetic, OnlyBroadcastsBroadcast) {
  for (const char* op : {"elemwise_add", "broadcast_add"}) {
    MxnetModel m;
    m.input_shape = {1, 2, 1, 1};
    const int x = m.symbol.variable("data"), c = m.parameter("c", {1, 2, 1, 2}, {1, 2, 3, 4});
    m.symbol.node(op, "y", {x, c});
    if (op[0] == 'b') expect(m, {10, 20}, {1, 2, 1, 2}, {11, 12, 23, 24});
    if (op[0] == 'e') expect_refused(m, Code::corrupt, "1x2x1x1 and 1x2x1x2");
  }
}

TEST(Arithmetic, AValueAndANumber) {
  const struct {
    const char *op, *scalar;
    double y;
  } cases[] = {{"_plus_scalar", "2", 6},
               {"_PlusScalar", "2", 6},
               {"_minus_scalar", "127.5", -123.5},
               {"_MinusScalar", "1", 3},
               {"_rminus_scalar", "1", -3},
               {"_RMinusScalar", "1", -3},
               {"_mul_scalar", "0.0078125", 4 / 128.0},
               {"_MulScalar", "2", 8},
               {"_div_scalar", "128", 4 / 128.0},
               {"_DivScalar", "2", 2},
               {"_rdiv_scalar", "8", 2},
               {"_power_scalar", "2", 16},
               {"_PowerScalar", "0.5", 2},
               {"_power_scalar", "-1", 0.25},
               {"_power_scalar", "-0.5", 0.5},
               {"_maximum_scalar", "5", 5},
               {"_MinimumScalar", "3", 3}};
  for (const auto& c : cases) expect_unary(c.op, {{"scalar", c.scalar}}, {4}, {c.y});
  expect_refused(model_of("_mul_scalar", {1, 1}, {}), Code::corrupt, "has no scalar");
  expect_refused(model_of("_power_scalar", {1, 1}, {{"scalar", "1.7"}}), Code::unsupported, "exponent");
  expect_refused(model_of("_mul_scalar", {1, 1}, {{"scalar", "nan"}}), Code::corrupt, "scalar is 'nan'");
}

TEST(Layout, ReshapeCodes) {
  const V x{1, 2, 3, 4, 5, 6, 7, 8};
  const struct {
    const char* codes;
    Shape shape;
  } cases[] = {{"(1, 8)", {1, 8}},
               {"(0, -1)", {1, 8}},
               {"(-1,)", {8}},
               {"(0, 0, 0, 0)", {1, 2, 2, 2}},
               {"(-3, -2)", {2, 2, 2}},
               {"(0, -4, 2, 1, -2)", {1, 2, 1, 2, 2}},
               {"(0, -4, -1, 1, -2)", {1, 2, 1, 2, 2}},
               {"(-2, 1)", {1, 2, 2, 2, 1}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.codes);
    expect(model_of("Reshape", {1, 2, 2, 2}, {{"shape", c.codes}}), x, c.shape, x);
  }
  expect(model_of("Reshape", {1, 2, 2, 2}, {{"target_shape", "(1, 0)"}}), x, {1, 8}, x);
  for (const char* codes : {"(-1, -1)", "(3, -1)", "(7,)", "(-5,)", "(0, 0, 0, 0, 0)", "(-4, 1)", "(-4, 3, -1, -2)"})
    expect_refused(model_of("Reshape", {1, 2, 2, 2}, {{"shape", codes}}), Code::corrupt, "node 'y'");
}

TEST(Layout, MovesAndPieces) {
  const V x{1, 2, 3, 4, 5, 6, 7, 8};
  expect(model_of("Flatten", {1, 2, 2, 2}, {}), x, {1, 8}, x);
  expect(model_of("transpose", {1, 2, 2, 2}, {{"axes", "(0, 2, 3, 1)"}}), x, {1, 2, 2, 2}, {1, 5, 2, 6, 3, 7, 4, 8});
  expect(model_of("transpose", {2, 4}, {}), x, {4, 2}, {1, 5, 2, 6, 3, 7, 4, 8});
  expect(model_of("expand_dims", {1, 8}, {{"axis", "-1"}}), x, {1, 8, 1}, x);
  expect(model_of("squeeze", {1, 8, 1}, {{"axis", "2"}}), x, {1, 8}, x);
  expect(model_of("slice_axis", {1, 8}, {{"axis", "1"}, {"begin", "-3"}, {"end", "None"}}), x, {1, 3}, {6, 7, 8});
  expect_refused(model_of("slice_axis", {1, 8}, {{"axis", "1"}, {"begin", "3"}, {"end", "2"}}), Code::corrupt,
                 "from 3");
  expect_refused(model_of("squeeze", {1, 8}, {{"axis", "1"}}), Code::corrupt, "is not 1");
  expect(model_of("UpSampling", {1, 1, 2, 1}, {{"scale", "2"}, {"sample_type", "nearest"}}), {1, 2}, {1, 1, 4, 2},
         {1, 1, 1, 1, 2, 2, 2, 2});
  expect(model_of("Crop", {1, 1, 2, 2}, {{"offset", "(1, 0)"}, {"h_w", "(1, 2)"}, {"num_args", "1"}}), {1, 2, 3, 4},
         {1, 1, 1, 2}, {3, 4});
  expect(model_of("mean", {1, 1, 2, 2}, {{"axis", "(2, 3)"}}), {1, 2, 3, 6}, {1, 1}, {3});
  expect(model_of("sum", {1, 1, 2, 2}, {{"axis", "(-2, -1)"}, {"keepdims", "True"}}), {1, 2, 3, 6}, {1, 1, 1, 1}, {12});
}

TEST(Layout, SplitAndConcat) {
  MxnetModel m;
  m.input_shape = {1, 4};
  const int x = m.symbol.variable("data");
  const int parts = m.symbol.node("SliceChannel", "s", {x}, {{"num_outputs", "2"}});
  m.symbol.node_of_outputs("Concat", "y", {{parts, 1}, {parts, 0}}, {{"num_args", "2"}, {"dim", "1"}});
  expect(m, {1, 2, 3, 4}, {1, 4}, {3, 4, 1, 2});
  MxnetModel squeezed = m;
  squeezed.symbol.node_of_outputs("identity", "z", {{parts, 2}});
  expect_refused(squeezed, Code::unsupported, "reads output 2 of 's'");
}

TEST(Softmax, Kinds) {
  const double e = std::exp(1), a = 1 / (1 + e), b = e / (1 + e);
  for (const char* op : {"softmax", "SoftmaxActivation"}) expect_unary(op, {}, {0, 1}, {a, b});
  expect(model_of("SoftmaxActivation", {1, 2, 1, 1}, {{"mode", "channel"}}), {0, 1}, {1, 2, 1, 1}, {a, b});
  expect_refused(model_of("SoftmaxActivation", {1, 2, 1, 1}, {}), Code::unsupported, "of an input");
  MxnetModel m;
  m.input_shape = {1, 2};
  const int x = m.symbol.variable("data"), label = m.symbol.variable("softmax_label");
  m.symbol.node("SoftmaxOutput", "softmax", {x, label});
  expect(m, {0, 1}, {1, 2}, {a, b});
  EXPECT_EQ(import_model(m)->package.graph.inputs.size(), 1u);  // the label is none
}

TEST(L2Normalization, Modes) {
  expect(model_of("L2Normalization", {1, 2, 1, 2}, {}), {1, 1, 1, 1}, {1, 2, 1, 2}, {0.5, 0.5, 0.5, 0.5});
  expect(model_of("L2Normalization", {1, 2, 1, 2}, {{"mode", "channel"}}), {3, 0, 4, 1}, {1, 2, 1, 2},
         {0.6, 0, 0.8, 1});
  expect(model_of("L2Normalization", {1, 2, 1, 2}, {{"mode", "spatial"}}), {3, 4, 0, 1}, {1, 2, 1, 2},
         {0.6, 0.8, 0, 1});
  const MxnetModel m = model_of("L2Normalization", {1, 2}, {});
  expect(m, {3, 4}, {1, 2}, {0.6, 0.8});
  EXPECT_TRUE(import_model(m)->package.output.normalized);
  expect_refused(model_of("L2Normalization", {1, 2}, {{"eps", "0.1"}}), Code::unsupported, "eps");
}

TEST(Copies, Disappear) {
  MxnetModel m;
  m.input_shape = {1, 2};
  int x = m.symbol.variable("data");
  for (const char* op : {"Dropout", "identity", "_copy", "BlockGrad", "stop_gradient", "_CrossDeviceCopy"})
    x = m.symbol.node(op, std::string("n") + op, {x}, {{"p", "0.4"}});
  x = m.symbol.node("Cast", "cast", {x}, {{"dtype", "float32"}});
  const int w = m.symbol.node("identity", "w_copy", {m.parameter("w", {1, 2}, {1, 10})});
  m.symbol.node("FullyConnected", "fc", {x, w}, {{"num_hidden", "1"}, {"no_bias", "True"}});
  expect(m, {1, 2}, {1, 1}, {21});
  EXPECT_EQ(import_model(m)->package.graph.nodes.size(), 1u);
  expect_refused(model_of("Cast", {1, 1}, {{"dtype", "int32"}}), Code::unsupported, "no float");
}

TEST(Documentation, NamesEveryOperatorOnce) {
  const std::string table = mxnet_operators_markdown();
  for (const mxnet::OperatorRow& row : mxnet::operators()) {
    const std::string cell = std::string("| ") + row.name + " |";
    EXPECT_NE(table.find(cell), std::string::npos);
    EXPECT_EQ(table.find(cell, table.find(cell) + 1), std::string::npos) << row.name;
  }
}

}  // namespace
}  // namespace mien::testing
