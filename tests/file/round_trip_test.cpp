// What is written is what comes back, and the same package is the same bytes.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

void expect_same(const Window& a, const Window& b) {
  EXPECT_EQ(a.kernel_h, b.kernel_h);
  EXPECT_EQ(a.kernel_w, b.kernel_w);
  EXPECT_EQ(a.stride_h, b.stride_h);
  EXPECT_EQ(a.stride_w, b.stride_w);
  EXPECT_EQ(a.dilation_h, b.dilation_h);
  EXPECT_EQ(a.dilation_w, b.dilation_w);
  EXPECT_EQ(a.pad_top, b.pad_top);
  EXPECT_EQ(a.pad_left, b.pad_left);
  EXPECT_EQ(a.pad_bottom, b.pad_bottom);
  EXPECT_EQ(a.pad_right, b.pad_right);
  EXPECT_EQ(a.groups, b.groups);
  EXPECT_EQ(a.ceil_mode, b.ceil_mode);
  EXPECT_EQ(a.count_include_pad, b.count_include_pad);
}

void expect_same(const Node& a, const Node& b) {
  EXPECT_EQ(a.op, b.op);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.output, b.output);
  expect_same(a.window, b.window);
  EXPECT_EQ(a.axis, b.axis);
  EXPECT_EQ(a.a, b.a);
  EXPECT_EQ(a.b, b.b);
  EXPECT_EQ(a.ints, b.ints);
}

void expect_same(const Value& a, const Value& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.shape, b.shape) << a.name;
  ASSERT_EQ(a.is_constant(), b.is_constant()) << a.name;
  if (!a.is_constant()) return;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b.constant.data) % 64, 0u);
  EXPECT_EQ(std::memcmp(a.constant.data, b.constant.data, sizeof(float) * static_cast<size_t>(a.shape.elements())), 0);
}

void expect_same(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.outputs, b.outputs);
  ASSERT_EQ(a.values.size(), b.values.size());
  for (size_t i = 0; i < a.values.size(); ++i) expect_same(a.values[i], b.values[i]);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) expect_same(a.nodes[i], b.nodes[i]);
}

void expect_same(const std::vector<Digest>& a, const std::vector<Digest>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].value, b[i].value);
    EXPECT_EQ(a[i].elements, b[i].elements);
    EXPECT_EQ(a[i].rms, b[i].rms);
    EXPECT_EQ(a[i].max_abs, b[i].max_abs);
    EXPECT_EQ(a[i].samples, b[i].samples);
  }
}

void expect_same_records(const Package& a, const Package& b) {
  EXPECT_EQ(a.input.known, b.input.known);
  EXPECT_EQ(a.input.normalized_inside, b.input.normalized_inside);
  EXPECT_EQ(a.input.preset, b.input.preset);
  EXPECT_EQ(a.input.height, b.input.height);
  EXPECT_EQ(a.input.width, b.input.width);
  EXPECT_EQ(a.input.channels, b.input.channels);
  EXPECT_EQ(a.input.layout, b.input.layout);
  EXPECT_EQ(a.input.color, b.input.color);
  EXPECT_EQ(a.input.mean, b.input.mean);
  EXPECT_EQ(a.input.scale, b.input.scale);
  EXPECT_EQ(a.output.embedding, b.output.embedding);
  EXPECT_EQ(a.output.dims, b.output.dims);
  EXPECT_EQ(a.output.normalized, b.output.normalized);
  EXPECT_EQ(a.face.alignment, b.face.alignment);
  EXPECT_EQ(a.face.margin, b.face.margin);
  EXPECT_EQ(a.face.flip, b.face.flip);
  EXPECT_EQ(a.face.measured_on, b.face.measured_on);
  ASSERT_EQ(a.face.thresholds.size(), b.face.thresholds.size());
  for (size_t i = 0; i < a.face.thresholds.size(); ++i) {
    EXPECT_EQ(a.face.thresholds[i].far, b.face.thresholds[i].far);
    EXPECT_EQ(a.face.thresholds[i].cosine, b.face.thresholds[i].cosine);
  }
  EXPECT_EQ(a.card.name, b.card.name);
  EXPECT_EQ(a.card.license, b.card.license);
  EXPECT_EQ(a.card.source_file, b.card.source_file);
  EXPECT_EQ(a.card.source_sha256, b.card.source_sha256);
  EXPECT_EQ(a.card.source_format, b.card.source_format);
  EXPECT_EQ(a.card.converter, b.card.converter);
  EXPECT_EQ(a.card.repairs, b.card.repairs);
  ASSERT_EQ(a.golden.cases.size(), b.golden.cases.size());
  for (size_t i = 0; i < a.golden.cases.size(); ++i) {
    EXPECT_EQ(a.golden.cases[i].seed, b.golden.cases[i].seed);
    EXPECT_EQ(a.golden.cases[i].low, b.golden.cases[i].low);
    EXPECT_EQ(a.golden.cases[i].high, b.golden.cases[i].high);
    expect_same(a.golden.cases[i].outputs, b.golden.cases[i].outputs);
    expect_same(a.golden.cases[i].layers, b.golden.cases[i].layers);
  }
}

// every_op() as it is stored: its unread constant (value 2) is left out.
Package expected() {
  Package package = every_op();
  Graph& graph = package.graph;
  EXPECT_EQ(graph.values[2].name, "unread");
  graph.values.erase(graph.values.begin() + 2);
  const auto rename = [](ValueId& id) { id -= id > 2; };
  for (Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) rename(id);
    rename(node.output);
  }
  for (ValueId& id : graph.outputs) rename(id);
  return package;
}

TEST(RoundTrip, TheSampleHasEveryOperator) {
  std::set<Op> used;
  for (const Node& node : every_op().graph.nodes) used.insert(node.op);
  for (uint32_t n = 0; n < 65536; ++n) {
    Op op;
    if (!op_from_number(static_cast<uint16_t>(n), &op)) continue;
    EXPECT_EQ(used.count(op), 1u) << name_of(op);
  }
}

TEST(RoundTrip, EveryFieldComesBackFromAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.mien");
  ASSERT_TRUE(write_file(every_op(), path).ok());
  for (bool check_weights : {true, false}) {
    Result<Package> back = read_file(path, {check_weights});
    ASSERT_TRUE(back.ok()) << back.status().message();
    expect_same(expected().graph, back->graph);
    expect_same_records(expected(), *back);
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"m.mien"});
}

TEST(RoundTrip, ConstantsKeepTheMappingAlive) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(every_op(), folder.file("m.mien")).ok());
  Constant constant;
  {
    Result<Package> back = read_file(folder.file("m.mien"));
    ASSERT_TRUE(back.ok());
    for (const Value& value : back->graph.values) {
      if (value.is_constant() && !constant.data) constant = value.constant;
    }
  }
  ASSERT_EQ(std::remove(folder.file("m.mien").c_str()), 0);
  ASSERT_NE(constant.owner, nullptr);
  EXPECT_EQ(constant.data[1], 0.75f);
}

TEST(RoundTrip, SamePackageSameBytes) {
  const std::vector<uint8_t> bytes = bytes_of(every_op());
  EXPECT_EQ(bytes, bytes_of(every_op()));
  AlignedBytes aligned(bytes);
  Result<Package> back = read_memory(aligned.data(), aligned.size());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(bytes, bytes_of(*back));
}

TEST(RoundTrip, MemoryAtEveryMisalignment) {
  const std::vector<uint8_t> bytes = bytes_of(every_op());
  for (size_t shift = 0; shift < 64; ++shift) {
    AlignedBytes memory(bytes, shift);
    Result<Package> back = read_memory(memory.data(), memory.size());
    ASSERT_TRUE(back.ok()) << back.status().message();
    expect_same(expected().graph, back->graph);
  }
}

TEST(RoundTrip, AlignedMemoryIsNotCopied) {
  AlignedBytes memory(bytes_of(tiny()));
  Result<Package> back = read_memory(memory.data(), memory.size());
  ASSERT_TRUE(back.ok());
  const auto* weight = reinterpret_cast<const uint8_t*>(back->graph.values[1].constant.data);
  EXPECT_EQ(weight, memory.data() + entry_of(memory.data(), file::kWeights).offset);
}

TEST(RoundTrip, NoGoldenSectionWithoutCases) {
  const std::vector<uint8_t> bytes = bytes_of(tiny());
  EXPECT_EQ(table_of(bytes.data()).size(), 5u);
  EXPECT_EQ(table_of(bytes_of(every_op()).data()).size(), 7u);
}

// The specification's worked example: a change here is a change of the format.
TEST(RoundTrip, TheFormatHasNotChanged) {
  const std::vector<uint8_t> bytes = bytes_of(tiny());
  EXPECT_EQ(bytes.size(), 768u);
  const std::vector<uint8_t> magic(bytes.begin(), bytes.begin() + 12);
  EXPECT_EQ(magic, (std::vector<uint8_t>{0x89, 'M', 'I', 'E', 'N', '\r', '\n', 0x1A, 4, 3, 2, 1}));
  uint64_t header_hash;
  std::memcpy(&header_hash, bytes.data() + 56, 8);
  EXPECT_EQ(header_hash, 1812897542906295164u);
  // But for the version a file without a face section is that of format 1.0.
  std::vector<uint8_t> older = bytes;
  older[14] = 0;
  rehash(older.data(), older.size());
  std::memcpy(&header_hash, older.data() + 56, 8);
  EXPECT_EQ(header_hash, 1050838252159558152u);
}

}  // namespace
}  // namespace mien
