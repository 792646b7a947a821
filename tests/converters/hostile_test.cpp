// Damaged and hostile files: an error or a valid graph, never a crash, a hang or an exception.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "converters/detect.h"
#include "tests/converters/onnx_writer.h"

namespace mien::testing {
namespace {

// A small face network that uses most of what the importer does.
std::string sample() {
  OnnxWriter w(11, {0, 3, 8, 8});
  w.weight("mean", {1}, {127.5f}), w.weight("scale", {1}, {0.0078125f});
  w.weight("w", {4, 3, 3, 3}, std::vector<float>(108, 0.1f)), w.weight("sl", {4, 1, 1}, {0.1f, 0.2f, 0.3f, 0.4f});
  for (const char* name : {"g", "b", "m", "v"}) w.weight(name, {4}, {1, 2, 3, 4});
  w.weight("f", {2, 4}, std::vector<float>(8, 0.5f)), w.ints("rest", {-1});
  w.node("Sub", {"x", "mean"}, {"s"});
  w.node("Mul", {"s", "scale"}, {"n"});
  w.node("Conv", {"n", "w"}, {"c"}).integers("pads", {1, 1, 1, 1}).integers("strides", {2, 2});
  w.node("BatchNormalization", {"c", "g", "b", "m", "v"}, {"bn"}).real("epsilon", 1e-5f);
  w.node("PRelu", {"bn", "sl"}, {"p"});
  w.node("GlobalAveragePool", {"p"}, {"q"});
  w.node("Shape", {"q"}, {"shape"});
  w.node("Constant", {}, {"zero"}).tensor("value", int_tensor("", {}, {0}));
  w.node("Gather", {"shape", "zero"}, {"batch"}).integer("axis", 0);
  w.node("Unsqueeze", {"batch"}, {"batch1"}).integers("axes", {0});
  w.node("Concat", {"batch1", "rest"}, {"target"}).integer("axis", 0);
  w.node("Reshape", {"q", "target"}, {"r"});
  w.node("Gemm", {"r", "f"}, {"fc"}).integer("transB", 1);
  w.node("ReduceL2", {"fc"}, {"norm"}).integers("axes", {1}).integer("keepdims", 1);
  w.node("Div", {"fc", "norm"});
  return w.bytes();
}

// What comes back must pass the gate that the planner relies on.
void expect_error_or_valid(const std::string& bytes, const std::string& what) {
  detect_format(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  Result<Imported> r = import_bytes(bytes);
  if (r.ok()) {
    EXPECT_TRUE(infer_shapes(r->package.graph).ok()) << what;
  } else {
    EXPECT_FALSE(r.status().message().empty()) << what;
    EXPECT_NE(r.status().code(), Code::ok);
  }
}

TEST(Damage, SampleIsWhole) {
  ASSERT_TRUE(import_bytes(sample()).ok()) << import_bytes(sample()).status().message();
}

TEST(Damage, EveryTruncationIsAnError) {
  const std::string whole = sample();
  for (size_t n = 0; n < whole.size(); ++n) {
    const Result<Imported> r = import_bytes(whole.substr(0, n));
    ASSERT_FALSE(r.ok()) << n;
    EXPECT_TRUE(r.status().code() == Code::corrupt) << n << ": " << r.status().message();
  }
}

TEST(Damage, TruncationNamesTheOffset) {
  const std::string whole = sample();
  const Status status = import_bytes(whole.substr(0, whole.size() / 2)).status();
  EXPECT_EQ(status.message().rfind("byte ", 0), 0u) << status.message();
}

TEST(Damage, EveryByteEdited) {
  const std::string whole = sample();
  for (size_t i = 0; i < whole.size(); ++i) {
    for (int value : {0x00, 0x01, 0x7f, 0x80, 0xff, -1, -2, -3}) {
      std::string edited = whole;
      // The negative ones flip a bit: low, middle, high.
      edited[i] = static_cast<char>(value >= 0 ? value : edited[i] ^ (value == -1 ? 1 : value == -2 ? 8 : 0x40));
      expect_error_or_valid(edited, "byte " + std::to_string(i) + " to " + std::to_string(value));
    }
  }
}

TEST(Damage, GarbageAfterTheEnd) {
  EXPECT_EQ(import_bytes(sample() + '\0').status().code(), Code::corrupt);
  EXPECT_EQ(import_bytes(sample() + sample()).status().code(), Code::corrupt);  // two graphs
}

TEST(Damage, RandomBytesAreNoModel) {
  uint64_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 1 + round % 64; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes.push_back(static_cast<char>(state >> 56));
    }
    EXPECT_FALSE(import_bytes(bytes).ok());
    expect_error_or_valid(bytes, "random");
  }
}

Status refused(OnnxWriter& w) {
  const auto start = std::chrono::steady_clock::now();
  Status status = import_bytes(w.bytes()).status();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took.count(), 5.0);
  EXPECT_FALSE(status.ok());
  return status;
}

TEST(Names, TwiceMissingAndCyclic) {
  OnnxWriter twice(13, {2});
  twice.node("Relu", {"x"});
  twice.node("Neg", {"x"});
  EXPECT_NE(refused(twice).message().find("made twice"), std::string::npos);
  OnnxWriter input(13, {2});
  input.node("Relu", {"x"}, {"x"});
  input.output("x");
  EXPECT_NE(refused(input).message().find("made twice"), std::string::npos);
  OnnxWriter missing(13, {2});
  missing.node("Add", {"x", "nowhere"});
  EXPECT_NE(refused(missing).message().find("'nowhere', which nothing makes"), std::string::npos);
  OnnxWriter cycle(13, {2});
  cycle.node("Add", {"x", "b"}, {"a"});
  cycle.node("Relu", {"a"}, {"b"});
  cycle.node("Relu", {"b"});
  EXPECT_NE(refused(cycle).message().find("cycle"), std::string::npos);
  OnnxWriter self(13, {2});
  self.node("Add", {"x", "y"});
  EXPECT_NE(refused(self).message().find("cycle"), std::string::npos);
}

TEST(Nested, GraphsAreRefusedWithoutALook) {
  OnnxWriter w(13, {2});
  onnx_pb::Attribute* a = w.node("If", {"x"}).proto()->add_attribute();
  a->set_name("then_branch");
  a->set_type(5);
  a->set_g(std::string(100000, '\x0a'));
  EXPECT_EQ(refused(w).code(), Code::unsupported);
}

TEST(Nested, GroupsAreCounted) {
  const std::string opened(1000000, '\x0b');  // field 1 is known and cannot be a group
  EXPECT_EQ(import_bytes(opened).status().code(), Code::corrupt);
  const std::string unknown(1000000, '\xa3');
  EXPECT_EQ(import_bytes(unknown).status().code(), Code::corrupt);
  std::string groups;
  for (int i = 0; i < 500000; ++i) groups += std::string("\xa3\x06", 2);  // field 100
  EXPECT_NE(import_bytes(groups).status().message().find("nested too deeply"), std::string::npos);
}

TEST(Bombs, ManyEmptyObjects) {
  std::string graph;
  for (int i = 0; i < 3 << 20; ++i) graph += std::string("\x0a\0", 2);
  onnx_pb::Model model;
  model.set_ir_version(8);
  std::string bytes = model.SerializeAsString() + '\x3a';
  for (size_t n = graph.size(); n > 0; n >>= 7) bytes += static_cast<char>((n & 0x7f) | (n >> 7 ? 0x80 : 0));
  EXPECT_NE(import_bytes(bytes + graph).status().message().find("more objects"), std::string::npos);
}

TEST(Bombs, FoldingHasABudget) {
  for (const char* op : {"ConstantOfShape", "Expand", "Tile", "Range"}) {
    OnnxWriter w(13, {2});
    const std::string kind = op;
    w.ints("huge", {1 << 15, 1 << 15}), w.ints("one", {1, 1}, {1}), w.ints("zero", {}, {0}), w.ints("step", {}, {1}),
        w.ints("limit", {}, {int64_t{1} << 60});
    if (kind == "ConstantOfShape") w.node(op, {"huge"}, {"c"});
    if (kind == "Expand" || kind == "Tile") w.node(op, {"one", "huge"}, {"c"});
    if (kind == "Range") w.node(op, {"zero", "limit", "step"}, {"c"});
    w.node("Cast", {"c"}, {"f"}).integer("to", 1);
    w.node("Add", {"x", "f"});
    EXPECT_NE(refused(w).message().find("too much memory"), std::string::npos) << op << refused(w).message();
  }
}

TEST(Bombs, DoublingChain) {
  OnnxWriter w(13, {2});
  w.weight("c0", {1024}, std::vector<float>(1024, 1));
  for (int i = 0; i < 40; ++i) {
    const std::string from = "c" + std::to_string(i);
    w.node("Concat", {from, from}, {"c" + std::to_string(i + 1)}).integer("axis", 0);
  }
  w.node("Add", {"x", "c40"});
  EXPECT_EQ(refused(w).code(), Code::unsupported);
}

TEST(Bombs, LargeOutputsAndWork) {
  OnnxWriter pad(11, {1, 1, 8, 8});
  pad.ints("p", {0, 0, 1 << 23, 1 << 23, 0, 0, 0, 0});
  pad.node("Pad", {"x", "p"});
  EXPECT_EQ(refused(pad).code(), Code::corrupt);
  OnnxWriter resize(11, {1, 64, 64, 64});
  resize.weight("s", {4}, {1, 1, 40, 40});
  resize.node("Resize", {"x", "", "s"});
  EXPECT_EQ(refused(resize).code(), Code::unsupported);
}

TEST(Numbers, IntegerEdgesInShapeChains) {
  const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT32_MAX, INT64_MAX - 1, INT64_MIN + 1};
  for (int64_t a : edges) {
    for (int64_t b : edges) {
      for (const char* op :
           {"Add", "Sub", "Mul", "Div", "Mod", "Pow", "Max", "Range", "Slice", "Gather", "Reshape", "Expand"}) {
        OnnxWriter w(13, {1, 2});
        const std::string kind = op;
        w.ints("a", {a}), w.ints("b", {b}), w.ints("s", {}, {a}), w.ints("t", {}, {b}), w.ints("one", {}, {1}),
            w.ints("ab", {a, b});
        if (kind == "Range")
          w.node(op, {"s", "t", "one"}, {"c"});
        else if (kind == "Slice")
          w.node(op, {"ab", "a", "b"}, {"c"});
        else if (kind == "Reshape" || kind == "Expand")
          w.node(op, {"a", "ab"}, {"c"});
        else
          w.node(op, {"a", "b"}, {"c"});
        w.node("Reshape", {"x", "c"});
        expect_error_or_valid(w.bytes(), kind + " " + std::to_string(a) + " " + std::to_string(b));
        OnnxWriter dynamic(13, {1, 2});
        dynamic.ints("a", {a}), dynamic.ints("b", {b}), dynamic.ints("axis", {1});
        dynamic.node("Slice", {"x", "a", "b", "axis"}).integer("axis", a);
        expect_error_or_valid(dynamic.bytes(), "run-time slice");
      }
    }
  }
}

TEST(Attributes, WrongTypeTwiceAndReferences) {
  OnnxWriter type(13, {2});
  type.node("LeakyRelu", {"x"}).integer("alpha", 1);
  EXPECT_EQ(refused(type).code(), Code::corrupt);
  OnnxWriter twice(13, {2});
  twice.node("LeakyRelu", {"x"}).real("alpha", 1).real("alpha", 2);
  EXPECT_NE(refused(twice).message().find("twice"), std::string::npos);
  OnnxWriter reference(13, {2});
  reference.node("LeakyRelu", {"x"}).proto()->add_attribute()->set_ref_attr_name("outer");
  EXPECT_EQ(refused(reference).code(), Code::unsupported);
  OnnxWriter mismatch(13, {2});
  mismatch.node("LeakyRelu", {"x"}).real("alpha", 1).proto()->mutable_attribute(0)->set_i(3);
  EXPECT_EQ(refused(mismatch).code(), Code::corrupt);
}

// The fixtures that exist on some machines, damaged the same way.
TEST(Damage, Fixtures) {
  const std::string folder = std::string(MIEN_SHARED_DIR) + "/fixtures/formats/";
  int found = 0;
  for (const char* name :
       {"onnx_external.onnx", "onnx_fp16_typed.onnx", "onnx_opset13_slope_1C11.onnx", "onnx_opset6_broadcast.onnx",
        "onnx_opset8_arcface_quirk.onnx", "onnx_qdq.onnx", "onnx_unknown_fields.onnx"}) {
    std::ifstream file(folder + name, std::ios::binary);
    if (!file) continue;
    ++found;
    const std::string whole((std::istreambuf_iterator<char>(file)), {});
    for (size_t i = 0; i < whole.size(); ++i) {
      expect_error_or_valid(whole.substr(0, i), name);  // valid where only unknown records at the end are cut
      std::string edited = whole;
      edited[i] = static_cast<char>(edited[i] ^ (1 << i % 8));
      expect_error_or_valid(edited, name);
      edited[i] = static_cast<char>(0xff);
      expect_error_or_valid(edited, name);
    }
  }
  if (found == 0) GTEST_SKIP() << "no fixtures in " << folder;
}

}  // namespace
}  // namespace mien::testing
