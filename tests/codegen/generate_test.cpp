// Generated code gives the bits of the engine, needs nothing but a compiler, and holds what it says.
#include "codegen/generate.h"

#include <gtest/gtest.h>

#include <cstring>
#include <sstream>

#include "engine/normalize.h"
#include "models/networks.h"
#include "tests/codegen/generated_program.h"
#include "tests/engine/graph_cases.h"

namespace mien::test {
namespace {

using codegen::GenerateOptions;
using kernels::Isa;
using testing_support::Builder;

bool usable_here(Isa isa) {
  return kernels::kernels_of(isa) != nullptr && kernels::usable(isa, kernels::detect_cpu());
}

std::vector<float> engine_run(const Package& package, const std::vector<std::vector<float>>& inputs, Isa isa) {
  ModelOptions options;
  options.isa = isa;
  auto model = Model::create(package, options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  auto session = Session::create(*model);
  std::vector<std::vector<float>> outputs;
  std::vector<const float*> in;
  std::vector<float*> out;
  for (const auto& input : inputs) in.push_back(input.data());
  for (int i = 0; i < (*model)->outputs(); ++i)
    outputs.emplace_back(static_cast<size_t>((*model)->output(i).shape.elements()));
  for (auto& output : outputs) out.push_back(output.data());
  const Status status = (*session)->run(1, in.data(), out.data());
  EXPECT_TRUE(status.ok()) << status.message();
  std::vector<float> all;
  for (const auto& output : outputs) all.insert(all.end(), output.begin(), output.end());
  return all;
}

void expect_same_bits(const std::vector<float>& got, const std::vector<float>& want) {
  ASSERT_EQ(got.size(), want.size());
  size_t different = 0;
  for (size_t i = 0; i < got.size(); ++i) different += std::memcmp(&got[i], &want[i], sizeof(float)) != 0;
  EXPECT_EQ(different, 0u) << "of " << got.size() << " floats";
}

std::vector<uint8_t> picture_for(const InputRecord& record) {
  std::vector<uint8_t> rgb(static_cast<size_t>(record.height) * static_cast<size_t>(record.width) * 3);
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  return rgb;
}

std::vector<std::vector<float>> inputs_for(const Graph& graph) {
  std::vector<std::vector<float>> inputs;
  for (ValueId id : graph.inputs)
    inputs.push_back(golden_input(91 + inputs.size(), graph.value(id).shape.elements(), -2, 2));
  return inputs;
}

Package package_of(Graph graph) {
  Package package;
  package.graph = std::move(graph);
  package.card.name = "test \\ */ network";
  return package;
}

Window window_of(int side, int stride, int pad, int groups = 1) {
  Window w;
  w.kernel_h = w.kernel_w = side;
  w.stride_h = w.stride_w = stride;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
  w.groups = groups;
  return w;
}

// Layers with weights of every kind, with what can be fused into them.
Package layers() {
  Builder b(3);
  const ValueId x = b.input({1, 3, 30, 26});
  ValueId v = b.prelu(b.conv(x, 40, window_of(3, 2, 1)));
  v = b.relu(b.conv(v, 64, window_of(3, 1, 1)));  // Winograd
  v = b.add(b.conv(b.relu(b.conv(v, 64, window_of(3, 1, 1))), 64, window_of(1, 1, 0)), v);
  v = b.prelu(b.conv(v, 64, window_of(3, 1, 1, 64)));  // depthwise
  v = b.conv(v, 64, window_of(3, 1, 1, 32));           // pairs
  v = b.node(Op::clip, {b.conv(v, 96, window_of(3, 2, 1, 4))}, [](Node& n) { n.a = -0.5f, n.b = 2; });
  v = b.batch_norm(b.conv(v, 50, window_of(5, 1, 2)));
  v = b.relu(b.conv(v, 50, window_of(7, 1, 3, 50)));  // depthwise, any window
  const ValueId flat = b.reshape(v, {1, b.graph.value(v).shape.elements()});
  const ValueId fc = b.prelu(b.fully_connected(flat, 37));
  return package_of(b.done({b.node(Op::l2_normalize, {fc}, [](Node& n) { n.axis = 1, n.a = 1e-12f; }), v}));
}

// Everything that has no weights, two inputs and several outputs.
Package operators() {
  Builder b(4);
  const ValueId x = b.input({1, 20, 12, 10}), z = b.input({1, 20, 12, 10});
  const auto set = [](float a, float c) { return [=](Node& n) { n.a = a, n.b = c; }; };
  ValueId v = b.node(Op::sub, {b.node(Op::mul, {x, z}), b.node(Op::max, {x, z})});
  for (Op op : {Op::sigmoid, Op::tanh, Op::exp, Op::abs, Op::sqrt, Op::hard_swish}) v = b.node(op, {v});
  v = b.node(Op::hard_sigmoid, {b.node(Op::elu, {v}, set(0.5f, 0))}, set(0.3f, 0.4f));
  const ValueId pooled = b.node(Op::max_pool, {v}, [](Node& n) { n.window = window_of(3, 2, 1); });
  const ValueId mean = b.node(Op::average_pool, {v}, [](Node& n) { n.window = window_of(2, 2, 0); });
  const ValueId joined = b.node(Op::concat, {pooled, mean}, [](Node& n) { n.axis = 1; });
  const ValueId turned = b.node(Op::transpose, {joined}, [](Node& n) { n.ints = {0, 2, 3, 1}; });
  const ValueId soft = b.node(Op::softmax, {turned}, [](Node& n) { n.axis = 3; });
  const ValueId cut = b.node(Op::slice, {soft}, [](Node& n) { n.ints = {0, 1, 0, 3, 1, 5, 5, 33, 1, 2, 1, 3}; });
  const ValueId padded = b.node(Op::pad, {cut}, [](Node& n) { n.ints = {0, 1, 2, 0, 0, 0, 1, 3}, n.a = -7.25f; });
  const ValueId large = b.node(Op::resize_nearest, {pooled}, [](Node& n) {
    n.axis = 9;
    n.ints = {0, 0, 1, 1, 2, 3, 4, 5, 5, 0, 0, 1, 2, 3, 3, 4};
  });
  const ValueId all = b.node(Op::global_average_pool, {large});
  return package_of(b.done({padded, b.node(Op::add, {large, all}), b.node(Op::global_max_pool, {v})}));
}

void expect_engine_bits(const Package& package, Isa isa, const std::string& more = "") {
  GeneratedProgram program(package, {"net", isa, false});
  ASSERT_TRUE(program.compile(MIEN_CXX, more));
  if (!usable_here(isa)) return;
  const auto inputs = inputs_for(package.graph);
  expect_same_bits(program.run(inputs), engine_run(package, inputs, isa));
}

// Each instruction set of this build that this CPU has; the others are compiled.
TEST(Generate, LayersGiveTheEnginesBits) {
  for (Isa isa : kernels::kAllIsas) {
    SCOPED_TRACE(kernels::name_of(isa));
    if (kernels::kernels_of(isa) != nullptr) expect_engine_bits(layers(), isa, "-Wall -Wextra -Werror");
  }
}

TEST(Generate, OperatorsGiveTheEnginesBits) {
  for (Isa isa : kernels::kAllIsas) {
    SCOPED_TRACE(kernels::name_of(isa));
    if (kernels::kernels_of(isa) != nullptr) expect_engine_bits(operators(), isa, "-Wall -Wextra -Werror");
  }
}

// -O3 and another compiler change no bit either: nothing is fused behind the source's back.
TEST(Generate, BitsDoNotDependOnTheCompiler) {
  const Isa isa = kernels::best_kernels()->isa;
  for (const char* compiler : {"g++ -O3", "clang++"}) {
    SCOPED_TRACE(compiler);
    const std::string name = std::string(compiler).substr(0, std::string(compiler).find(' '));
    if (!has_program(name)) continue;
    for (const Package& package : {layers(), operators()}) {
      GeneratedProgram program(package, {"net", isa, false});
      ASSERT_TRUE(program.compile(compiler));
      const auto inputs = inputs_for(package.graph);
      expect_same_bits(program.run(inputs), engine_run(package, inputs, isa));
    }
  }
}

// NEON's bits are those of AVX2 and AVX-512 (kernels.h): code for a board, planned and checked on a PC.
TEST(Generate, NeonCodeGivesTheBitsOfThisMachine) {
  if (!has_program("aarch64-linux-gnu-g++") || !has_program("qemu-aarch64"))
    GTEST_SKIP() << "needs aarch64-linux-gnu-g++ and qemu-aarch64";
  const Isa isa = kernels::best_kernels()->isa;
  if (!kernels::fuses(isa)) GTEST_SKIP() << "no fused multiply-add here: other bits than NEON";
  for (const Package& package : {layers(), operators()}) {
    GeneratedProgram program(package, {"net", Isa::neon, false});
    ASSERT_TRUE(program.compile("aarch64-linux-gnu-g++"));
    const auto inputs = inputs_for(package.graph);
    expect_same_bits(program.run(inputs, "qemu-aarch64"), engine_run(package, inputs, isa));
  }
}

// What needs no instruction set has its bits on every processor: here on those with 32 bits.
TEST(Generate, PortableCodeGivesTheSameBitsOn32Bits) {
  if (!has_program("arm-linux-gnueabihf-g++") || !has_program("qemu-arm"))
    GTEST_SKIP() << "needs arm-linux-gnueabihf-g++ and qemu-arm";
  if (kernels::kernels_of(Isa::generic) == nullptr) GTEST_SKIP() << "no portable kernels in this build";
  for (const Package& package : {layers(), operators()}) {
    GeneratedProgram program(package, {"net", Isa::generic, false});
    ASSERT_TRUE(program.compile("arm-linux-gnueabihf-g++"));
    const auto inputs = inputs_for(package.graph);
    expect_same_bits(program.run(inputs, "qemu-arm"), engine_run(package, inputs, Isa::generic));
  }
}

TEST(Generate, Neon32IsRefused) {
  EXPECT_EQ(codegen::generate(layers(), {"net", Isa::neon32, false}).status().code(), Code::unsupported);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string last_word(const std::string& line) {
  return line.substr(line.find_last_of(" \t") + 1);
}

// Of the default network: a picture's embedding, bit by bit; no symbol that is not announced; nothing runs before main.
TEST(Generate, MobilefacenetEmbedsAPicture) {
  const Result<Package> package = build_network("mobilefacenet", 1);
  ASSERT_TRUE(package.ok());
  const Isa isa = kernels::best_kernels()->isa;
  GeneratedProgram program(*package, {"face", isa, false});
  ASSERT_TRUE(program.compile(MIEN_CXX));
  const std::vector<uint8_t> rgb = picture_for(package->input);
  std::vector<float> input(3 * 112 * 112);
  ASSERT_TRUE(normalize_pixels(rgb.data(), package->input, input.data()).ok());
  expect_same_bits(program.embed(rgb), engine_run(*package, {input}, isa));

  static const std::vector<std::string> kAllowed = {"memcpy", "memmove", "memset", "_GLOBAL_OFFSET_TABLE_"};
  const std::vector<std::string> missing = lines_of(shell("nm -u " + program.path(".o")).text);
  for (const std::string& line : missing)
    EXPECT_EQ(std::count(kAllowed.begin(), kAllowed.end(), last_word(line)), 1) << line;
  std::vector<std::string> exported;
  for (const std::string& line : lines_of(shell("nm -g --defined-only " + program.path(".o")).text))
    if (!line.empty()) exported.push_back(last_word(line));
  EXPECT_EQ(exported, (std::vector<std::string>{"face_embed", "face_run"}));
  EXPECT_EQ(shell("objdump -h " + program.path(".o")).text.find(".init_array"), std::string::npos);
  // Loops were found: the network makes thousands of calls.
  EXPECT_GT(program.generated().calls, 20 * program.generated().call_sites);
}

// Pooled differently, grey, or in another layout: what a picture becomes is the engine's rule.
TEST(Generate, PicturesOfEveryKind) {
  const Isa isa = kernels::best_kernels()->isa;
  for (ColorOrder color : {ColorOrder::rgb, ColorOrder::bgr, ColorOrder::gray}) {
    for (InputLayout layout : {InputLayout::nchw, InputLayout::nhwc}) {
      const int channels = color == ColorOrder::gray ? 1 : 3;
      Builder b(5);
      const ValueId x = b.input(layout == InputLayout::nchw ? Shape{1, channels, 9, 7} : Shape{1, 9, 7, channels});
      Package package = package_of(b.done({b.fully_connected(b.reshape(x, {1, 63 * channels}), 5)}));
      package.input = {
          true, false, "custom", 9, 7, channels, layout, color, {1.5f, 2.25f, 127.5f, 0}, {0.1f, 0.3f, 2, 1}};
      GeneratedProgram program(package, {"net", isa, false});
      ASSERT_TRUE(program.compile(MIEN_CXX));
      const std::vector<uint8_t> rgb = picture_for(package.input);
      std::vector<float> input(static_cast<size_t>(63 * channels));
      ASSERT_TRUE(normalize_pixels(rgb.data(), package.input, input.data()).ok());
      expect_same_bits(program.embed(rgb), engine_run(package, {input}, isa));
    }
  }
}

// Several outputs and a detector's operators.
TEST(Generate, DetectorsRun) {
  BuildOptions build;
  build.height = build.width = 96;
  const Result<Package> package = build_network("retinaface_mobilenet025", 1, build);
  ASSERT_TRUE(package.ok()) << package.status().message();
  expect_engine_bits(*package, kernels::best_kernels()->isa);
}

TEST(Generate, TheSameInputGivesTheSameText) {
  const auto first = codegen::generate(layers(), {"net", Isa::avx512, false});
  const auto second = codegen::generate(layers(), {"net", Isa::avx512, false});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->source == second->source && first->header == second->header);
}

// The wrong flags are a message, not thousands of them.
TEST(Generate, WrongFlagsAreNamed) {
  GeneratedProgram program(layers(), {"net", Isa::avx512, false});
  const Outcome outcome = shell(std::string(MIEN_CXX) + " -O2 -c -o /dev/null " + program.path(".cpp"));
  EXPECT_NE(outcome.code, 0);
  EXPECT_LT(lines_of(outcome.text).size(), 10u);
  EXPECT_NE(outcome.text.find("compile it with -O2 -mavx512f"), std::string::npos) << outcome.text.substr(0, 1000);
}

TEST(Generate, NamesAreChecked) {
  for (const char* name : {"", "1net", "Net", "a-b", "net;"})
    EXPECT_EQ(codegen::generate(layers(), {name, Isa::avx2, false}).status().code(), Code::bad_argument) << name;
  EXPECT_EQ(codegen::identifier_of("MobileFaceNet 0.45g!"), "mobilefacenet_0_45g");
  EXPECT_EQ(codegen::identifier_of("2d"), "net_2d");
  EXPECT_EQ(codegen::identifier_of("--"), "net");
}

}  // namespace
}  // namespace mien::test
