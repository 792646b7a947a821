// One rule for the size of the picture in every format: what the file says holds, what it leaves free is as asked.
#include "converters/picture_size.h"

#include <gtest/gtest.h>

#include "converters/read_source.h"
#include "tests/converters/caffe_writer.h"
#include "tests/converters/mxnet_writer.h"
#include "tests/converters/nn_archive_model.h"
#include "tests/converters/tensorflow_writer.h"

namespace mien::testing {
namespace {

using Files = std::vector<SourceFile>;

std::vector<uint8_t> bytes_in_text(const std::string& text) {
  return {text.begin(), text.end()};
}

// Models of three channels, in each format, of a picture of h x w; 0 x 0 for one whose file leaves the size free.

Files onnx(int h, int w) {
  OnnxWriter writer(13, {1, 3, h, w});
  writer.node("Relu", {"x"});
  return {{"a/model", bytes_in_text(writer.bytes())}};
}

Files onnx_channels_last(int h, int w) {
  OnnxWriter writer(13, {1, h, w, 3});
  writer.node("Relu", {"x"});
  return {{"a/model", bytes_in_text(writer.bytes())}};
}

Files tensorflow(int h, int w) {
  TfGraph graph;
  graph.picture("x", {-1, h > 0 ? h : -1, w > 0 ? w : -1, 3});
  graph.node("Relu", "embeddings", {"x"});
  return {{"a/model", bytes_in_text(graph.bytes())}};
}

// Of the queue that feeds FaceNet.
Files tensorflow_queue(int h, int w) {
  TfGraph graph;
  TfNodeWriter queue = graph.node("FIFOQueueV2", "queue", {});
  if (h > 0) *queue.attr("shapes")->mutable_list()->add_shape() = tf_shape({h, w, 3});
  graph.node("QueueDequeueUpToV2", "x", {"queue"});
  graph.node("Relu", "embeddings", {"x"});
  return {{"a/model", bytes_in_text(graph.bytes())}};
}

Files archive(int h, int w) {
  nlohmann::json config = tiny_config();
  config["model"]["inputs"][0]["shape"] = {1, 3, h, w};
  if (h == 0) config["model"]["inputs"][0].erase("shape");
  return {{"a/model", bytes_in_text(nn_archive(config, tiny_onnx({1, 3, 0, 0})))}};
}

Files mxnet(int h, int w) {
  MxnetSymbol symbol;
  const int data =
      symbol.variable("data", {{"__shape__", "(0, 3, " + std::to_string(h) + ", " + std::to_string(w) + ")"}});
  symbol.node("relu", "y", {data});
  return {{"a/model", bytes_in_text(symbol.text())}, {"a/params", mxnet_params({{"unused", {1}, "float32", {1}}})}};
}

Files ncnn(int h, int w) {
  const std::string size = h > 0 ? " 0=" + std::to_string(w) + " 1=" + std::to_string(h) + " 2=3" : "";
  return {{"a/model", bytes_in_text("7767517\n2 2\nInput data 0 1 data" + size + "\nReLU y 1 1 data y\n")},
          {"a/bin", {}}};
}

Files caffe(int h, int w) {
  CaffeNet net;
  if (h > 0) net.input("data", {1, 3, h, w});
  if (h == 0) net.layer("Data", "data", {}, {"data"});
  net.layer("Convolution", "c", {"data"}, {"c"}, "convolution_param { num_output: 1 kernel_size: 1 bias_term: false }",
            {{{1, 3, 1, 1}, {1, 2, 3}}});
  return {{"a/model", net.text()}, {"a/weights", net.model()}};
}

struct Format {
  const char* name;
  Files (*model)(int h, int w);
  const char* usual;  // the size without one from file or caller; "" where that is refused
};
void PrintTo(const Format& format, std::ostream* os) {
  *os << format.name;
}
const Format kFormats[] = {
    {"onnx", onnx, ""},
    {"onnx_channels_last", onnx_channels_last, ""},
    {"tensorflow", tensorflow, ""},
    {"tensorflow_queue", tensorflow_queue, "160x160"},
    {"archive", archive, ""},
    {"mxnet", mxnet, "112x112"},
    {"ncnn", ncnn, "112x112"},
    {"caffe", caffe, "112x112"},
};

class PictureSizes : public ::testing::TestWithParam<Format> {
 protected:
  Result<Imported> import(int h, int w, int asked_h, int asked_w) {
    ConvertOptions options;
    options.build.height = asked_h, options.build.width = asked_w;
    ConvertReport report;
    return import_files(GetParam().model(h, w), options, &report);
  }
  // Of what is imported, and whether it was told that the size is not the file's; or why it is not.
  std::string size_of(int h, int w, int asked_h, int asked_w) {
    const Result<Imported> imported = import(h, w, asked_h, asked_w);
    if (!imported.ok()) return imported.status().message();
    const InputRecord& input = imported->package.input;
    std::string text = std::to_string(input.height) + "x" + std::to_string(input.width);
    for (const std::string& warning : imported->warnings)
      if (warning.find("assumed") != std::string::npos || warning.find("read as") != std::string::npos)
        text += ", warned";
    return text;
  }
};
INSTANTIATE_TEST_SUITE_P(EveryFormat, PictureSizes, ::testing::ValuesIn(kFormats),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(PictureSizes, WhatTheFileSaysHolds) {
  EXPECT_EQ(size_of(10, 12, 0, 0), "10x12");
  EXPECT_EQ(size_of(10, 12, 10, 12), "10x12");
}

TEST_P(PictureSizes, AnotherSizeThanTheFilesIsRefused) {
  const Status status = import(10, 12, 12, 10).status();
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("a picture of 12x10 is asked for (--size), but the file fixes it at 10x12"),
            std::string::npos)
      << status.message();
  EXPECT_EQ(status.message().rfind("a/", 0), 0u) << status.message();
}

TEST_P(PictureSizes, WhatItLeavesFreeIsAsAsked) {
  EXPECT_EQ(size_of(0, 0, 10, 12), "10x12");
}

TEST_P(PictureSizes, WithoutEitherItIsTheUsualOneWithAWarningOrRefused) {
  const std::string usual = GetParam().usual, size = size_of(0, 0, 0, 0);
  if (!usual.empty()) {
    EXPECT_EQ(size, usual + ", warned");
  } else {
    EXPECT_NE(size.find("is not fixed; give --size HEIGHTxWIDTH"), std::string::npos) << size;
  }
}

TEST(PictureSize, OfWhatIsNoPictureIsRefused) {
  OnnxWriter writer(13, {1, 8});
  writer.node("Relu", {"x"});
  ConvertOptions options;
  options.build.height = options.build.width = 8;
  ConvertReport report;
  const Status status = import_files({{"a/model", bytes_in_text(writer.bytes())}}, options, &report).status();
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("is no picture"), std::string::npos) << status.message();
}

TEST(PictureSize, NetworksOfModelsHaveTheirOwnOrAny) {
  const auto size = [](const char* network, int h, int w) {
    const Result<Package> built = build_network(network, uint64_t{1}, {h, w});
    if (!built.ok()) return built.status().message();
    return std::to_string(built->input.height) + "x" + std::to_string(built->input.width);
  };
  EXPECT_EQ(size("mobilefacenet", 0, 0), "112x112");
  EXPECT_EQ(size("mobilefacenet", 112, 112), "112x112");
  EXPECT_EQ(size("mobilefacenet", 112, 96),
            "mobilefacenet has one size of picture, 112x112: it cannot be given another");
  EXPECT_EQ(size("retinaface_mobilenet025", 0, 0), "640x640");
  EXPECT_EQ(size("retinaface_mobilenet025", 203, 250), "203x250");
}

}  // namespace
}  // namespace mien::testing
