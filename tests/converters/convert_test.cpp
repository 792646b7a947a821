// The whole conversion: detection, presets, proof, determinism, fixtures and real models by name.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "converters/detect.h"
#include "converters/presets.h"
#include "converters/sha256.h"
#include "engine/file/flat_file.h"
#include "engine/half.h"
#include "tests/converters/onnx_writer.h"

namespace mien::testing {
namespace {

const std::string kShared = MIEN_SHARED_DIR;

class TempFile {
 public:
  explicit TempFile(const std::string& bytes, const std::string& name = "model.onnx") {
    std::string pattern = ::testing::TempDir() + "mien_convert_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/" + name;
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TempFile() {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string folder_, path_;
};

// 3 x 8 x 8 to 4 numbers, normalised to length 1.
std::string network(bool inside_normalization = false) {
  OnnxWriter w(13, {0, 3, 8, 8});
  std::vector<float> weights;
  for (int i = 0; i < 108; ++i) weights.push_back(0.2f * std::sin(static_cast<float>(i)));
  w.weight("w", {4, 3, 3, 3}, weights), w.weight("s", {4, 1, 1}, {0.1f, 0.2f, 0.3f, 0.4f});
  w.weight("mean", {1}, {127.5f}), w.weight("scale", {1}, {0.0078125f}), w.weight("eps", {}, {1e-12f});
  if (inside_normalization) {
    w.node("Sub", {"x", "mean"}, {"centred"});
    w.node("Mul", {"centred", "scale"}, {"n"});
  }
  w.node("Conv", {inside_normalization ? "n" : "x", "w"}, {"c"}).integers("pads", {1, 1, 1, 1});
  w.node("PRelu", {"c", "s"}, {"p"});
  w.node("GlobalAveragePool", {"p"}, {"q"});
  w.node("Flatten", {"q"}, {"f"});
  w.node("ReduceL2", {"f"}, {"norm"}).integers("axes", {1});
  w.node("Clip", {"norm", "eps"}, {"bounded"});
  w.node("Div", {"f", "bounded"});
  return w.bytes();
}

TEST(Convert, FillsPackageAndReport) {
  const std::string bytes = network();
  const TempFile file(bytes, "face.net.onnx");
  ConvertOptions options;
  options.preset = "arcface";
  ConvertReport report;
  const Result<Package> package = convert({file.path()}, options, &report);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->card.name, "face.net");
  EXPECT_EQ(package->card.source_file, "face.net.onnx");
  EXPECT_EQ(package->card.source_format, "onnx");
  EXPECT_EQ(package->card.source_sha256, sha256_hex(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  EXPECT_EQ(package->input.preset, "arcface");
  EXPECT_EQ(package->input.height, 8);
  EXPECT_TRUE(package->output.embedding && package->output.normalized);
  EXPECT_EQ(package->output.dims, 4);
  ASSERT_EQ(package->golden.cases.size(), 2u);
  EXPECT_EQ(package->golden.cases[0].low, -1);
  EXPECT_EQ(package->golden.cases[0].high, 1);
  EXPECT_EQ(report.format, "onnx");
  EXPECT_EQ(report.macs, 4 * 27 * 64);
  EXPECT_EQ(report.params, 108 + 4);
  EXPECT_EQ(report.weight_bytes, 4 * 112);
  EXPECT_TRUE(report.proof.ok);
  EXPECT_GT(report.proof.layers_checked, 0);
  EXPECT_EQ(static_cast<size_t>(report.file_bytes), serialize(*package)->size());
  EXPECT_TRUE(report.warnings.empty());
}

TEST(Convert, TwiceIsTheSameToTheByte) {
  const TempFile file(network(true));
  ConvertReport a, b;
  const Result<Package> first = convert({file.path()}, {}, &a), second = convert({file.path()}, {}, &b);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*serialize(*first), *serialize(*second));
}

TEST(Convert, HalfWeightsAreRoundedAndProven) {
  const TempFile file(network());
  ConvertOptions options;
  options.half = true;
  ConvertReport report;
  Result<Package> package = convert({file.path()}, options, &report);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_GT(report.proof.outputs.at(0).cosine, 0.999999);
  int halves = 0, vectors = 0;
  for (const Value& value : package->graph.values) {
    if (!value.is_constant()) continue;
    EXPECT_EQ(value.constant.half, value.shape.rank >= 2) << value.name;
    ++(value.constant.half ? halves : vectors);
    for (int64_t i = 0; value.constant.half && i < value.shape.elements(); ++i)
      EXPECT_EQ(value.constant.data[i], float_of(half_of(value.constant.data[i])));
  }
  EXPECT_EQ(halves, 1);
  EXPECT_EQ(vectors, 1);
}

TEST(Convert, WeightsThatFloat16CannotHold) {
  OnnxWriter w(13, {0, 3, 8, 8});
  w.weight("w", {1, 3, 1, 1}, {1, 2, 70000});
  w.node("Conv", {"x", "w"});
  const TempFile file(w.bytes());
  ConvertOptions options;
  options.half = true;
  ConvertReport report;
  const Status status = convert({file.path()}, options, &report).status();
  EXPECT_EQ(status.code(), Code::check_failed);
  EXPECT_NE(status.message().find("70000"), std::string::npos) << status.message();
}

TEST(Convert, LimitsThatCannotBeMetFailTheProof) {
  const TempFile file(network());
  ConvertOptions options;
  options.limits.max_relative_error = 0;
  options.limits.min_cosine = 2;
  ConvertReport report;
  const Status status = convert({file.path()}, options, &report).status();
  EXPECT_EQ(status.code(), Code::check_failed);
  EXPECT_NE(status.message().find("first divergent layer"), std::string::npos) << status.message();
  EXPECT_FALSE(report.proof.ok);
}

TEST(Convert, UnsupportedOperatorsReachTheReport) {
  OnnxWriter w(13, {2});
  w.node("Foo", {"x"}, {"a"});
  w.node("Bar", {"a"});
  const TempFile file(w.bytes());
  ConvertReport report;
  EXPECT_EQ(convert({file.path()}, {}, &report).status().code(), Code::unsupported);
  EXPECT_EQ(report.unsupported.size(), 2u);
}

TEST(Convert, InsideNormalisationWinsOverAPreset) {
  const TempFile file(network(true));
  ConvertOptions options;
  options.preset = "arcface";
  options.color = "bgr";
  ConvertReport report;
  const Result<Package> package = convert({file.path()}, options, &report);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->input.preset, "graph");
  EXPECT_EQ(package->input.mean[0], 0);
  EXPECT_EQ(package->input.color, ColorOrder::bgr);
  EXPECT_EQ(package->golden.cases[0].high, 255);
  ASSERT_EQ(report.warnings.size(), 1u);
}

TEST(Convert, OwnMeanAndScale) {
  const TempFile file(network());
  ConvertOptions options;
  options.mean = {10, 20, 30};
  options.scale = {0.5f};
  ConvertReport report;
  const Result<Package> package = convert({file.path()}, options, &report);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->input.preset, "custom");
  EXPECT_EQ(package->input.mean[2], 30);
  EXPECT_EQ(package->input.scale[2], 0.5f);
  EXPECT_EQ(package->golden.cases[0].low, -15);
  EXPECT_EQ(package->golden.cases[0].high, 122.5f);
}

TEST(Convert, BadOptions) {
  const TempFile file(network());
  auto code = [&](auto change) {
    ConvertOptions options;
    change(options);
    ConvertReport report;
    return convert({file.path()}, options, &report).status().code();
  };
  EXPECT_EQ(code([](auto& o) { o.preset = "nonsense"; }), Code::bad_argument);
  EXPECT_EQ(code([](auto& o) { o.mean = {1, 2}; }), Code::bad_argument);
  EXPECT_EQ(code([](auto& o) { o.color = "yuv"; }), Code::bad_argument);
  EXPECT_EQ(code([](auto& o) { o.golden_cases = 0; }), Code::bad_argument);
  ConvertReport report;
  EXPECT_EQ(convert({}, {}, &report).status().code(), Code::bad_argument);
}

TEST(Convert, FilesThatAreNoModels) {
  auto status = [](const std::string& bytes) {
    const TempFile file(bytes);
    ConvertReport report;
    return convert({file.path()}, {}, &report).status();
  };
  EXPECT_EQ(status("").code(), Code::unreadable);
  EXPECT_EQ(status("hello, this is text").code(), Code::unreadable);
  EXPECT_EQ(status("PK\x03\x04 and so on").code(), Code::corrupt);
  EXPECT_EQ(status("version https://git-lfs.github.com/spec/v1\n").code(), Code::unreadable);
  const std::string whole = network();
  const Status cut = status(whole.substr(0, whole.size() - 10));
  EXPECT_EQ(cut.code(), Code::corrupt);
  EXPECT_NE(cut.message().find("byte "), std::string::npos) << cut.message();
  ConvertReport report;
  EXPECT_EQ(convert({"/nonexistent/model.onnx"}, {}, &report).status().code(), Code::unreadable);
  EXPECT_EQ(convert({"/"}, {}, &report).status().code(), Code::unreadable);
}

TEST(Sha256, PublishedVectors) {
  auto hex = [](const std::string& text) {
    return sha256_hex(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Presets, MapBytesAsTheFrameworksDid) {
  const struct {
    const char* name;
    int channel;
    double low, high;
  } rows[] = {{"arcface", 0, -1, 1},
              {"mxnet", 1, -127.5 / 128, 127.5 / 128},
              {"imagenet", 0, -0.485 / 0.229, (1 - 0.485) / 0.229},
              {"imagenet", 2, -0.406 / 0.225, (1 - 0.406) / 0.225},
              {"gluonface", 0, 0, 1},
              {"facenet", 2, -127.5 / 128, 127.5 / 128},
              {"deepid", 0, -1, 1},
              {"retinaface", 0, -104, 151},
              {"retinaface", 2, -123, 132}};
  for (const auto& row : rows) {
    InputRecord record;
    ASSERT_TRUE(apply_preset(row.name, &record).ok());
    const size_t c = static_cast<size_t>(row.channel);
    EXPECT_NEAR((0 - record.mean[c]) * record.scale[c], row.low, 1e-5) << row.name;
    EXPECT_NEAR((255 - record.mean[c]) * record.scale[c], row.high, 1e-5) << row.name;
    EXPECT_EQ(record.color, std::string(row.name) == "retinaface" ? ColorOrder::bgr : ColorOrder::rgb);
  }
  EXPECT_EQ(preset_names().size(), 7u);
  InputRecord record;
  EXPECT_NE(apply_preset("x", &record).message().find("arcface, mxnet, imagenet"), std::string::npos);
}

// Fixtures and models beside the checkout.
Status convert_shared(const std::string& path, ConvertReport* report, Package* package = nullptr) {
  Result<Package> result = convert({kShared + path}, {}, report);
  if (result.ok() && package) *package = std::move(*result);
  return result.status();
}

bool absent(const std::string& path) {
  return access((kShared + path).c_str(), R_OK) != 0;
}

// Checkpoints without a graph, and one of two files, in either order.
TEST(RealModels, AreRecognised) {
  const struct {
    std::vector<std::string> files;
    const char* network;
    int64_t macs;
  } rows[] = {{{"mobilefacenet_relu6.pt"}, "mobilefacenet_relu6", 233810432},
              {{"arcface_mobilefacenet.pth"}, "mobilefacenet", 220965376},
              {{"retinaface_mobilenet025.pth"}, "retinaface_mobilenet025", 981145600},
              {{"mobilefacenet_y1-symbol.json", "mobilefacenet_y1-0000.params"}, nullptr, 220965376},
              {{"mobilefacenet_y1-0000.params", "mobilefacenet_y1-symbol.json"}, nullptr, 220965376}};
  if (absent("/data/models/mobilefacenet_relu6.pt")) GTEST_SKIP() << "no models in " << kShared;
  for (const auto& row : rows) {
    std::vector<std::string> paths;
    for (const std::string& file : row.files) paths.push_back(kShared + "/data/models/" + file);
    ConvertReport report;
    const Result<Package> package = convert(paths, {}, &report);
    ASSERT_TRUE(package.ok()) << row.files[0] << ": " << package.status().message();
    EXPECT_EQ(report.macs, row.macs) << row.files[0];
    if (row.network) {
      EXPECT_EQ(package->graph.name, row.network);
    }
    EXPECT_TRUE(report.proof.ok);
    EXPECT_EQ(package->card.source_sha256.size(), 64u);
  }
}

// The index names its shards; whether they are given too, and in which order, makes no difference.
TEST(Fixtures, AnIndexMayComeWithItsShards) {
  const std::string index = kShared + "/fixtures/formats/tf_plain.index";
  const std::string shard = kShared + "/fixtures/formats/tf_plain.data-00000-of-00001";
  if (absent("/fixtures/formats/tf_plain.index")) GTEST_SKIP() << "no fixtures in " << kShared;
  std::string said;
  for (const auto& paths : std::vector<std::vector<std::string>>{{index}, {index, shard}, {shard, index}}) {
    ConvertReport report;
    const Status status = convert(paths, {}, &report).status();
    EXPECT_EQ(status.code(), Code::bad_argument);
    if (said.empty()) said = status.message();
    EXPECT_EQ(status.message(), said);
  }
  ConvertReport report;
  EXPECT_EQ(convert({shard}, {}, &report).status().code(), Code::unreadable);
}

TEST(RealModels, HalfAModelNamesTheOtherHalf) {
  if (absent("/data/models/mobilefacenet_y1-symbol.json")) GTEST_SKIP() << "no models in " << kShared;
  ConvertReport report;
  const Status status = convert_shared("/data/models/mobilefacenet_y1-symbol.json", &report);
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("give the other one"), std::string::npos) << status.message();
}

// A detector of the size that was asked for; a wrong name says what does not fit.
TEST(RealModels, OptionsOfCheckpoints) {
  if (absent("/data/models/retinaface_mobilenet025.pth")) GTEST_SKIP() << "no models in " << kShared;
  const std::string path = kShared + "/data/models/retinaface_mobilenet025.pth";
  ConvertReport report;
  ConvertOptions options;
  options.build.height = 96, options.build.width = 128;
  const Result<Package> package = convert({path}, options, &report);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->input.height, 96);
  EXPECT_EQ(package->input.width, 128);
  options.network = "retinaface_resnet50";
  const Status status = convert({path}, options, &report).status();
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("expected 256x512x1x1"), std::string::npos) << status.message();
}

TEST(RealModels, ConvertWithTheirKnownCosts) {
  const struct {
    const char* name;
    int64_t macs, params;
    size_t outputs;
  } rows[] = {{"mobilefacenet_relu6", 233810432, 989952, 1},
              {"yunet_n_640", 542393600, 73840, 12},
              {"ulfg_rfb_320", 100418560, 300412, 2}};
  if (absent("/data/models/mobilefacenet_relu6.onnx")) GTEST_SKIP() << "no models in " << kShared;
  for (const auto& row : rows) {
    ConvertReport report;
    Package package;
    const Status status = convert_shared(std::string("/data/models/") + row.name + ".onnx", &report, &package);
    ASSERT_TRUE(status.ok()) << row.name << ": " << status.message();
    EXPECT_EQ(report.macs, row.macs) << row.name;
    EXPECT_EQ(report.params, row.params) << row.name;
    EXPECT_EQ(package.graph.outputs.size(), row.outputs) << row.name;
    EXPECT_TRUE(report.repairs.empty()) << row.name;
    EXPECT_TRUE(report.proof.ok);
    for (const Agreement& a : report.proof.outputs) EXPECT_LT(a.relative_error, 1e-4) << row.name << " " << a.value;
  }
}

}  // namespace
}  // namespace mien::testing
