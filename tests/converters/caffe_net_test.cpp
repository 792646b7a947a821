// Networks of every age, what is built of them at test time, and weights that do not fit.
#include <cmath>

#include "converters/caffe/prototxt.h"
#include "tests/converters/caffe_face.h"

namespace mien::testing {
namespace {

V answer(const CaffeNet& net) {
  const Result<Imported> imported = import_net(net);
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  if (!imported.ok()) return {};
  const Graph& graph = imported->package.graph;
  V x(static_cast<size_t>(graph.value(graph.inputs[0]).shape.elements()));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 256);
  const auto run = run_reference(graph, {x});
  EXPECT_TRUE(run.ok()) << run.status().message();
  return run.ok() ? (*run)[0] : V{};
}

TEST(Weights, EveryWayToWriteThemIsTheSame) {
  const V expected = answer(caffe_face());
  ASSERT_EQ(expected.size(), 2u);
  for (int i = 1; i < 8; ++i) {
    CaffeStyle style;
    style.legacy_shapes = i & 1, style.doubles = i & 2, style.unpacked = i & 4;
    EXPECT_EQ(answer(caffe_face(style)), expected) << i;
  }
}

// 'x' with a name, a type, a bottom, what trainers write besides, and one blob of a number; then an unknown field.
TEST(Weights, FieldNumbersByHand) {
  const Bytes file{0x0a, 1,    'n',  // name
                   0xa2, 0x06, 36,   // a layer
                   0x0a, 1,    'x',  0x12, 5,    'S',  'c',  'a',  'l', 'e', 0x1a, 1,    'd',
                   0x22, 1,    'x',                           // name, type, blobs' names
                   0x32, 5,    0x1d, 0,    0,    0x80, 0x3f,  // how fast it learns
                   0x3a, 11,   0x3a, 3,    0x0a, 1,    1,    0x2a, 4,   0,   0,    0x20, 0x41,  // shape and data
                   0x28, 7};
  const Result<caffe::CaffeModel> model = caffe::read_caffe_model(file.data(), file.size());
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->name, "n");
  ASSERT_EQ(model->layers.size(), 1u);
  EXPECT_EQ(model->layers[0].name, "x");
  EXPECT_EQ(model->layers[0].type, "Scale");
  EXPECT_EQ(model->layers[0].blobs.at(0).shape, caffe::Dims{1});
  EXPECT_EQ(model->layers[0].blobs.at(0).values, std::vector<float>{10});
}

TEST(Weights, AllThatDoNotFitAreListed) {
  CaffeNet net = caffe_face();
  const Bytes whole = net.model();
  net.drop_weights();
  net.weights("Convolution", "conv0", {{{2, 3, 5, 5}, std::vector<float>(150, 1)}});
  net.weights("InnerProduct", "fc", {{{3, 2}, std::vector<float>(6, 1)}, {{3}, {1, 2, 3}}});
  const Status status = import_net(net).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_EQ(status.message(),
            "the weights do not fit the network in 6 place(s): layer 'conv0' (Convolution): weight is 2x3x5x5; "
            "expected 2x3x3x3; layer 'bn0' (BatchNorm) has no weights; layer 'scale0' (Scale) has no weights; layer "
            "'relu0' (PReLU) has no weights; layer 'fc' (InnerProduct): weight is 3x2; expected 2x2; layer 'fc' "
            "(InnerProduct): bias is 3; expected 2");
}

TEST(Weights, ThoseLeftOverAreReported) {
  CaffeNet net = caffe_face();
  net.weights("InnerProduct", "classifier", {{{1}, {1}}});
  const Result<Imported> imported = import_net(net);
  ASSERT_TRUE(imported.ok());
  ASSERT_EQ(imported->warnings.size(), 1u);
  EXPECT_EQ(imported->warnings[0], "1 layer(s) with weights that the network does not have: classifier");
}

TEST(Weights, MustBeFiniteAndOfTheirShape) {
  CaffeNet nan = net_of("Scale", {1, 1}, "", {{{1}, {NAN}}});
  expect_refused(nan, Code::corrupt, "layer 'y' (Scale): constant 'y/scale' holds NaN");
  expect_refused(net_of("Scale", {1, 1}, "", {{{2}, {1}}}), Code::corrupt, "a blob 2 holds 1 numbers");
  expect_refused(net_of("Scale", {1, 1}, "", {{{1}, {}}}), Code::corrupt, "a blob 1 holds 0 numbers");
  expect_refused(net_of("Scale", {1, 1}, "", {{{0}, {}}}), Code::corrupt, "holds 0 numbers");
  CaffeNet twice = net_of("Scale", {1, 1}, "", {{{1}, {1}}});
  twice.weights("Scale", "y", {{{1}, {1}}});
  expect_refused(twice, Code::corrupt, "a second layer 'y'");
  CaffeNet two = net_of("Scale", {1, 1}, "", {{{1}, {1}}});
  two.layer("Scale", "y", {"y"}, {"z"});
  expect_refused(two, Code::corrupt, "a second layer of this name");
  CaffeNet half = net_of("Scale", {1, 1});
  half.model_start =
      WireWriter()
          .message(100, WireWriter().text(1, "y").message(
                            7, WireWriter().varint(10, 2).text(12, "ab").message(7, WireWriter().varint(1, 1))))
          .bytes;
  expect_refused(half, Code::unsupported, "half precision");
}

TEST(Input, EveryFormIsTheSame) {
  const V expected = answer(caffe_face());
  const std::string layer =
      "layer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape { dim: 1 dim: 3 dim: 8 "
      "dim: 8 } } }\n";
  for (const char* form :
       {"input: \"data\" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n",
        "input: 'data'\ninput_shape { dim: [10, 3, 8, 8] }\n",
        "input_shape: <dim: 1, dim: 3; dim: 8 dim: 8> input: \"data\"",
        "layer { name: \"data\" type: \"Data\" top: \"data\" top: \"label\" transform_param { crop_size: 8 } "
        "include { phase: TEST } }",
        "layer { name: \"data\" type: \"MemoryData\" top: \"data\" top: \"label\" memory_data_param { batch_size: 4 "
        "channels: 3 "
        "height: 8 width: 8 } }"}) {
    CaffeNet net = caffe_face();
    const size_t at = net.prototxt.find(layer);
    ASSERT_NE(at, std::string::npos);
    net.prototxt.replace(at, layer.size(), form);
    EXPECT_EQ(answer(net), expected) << form;
  }
}

// A Data layer without a crop leaves the size free.
TEST(Input, WithoutASizeIsTheOneAskedForOrAssumed) {
  CaffeNet net;
  net.raw(
      "layer { name: \"data\" type: \"Data\" top: \"data\" transform_param { mean_value: 127.5 scale: 0.0078125 } }\n");
  net.layer("Convolution", "c", {"data"}, {"c"}, "convolution_param { num_output: 1 kernel_size: 1 bias_term: false }",
            {{{1, 1, 1, 1}, {1}}});
  const auto shape = [&net](const PictureSize& asked, std::vector<std::string>* warnings) {
    const Result<Imported> imported = import_files(net.text(), net.model(), asked);
    if (!imported.ok()) return imported.status().message();
    *warnings = imported->warnings;
    return imported->package.graph.value(imported->package.graph.inputs[0]).shape.text();
  };
  std::vector<std::string> warnings;
  EXPECT_EQ(shape({}, &warnings), "1x1x112x112");
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("1x1x112x112 is assumed"), std::string::npos);
  EXPECT_NE(warnings[1].find("transform_param"), std::string::npos);
  EXPECT_EQ(shape({7, 8}, &warnings), "1x1x7x8");
  EXPECT_EQ(warnings.size(), 1u);
}

TEST(Input, ASizeThatIsStatedHolds) {
  const CaffeNet net = caffe_face();
  const Result<Imported> imported = import_files(net.text(), net.model(), {7, 8});
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->package.input.height, 8);
  EXPECT_TRUE(imported->warnings.empty());
}

TEST(Input, WrongForms) {
  const std::string ends = "layer { type: \"ReLU\" bottom: \"data\" top: \"y\" }";
  const struct {
    std::string text;
    Code code;
    const char* part;
  } cases[] = {
      {"input: \"data\" input_dim: 1 input_dim: 3 " + ends, Code::corrupt, "2 input_dim"},
      {"input: \"data\" input_dim: [1, 3, 8, 8] input_shape { dim: 1 } " + ends, Code::corrupt, "both"},
      {"input: \"data\" input_shape { dim: 1 } input_shape { dim: 1 } " + ends, Code::corrupt, "2 input shapes for 1"},
      {"input: \"data\" input_shape { dim: -1 dim: 3 dim: 0 dim: 8 } " + ends, Code::unsupported, "shape 1x3x0x8"},
      {"input: \"data\" input_shape { dim: 1 dim: 1048576 dim: 1048576 } " + ends, Code::unsupported,
       "shape 1x1048576"},
      {"input: \"data\" input_shape { dim: [1, 1, 1, 1, 1, 1, 1] } " + ends, Code::unsupported, "shape"},
      {"input: data " + ends, Code::corrupt, "line 1: input is no text"},
      {"input: \"data\" input_dim: x " + ends, Code::corrupt, "input_dim is no whole number"},
      {"input: \"a\" input: \"a\" " + ends, Code::corrupt, "'a' is made a second time"},
  };
  for (const auto& c : cases) {
    CaffeNet net;
    net.prototxt = c.text;
    expect_refused(net, c.code, c.part);
  }
}

// A network of training and testing, of either version of layers, is built as it is tested.
TEST(Phases, TheNetOfTheTestIsBuilt) {
  for (const bool v1 : {false, true}) {
    CaffeNet net;
    net.style.v1 = v1;
    const char* relu = v1 ? "RELU" : "ReLU";
    net.layer(v1 ? "DATA" : "Data", "data", {}, {"data", "label"},
              "include { phase: TRAIN } transform_param { crop_size: 9 }");
    net.layer(v1 ? "MEMORY_DATA" : "MemoryData", "data", {}, {"data", "label"},
              "include { phase: TEST } memory_data_param { channels: 2 height: 1 width: 1 }");
    net.layer(relu, "only_trained", {"data"}, {"data"}, "exclude { phase: TEST }");
    net.layer(v1 ? "POWER" : "Power", "tested", {"data"}, {"data"},
              "power_param { scale: 10 } exclude { phase: TRAIN } exclude { min_level: 1 }");
    net.layer(relu, "leveled", {"data"}, {"data"}, "include { min_level: 1 } include { stage: \"deploy\" }");
    net.layer(v1 ? "DROPOUT" : "Dropout", "drop", {"data"}, {"data"}, "dropout_param { dropout_ratio: 0.4 }");
    net.layer(v1 ? "INNER_PRODUCT" : "InnerProduct", "fc", {"data"}, {"fc"}, "inner_product_param { num_output: 1 }",
              {{{1, 2}, {1, 2}}, {{1}, {0.5f}}});
    net.layer(v1 ? "ACCURACY" : "Accuracy", "accuracy", {"fc", "label"}, {"accuracy"}, "include { phase: TEST }");
    net.layer(v1 ? "SOFTMAX_LOSS" : "SoftmaxWithLoss", "loss", {"fc", "label"}, {"loss"});
    expect(net, {{-1, 2}}, {1, 1}, {30.5});
    net.raw("state { stage: \"deploy\" }");
    expect(net, {{-1, 2}}, {1, 1}, {40.5});
    net.raw("state { level: 1 }");  // the first state counts
    expect(net, {{-1, 2}}, {1, 1}, {40.5});
  }
  expect_refused(net_of("ReLU", {1, 1}, "include { phase: TEST } exclude { phase: TRAIN }"), Code::corrupt, "both");
  expect_refused(net_of("ReLU", {1, 1}, "include { phase: SLEEP }"), Code::corrupt, "'phase' is not a value");
  expect_refused(net_of("ReLU", {1, 1}, "include { min_level: x }"), Code::corrupt, "'min_level' is not a value");
  expect_refused(net_of("ReLU", {1, 1}, "include: 1"), Code::corrupt, "'include' is not a value");
}

TEST(Blobs, InPlaceAndBranches) {
  CaffeNet net;
  net.input("data", {1, 2});
  net.layer("Power", "a", {"data"}, {"a"}, "power_param { scale: -1 }").layer("ReLU", "r", {"a"}, {"a"});
  net.layer("Split", "split", {"a"}, {"b", "c"}).layer("Power", "p", {"b"}, {"b"}, "power_param { shift: 1 }");
  net.layer("Eltwise", "sum", {"a", "b", "c"}, {"y"});
  expect(net, {{-3, 5}}, {1, 2}, {10, 1});
  EXPECT_EQ(import_net(net)->package.graph.outputs.size(), 1u);
  // What is made in place has the name of its blob.
  CaffeNet last;
  last.input("data", {1, 2}).layer("TanH", "y", {"data"}, {"y"}).layer("ReLU", "r", {"y"}, {"y"});
  const Graph graph = import_net(last)->package.graph;
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
  EXPECT_EQ(graph.nodes.back().op, Op::relu);
}

TEST(Blobs, OutputsAreWhatNothingReads) {
  CaffeNet net;
  net.input("data", {1, 2}).input("unused", {1, 7});
  net.layer("ReLU", "a", {"data"}, {"a"}).layer("TanH", "b", {"data"}, {"b"}).layer("Sigmoid", "c", {"a"}, {"c"});
  net.layer("Silence", "quiet", {"b"}, {}).layer("AbsVal", "d", {"a"}, {"d"});
  const Result<Imported> imported = import_net(net);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  ASSERT_EQ(graph.outputs.size(), 2u);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "c");
  EXPECT_EQ(graph.value(graph.outputs[1]).name, "d");
  EXPECT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.nodes.size(), 3u);
}

// A picture of one pixel is the embedding of a network that ends in a convolution.
TEST(Blobs, ASingleAnswerIsAVector) {
  const Result<Imported> imported = import_net(net_of("ReLU", {1, 8, 1, 1}));
  ASSERT_TRUE(imported.ok());
  EXPECT_TRUE(imported->package.output.embedding);
  ASSERT_EQ(imported->repairs.size(), 1u);
  EXPECT_EQ(imported->repairs[0], "output 'y' is 1x8x1x1 in Caffe, a vector here");
  const Graph& graph = imported->package.graph;
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
}

TEST(Blobs, WrongOnes) {
  expect_refused(CaffeNet().input("data", {1}).layer("ReLU", "y", {"dat"}, {"y"}), Code::corrupt,
                 "line 3: layer 'y' reads 'dat', which no layer before it makes");
  expect_refused(CaffeNet().input("data", {1}).layer("ReLU", "y", {"data"}, {"y"}).layer("ReLU", "z", {"data"}, {"y"}),
                 Code::corrupt, "'y' is made a second time");
  expect_refused(CaffeNet().input("data", {1}), Code::corrupt, "no output");
  expect_refused(CaffeNet(), Code::corrupt, "no layer");
  expect_refused(CaffeNet().input("data", {1}).layer("ReLU", "y", {"data", "data"}, {"y"}), Code::unsupported,
                 "2 bottoms");
  expect_refused(CaffeNet().input("data", {1}).layer("ReLU", "y", {}, {"y"}), Code::unsupported, "0 bottoms");
  expect_refused(CaffeNet().raw("layers { layer { name: \"conv\" type: \"conv\" } }"), Code::unsupported, "version 0");
}

TEST(Unsupported, AllAtOnce) {
  CaffeNet net = caffe_face();
  net.layer("LRN", "lrn", {"fc"}, {"a"}).layer("ReLU", "behind", {"a"}, {"b"});  // the second says nothing of its own
  net.layer("Pooling", "pool", {"pool0"}, {"c"}, "pooling_param { pool: STOCHASTIC kernel_size: 1 }");
  net.layer("MVN", "mvn", {"b"}, {"f"});  // a type that is not known is said wherever it stands
  net.layer("Convolution", "conv", {"c"}, {"d"}).layer("ReLU", "odd", {"fc"}, {"e"}, "relu_param { upper: 3 }");
  std::vector<std::string> unsupported;
  EXPECT_EQ(import_net(net, &unsupported).status().code(), Code::unsupported);
  ASSERT_EQ(unsupported.size(), 4u);
  EXPECT_EQ(unsupported[0], "layer 'lrn': type LRN");
  EXPECT_EQ(unsupported[1], "layer 'pool' (Pooling): pool STOCHASTIC");
  EXPECT_EQ(unsupported[2], "layer 'mvn': type MVN");
  EXPECT_EQ(unsupported[3], "layer 'odd' (ReLU): relu_param has 'upper', which mien does not know");
}

TEST(Values, AreReadStrictly) {
  using namespace caffe;
  int64_t integer = 0;
  double real = 0;
  bool flag = false;
  std::string text;
  EXPECT_TRUE(parse_integer("-3", &integer) && integer == -3);
  for (const char* value : {"", "3.0", "0x10", "+3", "99999999999999999999", "3 "})
    EXPECT_FALSE(parse_integer(value, &integer)) << value;
  EXPECT_TRUE(parse_real("2e-05", &real) && real == 2e-05);
  EXPECT_TRUE(parse_real("0.5f", &real) && real == 0.5);
  EXPECT_TRUE(parse_real("1.", &real) && real == 1);
  for (const char* value : {"", "f", "nan", "inf", "-inf", "1e999", "0x10", "1,5"})
    EXPECT_FALSE(parse_real(value, &real)) << value;
  EXPECT_TRUE(parse_flag("true", &flag) && flag);
  EXPECT_TRUE(parse_flag("0", &flag) && !flag);
  EXPECT_FALSE(parse_flag("yes", &flag));
  EXPECT_TRUE(parse_text(R"("a\n\"\x41\101")", &text));
  EXPECT_EQ(text, "a\n\"AA");
  EXPECT_TRUE(parse_text("''", &text) && text.empty());
  for (const char* value : {"", "a", "\"", R"("\")", R"("\q")", R"("\x")", R"("\777")"})
    EXPECT_FALSE(parse_text(value, &text)) << value;
}

}  // namespace
}  // namespace mien::testing
