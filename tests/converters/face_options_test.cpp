// The face record that a conversion gives: the network's, the preset's, the size's, and the options over them.
#include "converters/face_options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "converters/presets.h"

namespace mien {
namespace {

// What a graph of a file says when it does not say anything about faces.
Package network(int height, int width, const std::string& format = "onnx") {
  Package package;
  package.input.known = true;
  package.input.height = height;
  package.input.width = width;
  package.output.embedding = true;
  package.card.source_format = format;
  return package;
}

FaceRecord filled(Package package, const ConvertOptions& options = {}, size_t warnings = 0) {
  ConvertReport report;
  const Status status = fill_face_record(options, &package, &report);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(report.warnings.size(), warnings);
  return package.face;
}

void expect(const FaceRecord& face, Alignment alignment, float margin, Flip flip) {
  EXPECT_EQ(face.alignment, alignment);
  EXPECT_EQ(face.margin, margin);
  EXPECT_EQ(face.flip, flip);
  EXPECT_TRUE(face.thresholds.empty());
}

TEST(FaceOptions, EveryNetworkHasItsRecord) {
  const struct {
    const char* name;
    Alignment alignment;
    float margin;
    Flip flip;
  } rows[] = {{"mobilefacenet", Alignment::landmarks, 0, Flip::sum},
              {"mobilefacenet_relu6", Alignment::landmarks, 0, Flip::none},
              {"mobilefacenet_0.45g", Alignment::landmarks, 0, Flip::none},
              {"arcface_r50", Alignment::landmarks, 0, Flip::none},
              {"arcface_r100", Alignment::landmarks, 0, Flip::none},
              {"facenet", Alignment::box, 32, Flip::concat},
              {"deepid", Alignment::box, 0, Flip::none},
              {"gluonface_mobilefacenet", Alignment::landmarks, 0, Flip::concat},
              {"retinaface_mobilenet025", Alignment::unknown, 0, Flip::none},
              {"retinaface_resnet50", Alignment::unknown, 0, Flip::none}};
  std::vector<std::string> names;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    names.push_back(row.name);
    const Result<Package> package = build_network(row.name, 1);
    ASSERT_TRUE(package.ok()) << package.status().message();
    expect(package->face, row.alignment, row.margin, row.flip);
    EXPECT_EQ(is_default(package->face), !package->output.embedding) << "every embedding has a record";
    EXPECT_TRUE(check_face_record(package->face).ok());
    // What the network says stands, whatever the preset.
    ConvertOptions options;
    options.preset = row.alignment == Alignment::box ? "mxnet" : "facenet";
    expect(filled(*package, options), row.alignment, row.margin, row.flip);
  }
  EXPECT_EQ(names, network_names());
}

TEST(FaceOptions, EveryPresetHasItsRecord) {
  const struct {
    const char* name;
    Alignment alignment;
    float margin;
    Flip flip;
  } rows[] = {{"arcface", Alignment::landmarks, 0, Flip::none}, {"mxnet", Alignment::landmarks, 0, Flip::sum},
              {"imagenet", Alignment::unknown, 0, Flip::none},  {"gluonface", Alignment::landmarks, 0, Flip::concat},
              {"facenet", Alignment::box, 32, Flip::concat},    {"deepid", Alignment::box, 0, Flip::none},
              {"retinaface", Alignment::unknown, 0, Flip::none}};
  std::vector<std::string> names;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    names.push_back(row.name);
    expect(face_of_preset(row.name), row.alignment, row.margin, row.flip);
    ConvertOptions options;
    options.preset = row.name;
    const bool known = row.alignment != Alignment::unknown;
    expect(filled(network(160, 160), options, known ? 0 : 1), row.alignment, row.margin, row.flip);
  }
  EXPECT_EQ(names, preset_names());
  EXPECT_TRUE(is_default(face_of_preset("no preset")));
}

TEST(FaceOptions, ArcFacesSizesAreAligned) {
  expect(filled(network(112, 112)), Alignment::landmarks, 0, Flip::none);
  expect(filled(network(112, 96)), Alignment::landmarks, 0, Flip::none);
  for (const auto& [height, width] : {std::pair{96, 112}, {112, 128}, {128, 112}, {96, 96}, {160, 160}})
    expect(filled(network(height, width), {}, 1), Alignment::unknown, 0, Flip::none);
  Package unknown = network(160, 160);
  unknown.input.known = false;  // there is a warning about that already
  expect(filled(unknown), Alignment::unknown, 0, Flip::none);
  ConvertOptions imagenet;
  imagenet.preset = "imagenet";
  expect(filled(network(112, 112), imagenet), Alignment::landmarks, 0, Flip::none);
}

TEST(FaceOptions, MxnetSumsUnlessThePresetSaysOtherwise) {
  expect(filled(network(112, 112, "mxnet")), Alignment::landmarks, 0, Flip::sum);
  expect(filled(network(128, 128, "mxnet"), {}, 1), Alignment::unknown, 0, Flip::none);
  ConvertOptions options;
  options.preset = "arcface";
  expect(filled(network(112, 112, "mxnet"), options), Alignment::landmarks, 0, Flip::sum);
  options.preset = "gluonface";
  expect(filled(network(112, 112, "mxnet"), options), Alignment::landmarks, 0, Flip::concat);
  options.flip = "none";
  expect(filled(network(112, 112, "mxnet"), options), Alignment::landmarks, 0, Flip::none);
}

TEST(FaceOptions, OptionsComeLast) {
  ConvertOptions options;
  options.preset = "facenet";
  options.margin = 44.0f;
  options.flip = "sum";
  expect(filled(network(160, 160), options), Alignment::box, 44, Flip::sum);
  options.margin = 0.0f;
  expect(filled(network(160, 160), options), Alignment::box, 0, Flip::sum);
  options = {};
  options.align = "box";
  options.margin = 14.5f;
  options.flip = "concat";
  expect(filled(network(112, 112), options), Alignment::box, 14.5f, Flip::concat);
  Package facenet = network(160, 160);
  facenet.face = {Alignment::box, 32, Flip::concat, "", {}};
  options = {};
  options.align = "landmarks";
  expect(filled(facenet, options), Alignment::landmarks, 0, Flip::concat);
  options.align = "box";
  expect(filled(facenet, options), Alignment::box, 32, Flip::concat);
  options.align = "none";
  options.flip = "none";
  expect(filled(facenet, options), Alignment::unknown, 0, Flip::none);
  options = {};
  options.margin = -0.0f;
  EXPECT_FALSE(std::signbit(filled(facenet, options).margin));
}

TEST(FaceOptions, BadOnesAreNamed) {
  const auto refusal = [](void (*change)(ConvertOptions&), bool embedding = true) {
    Package package = network(112, 112);
    package.output.embedding = embedding;
    ConvertOptions options;
    change(options);
    ConvertReport report;
    const Status status = fill_face_record(options, &package, &report);
    EXPECT_EQ(status.code(), Code::bad_argument);
    return status.message();
  };
  const std::string box = "a margin goes with the alignment box; this network's is landmarks";
  EXPECT_EQ(refusal([](ConvertOptions& o) { o.align = "eyes"; }), "alignment 'eyes'; there are: landmarks, box, none");
  EXPECT_EQ(refusal([](ConvertOptions& o) { o.flip = "max"; }), "flip 'max'; there are: none, sum, concat");
  EXPECT_EQ(refusal([](ConvertOptions& o) { o.margin = 1.0f; }), box);
  EXPECT_EQ(refusal([](ConvertOptions& o) { o.margin = 0.0f; }), box);
  for (const auto bad :
       {+[](ConvertOptions& o) { o.margin = -1.0f; }, +[](ConvertOptions& o) { o.margin = std::nanf(""); },
        +[](ConvertOptions& o) { o.margin = std::numeric_limits<float>::infinity(); }})
    EXPECT_NE(refusal(bad).find("pixels; it is 0 or more"), std::string::npos) << refusal(bad);
  for (const auto any : {+[](ConvertOptions& o) { o.align = "landmarks"; }, +[](ConvertOptions& o) { o.flip = "none"; },
                         +[](ConvertOptions& o) { o.margin = 0.0f; }})
    EXPECT_NE(refusal(any, false).find("not turn a picture into an embedding"), std::string::npos);
}

}  // namespace
}  // namespace mien
