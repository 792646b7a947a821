// Constants stored as float16: the same numbers when they come back, and only where they are float16.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "engine/half.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

// The tiny package with `weights` in its one convolution, marked as half.
Package with_halves(std::vector<float> weights) {
  Package package = tiny();
  const auto n = static_cast<int64_t>(weights.size());
  Graph& graph = package.graph;
  for (Value& value : graph.values) {
    if (!value.is_constant()) continue;
    value.shape = {n, 1, 1, 1};
    value.constant = make_constant(std::move(weights));
    value.constant.half = true;
  }
  EXPECT_TRUE(infer_shapes(graph).ok()) << infer_shapes(graph).message();
  package.output.dims = 0;
  return package;
}

const Value& weights_of(const Package& package) {
  for (const Value& value : package.graph.values) {
    if (value.is_constant()) return value;
  }
  ADD_FAILURE() << "no constant";
  return package.graph.values[0];
}

// Every float16 that is a number.
std::vector<float> all_halves() {
  std::vector<float> all;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7C00) != 0x7C00) all.push_back(float_of(static_cast<uint16_t>(bits)));
  }
  return all;
}

TEST(HalfWeights, EveryFloat16ComesBack) {
  const std::vector<float> all = all_halves();
  const std::vector<uint8_t> bytes = bytes_of(with_halves(all));
  for (size_t shift : {0, 1}) {
    AlignedBytes memory(bytes, shift);
    const Result<Package> read = read_memory(memory.data(), memory.size());
    ASSERT_TRUE(read.ok()) << read.status().message();
    const Value& value = weights_of(*read);
    EXPECT_TRUE(value.constant.half);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(value.constant.data) % 64, 0u);
    EXPECT_EQ(std::memcmp(value.constant.data, all.data(), all.size() * sizeof(float)), 0);
    EXPECT_EQ(bytes_of(*read), bytes);
  }
}

TEST(HalfWeights, TakeTwoBytesAndOutliveTheFile) {
  const std::vector<float> all = all_halves();
  const TemporaryFolder folder;
  write_bytes(folder.file("half.mien"), bytes_of(with_halves(all)));
  const Result<Package> read = read_file(folder.file("half.mien"));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(weights_of(*read).constant.data[1], 0x1p-24f);
  AlignedBytes bytes(read_bytes(folder.file("half.mien")));
  EXPECT_EQ(entry_of(bytes.data(), file::kWeights).length, file::aligned(2 * all.size()));
}

TEST(HalfWeights, AnOlderReaderIsTold) {
  const std::vector<uint8_t> bytes = bytes_of(with_halves({0.5f}));
  EXPECT_EQ(file::load_header(bytes.data()).least_minor, 2);
  EXPECT_EQ(file::load_header(bytes_of(tiny()).data()).least_minor, 0);
  AlignedBytes older(bytes);
  file::store<uint16_t>(older.data() + 18, 1);
  rehash(older.data(), older.size());
  const Status status = read_memory(older.data(), older.size()).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_NE(status.message().find("float16"), std::string::npos) << status.message();
}

TEST(HalfWeights, WhatIsNoFloat16IsRefused) {
  for (float v : {0.1f, 65520.0f, 0x1p-25f, std::numeric_limits<float>::infinity()}) {
    const Result<std::vector<uint8_t>> bytes = serialize(with_halves({1, v}));
    EXPECT_EQ(bytes.status().code(), Code::bad_argument) << v;
  }
}

TEST(HalfWeights, DamagedOnes) {
  const std::vector<uint8_t> whole = bytes_of(with_halves({0.5f, 2}));
  AlignedBytes bytes(whole);
  const uint64_t at = entry_of(bytes.data(), file::kWeights).offset;
  const struct {
    uint64_t offset;
    uint16_t value;
    const char* says;
  } cases[] = {{0, 0x7C00, "NaN or infinite at element 0"}, {2, 0x7E01, "at element 1"}, {4, 1, "padding"}};
  for (const auto& one : cases) {
    std::memcpy(bytes.data(), whole.data(), whole.size());
    file::store(bytes.data() + at + one.offset, one.value);
    rehash(bytes.data(), bytes.size());
    const Status status = read_memory(bytes.data(), bytes.size()).status();
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_NE(status.message().find(one.says), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace mien
