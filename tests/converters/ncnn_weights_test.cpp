// ncnn's file of weights: every form in which a layer's may stand, and that it ends where the last layer's end.
#include <cmath>
#include <cstring>

#include "tests/converters/damage.h"
#include "tests/converters/ncnn_writer.h"

namespace mien::testing {
namespace {

TEST(Weights, EveryForm) {
  const Floats values{1, -2, 0.5f, 0, 3.25f, -0.125f, 100};  // seven, so that halves and bytes are padded
  const V y{1, -2, 0.5, 0, 3.25, -0.125, 100};
  const auto made = [](const Floats& w, NcnnTag tag) {
    return of("0=1").then("InnerProduct", "0=7 1=1 2=7").flagged(w, tag).raw(Floats(7, 0));
  };
  for (NcnnTag tag : {NcnnTag::float32, NcnnTag::float16, NcnnTag::scaled, NcnnTag::table})
    expect(made(values, tag), {1}, {1, 7}, y);
  // Any other word is a table's.
  NcnnModel other = made(values, NcnnTag::table);
  other.bin[0] = 0, other.bin[3] = 0x80;
  expect(other, {1}, {1, 7}, y);
  expect_refused(made({1, 2, 3, 4, 5, 6, 7}, NcnnTag::int8), Code::unsupported, "without their scales");
}

TEST(Weights, EightBitsAndTheirScales) {
  const auto warned = [](const NcnnModel& m) {
    const Result<Imported> imported = import_model(m);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    ASSERT_EQ(imported->warnings.size(), 1u);
    EXPECT_NE(imported->warnings[0].find("1 layer(s) were made for int8 arithmetic"), std::string::npos);
  };
  // A scale per output, then that of the input. ncnn takes a scale of 0 for weights of 0.
  NcnnModel m = of("0=1 1=1 2=2").then("Convolution", "0=3 1=1 5=1 6=6 8=2");
  m.flagged({127, -127, 64, 3, 5, 5}, NcnnTag::int8).raw({1, 2, 3}).raw({127, 2, 0}).raw({5});
  expect(m, {1, 10}, {1, 3, 1, 1}, {1 + 1 - 10, 2 + 32 + 15, 3});
  warned(m);
  // With a scale of the output too.
  m = of("0=1 1=1 2=2")
          .then("Convolution", "0=1 1=1 6=2 8=102")
          .flagged({4, 8}, NcnnTag::int8)
          .raw({4})
          .raw({5})
          .raw({6});
  expect(m, {1, 10}, {1, 1, 1, 1}, {21});
  // A scale per group, or one for all.
  m = of("0=1 1=1 2=2").then("ConvolutionDepthWise", "0=2 1=1 6=2 7=2 8=1").flagged({4, 8}, NcnnTag::int8);
  expect(m.raw({4, 2}).raw({5}), {1, 10}, {1, 2, 1, 1}, {1, 40});
  m = of("0=1 1=1 2=2").then("ConvolutionDepthWise", "0=2 1=1 6=2 7=2 8=102").flagged({4, 8}, NcnnTag::int8);
  expect(m.raw({4}).raw({5}).raw({6}), {1, 10}, {1, 2, 1, 1}, {1, 20});
  m = of("0=1").then("InnerProduct", "0=2 2=2 8=1").flagged({4, 8}, NcnnTag::int8).raw({4, 2}).raw({5});
  expect(m, {3}, {1, 2}, {3, 12});
  // Weights in float32 beside the scales are not scaled.
  m = of("0=1").then("InnerProduct", "0=2 2=2 8=1").flagged({4, 8}, NcnnTag::scaled).raw({4, 2}).raw({5});
  expect(m, {3}, {1, 2}, {12, 24});
  warned(m);
  expect_refused(of("0=1 1=1 2=2").then("ConvolutionDepthWise", "0=2 1=1 6=2 7=2 8=3"), Code::corrupt, "int8 term 3");
  NcnnModel data = of("0=2");
  data.layer("MemoryData", "c", {}, {"c"}, "0=2 21=0").flagged({1, 2}, NcnnTag::int8);
  data.layer("BinaryOp", "y", {"x", "c"}, {"y"});
  expect_refused(data, Code::unsupported, "without their scale");
}

TEST(Weights, AreConsumedExactly) {
  const NcnnModel whole = face();
  NcnnModel longer = whole;
  longer.bin.insert(longer.bin.end(), 4, 0);
  expect_refused(longer, Code::corrupt,
                 "weights at byte " + std::to_string(whole.bin.size()) +
                     ": the last layer's end here, the file goes on "
                     "for 4 bytes");
  NcnnModel shorter = whole;
  shorter.bin.pop_back();
  expect_refused(shorter, Code::corrupt, "node 'fc1' (InnerProduct): needs 2 numbers; 7 bytes are left");
  NcnnModel greedy = of("0=1").then("InnerProduct", "0=1 2=2147483647").flagged({1});
  expect_refused(greedy, Code::corrupt,
                 "weights at byte 4: node 'y' (InnerProduct): needs 2147483647 numbers; 4 bytes");
  expect_refused(of("0=1").then("InnerProduct", "0=1 2=-1").flagged({1}), Code::corrupt, "needs -1 numbers");
  expect_refused(of("0=1").then("InnerProduct", "0=1 2=1"), Code::corrupt, "0 bytes are left");
  NcnnModel nan = of("0=1").then("InnerProduct", "0=1 2=1").flagged({NAN});
  expect_refused(nan, Code::corrupt, "'y/weight' holds NaN");
  NcnnModel denormal = of("0=1").then("InnerProduct", "0=1 2=1").flagged({1e-40f});
  EXPECT_EQ(import_model(denormal)->denormals_flushed, 1);
}

// Weights in three forms, scales, a list of numbers; its last layer fits no picture.
TEST(Fixture, IsConsumedExactly) {
  const Bytes text = fixture("nc.param"), bin = fixture("nc.bin");
  if (text.empty() || bin.empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  std::string param(text.begin(), text.end());
  const Status whole = import_ncnn_text(param, bin).status();
  EXPECT_EQ(whole.message(), "node 'fc' (InnerProduct): 6 weights for 2 outputs of an input 1x100352");
  // Without that layer the file goes on for its tag, its table and six indices.
  param.replace(param.find("5 5"), 3, "4 4");
  param.erase(param.find("InnerProduct"));
  const Status rest = import_ncnn_text(param, bin).status();
  EXPECT_EQ(rest.message(), "weights at byte " + std::to_string(bin.size() - 4 - 1024 - 8) +
                                ": the last layer's end here, the file goes on for 1036 bytes");
  const Bytes front(bin.begin(), bin.end() - 1036);
  const Result<Imported> imported = import_ncnn_text(param, front);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Graph& graph = imported->package.graph;
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{1, 8, 112, 112}));
  EXPECT_EQ(graph.nodes[0].window.pad_top, 1);
  // The first weight in half precision, 0x150a; the first of eight bits, 0x9c, and its scale.
  EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).constant.data[0], std::ldexp(1024 + 0x10a, -20));
  const Value& last = graph.value(graph.nodes[2].inputs[1]);
  float scale = 0;
  std::memcpy(&scale, bin.data() + 0x120 + 0, sizeof scale);
  EXPECT_EQ(last.constant.data[0], static_cast<float>(-100.0 / static_cast<double>(scale)));
}

}  // namespace
}  // namespace mien::testing
