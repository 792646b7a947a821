// The tests that a network must pass, whatever gives it its weights: with those of seed 0 every tensor has the
// checksum, and every layer and output the values, that the frameworks' own code gave in double precision. Included by
// one file of a test program, which says the cases.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/model.h"
#include "engine/normalize.h"
#include "engine/passes/passes.h"
#include "engine/reference.h"
#include "models/networks.h"
#include "models/seeded_weights.h"
#include "tests/models/golden_file.h"

namespace mien {

// How a case's network comes to its weights.
struct Case;
using Builder = Result<Package> (*)(const Case& c, const BuildOptions& options);

struct Case {
  const char* network;
  const char* file;
  std::map<std::string, std::string> outputs;  // value of the graph -> output of the golden file
  size_t not_layers;  // rows of the layers' table that are no layer here: outputs, and the dropout of training
  Builder build;
  const char* from;            // what the builder stands for, in the test's name
  bool of_own_size = false;    // the file is of another size than the network's usual one
  GoldenVariant variant = {};  // of the file's outputs; another one than the usual has no tables of layers and tensors
  const char* without = "";    // a layer that the golden network has and this one lacks
  const char* folder = MIEN_SHARED_DIR "/golden/";
  bool signed_slopes() const { return std::string(file).find(".signed_slopes") != std::string::npos; }
};

inline const std::map<std::string, std::string> kEmbedding = {{"embedding", "embedding"}};
inline const std::map<std::string, std::string> kDetection = {
    {"boxes", "bbox"}, {"ClassHead", "class_logits"}, {"scores", "class_softmax"}, {"landmarks", "landmarks"}};
inline const std::map<std::string, std::string> kRawDetection = {
    {"boxes", "bbox"}, {"ClassHead", "class_logits"}, {"landmarks", "landmarks"}};
inline const std::map<std::string, std::string> kDeepid = {{"embedding", "embedding"}, {"logits", "logits"}};
inline const std::map<std::string, std::string> kFacenet = {{"embedding", "embedding"},
                                                            {"Bottleneck/BatchNorm/bn", "embedding_before_l2"}};

// So that test names read well and listing them does not print bytes.
inline void PrintTo(const Case& c, std::ostream* os) {
  *os << c.file << " from " << c.from;
}
inline std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
  std::string name = std::string(info.param.file) + "_" + info.param.from;
  for (char& ch : name) ch = std::isalnum(static_cast<unsigned char>(ch)) ? ch : '_';
  return name;
}

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The row of the layers' table for a value of the graph: BatchNorm and PReLU have a suffix here, and share their
// convolution's name in FaceNet.
inline const GoldenLayer* layer_of(const GoldenFile& golden, std::string name) {
  std::vector<std::string> candidates{name};
  if (ends_with(name, "/prelu")) candidates = {name.substr(0, name.size() - 6)};
  if (ends_with(name, "/bn")) {
    name = name.substr(0, name.size() - 3);
    candidates = {name + "/BatchNorm", name};
  }
  for (const std::string& candidate : candidates)
    if (const auto found = golden.layers.find(candidate); found != golden.layers.end()) return &found->second;
  return nullptr;
}

// What may be off: each value of a layer relative to the layer's rms; each value of an output, absolute and also
// relative to the output's rms. Doubling a BatchNorm's eps moves an output by 2e-4 or more.
struct Limits {
  double layer, output;
};
constexpr Limits kReference{2e-6, 1e-5};  // measured: 4e-7 and 1.2e-6
constexpr Limits kSession{3e-5, 1e-4};    // measured: 4e-6 and 1.6e-5

// Compares each value of one run as it appears, and keeps the largest errors for the report.
class Comparison {
 public:
  Comparison(const Case& c, const GoldenFile& golden, size_t picture, const Limits& limits)
      : case_(c), golden_(golden), picture_(golden.pictures[picture]), with_layers_(picture == 0), limits_(limits) {}

  template <class T>
  void see(const std::string& name, const T* values, int64_t elements) {
    if (const auto output = case_.outputs.find(name); output != case_.outputs.end())
      see_output(output->second, values, elements);
    else if (const GoldenLayer* layer = with_layers_ ? layer_of(golden_, name) : nullptr)
      see_layer(name, *layer, values, elements);
  }

  void report() const {
    printf("  %-37s from %s, %s: outputs %zu, largest error %.2g", case_.file, case_.from, picture_.salt.c_str(),
           outputs_, output_error_);
    if (cosine_ < 2) printf(", 1 - cosine %.2g", 1 - cosine_);
    if (with_layers_) printf("; layers %zu, largest error %.2g of the rms", layers_, layer_error_);
    printf("\n");
    EXPECT_EQ(outputs_, case_.outputs.size());
  }
  size_t layers() const { return layers_; }

 private:
  template <class T>
  void see_output(const std::string& name, const T* values, int64_t elements) {
    const GoldenOutput& expected = picture_.outputs.at(name);
    ASSERT_EQ(elements, expected.elements) << name;
    const double limit = limits_.output * std::min(1.0, expected.rms);
    double product = 0, found_square = 0, expected_square = 0;
    for (size_t i = 0; i < expected.values.size(); ++i) {
      const double found = values[static_cast<int64_t>(i) * expected.stride], golden = expected.values[i];
      const double error = std::abs(found - golden);
      output_error_ = std::max(output_error_, error);
      EXPECT_LE(error, limit) << name << " sample " << i;
      product += found * golden;
      found_square += found * found;
      expected_square += golden * golden;
    }
    cosine_ = std::min(cosine_, product / std::sqrt(found_square * expected_square));
    EXPECT_GE(cosine_, 0.9999999) << name;
    ++outputs_;
  }

  template <class T>
  void see_layer(const std::string& name, const GoldenLayer& layer, const T* values, int64_t elements) {
    ASSERT_EQ(elements, layer.elements) << name;
    double sum = 0;
    for (int64_t i = 0; i < elements; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    double error = std::abs(std::sqrt(sum / static_cast<double>(elements)) - layer.rms);
    for (size_t i = 0; i < layer.first.size(); ++i)
      error = std::max(error, std::abs(static_cast<double>(values[i]) - layer.first[i]));
    layer_error_ = std::max(layer_error_, error / layer.rms);
    EXPECT_LE(error, limits_.layer * layer.rms) << name;
    ++layers_;
  }

  const Case& case_;
  const GoldenFile& golden_;
  const GoldenPicture& picture_;
  const bool with_layers_;
  const Limits limits_;
  size_t outputs_ = 0, layers_ = 0;
  double output_error_ = 0, layer_error_ = 0, cosine_ = 2;
};

class GoldenNetworks : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const std::string stem = std::string(GetParam().folder) + GetParam().file;
    if (!read_golden(stem, &golden_, GetParam().variant)) GTEST_SKIP() << "no golden file " << stem << ".json";
    BuildOptions options;
    if (GetParam().of_own_size) options.height = golden_.height, options.width = golden_.width;
    auto package = GetParam().build(GetParam(), options);
    if (!package.ok() && package.status().code() == Code::unreadable) GTEST_SKIP() << package.status().message();
    ASSERT_TRUE(package.ok()) << package.status().message();
    package_ = std::move(*package);
    ASSERT_EQ(package_.input.height, golden_.height);
    ASSERT_EQ(package_.input.width, golden_.width);
  }

  // The picture as the input record makes an input of it.
  std::vector<float> input(size_t picture) const {
    const auto pixels = golden_picture(golden_.pictures[picture].salt, golden_.height, golden_.width);
    std::vector<float> input(pixels.size());
    const Status status = normalize_pixels(pixels.data(), package_.input, input.data());
    EXPECT_TRUE(status.ok()) << status.message();
    return input;
  }

  GoldenFile golden_;
  Package package_;
};

// Products of the network's definition only: gamma, beta, mean and var are in the graph as scale and shift, which the
// layers' values check.
inline bool is_kept_as_drawn(const std::string& key) {
  return key.find("/bn.") == std::string::npos;
}

TEST_P(GoldenNetworks, EveryTensor) {
  if (golden_.tensors.empty()) GTEST_SKIP() << "the same tensors as another case";
  std::map<std::string, const Value*> constants;
  for (const Value& value : package_.graph.values)
    if (value.is_constant() && is_kept_as_drawn(value.name) && !ends_with(value.name, ".factor"))
      constants[value.name] = &value;
  const std::string without = GetParam().without;
  for (const GoldenTensor& tensor : golden_.tensors) {
    if (!is_kept_as_drawn(tensor.key)) continue;
    if (!without.empty() && tensor.key.rfind(without + "/", 0) == 0) continue;
    const auto found = constants.find(tensor.key);
    ASSERT_NE(found, constants.end()) << "no " << tensor.key;
    const Value& value = *found->second;
    ASSERT_EQ(value.shape.elements(), tensor.elements) << tensor.key;
    EXPECT_EQ(crc32(value.constant.data, static_cast<size_t>(tensor.elements) * sizeof(float)), tensor.crc)
        << tensor.key;
    constants.erase(found);
  }
  EXPECT_TRUE(constants.empty()) << constants.begin()->first << " is in no table";
}

inline bool is_output(const Model& model, const std::string& name) {
  for (int i = 0; i < model.outputs(); ++i)
    if (model.output(i).name == name) return true;
  return false;
}

// The planned float32 run: passes, fusion, Winograd and all.
TEST_P(GoldenNetworks, Session) {
  ASSERT_TRUE(simplify(package_.graph).ok());
  const auto model = Model::create(package_);
  ASSERT_TRUE(model.ok()) << model.status().message();
  auto session = Session::create(*model);
  ASSERT_TRUE(session.ok()) << session.status().message();
  const std::vector<StepInfo> steps = (*model)->steps();
  for (size_t picture = 0; picture < golden_.pictures.size(); ++picture) {
    const std::vector<float> x = input(picture);
    std::vector<std::vector<float>> outputs;
    std::vector<float*> pointers;
    for (int i = 0; i < (*model)->outputs(); ++i)
      outputs.emplace_back(static_cast<size_t>((*model)->output(i).shape.elements()));
    for (auto& output : outputs) pointers.push_back(output.data());
    const float* inputs[] = {x.data()};
    Comparison comparison(GetParam(), golden_, picture, kSession);
    const auto observer = [&](int step, const float* values, int64_t elements) {
      const std::string& name = steps[static_cast<size_t>(step)].value;
      if (!is_output(**model, name)) comparison.see(name, values, elements);
    };
    const Status status = (*session)->run_observed(1, inputs, pointers.data(), observer, nullptr);
    ASSERT_TRUE(status.ok()) << status.message();
    for (int i = 0; i < (*model)->outputs(); ++i) {
      const Value& value = (*model)->output(i);
      comparison.see(value.name, outputs[static_cast<size_t>(i)].data(), value.shape.elements());
    }
    comparison.report();
  }
}

// The double-precision reference on the unfolded graph: every layer of the table, so that a wrong one has a name.
using GoldenReference = GoldenNetworks;

TEST_P(GoldenReference, EveryLayer) {
  const std::vector<float> x = input(0);
  Comparison comparison(GetParam(), golden_, 0, kReference);
  const Graph& graph = package_.graph;
  const auto outputs = run_reference(
      graph, {std::vector<double>(x.begin(), x.end())}, [&](const Node& node, const std::vector<double>& y) {
        comparison.see(graph.value(node.output).name, y.data(), static_cast<int64_t>(y.size()));
      });
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  comparison.report();
  EXPECT_EQ(comparison.layers() + GetParam().not_layers, golden_.layers.size());
}

}  // namespace mien
