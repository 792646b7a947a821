// Symbols of every age, what is said of those that do not fit their parameters, and damaged and hostile ones.
#include <chrono>

#include "converters/mxnet/symbol.h"
#include "converters/mxnet/values.h"
#include "tests/converters/damage.h"
#include "tests/converters/mxnet_model.h"
#include "tests/file/counted_new.h"

namespace mien::testing {
namespace {

// A small face network: normalisation inside, convolution, BatchNorm, PReLU, sum, pool, fully connected layer.
MxnetModel face(const std::string& key = "attrs") {
  MxnetModel m;
  m.symbol.key = key;
  MxnetSymbol& s = m.symbol;
  int x = s.variable("data", {{"__shape__", "(0, 3, 8, 8)"}});
  x = s.node("_minus_scalar", "_minusscalar0", {x}, {{"scalar", "127.5"}});
  x = s.node("_mul_scalar", "_mulscalar0", {x}, {{"scalar", "0.0078125"}});
  const int w = m.parameter("conv0_weight", {2, 3, 3, 3}, std::vector<float>(54, 0.125f));
  x = s.node("Convolution", "conv0", {x, w},
             {{"kernel", "(3, 3)"}, {"num_filter", "2"}, {"stride", "(2, 2)"}, {"pad", "(1, 1)"}, {"no_bias", "True"}});
  std::vector<int> bn{x};
  for (const char* name : {"bn0_gamma", "bn0_beta", "bn0_moving_mean", "bn0_moving_var"})
    bn.push_back(m.parameter(name, {2}, {1, 2}, std::string(name).find("moving") == 4 ? "aux:" : "arg:"));
  x = s.node("BatchNorm", "bn0", bn, {{"fix_gamma", "False"}, {"eps", "2e-05"}});
  x = s.node("LeakyReLU", "relu0", {x, m.parameter("relu0_gamma", {2}, {-0.5f, 1.5f})}, {{"act_type", "prelu"}});
  x = s.node("elemwise_add", "plus0", {x, x});
  x = s.node("Pooling", "pool0", {x}, {{"kernel", "(4, 4)"}, {"pool_type", "avg"}});
  x = s.node("Dropout", "dropout0", {x}, {{"p", "0.4"}});
  const int fc = m.parameter("fc1_weight", {2, 2}, {1, 2, 3, 4}), bias = m.parameter("pre_fc1_bias", {2}, {0.5f, 1});
  s.node("FullyConnected", "pre_fc1", {x, fc, bias}, {{"num_hidden", "2"}});
  return m;
}

V answer(const Result<Imported>& imported) {
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  if (!imported.ok()) return {};
  V x(192);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  const auto run = run_reference(imported->package.graph, {x});
  EXPECT_TRUE(run.ok()) << run.status().message();
  return run.ok() ? (*run)[0] : V{};
}

TEST(Symbol, EveryAgeSaysTheSame) {
  const V expected = answer(import_model(face()));
  ASSERT_EQ(expected.size(), 2u);
  for (const char* key : {"attr", "param"}) EXPECT_EQ(answer(import_model(face(key))), expected) << key;
  // References of two numbers, and what old and new files say besides.
  nlohmann::json old = face("param").symbol.json();
  for (nlohmann::json& node : old["nodes"]) {
    for (nlohmann::json& input : node["inputs"]) input.erase(2);
    node["backward_source_id"] = -1;
    node["attr"] = {{"lr_mult", "2"}};
  }
  old["heads"][0].erase(2);
  old["node_row_ptr"] = {0, 1, 2};
  const MxnetModel m = face();
  EXPECT_EQ(answer(import_text(old.dump(), m.params)), expected);
}

TEST(Symbol, TheOperatorsOwnAttributesWin) {
  nlohmann::json json = face("param").symbol.json();
  const V expected = answer(import_model(face()));
  for (nlohmann::json& node : json["nodes"]) {
    if (node["op"] == "BatchNorm") node["attr"] = {{"eps", "1"}};
  }
  EXPECT_EQ(answer(import_text(json.dump(), face().params)), expected);
}

TEST(Symbol, TheInputRecordKnowsTheNormalization) {
  const Result<Imported> imported = import_model(face());
  ASSERT_TRUE(imported.ok());
  const InputRecord& input = imported->package.input;
  EXPECT_TRUE(input.known && input.normalized_inside);
  EXPECT_EQ(input.preset, "graph");
  EXPECT_EQ(input.height, 8);
  EXPECT_TRUE(imported->warnings.empty());
}

TEST(Symbol, ShapeOfTheInput) {
  const auto shape = [](const char* says, const PictureSize& asked, size_t warnings) {
    MxnetModel m;
    int x = m.symbol.variable("data", MxnetSymbol::Attributes(*says ? 1 : 0, {"__shape__", says}));
    x = m.symbol.node("Convolution", "c", {x, m.parameter("w", {1, 2, 1, 1}, {1, 2})},
                      {{"kernel", "(1, 1)"}, {"num_filter", "1"}, {"no_bias", "True"}});
    const Result<Imported> imported = import_text(m.text(), m.params, nullptr, asked);
    if (!imported.ok()) return imported.status().message();
    EXPECT_EQ(imported->warnings.size(), warnings) << says;
    return imported->package.graph.value(imported->package.graph.inputs[0]).shape.text();
  };
  EXPECT_EQ(shape("(0, 2, 10, 12)", {}, 0), "1x2x10x12");
  EXPECT_EQ(shape("(0, 2, 10, 12)", {5, 5}, 0), "1x2x10x12");  // refused where all formats meet
  EXPECT_EQ(shape("", {5, 6}, 0), "1x2x5x6");                  // the channels are the convolution's
  EXPECT_EQ(shape("(0, 2, 0, 12)", {5, 6}, 0), "1x2x5x12");
  EXPECT_EQ(shape("(0, 2, 0, 12)", {}, 1), "1x2x112x12");
  EXPECT_EQ(shape("", {}, 1), "1x2x112x112");
  EXPECT_NE(shape("(1, 2, 1048576, 1048576)", {}, 0).find("shape 1x2x1048576x1048576"), std::string::npos);
  EXPECT_NE(shape("(2, 2)", {}, 0).find("node 'c' (Convolution)"), std::string::npos);
}

TEST(Parameters, WithAndWithoutPrefix) {
  const V expected = answer(import_model(face()));
  MxnetModel m = face();
  for (NamedTensor& tensor : m.params.tensors) tensor.name = tensor.name.substr(4);
  EXPECT_EQ(answer(import_model(m)), expected);
}

TEST(Parameters, AllThatAreMissingAreListed) {
  MxnetModel m = face();
  m.params.tensors.erase(m.params.tensors.begin() + 1, m.params.tensors.begin() + 3);
  m.params.tensors.pop_back();
  expect_refused(m, Code::corrupt, "lacks 3 parameter(s) that the symbol needs: bn0_gamma, bn0_beta, pre_fc1_bias");
}

TEST(Parameters, ThoseLeftOverAreReported) {
  MxnetModel m = face();
  m.params.tensors.push_back({"arg:fc7_weight", {1}, "float32", {1}});
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok());
  ASSERT_EQ(imported->warnings.size(), 1u);
  EXPECT_EQ(imported->warnings[0], "1 parameter(s) that the symbol does not use: arg:fc7_weight");
}

TEST(Parameters, MustBeFiniteFloatsOfTheRightSize) {
  MxnetModel nan = face();
  nan.params.tensors[0].values[3] = NAN;
  expect_refused(nan, Code::corrupt, "node 'conv0' (Convolution): constant 'conv0_weight' holds NaN");
  MxnetModel variance = face();
  variance.params.tensors[4].values[1] = -1;
  expect_refused(variance, Code::corrupt, "node 'bn0' (BatchNorm): variance -1");
  MxnetModel ints = face();
  ints.params.tensors[0].type = "int32";
  ints.params.tensors[0].values.clear();
  expect_refused(ints, Code::unsupported, "'conv0_weight' is not of floats");
  MxnetModel longer = face();
  longer.params.tensors[1] = {"arg:bn0_gamma", {3}, "float32", {1, 2, 3}};
  expect_refused(longer, Code::corrupt, "gamma 3 for 2 channels");
}

TEST(Unsupported, AllAtOnce) {
  MxnetModel m = face();
  int x = m.symbol.node("Foo", "foo", {0});
  x = m.symbol.node("relu", "behind", {x});  // says nothing of its own
  x = m.symbol.node("Oof", "further", {x});  // says its own, whatever it reads
  const int y = m.symbol.node("Activation", "bar", {0}, {{"act_type", "softsign"}});
  m.symbol.node("elemwise_add", "sum", {x, y});
  std::vector<std::string> unsupported;
  EXPECT_EQ(import_model(m, &unsupported).status().code(), Code::unsupported);
  ASSERT_EQ(unsupported.size(), 3u);
  EXPECT_EQ(unsupported[0], "node 'foo': operator Foo");
  EXPECT_EQ(unsupported[1], "node 'further': operator Oof");
  EXPECT_NE(unsupported[2].find("node 'bar' (Activation)"), std::string::npos);
}

TEST(Heads, WhatTheyDoNotNeedIsNotRead) {
  MxnetModel m = face();
  m.symbol.head(2);
  m.symbol.node("Foo", "foo", {0});
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->package.graph.nodes.size(), 2u);
}

TEST(Heads, SeveralAndTwiceTheSame) {
  MxnetModel m = face();
  m.symbol.head(2);
  m.symbol.head(2);
  m.symbol.head(0);
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(imported->package.graph.outputs.size(), 3u);
  MxnetModel parameter = face();
  parameter.symbol.head(3);
  expect_refused(parameter, Code::unsupported, "head 'conv0_weight'");
}

TEST(Values, AreReadStrictly) {
  std::vector<int64_t> tuple;
  for (const char* text : {"(3, 3)", "(3,3)", "[3, 3]", " ( 3 , 3 ) ", "(3L, 3L)"}) {
    EXPECT_TRUE(mxnet::parse_tuple(text, &tuple)) << text;
    EXPECT_EQ(tuple, (std::vector<int64_t>{3, 3})) << text;
  }
  EXPECT_TRUE(mxnet::parse_tuple("(7,)", &tuple) && tuple.size() == 1);
  EXPECT_TRUE(mxnet::parse_tuple("7", &tuple) && tuple.size() == 1);
  EXPECT_TRUE(mxnet::parse_tuple("()", &tuple) && tuple.empty());
  for (const char* text : {"", "(", "3, 3", "(3 3)", "(3, 3", "(3, 3]", "(,)", "(3,,3)", "(3.0, 3)", "(2**9,)", "x",
                           "(99999999999999999999,)", "None"})
    EXPECT_FALSE(mxnet::parse_tuple(text, &tuple)) << text;
  double real = 0;
  EXPECT_TRUE(mxnet::parse_real("2e-05", &real) && real == 2e-05);
  for (const char* text : {"", "nan", "inf", "1e999", "0x10", "1.5f", "1,5", "1 2"})
    EXPECT_FALSE(mxnet::parse_real(text, &real)) << text;
  bool flag = false;
  EXPECT_TRUE(mxnet::parse_flag("True", &flag) && flag);
  EXPECT_TRUE(mxnet::parse_flag("0", &flag) && !flag);
  EXPECT_FALSE(mxnet::parse_flag("yes", &flag));
}

Status refused(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  const size_t before = bytes_in_use();
  reset_peak();
  const Status status = import_text(text, face().params).status();
  EXPECT_LE(peak_bytes() - before + text.size(), 3 * text.size() + (size_t{64} << 20));
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
  EXPECT_FALSE(status.ok()) << text.substr(0, 200);
  return status;
}

TEST(Hostile, Forms) {
  const std::string node = R"({"op": "null", "name": "a", "inputs": []})";
  const struct {
    std::string text;
    const char* part;
  } cases[] = {
      {"", "not JSON"},
      {"5", "unexpectedly"},
      {"[]", "expected an object"},
      {"{", "byte 1"},
      {"{}", "no nodes"},
      {R"({"nodes": []})", "no nodes"},
      {R"({"nodes": {}})", "unexpectedly holds an object"},
      {R"({"nodes": [)" + node + R"(], "heads": []})", "no heads"},
      {R"({"nodes": [)" + node + R"(], "heads": [[1, 0]]})", "which is not there"},
      {R"({"nodes": [)" + node + R"(], "heads": [[0]]})", "less than two"},
      {R"({"nodes": [)" + node + R"(], "heads": [[0, -1]]})", "no small whole number"},
      {R"({"nodes": [)" + node + R"(], "heads": [[0.5, 0]]})", "no small whole number"},
      {R"({"nodes": [)" + node + R"(], "heads": [[18446744073709551616, 0]]})", "no small whole number"},
      {R"({"nodes": [)" + node + R"(], "heads": [[0, 0, 0, 0]]})", "more than three"},
      {R"({"nodes": [)" + node + R"(], "heads": [0]})", "unexpectedly holds a number"},
      {R"({"nodes": [)" + node + R"(], "nodes": [], "heads": [[0, 0]]})", "'nodes' is there twice"},
      {R"({"nodes": [5], "heads": [[0, 0]]})", "unexpectedly holds a number"},
      {R"({"nodes": [{"name": "a"}], "heads": [[0, 0]]})", "no op"},
      {R"({"nodes": [{"op": 5, "name": "a"}], "heads": [[0, 0]]})", "unexpectedly holds a number"},
      {R"({"nodes": [{"op": "null", "name": "a\u0000"}], "heads": [[0, 0]]})", "'name' is no text"},
      {R"({"nodes": [{"op": "null", "op": "null", "name": "a"}], "heads": [[0, 0]]})", "'op' is there twice"},
      {R"({"nodes": [{"op": "x", "name": "a", "inputs": [[0, 0]]}], "heads": [[0, 0]]})", "does not come before"},
      {R"({"nodes": [{"op": "x", "name": "a", "inputs": [[7, 0]]}], "heads": [[0, 0]]})", "does not come before"},
      {R"({"nodes": [{"op": "x", "name": "a", "attrs": {"k": 3}}], "heads": [[0, 0]]})", "unexpectedly holds a number"},
      {R"({"nodes": [)" + node + R"(], "heads": [[0, 0]]} x)", "not JSON"},
      {"{\"nodes\": [{\"op\": \"\xff\"}]}", "not JSON"},
  };
  for (const auto& c : cases) {
    const Status status = refused(c.text);
    EXPECT_EQ(status.code(), Code::corrupt) << c.text;
    EXPECT_NE(status.message().find(c.part), std::string::npos) << c.text << "\n" << status.message();
  }
}

TEST(Hostile, Nesting) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text = R"({"attrs": )";
    for (int i = 0; i < 1000000; ++i) text += open;
    EXPECT_NE(refused(text).message().find("nested deeper"), std::string::npos);
  }
}

TEST(Hostile, Crowds) {
  std::string nodes = R"({"nodes": [)";
  for (int i = 0; i < 300000; ++i) nodes += R"({"op":"a","name":"b"},)";
  EXPECT_NE(refused(nodes).message().find("more than 100000 nodes"), std::string::npos);
  std::string attributes = R"({"nodes": [{"attrs": {)";
  for (int i = 0; i < 300000; ++i) attributes += "\"" + std::to_string(i) + "\":\"\",";
  EXPECT_NE(refused(attributes).message().find("more than 200000 attributes"), std::string::npos);
  std::string heads = R"({"heads": [)";
  for (int i = 0; i < 2000; ++i) heads += "[0,0],";
  EXPECT_NE(refused(heads).message().find("more than 1024 heads"), std::string::npos);
}

// A chain of a hundred thousand nodes is slow nowhere.
TEST(Hostile, LongChains) {
  for (const char* op : {"identity", "Foo", "BatchNorm"}) {
    MxnetModel m = face();
    nlohmann::json json = m.symbol.json();
    const size_t first = json["nodes"].size();
    for (size_t i = first; i < 99999; ++i)
      json["nodes"].push_back({{"op", op}, {"name", "n" + std::to_string(i)}, {"inputs", {{i - 1, 0}}}});
    json["nodes"].push_back({{"op", "Foo"}, {"name", "end"}, {"inputs", {{99998, 0}}}});
    json["heads"] = {{99999, 0}};
    EXPECT_NE(refused(json.dump()).code(), Code::ok) << op;
  }
}

// A large vector that many nodes read gives no more memory than its own few times.
TEST(Hostile, OneParameterReadByMany) {
  MxnetModel m;
  constexpr int64_t kChannels = 1 << 16;
  m.input_shape = {1, kChannels};
  int x = m.symbol.variable("data");
  std::vector<int> inputs{x};
  for (const char* name : {"g", "b", "m", "v"})
    inputs.push_back(m.parameter(name, {kChannels}, std::vector<float>(kChannels, 1)));
  for (int i = 0; i < 2000; ++i) {
    inputs[0] = x;
    x = m.symbol.node("BatchNorm", "bn" + std::to_string(i), inputs);
  }
  const std::string text = m.text();
  reset_peak();
  const size_t before = bytes_in_use();
  const Status status = import_text(text, m.params).status();
  EXPECT_LE(peak_bytes() - before, size_t{64} << 20);
  EXPECT_NE(status.message().find("read so often"), std::string::npos) << status.message();
}

void expect_error_or_valid(const Bytes& symbol, const Checkpoint& params, size_t at) {
  std::vector<std::string> unsupported;
  Result<Imported> imported = import_mxnet(symbol.data(), symbol.size(), params, {}, &unsupported);
  if (imported.ok()) {
    EXPECT_TRUE(infer_shapes(imported->package.graph).ok()) << at;
  } else {
    EXPECT_FALSE(imported.status().message().empty()) << at;
  }
}

TEST(Damage, EveryTruncationIsAnError) {
  const MxnetModel m = face();
  const std::string text = m.symbol.json().dump();
  for_each_truncation({text.begin(), text.end()}, [&](const Bytes& cut, size_t n) {
    std::vector<std::string> unsupported;
    EXPECT_FALSE(import_mxnet(cut.data(), cut.size(), m.params, {}, &unsupported).ok()) << n;
  });
}

TEST(Damage, FlippedBytesOfTheSymbol) {
  for (const char* key : {"attrs", "param"}) {
    const MxnetModel m = face(key);
    const std::string text = m.symbol.json().dump();
    for_each_flip({text.begin(), text.end()}, 5000,
                  [&](const Bytes& flipped, size_t at) { expect_error_or_valid(flipped, m.params, at); });
  }
}

// Digits and words that stay JSON: what a flip seldom hits.
TEST(Damage, EditedNumbersAndNames) {
  const MxnetModel m = face();
  const nlohmann::json whole = m.symbol.json();
  for (size_t i = 0; i < whole["nodes"].size(); ++i) {
    const nlohmann::json attributes = whole["nodes"][i].value("attrs", nlohmann::json::object());
    for (const char* value : {"0", "-1", "1", "2147483648", "9223372036854775807", "1e30", "(0, 0)", "(1, 1)",
                              "(-1, 4096)", "None", "", "True", "prelu", "avg"}) {
      for (const auto& [key, old] : attributes.items()) {
        nlohmann::json edited = whole;
        edited["nodes"][i]["attrs"][key] = value;
        const std::string text = edited.dump();
        expect_error_or_valid({text.begin(), text.end()}, m.params, i);
      }
    }
    for (size_t j = 0; j < whole["nodes"][i]["inputs"].size(); ++j) {
      for (size_t to = 0; to < i; ++to) {
        nlohmann::json edited = whole;
        edited["nodes"][i]["inputs"][j][0] = to;
        const std::string text = edited.dump();
        expect_error_or_valid({text.begin(), text.end()}, m.params, i);
      }
      nlohmann::json fewer = whole;
      fewer["nodes"][i]["inputs"].erase(j);
      const std::string text = fewer.dump();
      expect_error_or_valid({text.begin(), text.end()}, m.params, i);
    }
  }
}

}  // namespace
}  // namespace mien::testing
