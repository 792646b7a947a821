// NN Archives: an ArcFace that converts, what config.json does to the input record, damage of every kind.
#include "converters/nn_archive/nn_archive.h"

#include <gtest/gtest.h>

#include <fstream>

#include "converters/nn_archive/unpacked.h"
#include "converters/read_source.h"
#include "engine/file/flat_file.h"
#include "tests/converters/damage.h"
#include "tests/converters/nn_archive_model.h"
#include "tests/file/counted_new.h"

namespace mien::testing {
namespace {

using nlohmann::json;

const char* const kFilters[] = {"", "gzip", "xz", "bzip2"};

Result<Imported> import(const std::vector<uint8_t>& file) {
  std::vector<std::string> unsupported;
  return import_nn_archive(file, &unsupported);
}
Result<Imported> import(const std::string& file) {
  return import(std::vector<uint8_t>(file.begin(), file.end()));
}
Result<Imported> import(const json& config) {
  return import(nn_archive(config, tiny_onnx()));
}

void expect_refused(const Result<Imported>& r, Code code, const std::string& part) {
  EXPECT_EQ(r.status().code(), code) << part << ": " << r.status().message();
  EXPECT_NE(r.status().message().find(part), std::string::npos) << part << " in: " << r.status().message();
}

json& input_of(json& config) {
  return config["model"]["inputs"][0];
}

class EachPacking : public ::testing::TestWithParam<const char*> {
 protected:
  std::string pack(const std::string& bytes) const { return packed(bytes, GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(NnArchive, EachPacking, ::testing::ValuesIn(kFilters),
                         [](const auto& of) { return *of.param ? std::string(of.param) : std::string("plain"); });

TEST_P(EachPacking, ArcfaceConverts) {
  const std::string path = ::testing::TempDir() + "mien_nn_archive_" + GetParam() + ".tar";
  const std::string onnx = ArcfaceWriter().bytes();
  std::ofstream(path, std::ios::binary) << pack(nn_archive(arcface_config(), onnx));
  ConvertReport report;
  const Result<Package> package = convert({path}, {}, &report);
  std::remove(path.c_str());
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_TRUE(report.proof.ok);
  EXPECT_EQ(report.format, "nn_archive");
  // A crop of another size than ArcFace's does not say how it was aligned.
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].find("alignment"), std::string::npos) << report.warnings[0];
  EXPECT_GE(report.repairs.size(), 3u);  // the exporter's defects
  EXPECT_EQ(package->card.name, "arcface");
  EXPECT_EQ(package->card.source_format, "nn_archive");
  const InputRecord& input = package->input;
  EXPECT_TRUE(input.known);
  EXPECT_FALSE(input.normalized_inside);
  EXPECT_EQ(input.color, ColorOrder::bgr);
  EXPECT_EQ(input.layout, InputLayout::nchw);
  EXPECT_EQ(input.height, 16);
  EXPECT_EQ(input.mean, (std::array<float, 4>{0, 0, 0, 0}));
  EXPECT_EQ(input.scale, (std::array<float, 4>{1, 1, 1, 1}));
  EXPECT_EQ(package->golden.cases[0].high, 255);
  EXPECT_TRUE(package->output.embedding);
  EXPECT_FALSE(package->output.normalized);
  EXPECT_EQ(package->output.dims, 8);
  EXPECT_EQ(package->graph.value(package->graph.outputs[0]).name, "output");
}

// The graph of the archive is that of its ONNX file.
TEST_P(EachPacking, AnswersAsItsOnnxFile) {
  const std::string onnx = ArcfaceWriter().bytes();
  const std::vector<double> x = ramp(3 * 16 * 16, -1, 0.003);
  const Answer direct = answer(onnx, x);
  ASSERT_TRUE(direct.status.ok()) << direct.status.message();
  const Result<Imported> imported = import(pack(nn_archive(arcface_config(), onnx)));
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const auto outputs = run_reference(imported->package.graph, {x});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(*outputs, direct.outputs);
  EXPECT_GT(std::abs(direct.y()[0]), 1e-3);
}

// What is packed is checked to its end; of a plain archive the padding may be missing.
TEST_P(EachPacking, EveryTruncation) {
  const std::string whole = pack(nn_archive(tiny_config(), tiny_onnx()));
  ASSERT_TRUE(import(whole).ok()) << import(whole).status().message();
  const size_t padding = *GetParam() ? 0 : 1024;
  for_each_truncation({whole.begin(), whole.end()}, [&](const std::vector<uint8_t>& cut, size_t n) {
    const Result<Imported> r = import(cut);
    EXPECT_TRUE(!r.ok() || n + padding >= whole.size()) << n;
    EXPECT_EQ(r.ok(), r.status().message().empty()) << n;
  });
}

std::vector<uint8_t> all_of(const Imported& imported) {
  const auto bytes = serialize(imported.package);
  return bytes.ok() ? *bytes : std::vector<uint8_t>();
}

// Packed bytes have checksums: another network never comes out. Plain ones have none but in their headers.
TEST_P(EachPacking, FlippedBytes) {
  const std::string whole = pack(nn_archive(tiny_config(), tiny_onnx()));
  const std::vector<uint8_t> right = all_of(*import(whole));
  ASSERT_FALSE(right.empty());
  int accepted = 0;
  for_each_flip({whole.begin(), whole.end()}, 5000, [&](const std::vector<uint8_t>& flipped, size_t at) {
    const size_t before = bytes_in_use();
    reset_peak();
    Result<Imported> r = import(flipped);
    EXPECT_LE(peak_bytes() - before, 3 * flipped.size() + (size_t{64} << 20)) << at;
    EXPECT_EQ(r.ok(), r.status().message().empty()) << at;
    if (!r.ok()) return;
    ++accepted;
    EXPECT_TRUE(infer_shapes(r->package.graph).ok()) << at;
    EXPECT_TRUE(!*GetParam() || all_of(*r) == right) << at;
  });
  EXPECT_LT(accepted, *GetParam() ? 500 : 4500);
}

TEST(NnArchive, OldTarsAreToldByTheirChecksum) {
  TarWriter tar;
  tar.old = true;
  const std::string old = tar.member("model.onnx", tiny_onnx()).member("config.json", tiny_config().dump()).bytes();
  ConvertReport report;
  const auto import_file = [&report](const std::string& bytes) {
    return import_files({{"old.tar", {bytes.begin(), bytes.end()}}}, {}, &report);
  };
  const Result<Imported> imported = import_file(old);
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_EQ(report.format, "nn_archive");
  for (const size_t at : {0, 10, 100, 130, 150, 156, 511}) {
    std::string edited = old;
    edited[at] ^= 1;
    EXPECT_FALSE(import_file(edited).ok()) << at;
  }
  expect_refused(import_file(old.substr(0, 511)), Code::unreadable, "not a weight file");
}

TEST(NnArchive, ExternalDataAreRefusedWithWhatToDo) {
  OnnxWriter writer(13, {1, 3, 4, 4});
  onnx_pb::Tensor* weight = writer.graph()->add_initializer();
  weight->set_name("w");
  weight->set_data_type(1);
  for (const int64_t d : {1, 3, 1, 1}) weight->add_dims(d);
  weight->set_data_location(1);
  const auto key = [weight](const char* name, const char* value) {
    onnx_pb::Property* entry = weight->add_external_data();
    entry->set_key(name);
    entry->set_value(value);
  };
  key("location", "w.bin"), key("offset", "0"), key("length", "12");
  writer.node("Conv", {"x", "w"});
  expect_refused(import(nn_archive(tiny_config(), writer.bytes())), Code::unsupported,
                 "external data 'w.bin' are read from beside an .onnx file, not out of an archive");
}

TEST(NnArchive, MembersThatAreNoneOfOurs) {
  const json config = tiny_config();
  const std::string archive = TarWriter()
                                  .member("./", "", '5')
                                  .member("./config.json", config.dump())
                                  .member("./buildinfo.json", "not looked at")
                                  .member(".//model.onnx", tiny_onnx())
                                  .bytes(9 * 512);
  EXPECT_TRUE(import(archive).ok()) << import(archive).status().message();
}

// Pre-processing, as (v - mean) / scale in the model's own order of channels.
TEST(NnArchive, MeanAndScale) {
  json config = tiny_config();
  input_of(config)["preprocessing"] = {{"mean", {127.5, 10, 20}}, {"scale", {128.0, 2, 0.5}}, {"dai_type", "RGB888p"}};
  const Result<Imported> r = import(config);
  ASSERT_TRUE(r.ok()) << r.status().message();
  const InputRecord& input = r->package.input;
  EXPECT_EQ(input.color, ColorOrder::rgb);
  EXPECT_EQ(input.preset, "custom");
  EXPECT_EQ(input.mean, (std::array<float, 4>{127.5f, 10, 20, 0}));
  EXPECT_EQ(input.scale, (std::array<float, 4>{1 / 128.0f, 0.5f, 2, 1}));
  EXPECT_TRUE(r->warnings.empty());
  input_of(config)["preprocessing"] = {{"mean", {5}}, {"scale", nullptr}};
  const Result<Imported> one = import(config);
  ASSERT_TRUE(one.ok()) << one.status().message();
  EXPECT_EQ(one->package.input.mean, (std::array<float, 4>{5, 5, 5, 0}));
  EXPECT_EQ(one->package.input.scale, (std::array<float, 4>{1, 1, 1, 1}));
}

TEST(NnArchive, OrderOfColours) {
  const struct {
    json type, reverse;
    ColorOrder color;
    size_t warnings, notes;
  } rows[] = {{"RGB888p", nullptr, ColorOrder::rgb, 0, 0},
              {"BGR888p", nullptr, ColorOrder::bgr, 0, 0},
              {"BGRF16F16F16p", nullptr, ColorOrder::bgr, 0, 0},
              {nullptr, true, ColorOrder::rgb, 0, 0},
              {nullptr, false, ColorOrder::bgr, 0, 0},
              {nullptr, nullptr, ColorOrder::rgb, 0, 1},
              {"RGB888p", true, ColorOrder::rgb, 0, 0},
              {"RGB888p", false, ColorOrder::rgb, 1, 0},     // they contradict each other
              {"RGB888i", nullptr, ColorOrder::rgb, 1, 0}};  // interleaved, and the graph is planar
  for (const auto& row : rows) {
    json config = tiny_config();
    input_of(config)["preprocessing"] = {{"dai_type", row.type}, {"reverse_channels", row.reverse}};
    const Result<Imported> r = import(config);
    ASSERT_TRUE(r.ok()) << r.status().message();
    EXPECT_EQ(r->package.input.color, row.color) << row.type << row.reverse;
    EXPECT_EQ(r->warnings.size(), row.warnings) << row.type << row.reverse;
    EXPECT_EQ(r->notes.size(), row.notes) << row.type << row.reverse;
  }
}

TEST(NnArchive, GrayPictures) {
  json config = tiny_config();
  input_of(config)["shape"] = {1, 1, 4, 4};
  input_of(config)["preprocessing"] = {{"dai_type", "GRAY8"}, {"mean", {127.5}}, {"scale", {128}}};
  const Result<Imported> r = import(nn_archive(config, tiny_onnx({0, 1, 4, 4})));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->package.input.color, ColorOrder::gray);
  EXPECT_EQ(r->package.input.channels, 1);
  EXPECT_TRUE(r->warnings.empty());
  expect_refused(import(nn_archive(config, tiny_onnx())), Code::corrupt, "gray pictures");
}

// Names and shapes are the graph's, and what differs is said.
TEST(NnArchive, TheGraphHolds) {
  const auto only_warning = [](const std::function<void(json&)>& change) {
    json config = tiny_config();
    change(config);
    const Result<Imported> r = import(config);
    EXPECT_TRUE(r.ok()) << r.status().message();
    if (!r.ok() || r->warnings.size() != 1) return std::string("not one warning");
    EXPECT_EQ(r->package.input.height, 4);
    return r->warnings[0];
  };
  EXPECT_NE(only_warning([](json& c) {
              input_of(c)["shape"] = {1, 3, 112, 96};
            }).find("1x3x112x96, the graph 1x3x4x4"),
            std::string::npos);
  EXPECT_NE(only_warning([](json& c) { input_of(c)["name"] = "data"; }).find("'data', the graph 'x'"),
            std::string::npos);
  EXPECT_NE(only_warning([](json& c) { c["model"]["outputs"][0]["name"] = "fc1"; }).find("an output 'fc1'"),
            std::string::npos);
  EXPECT_NE(only_warning([](json& c) {
              c["model"]["outputs"][0]["shape"] = {1, 512};
            }).find("1x512, the graph 1x3"),
            std::string::npos);
  EXPECT_NE(only_warning([](json& c) { input_of(c)["layout"] = "NHWC"; }).find("layout NHWC contradicts"),
            std::string::npos);
  EXPECT_NE(only_warning([](json& c) {
              input_of(c)["preprocessing"] = {{"reverse_channels", true}, {"interleaved_to_planar", true}};
            }).find("interleaved_to_planar contradicts"),
            std::string::npos);
  EXPECT_EQ(only_warning([](json& c) { input_of(c)["shape"][0] = 8; }), "not one warning");  // the batch is free
}

TEST(NnArchive, RawInputsAndOtherInputs) {
  json config = tiny_config();
  input_of(config)["input_type"] = "raw";
  const Result<Imported> raw = import(config);
  ASSERT_TRUE(raw.ok());
  EXPECT_FALSE(raw->package.input.known);
  config = tiny_config();
  input_of(config)["name"] = "a";
  config["model"]["inputs"].push_back(input_of(config));
  const Result<Imported> other = import(config);
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->package.input.known);
  EXPECT_EQ(other->warnings.size(), 1u);
}

TEST(NnArchive, GraphThatNormalisesDoesItAlone) {
  OnnxWriter w(13, {0, 3, 4, 4});
  w.weight("mean", {1}, {127.5f}), w.weight("scale", {1}, {0.0078125f});
  w.node("Sub", {"x", "mean"}, {"centred"});
  w.node("Mul", {"centred", "scale"}, {"n"});
  w.node("GlobalAveragePool", {"n"}, {"q"});
  w.node("Flatten", {"q"});
  const std::string onnx = w.bytes();
  json config = tiny_config();
  const Result<Imported> plain = import(nn_archive(config, onnx));
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(plain->warnings.empty());
  EXPECT_EQ(plain->package.input.preset, "graph");
  EXPECT_EQ(plain->package.input.color, ColorOrder::bgr);
  input_of(config)["preprocessing"]["mean"] = {127.5, 127.5, 127.5};
  const Result<Imported> twice = import(nn_archive(config, onnx));
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(twice->warnings.size(), 1u);
  EXPECT_EQ(twice->package.input.mean[0], 0);
}

TEST(NnArchive, ModelsOfOtherKinds) {
  for (const auto& [path, part] : std::vector<std::pair<std::string, std::string>>{{"m.tflite", "TensorFlow Lite"},
                                                                                   {"m.xml", "OpenVINO"},
                                                                                   {"m.blob", "RVC2"},
                                                                                   {"m.superblob", "RVC2"},
                                                                                   {"m.dlc", "RVC4"},
                                                                                   {"m.pt", "not an .onnx file"},
                                                                                   {"config.json", "not an .onnx"}}) {
    json config = tiny_config();
    config["model"]["metadata"]["path"] = path;
    TarWriter tar;
    if (path != "config.json") tar.member(path, "program");
    expect_refused(import(tar.member("config.json", config.dump()).bytes()), Code::unsupported, part);
  }
}

TEST(NnArchive, ModelsThatAreNotThere) {
  json config = tiny_config();
  config["model"]["metadata"]["path"] = "other.onnx";
  const std::string tar = TarWriter().member("model.onnx", tiny_onnx()).member("config.json", config.dump()).bytes();
  expect_refused(import(tar), Code::corrupt, "'other.onnx', which is not in the archive; it holds 'model.onnx', 'conf");
  for (const char* path : {"../model.onnx", "/model.onnx", "a/../model.onnx", "c:model.onnx", "..\\model.onnx"}) {
    config["model"]["metadata"]["path"] = path;
    expect_refused(import(TarWriter().member("config.json", config.dump()).bytes()), Code::corrupt, "metadata.path");
  }
}

TEST(NnArchive, NoConfig) {
  expect_refused(import(TarWriter().member("a.onnx", tiny_onnx()).member("b", "").bytes()), Code::unreadable,
                 "without config.json is no NN Archive; it holds 'a.onnx', 'b': unpack it");
  expect_refused(import(TarWriter().member("m/config.json", "{}").bytes()), Code::unreadable, "not at the top");
  expect_refused(import(TarWriter().member("folder", "", '5').bytes()), Code::corrupt, "without any file");
  for (const char* filter : {"gzip", "xz", "bzip2"})
    expect_refused(import(packed(tiny_onnx(), filter)), Code::corrupt, "no tar archive is packed in this");
}

TEST(NnArchive, BrokenModelIsNamed) {
  expect_refused(import(nn_archive(tiny_config(), "no model")), Code::corrupt, "model.onnx in it: ");
}

TEST(NnArchive, LimitOfUnpacking) {
  constexpr uint64_t kMiB = 1 << 20;
  EXPECT_EQ(nn_archive::unpacked_limit(1000), 200000u);
  EXPECT_EQ(nn_archive::unpacked_limit(kMiB), 64 * kMiB);
  EXPECT_EQ(nn_archive::unpacked_limit(16 * kMiB), 128 * kMiB);
  EXPECT_EQ(nn_archive::unpacked_limit(~uint64_t{0}), 1024 * kMiB);
}

}  // namespace
}  // namespace mien::testing
