// ncnn's two files: the sizes that they say, texts that are none, what is unsupported, damage, and the way from files
// to a network.
#include <chrono>
#include <clocale>
#include <fstream>

#include "converters/detect.h"
#include "converters/read_source.h"
#include "tests/converters/damage.h"
#include "tests/converters/ncnn_writer.h"
#include "tests/file/counted_new.h"
#include "tests/fuzz/import_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mien::testing {
namespace {

V answer_of(const Result<Imported>& imported) {
  EXPECT_TRUE(imported.ok()) << imported.status().message();
  if (!imported.ok()) return {};
  const Graph& graph = imported->package.graph;
  V x(static_cast<size_t>(graph.value(graph.inputs[0]).shape.elements()));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 251);
  const auto run = run_reference(graph, {x});
  EXPECT_TRUE(run.ok()) << run.status().message();
  return run.ok() ? (*run)[0] : V{};
}

TEST(Input, SizeOfTheFileThenTheOneAskedForThenTheUsual) {
  const auto shape = [](const std::string& params, const PictureSize& size, size_t warnings) {
    NcnnModel m = of(params).then("Convolution", "0=2 1=1 6=2").flagged({1, 2});
    const Result<Imported> imported = import_model(m, nullptr, size);
    if (!imported.ok()) return imported.status().message();
    EXPECT_EQ(imported->warnings.size(), warnings);
    return imported->package.graph.value(imported->package.graph.inputs[0]).shape.text();
  };
  EXPECT_EQ(shape("0=12 1=10 2=1", {}, 0), "1x1x10x12");
  EXPECT_EQ(shape("0=12 1=10 2=1", {10, 12}, 0), "1x1x10x12");
  EXPECT_EQ(shape("0=12 1=10 2=1", {5, 5}, 0), "1x1x10x12");  // refused where all formats meet
  EXPECT_EQ(shape("", {96, 80}, 0), "1x1x96x80");             // one channel: the convolution's
  EXPECT_EQ(shape("2=1", {96, 80}, 0), "1x1x96x80");
  EXPECT_EQ(shape("", {}, 1), "1x1x112x112");
  EXPECT_NE(shape("0=4 1=4 11=2 2=1", {}, 0).find("of four dimensions"), std::string::npos);
  EXPECT_NE(shape("0=4 2=1", {}, 0).find("shape 1x1x0x4"), std::string::npos);
  EXPECT_NE(shape("0=65536 1=65536 2=1", {}, 0).find("shape 1x1x65536x65536"), std::string::npos);
  const Result<Imported> usual = import_model(of("").then("ReLU"));
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(usual->warnings[0], "the network does not give the size of its input: 1x3x112x112 is assumed");
}

TEST(Text, EveryFormSaysTheSame) {
  const NcnnModel m = face();
  const V expected = answer_of(import_model(m));
  ASSERT_EQ(expected.size(), 2u);
  std::string text = m.text();
  const auto replaced = [&text](const std::string& from, const std::string& to) {
    std::string out = text;
    for (size_t at = 0; (at = out.find(from, at)) != std::string::npos; at += to.size())
      out.replace(at, from.size(), to);
    return out;
  };
  for (const auto& [from, to] : {std::pair<const char*, const char*>{"\n", "\r\n"},
                                 {"\n", "\n\n"},
                                 {" ", " \t  "},
                                 {"-23310=2,-6.0,6.0", "10=-6.0,6.0"},
                                 {"-6.0,6.0", "-6e0,+0.6E1"},
                                 {"0=2", "0=+2"},
                                 {"1=1.000000e-03", "1=0.001"}})
    EXPECT_EQ(answer_of(import_ncnn_text(replaced(from, to), m.bin)), expected) << from << " " << to;
  text.pop_back();
  EXPECT_EQ(answer_of(import_ncnn_text(text, m.bin)), expected);
}

// A decimal comma is no excuse.
TEST(Text, NumbersOfEveryLocale) {
  const V expected = answer_of(import_model(face()));
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (!std::setlocale(LC_ALL, name)) continue;
    EXPECT_EQ(answer_of(import_model(face())), expected) << name;
  }
  std::setlocale(LC_ALL, before.c_str());
}

Status refused(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  const size_t before = bytes_in_use();
  reset_peak();
  const Status status = import_ncnn_text(text, {}).status();
  EXPECT_LE(peak_bytes() - before, 16 * text.size() + (size_t{64} << 20));
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
  EXPECT_FALSE(status.ok()) << text.substr(0, 200);
  return status;
}

TEST(Text, WhatIsNoNetwork) {
  const std::string head = "7767517\n", input = "Input in 0 1 x\n";
  const struct {
    std::string text;
    const char* part;
    Code code;
  } cases[] = {
      {"", "first line", Code::unreadable},
      {"7767518\n1 1\n" + input, "first line", Code::unreadable},
      {"1 1\n" + input, "first line", Code::unreadable},
      {"7767517 1 1\n" + input, "first line", Code::unreadable},
      {head, "line 1: expected the counts", Code::corrupt},
      {head + "1\n" + input, "line 2: expected the counts", Code::corrupt},
      {head + "1 x\n" + input, "line 2: expected the counts", Code::corrupt},
      {head + "0 1\n" + input, "line 2: 0 layers", Code::corrupt},
      {head + "-1 1\n" + input, "-1 layers", Code::corrupt},
      {head + "2000000000 1\n" + input, "2000000000 layers", Code::corrupt},
      {head + "1 0\n" + input, "0 blobs", Code::corrupt},
      {head + "1 999999\n" + input, "999999 blobs", Code::corrupt},
      {head + "1 2\n" + input, "announces 2 blobs, its layers make 1", Code::corrupt},
      {head + "1 1\n" + input + "ReLU r 1 1 x y\n", "line 4: goes on after its 1 layers", Code::corrupt},
      {head + "2 1\n" + input + "\n", "the text ends after 1 of 2 layers", Code::corrupt},
      {head + "1 1\nInput in 0\n", "line 3: expected a layer", Code::corrupt},
      {head + "1 1\nInput in 0 2 x\n", "makes 2 blobs, more than it names", Code::corrupt},
      {head + "1 1\nInput in -1 1 x\n", "reads -1", Code::corrupt},
      {head + "1 1\nInput in 18446744073709551615 1 x\n", "more than it names", Code::corrupt},
      {head + "2 2\nReLU r 1 1 x y\n" + input, "'x' is read before any layer makes it", Code::corrupt},
      {head + "1 1\nReLU r 1 1 x x\n", "'x' is read before", Code::corrupt},
      {head + "2 2\n" + input + "ReLU r 1 1 x x\n", "'x' is made twice", Code::corrupt},
      {head + "3 3\n" + input + "ReLU r 1 1 x y\nReLU s 1 1 x z\n", "line 5: blob 'x' is read twice", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0\n", "'0' is no parameter", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=\n", "'0=' is no parameter", Code::corrupt},
      {head + "1 1\nInput in 0 1 x =1\n", "no parameter", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 32=1\n", "parameter 32", Code::corrupt},
      {head + "1 1\nInput in 0 1 x -1=1\n", "parameter -1", Code::corrupt},
      {head + "1 1\nInput in 0 1 x -23332=1,1\n", "parameter -23332", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1 0=1\n", "parameter 0 is there twice", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1 -23300=1,1\n", "parameter 0 is there twice", Code::corrupt},
      {head + "1 1\nInput in 0 1 x -23300=2,1\n", "another length", Code::corrupt},
      {head + "1 1\nInput in 0 1 x -23300=-1\n", "another length", Code::corrupt},
      {head + "1 1\nInput in 0 1 x -23300=99999999999999999999,1\n", "no list", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1,\n", "ends in a comma", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1,,2\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1x\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=-inf\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1e39\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=2147483648\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=0x10\n", "no number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=3.5\n", "parameter 0 is 3.500000, not a whole number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=nan\n", "parameter 0 is not one number", Code::corrupt},
      {head + "1 1\nInput in 0 1 x 0=1,2\n", "parameter 0 is not one number", Code::corrupt},
      {head + "1 1\nInput in 0 1 " + std::string(256, 'x') + "\n", "more than 255 bytes", Code::corrupt},
      {head + "1 1\n" + std::string("In\0put", 6) + " in 0 1 x\n", "no text", Code::corrupt},
      {head + "1 1\nInput in 0 1 x" + std::string(70000, ' ') + "\n", "line 3: is longer than 64 KiB", Code::corrupt},
  };
  for (const auto& c : cases) {
    const Status status = refused(c.text);
    EXPECT_EQ(status.code(), c.code) << c.text;
    EXPECT_NE(status.message().find(c.part), std::string::npos) << c.text << "\n" << status.message();
  }
}

TEST(Text, Crowds) {
  EXPECT_NE(refused(std::string(20 << 20, '7')).message().find("more than 16 MiB"), std::string::npos);
  std::string parameters = "7767517\n1 1\nInput in 0 1 x 0=1";
  for (int i = 0; i < 30000; ++i) parameters += ",1";
  EXPECT_NE(refused(parameters).message().find("is not one number"), std::string::npos);
  NcnnModel chain = of("0=1"), crowd = of("0=1");
  std::string last = "x";
  for (int i = 0; i < 99998; ++i) {
    const std::string next = "b" + std::to_string(i);
    chain.layer("ReLU", "r", {last}, {next});
    last = next;
  }
  chain.layer("Foo", "foo", {last}, {"end"});
  EXPECT_NE(refused(chain.text()).message().find("node 'foo': operator Foo"), std::string::npos);
  for (int i = 0; i < 100000; ++i) crowd.lines.push_back("Input in 0 1 x");
  EXPECT_NE(refused(crowd.text()).message().find("100001 layers"), std::string::npos);
}

// A long vector of ones is made for each of these norms.
TEST(Text, WhatIsMadeIsBounded) {
  NcnnModel m = of("0=1048576");
  std::string last = "x";
  for (int i = 0; i < 300; ++i) {
    const std::string next = "b" + std::to_string(i);
    m.layer("Normalize", "n" + std::to_string(i), {last}, {next}, "0=1 1=1 3=1").raw({1});
    last = next;
  }
  const size_t before = bytes_in_use();
  reset_peak();
  const Status status = import_model(m).status();
  EXPECT_LE(peak_bytes() - before, size_t{64} << 20);
  EXPECT_NE(status.message().find("much larger than the file"), std::string::npos) << status.message();
}

TEST(Unsupported, AllAtOnce) {
  NcnnModel m = of("0=4 1=4 2=1");
  m.layer("Convolution", "mish0", {"x"}, {"a"}, "0=1 1=1 6=1 9=5").flagged({1});
  m.layer("Foo", "foo", {"a"}, {"b"}, "0=1");
  m.layer("Convolution", "mish1", {"b"}, {"c"}, "0=1 1=1 6=1 9=5").flagged({1});
  m.layer("Interp", "up", {"c"}, {"d"}, "0=2 1=2.0 2=2.0").layer("Bar", "bar", {"d"}, {"e"});
  m.layer("ReLU", "r", {"e"}, {"f"});  // says nothing of its own
  std::vector<std::string> unsupported;
  const Status status = import_model(m, &unsupported).status();
  EXPECT_EQ(status.code(), Code::unsupported);
  ASSERT_EQ(unsupported.size(), 5u) << status.message();
  EXPECT_EQ(unsupported[0], "node 'mish0' (Convolution): activation mish");
  EXPECT_EQ(unsupported[1], "node 'foo': operator Foo");
  EXPECT_EQ(unsupported[2], "node 'mish1' (Convolution): activation mish");
  EXPECT_EQ(unsupported[3], "node 'up' (Interp): bilinear");
  EXPECT_EQ(unsupported[4], "node 'bar': operator Bar");
  for (const std::string& line : unsupported) EXPECT_NE(status.message().find(line), std::string::npos);
}

TEST(Unsupported, OtherNumbersOfBlobs) {
  NcnnModel m = of("0=2");
  m.layer("Split", "s", {"x"}, {"a", "b"}).layer("ReLU", "y", {"a", "b"}, {"y"});
  expect_refused(m, Code::unsupported, "node 'y' (ReLU): reads 2 blobs and makes 1");
  expect_refused(of("0=2").layer("ReLU", "y", {"x"}, {"y", "z"}), Code::unsupported, "makes 2");
  expect_refused(of("0=2").layer("ReLU", "y", {"x"}, {}), Code::unsupported, "makes 0");
}

TEST(Outputs, AreTheBlobsThatNothingReads) {
  NcnnModel m = of("0=2");
  m.layer("Split", "s", {"x"}, {"a", "b"})
      .layer("ReLU", "r", {"a"}, {"pos"})
      .layer("UnaryOp", "n", {"b"}, {"neg"}, "0=1");
  const Result<Imported> imported = import_model(m);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  ASSERT_EQ(graph.outputs.size(), 2u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "pos");
  EXPECT_EQ(graph.value(graph.outputs[1]).name, "neg");
  NcnnModel data = of("0=2").then("ReLU");
  data.layer("MemoryData", "c", {}, {"c"}, "0=1").raw({1});
  expect_refused(data, Code::unsupported, "output 'c' does not depend on the input");
  NcnnModel none;
  none.layer("MemoryData", "c", {}, {"c"}, "0=1").raw({1});
  expect_refused(none, Code::unsupported, "output 'c'");
}

// A file for read_source, gone with the test.
class Files : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const Bytes& bytes) {
    const std::string path = ::testing::TempDir() + "mien_ncnn_" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    paths_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const std::string& path : paths_) std::remove(path.c_str());
  }
  static Status status_of(const std::vector<std::string>& inputs) {
    ConvertReport report;
    return read_source(inputs, {}, &report).status();
  }
  static Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

  std::vector<std::string> paths_;
};

TEST_F(Files, InAnyOrder) {
  const NcnnModel m = face("");
  const std::string param = write("a.param", bytes_of(m.text())), bin = write("a.bin", m.bin);
  for (const std::vector<std::string>& inputs : {std::vector<std::string>{param, bin}, {bin, param}}) {
    ConvertReport report;
    ConvertOptions options;
    options.build.height = options.build.width = 8;
    const Result<Imported> imported = read_source(inputs, options, &report);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    EXPECT_EQ(report.format, "ncnn");
    EXPECT_EQ(imported->package.card.source_file, "mien_ncnn_a.bin");
    EXPECT_EQ(imported->package.card.name, "mien_ncnn_a");
    EXPECT_TRUE(imported->package.input.normalized_inside);
    EXPECT_EQ(imported->package.input.height, 8);
    EXPECT_TRUE(imported->warnings.empty());
  }
  ConvertReport report;
  ConvertOptions options;
  options.build.height = options.build.width = 8;
  const Result<Package> proven = convert({param, bin}, options, &report);
  ASSERT_TRUE(proven.ok()) << proven.status().message();
  EXPECT_TRUE(report.proof.ok);
  const Result<Package> converted = convert({bin, param}, {}, &report);
  EXPECT_FALSE(converted.ok());  // 112 x 112 is assumed, and does not fit the fully connected layer
  EXPECT_NE(converted.status().message().find("16 weights for 2 outputs of an input 1x1568"), std::string::npos)
      << converted.status().message();
}

// Weights begin with whatever the first layer's are.
TEST_F(Files, WeightsThatLookLikeAnotherFormat) {
  NcnnModel m = of("0=2").then("PReLU", "0=2");
  m.raw({0, 0}).bin = {0x12, 0x01, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(detect_format(m.bin.data(), m.bin.size()), SourceFormat::mxnet_params);
  const std::string param = write("b.param", bytes_of(m.text())), bin = write("b.bin", m.bin);
  EXPECT_EQ(status_of({bin, param}).message(), "");
}

TEST_F(Files, WhatIsMissingOrOfAnotherKind) {
  const NcnnModel m = face();
  const std::string text = m.text(), param = write("c.param", bytes_of(text)), bin = write("c.bin", m.bin);
  const std::string old = write("d.param", bytes_of(text.substr(8)));
  const std::string binary = write("e.param.bin", {0xdd, 0x85, 0x76, 0, 1, 0, 0, 0, 1, 0, 0, 0});
  const std::string pointer = write("f.bin", bytes_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"));
  const struct {
    std::vector<std::string> inputs;
    const char* part;
  } cases[] = {{{param}, "give the other one too"},
               {{bin}, "not a weight file of any known format (an ncnn .bin is told by the .param beside it)"},
               {{binary}, "give the text .param instead"},
               {{binary, bin}, "give the text .param instead"},
               {{bin, binary}, "give the text .param instead"},
               {{old}, "without the number 7767517"},
               {{old, bin}, "without the number 7767517"},
               {{param, param}, "not one model"},
               {{param, pointer}, "not one model: ncnn text, Git LFS pointer"}};
  for (const auto& c : cases) {
    const Status status = status_of(c.inputs);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find(c.part), std::string::npos) << status.message();
  }
}

void expect_error_or_valid(const std::string& text, const Bytes& bin, size_t at) {
  const size_t before = bytes_in_use(), size = text.size() + bin.size();
  reset_peak();
  {
    const Result<Imported> imported = import_ncnn_text(text, bin);
    if (imported.ok()) {
      Graph graph = imported->package.graph;
      EXPECT_TRUE(infer_shapes(graph).ok()) << at;
    } else {
      EXPECT_FALSE(imported.status().message().empty()) << at;
    }
  }
  EXPECT_LE(peak_bytes() - before, 64 * size + (size_t{8} << 20)) << at;
}

TEST(Damage, EveryTruncationIsAnError) {
  const NcnnModel m = face();
  const std::string text = m.text();
  for_each_truncation({text.begin(), text.end()}, [&](const Bytes& cut, size_t n) {
    // Without its last line's end it is whole.
    EXPECT_EQ(import_ncnn_text({cut.begin(), cut.end()}, m.bin).ok(), n + 1 == text.size()) << n;
    expect_error_or_valid({cut.begin(), cut.end()}, m.bin, n);
  });
  for_each_truncation(m.bin, [&](const Bytes& cut, size_t n) {
    EXPECT_EQ(import_ncnn_text(text, cut).status().code(), Code::corrupt) << n;
  });
}

TEST(Damage, FlippedBytes) {
  const NcnnModel m = face();
  const std::string text = m.text();
  for_each_flip({text.begin(), text.end()}, 5000, [&](const Bytes& flipped, size_t at) {
    expect_error_or_valid({flipped.begin(), flipped.end()}, m.bin, at);
  });
  for_each_flip(m.bin, 5000, [&](const Bytes& flipped, size_t at) { expect_error_or_valid(text, flipped, at); });
}

// Both files in one, as the fuzzer has them. It aborts where something is wrong.
TEST(Damage, FuzzedFiles) {
  const NcnnModel m = face();
  const std::string text = m.text();
  const Bytes whole = joined({{text.begin(), text.end()}, m.bin});
  EXPECT_EQ(split(whole.data(), whole.size()).weights, m.bin);
  EXPECT_EQ(fault_of(import_model(m)), "");
  for_each_flip(whole, 2000, [](const Bytes& flipped, size_t at) {
    EXPECT_EQ(LLVMFuzzerTestOneInput(flipped.data(), flipped.size()), 0) << at;
  });
}

// What a flip seldom hits: every parameter another number, of every kind.
TEST(Damage, EditedNumbers) {
  const NcnnModel m = face();
  const std::string text = m.text();
  for (size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
    const size_t end = text.find_first_of(" \n", at);
    for (const char* value : {"0", "-1", "1", "-233", "-234", "3", "101", "4096", "2147483647", "-2147483648", "1e30",
                              "0.0", "-1.0", "1,1,1", "1,1.0", "text", "\"0w\""})
      expect_error_or_valid(text.substr(0, at + 1) + value + text.substr(end), m.bin, at);
  }
}

}  // namespace
}  // namespace mien::testing
