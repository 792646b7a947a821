// Damaged and hostile Caffe files: an error or a valid graph, in bounded time and memory.
#include <ctime>

#include "tests/converters/caffe_face.h"
#include "tests/converters/damage.h"
#include "tests/file/counted_new.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mien::testing {
namespace {

constexpr size_t kSmall = size_t{64} << 20;

// Imports, and bounds the time and what is allocated beyond `allowed`.
Result<Imported> measured(const Bytes& prototxt, const Bytes& model, size_t allowed) {
  const std::clock_t start = std::clock();
  const size_t before = bytes_in_use();
  reset_peak();
  Result<Imported> imported = import_files(prototxt, model);
  EXPECT_LE(peak_bytes() - before, allowed);
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 10);
  return imported;
}

Status refused(const std::string& text, size_t allowed = kSmall) {
  const Status status = measured({text.begin(), text.end()}, caffe_face().model(), allowed).status();
  EXPECT_FALSE(status.ok()) << text.substr(0, 200);
  return status;
}
Status refused_model(const Bytes& model, size_t allowed = kSmall) {
  const Status status = measured(caffe_face().text(), model, allowed).status();
  EXPECT_FALSE(status.ok());
  return status;
}

void expect_error_or_valid(const Bytes& prototxt, const Bytes& model, size_t at) {
  Result<Imported> imported = measured(prototxt, model, size_t{4} << 20);
  if (imported.ok()) {
    EXPECT_TRUE(infer_shapes(imported->package.graph).ok()) << at;
  } else {
    EXPECT_FALSE(imported.status().message().empty()) << at;
  }
}

// Both files in one, as the fuzzer has them. It aborts where something is wrong.
TEST(Damage, FuzzedFiles) {
  const CaffeNet net = caffe_face();
  const Bytes whole = joined({net.text(), net.model()});
  EXPECT_EQ(split(whole.data(), whole.size()).weights, net.model());
  EXPECT_EQ(fault_of(import_net(net)), "");
  for_each_flip(whole, 2000, [](const Bytes& flipped, size_t at) {
    EXPECT_EQ(LLVMFuzzerTestOneInput(flipped.data(), flipped.size()), 0) << at;
  });
}

TEST(Damage, TruncatedTexts) {
  const CaffeNet net = caffe_face();
  const Bytes text = net.text(), model = net.model();
  int valid = 0;
  for_each_truncation(text, [&](const Bytes& cut, size_t n) {
    expect_error_or_valid(cut, model, n);
    valid += import_files(cut, model).ok();
  });
  // A text that ends between two layers is a shorter network: at the end of a line or before it.
  EXPECT_LE(valid, 2 * 10);
}

TEST(Damage, EveryTruncationOfTheWeightsIsAnError) {
  for (const bool unpacked : {false, true}) {
    CaffeStyle style;
    style.unpacked = unpacked;
    const CaffeNet net = caffe_face(style);
    const Bytes text = net.text();
    for_each_truncation(
        net.model(), [&](const Bytes& cut, size_t n) { EXPECT_FALSE(measured(text, cut, size_t{4} << 20).ok()) << n; });
  }
}

TEST(Damage, FlippedBytesOfTheText) {
  const CaffeNet net = caffe_face();
  const Bytes model = net.model();
  for_each_flip(net.text(), 5000, [&](const Bytes& flipped, size_t at) { expect_error_or_valid(flipped, model, at); });
}

TEST(Damage, FlippedBytesOfTheWeights) {
  for (int i = 0; i < 4; ++i) {
    CaffeStyle style;
    style.legacy_shapes = i & 1, style.unpacked = i & 2;
    const CaffeNet net = caffe_face(style);
    const Bytes text = net.text();
    for_each_flip(net.model(), 5000,
                  [&](const Bytes& flipped, size_t at) { expect_error_or_valid(text, flipped, at); });
  }
}

// Every number and word of the text by others that stay text: what a flip seldom hits.
TEST(Damage, EditedValues) {
  const CaffeNet net = caffe_face();
  const std::string& whole = net.prototxt;
  for (size_t colon = whole.find(": "); colon != std::string::npos; colon = whole.find(": ", colon + 1)) {
    const size_t end = whole.find_first_of(" \n", colon + 2);
    for (const char* value : {"0",
                              "-1",
                              "1",
                              "2147483648",
                              "9223372036854775807",
                              "-9223372036854775808",
                              "1e30",
                              "nan",
                              "true",
                              "MAX",
                              "\"data\"",
                              "\"conv0\"",
                              "[1, 1]",
                              "[]",
                              "{ }",
                              "\"ReLU\"",
                              "\"Concat\"",
                              "\"Slice\"",
                              "\"Crop\"",
                              "\"Reshape\"",
                              "\"Deconvolution\"",
                              "\"Normalize\""}) {
      const std::string edited = whole.substr(0, colon + 2) + value + whole.substr(end);
      expect_error_or_valid({edited.begin(), edited.end()}, net.model(), colon);
    }
  }
}

TEST(HostileText, Forms) {
  const struct {
    std::string text;
    const char* part;
  } cases[] = {
      {"", "no layer"},
      {"# nothing", "no layer"},
      {"{", "line 1: expected the name of a field"},
      {"\n\n}", "line 3: expected the name of a field"},
      {"layer", "expected ':' or '{' behind 'layer'"},
      {"layer {", "the text ends within a message"},
      {"layer { >", "expected the name of a field"},
      {"layer: 5", "a layer is no message"},
      {"layer { }", "a layer has no type"},
      {"layer { type: { } }", "type is no name"},
      {"layer { name: x type: \"ReLU\" }", "name is no text"},
      {"name: \"a", "a text is not closed"},
      {"name: \"a\nb\"", "a text is not closed"},
      {"name: \"a\\", "a text is not closed"},
      {"name:", "expected a value"},
      {"name: ;", "expected a value"},
      {"a [1]", "a list without a colon"},
      {"a: [1", "a list is not closed"},
      {"a: [1,]", "expected a value"},
      {"a: [[1]]", "expected a value"},
      {"[ext.field]: 1", "expected the name of a field"},
      {std::string("name\0: 1", 8), "expected ':'"},
      {std::string("\0", 1), "expected the name of a field"},
      {"layer { bottom: 3 type: \"ReLU\" }", "name of a blob is no text"},
      {"layer { type: \"ReLU\" relu_param { } relu_param { } bottom: \"d\" top: \"y\" } ", "reads 'd'"},
      {"input: \"d\" input_shape { dim: 1 } layer { type: \"ReLU\" relu_param { } relu_param { } bottom: \"d\" top: "
       "\"y\" }",
       "relu_param is there twice"},
      {"input: \"d\" input_shape { dim: 1 } layer { type: \"ReLU\" relu_param: 3 bottom: \"d\" top: \"y\" }",
       "relu_param is there twice or no message"},
      {"state { level: x } layer { type: \"ReLU\" }", "'level' is not a value"},
  };
  for (const auto& c : cases) {
    const Status status = refused(c.text);
    EXPECT_EQ(status.code(), Code::corrupt) << c.text;
    EXPECT_NE(status.message().find(c.part), std::string::npos) << c.text << "\n" << status.message();
  }
}

TEST(HostileText, Nesting) {
  for (const char* open : {"a{", "a:{", "a<", "a:[", "layer { layer {"}) {
    std::string text;
    for (int i = 0; i < 1000000; ++i) text += open;
    const std::string message = refused(text).message();
    EXPECT_NE(message.find(open[2] == '[' ? "a list is not closed" : "nested deeper"), std::string::npos) << message;
  }
}

TEST(HostileText, Crowds) {
  const auto many = [](const std::string& part, int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += part;
    return text;
  };
  EXPECT_NE(refused(many("a:1 ", 1000000)).message().find("more than 500000 fields"), std::string::npos);
  EXPECT_NE(refused("a:[" + many("1,", 1000000)).message().find("more than 500000 fields"), std::string::npos);
  EXPECT_NE(refused(many("layer{}", 400000)).message().find("no type"), std::string::npos);
  EXPECT_NE(refused("input_shape{" + many("dim:1 ", 100000) + "}").message().find("too many"), std::string::npos);
  const std::string data = "input:\"d\" input_shape { dim: 1 dim: 1 } ";
  EXPECT_NE(
      refused(data + "layer{type:\"Split\" bottom:\"d\" " + many("top:\"t\" ", 2) + "}").message().find("second time"),
      std::string::npos);
  EXPECT_NE(refused(data + "layer{type:\"Concat\" " + many("bottom:\"d\" ", 9999) + "}").message().find("1024 bottoms"),
            std::string::npos);
  EXPECT_NE(refused(data + "layer{type:\"Concat\" bottom:\"d\" " + many("top:\"d\" ", 9999) + "}")
                .message()
                .find("1024 tops"),
            std::string::npos);
  std::string outputs = data;
  for (int i = 0; i < 300; ++i) outputs += "layer{type:\"ReLU\" bottom:\"d\" top:\"" + std::to_string(i) + "\"}";
  EXPECT_NE(refused(outputs).message().find("300 outputs"), std::string::npos);
}

// A chain of ninety thousand layers is slow nowhere.
TEST(HostileText, LongChains) {
  for (const char* type : {"Dropout", "Foo", "ReLU", "PReLU"}) {
    std::string text = "input:\"d\" input_shape { dim: 1 dim: 2 } ";
    for (int i = 0; i < 90000; ++i) text += std::string("layer{type:\"") + type + "\" bottom:\"d\" top:\"d\"}";
    text += "layer{type:\"Foo\" bottom:\"d\" top:\"d\"}";
    EXPECT_NE(refused(text, size_t{256} << 20).code(), Code::ok) << type;
  }
}

TEST(HostileText, HugeNumbers) {
  const std::string data =
      "input:\"d\" input_shape { dim: 1 dim: 4096 dim: 16 dim: 16 } layer { name: \"conv0\" bottom: \"d\" top: \"y\" ";
  for (const char* more :
       {"type: \"Convolution\" convolution_param { num_output: 16777216 kernel_size: 4096 pad: 4096 }",
        "type: \"Convolution\" convolution_param { num_output: 9223372036854775807 kernel_size: 1 }",
        "type: \"Convolution\" convolution_param { num_output: 1 kernel_size: 1 dilation: 4096 pad: 4096 group: 4096 }",
        "type: \"Convolution\" convolution_param { num_output: 4096 kernel_size: 3 group: -1 }",
        "type: \"InnerProduct\" inner_product_param { num_output: 16777216 }",
        "type: \"Deconvolution\" convolution_param { num_output: 4096 group: 4096 kernel_size: 4096 stride: 4096 }",
        "type: \"Pooling\" pooling_param { kernel_size: 1 pad: 2147483647 }",
        "type: \"Reshape\" reshape_param { shape { dim: 4294967296 dim: 4294967296 dim: -1 } }",
        "type: \"Reshape\" reshape_param { shape { dim: 1 } axis: -9223372036854775808 }",
        "type: \"Flatten\" flatten_param { axis: 9223372036854775807 }",
        "type: \"ShuffleChannel\" shuffle_channel_param { group: -4096 }",
        "type: \"Slice\" slice_param { slice_point: 9223372036854775807 } top: \"z\""})
    EXPECT_NE(refused(data + more + " }", size_t{128} << 20).message(), "") << more;
}

TEST(HostileWeights, Forms) {
  const auto layer = [](const WireWriter& blob) {
    return WireWriter().message(100, WireWriter().text(1, "fc").message(7, blob)).bytes;
  };
  const auto shape = [](uint64_t a, uint64_t b) {
    return WireWriter().message(7, WireWriter().message(1, WireWriter().number(a).number(b)));
  };
  const uint64_t huge = ~uint64_t{0};
  const struct {
    Bytes model;
    const char* part;
  } cases[] = {
      {WireWriter().varint(100, 1).bytes, "a layer has a wrong wire type"},
      {WireWriter().varint(2, 1).bytes, "a layer has a wrong wire type"},
      {WireWriter().varint(1, 1).bytes, "the name of the network has a wrong wire type"},
      {WireWriter().text(1, std::string(5000, 'a')).bytes, "is too long"},
      {WireWriter().number(100 << 3 | 2).number(huge).bytes, "byte 0: a field is cut off"},
      {Bytes{0x0b, 0x0b, 0x0b}, "a field is cut off or malformed"},
      {layer(shape(huge, 2)), "dimension -1"},
      {layer(shape(uint64_t{1} << 31, uint64_t{1} << 31)), "more than 2^31 numbers"},
      {layer(shape(1 << 15, 1 << 15)), "a blob 32768x32768 holds 0 numbers"},
      {layer(WireWriter().varint(1, huge)), "dimension -1"},
      {layer(WireWriter().varint(4, 1 << 20)), "holds 0 numbers"},
      {layer(WireWriter().text(5, "12345")), "ends inside a number"},
      {layer(WireWriter().varint(5, 1)), "the data of a blob has a wrong wire type"},
      {layer(WireWriter().varint(7, 1)), "a shape has a wrong wire type"},
      {layer(WireWriter().message(7, WireWriter()).message(7, WireWriter())), "a second shape"},
      {layer(WireWriter().packed<float>(5, {1}).packed<double>(8, {1})), "floats and doubles"},
      {layer(WireWriter().message(7, WireWriter().text(1, std::string(40, '\1')))), "more than 32 axes"},
      {layer(WireWriter().message(7, WireWriter().text(1, "\xff"))), "cut off or malformed"},
  };
  for (const auto& c : cases) {
    const Status status = refused_model(c.model);
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_NE(status.message().find(c.part), std::string::npos) << c.part << "\n" << status.message();
  }
}

// What is small in the file stays small in memory.
TEST(HostileWeights, Crowds) {
  WireWriter blobs, layers;
  blobs.text(1, "a");
  for (int i = 0; i < 100; ++i) blobs.message(7, WireWriter().varint(1, 1).packed<float>(5, {1}));
  EXPECT_NE(refused_model(WireWriter().message(100, blobs).bytes).message().find("more than 64 blobs"),
            std::string::npos);
  for (int i = 0; i < 150000; ++i)
    layers.message(100, WireWriter().text(1, std::to_string(i)).message(7, WireWriter().packed<float>(5, {1})));
  EXPECT_NE(refused_model(layers.bytes).message().find("more layers"), std::string::npos);
  // Five million empty layers and as many numbers of an unknown field.
  Bytes empty;
  for (int i = 0; i < 5000000; ++i)
    for (const int byte : {0xa2, 0x06, 0, 0x28, 7}) empty.push_back(static_cast<uint8_t>(byte));
  EXPECT_NE(refused_model(empty).message().find("has no weights"), std::string::npos);
}

}  // namespace
}  // namespace mien::testing
