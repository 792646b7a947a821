// Whole networks from MXNet files: the golden ones written as exports, and the real one.
#include <gtest/gtest.h>

#include <cmath>

#include "converters/checkpoint/build.h"
#include "converters/mxnet/mxnet.h"
#include "converters/mxnet/params.h"
#include "engine/model.h"
#include "engine/normalize.h"
#include "engine/passes/passes.h"
#include "engine/reference.h"
#include "models/networks.h"
#include "tests/converters/damage.h"
#include "tests/converters/mxnet_network.h"
#include "tests/models/golden_file.h"

namespace mien::testing {
namespace {

Result<Imported> import_files(const MxnetFiles& files, std::vector<std::string>* unsupported) {
  const Bytes params = mxnet_params(files.params);
  Result<Checkpoint> checkpoint = read_mxnet_params(params.data(), params.size());
  if (!checkpoint.ok()) return checkpoint.status();
  const std::string text = files.symbol.text();
  return import_mxnet(reinterpret_cast<const uint8_t*>(text.data()), text.size(), std::move(*checkpoint), {},
                      unsupported);
}

std::shared_ptr<const Model> planned(Package package) {
  EXPECT_TRUE(simplify(package.graph).ok());
  const auto model = Model::create(std::move(package));
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *model : nullptr;
}

std::vector<float> embedding_of(const std::shared_ptr<const Model>& model, const std::vector<float>& x) {
  const auto session = Session::create(model);
  EXPECT_TRUE(session.ok()) << session.status().message();
  std::vector<float> y(static_cast<size_t>(model->output(0).shape.elements()));
  const float* inputs[] = {x.data()};
  float* outputs[] = {y.data()};
  const Status status = (*session)->run(1, inputs, outputs);
  EXPECT_TRUE(status.ok()) << status.message();
  return y;
}

struct Golden {
  const char* network;
  const char* file;
  const char* table;  // of the tensors' names; "" where no framework has any: they are called by their keys then
  size_t column;
  bool reference = true;  // on the double-precision kernels
  bool session = true;    // as planned
};

class MxnetNetworks : public ::testing::TestWithParam<Golden> {
 protected:
  void SetUp() override {
    const std::string stem = std::string(MIEN_SHARED_DIR "/golden/") + GetParam().file;
    const bool named = *GetParam().table != 0;
    if (named) names_ = names_of_table(GetParam().table, GetParam().column);
    if (!read_golden(stem, &golden_) || (named && names_.empty())) GTEST_SKIP() << "no " << stem << ".json";
  }

  std::vector<float> input(const GoldenPicture& picture) const {
    const Result<Package> package = build_network(GetParam().network, uint64_t{0});
    const std::vector<uint8_t> pixels = golden_picture(picture.salt, golden_.height, golden_.width);
    std::vector<float> input(pixels.size());
    const Status status = normalize_pixels(pixels.data(), package->input, input.data());
    EXPECT_TRUE(status.ok()) << status.message();
    return input;
  }

  // What the file holds are the golden tensors, by their checksums.
  void expect_golden_tensors(const std::vector<NamedTensor>& params) const {
    std::map<std::string, const NamedTensor*> by_name;
    for (const NamedTensor& t : params) by_name[t.name] = &t;
    for (const GoldenTensor& tensor : golden_.tensors) {
      const auto named = names_.find(tensor.key);
      const auto found = by_name.find(named == names_.end() ? tensor.key : named->second);
      ASSERT_NE(found, by_name.end()) << tensor.key;
      const std::vector<float>& values = found->second->values;
      EXPECT_EQ(crc32(values.data(), values.size() * sizeof(float)), tensor.crc) << tensor.key;
    }
  }

  // Largest error, absolute and of the norm, and the cosine.
  template <class T>
  static void compare(const std::vector<T>& found, const GoldenOutput& expected, double absolute, double relative) {
    ASSERT_EQ(found.size(), expected.values.size());
    double product = 0, square = 0, golden_square = 0, worst = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      const double v = static_cast<double>(found[i]), e = expected.values[i];
      worst = std::max(worst, std::abs(v - e));
      product += v * e, square += v * v, golden_square += e * e;
    }
    const double cosine = product / std::sqrt(square * golden_square), norm = std::sqrt(golden_square);
    printf("  %s: largest error %.2g, %.2g of the norm, 1 - cosine %.2g\n", GetParam().file, worst, worst / norm,
           1 - cosine);
    EXPECT_LE(worst, absolute);
    EXPECT_LE(worst / norm, relative);
    EXPECT_GE(cosine, 0.9999999);
  }

  GoldenFile golden_;
  std::map<std::string, std::string> names_;
};

TEST_P(MxnetNetworks, AnExportAnswersAsTheOriginal) {
  const bool is_signed = std::string(GetParam().file).find("signed_slopes") != std::string::npos;
  RecordedWeights weights(is_signed);
  const MxnetFiles files = mxnet_network(GetParam().network, weights, names_);
  EXPECT_EQ(files.params.size(), golden_.tensors.size());
  expect_golden_tensors(files.params);
  std::vector<std::string> unsupported;
  Result<Imported> imported = import_files(files, &unsupported);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_TRUE(imported->repairs.empty());
  EXPECT_TRUE(imported->package.output.embedding);
  Package package = std::move(imported->package);
  if (GetParam().reference) {
    const std::vector<float> x = input(golden_.pictures[0]);
    const auto y = run_reference(package.graph, {std::vector<double>(x.begin(), x.end())});
    ASSERT_TRUE(y.ok()) << y.status().message();
    compare((*y)[0], golden_.pictures[0].outputs.at("embedding"), 1e-4, 1e-5);
  }
  if (!GetParam().session) return;
  const auto model = planned(std::move(package));
  ASSERT_TRUE(model);
  for (const GoldenPicture& picture : golden_.pictures)
    compare(embedding_of(model, input(picture)), picture.outputs.at("embedding"), 1e-4, 1e-5);
}

const Golden kGolden[] = {
    {"gluonface_mobilefacenet", "gluonface_mobilefacenet", "gluonface_mobilefacenet.gluon.tsv", 1},
    {"gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", "gluonface_mobilefacenet.gluon.tsv", 1},
    // With the names of save_parameters, which have no prefix.
    {"gluonface_mobilefacenet", "gluonface_mobilefacenet", "gluonface_mobilefacenet.gluon.tsv", 0},
    {"mobilefacenet_0.45g", "mobilefacenet_0.45g", "", 0},
    {"mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", "", 0},
    {"arcface_r50", "arcface_r50", "iresnet50.mxnet.tsv", 0, false},
};
const Golden kLong[] = {
    {"arcface_r50", "arcface_r50", "iresnet50.mxnet.tsv", 0, true, false},
    {"arcface_r50", "arcface_r50.signed_slopes", "iresnet50.mxnet.tsv", 0},
    {"arcface_r100", "arcface_r100", "iresnet100.mxnet.tsv", 0},
};
std::string name_of_case(const ::testing::TestParamInfo<Golden>& of) {
  std::string name = std::string(of.param.file) + "_" + std::to_string(of.param.column);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Golden, MxnetNetworks, ::testing::ValuesIn(kGolden), name_of_case);
INSTANTIATE_TEST_SUITE_P(Long, MxnetNetworks, ::testing::ValuesIn(kLong), name_of_case);

// As InsightFace trained and exported it: eps 2e-5 everywhere, the last gamma fixed at 1.
class InsightFaceWeights : public RecordedWeights {
 public:
  Constant tensor(const TensorRequest& request) override {
    if (request.layer != "features" || request.role != Role::bn_gamma) return RecordedWeights::tensor(request);
    return default_of(request);
  }
  double eps(double) const override { return 2e-5; }
};

// No golden outputs have this eps, but there are two ways to it that share no code: the symbol, and the names alone.
void expect_the_same_by_names(const std::string& network, const char* table) {
  const auto names = names_of_table(table, 0);
  if (names.empty()) GTEST_SKIP() << "no " << table;
  InsightFaceWeights weights;
  const MxnetFiles files = mxnet_network(network, weights, names);
  EXPECT_NE(files.symbol.text().find("2e-05"), std::string::npos);
  EXPECT_NE(files.symbol.text().find("\"fix_gamma\": \"True\""), std::string::npos);
  std::vector<std::string> unsupported;
  Result<Imported> by_symbol = import_files(files, &unsupported);
  ASSERT_TRUE(by_symbol.ok()) << by_symbol.status().message();
  const Bytes params = mxnet_params(files.params);
  Result<Checkpoint> checkpoint = read_mxnet_params(params.data(), params.size());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  Result<Imported> by_names = build_from_checkpoint(std::move(*checkpoint), {});
  ASSERT_TRUE(by_names.ok()) << by_names.status().message();
  EXPECT_EQ(by_names->package.graph.name, network);
  std::vector<float> x(3 * 112 * 112);
  const auto pixels = golden_picture("input0", 112, 112);
  ASSERT_TRUE(normalize_pixels(pixels.data(), by_names->package.input, x.data()).ok());
  const auto expected = embedding_of(planned(std::move(by_symbol->package)), x);
  const auto found = embedding_of(planned(std::move(by_names->package)), x);
  ASSERT_EQ(found.size(), 512u);
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5) << i;
}

TEST(MxnetNames, OfArcfaceR50GiveTheNetworkOfItsSymbol) {
  expect_the_same_by_names("arcface_r50", "iresnet50.mxnet.tsv");
}
TEST(LongMxnetNames, OfArcfaceR100GiveTheNetworkOfItsSymbol) {
  expect_the_same_by_names("arcface_r100", "iresnet100.mxnet.tsv");
}

// The file says fix_gamma for its last BatchNorm and leaves eps out of all others.
TEST(MxnetRealFile, ReadsAsTheSpecificationSays) {
  const std::string stem = std::string(MIEN_SHARED_DIR) + "/data/models/mobilefacenet_y1-";
  const Bytes symbol = bytes_of_file(stem + "symbol.json"), params = bytes_of_file(stem + "0000.params");
  if (symbol.empty() || params.empty()) GTEST_SKIP() << "no real data in " << MIEN_SHARED_DIR;
  Result<Checkpoint> checkpoint = read_mxnet_params(params.data(), params.size());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  std::vector<std::string> unsupported;
  const Result<Imported> imported =
      import_mxnet(symbol.data(), symbol.size(), std::move(*checkpoint), {}, &unsupported);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Package& package = imported->package;
  EXPECT_EQ(package.graph.value(package.graph.inputs[0]).shape, (Shape{1, 3, 112, 112}));
  EXPECT_EQ(package.graph.value(package.graph.outputs[0]).shape, (Shape{1, 128}));
  EXPECT_EQ(package.graph.value(package.graph.outputs[0]).name, "fc1");
  EXPECT_TRUE(package.input.known && package.input.normalized_inside);
  EXPECT_EQ(package.input.preset, "graph");
  EXPECT_EQ(package.card.source_format, "mxnet");
  EXPECT_TRUE(package.output.embedding);
  EXPECT_FALSE(package.output.normalized);
  EXPECT_EQ(cost_of(package.graph).total.macs, 220965376);
  ASSERT_EQ(imported->warnings.size(), 1u);
  EXPECT_NE(imported->warnings[0].find("1x3x112x112 is assumed"), std::string::npos);
  EXPECT_TRUE(imported->repairs.empty());  // the stored gamma is 1
}

}  // namespace
}  // namespace mien::testing
