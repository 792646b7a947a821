// Changed, truncated, grown and foreign bytes: every one is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

// Reads data with byte i replaced by each value; the byte is put back.
void expect_changes_refused(AlignedBytes& bytes, size_t i, const std::vector<int>& xors) {
  const uint8_t original = bytes.data()[i];
  for (int x : xors) {
    bytes.data()[i] = static_cast<uint8_t>(original ^ x);
    const Result<Package> result = read_memory(bytes.data(), bytes.size());
    ASSERT_FALSE(result.ok()) << "byte " << i << " xor " << x;
    ASSERT_NE(result.status().code(), Code::out_of_memory);
    ASSERT_FALSE(result.status().message().empty());
  }
  bytes.data()[i] = original;
}

const std::vector<int> kFlips = {1, 2, 4, 8, 16, 32, 64, 128, 255};

std::vector<int> every_change() {
  std::vector<int> xors(255);
  for (int i = 0; i < 255; ++i) xors[static_cast<size_t>(i)] = i + 1;
  return xors;
}

TEST(Corruption, EveryValueOfEveryByteOfATinyFile) {
  AlignedBytes bytes(bytes_of(tiny()));
  const std::vector<int> changes = every_change();
  for (size_t i = 0; i < bytes.size(); ++i) expect_changes_refused(bytes, i, changes);
  EXPECT_TRUE(read_memory(bytes.data(), bytes.size()).ok());
}

TEST(Corruption, EveryByteOfEveryOperator) {
  AlignedBytes bytes(bytes_of(every_op()));
  const std::vector<int> changes = kSlow ? kFlips : every_change();
  for (size_t i = 0; i < bytes.size(); ++i) expect_changes_refused(bytes, i, changes);
  EXPECT_TRUE(read_memory(bytes.data(), bytes.size()).ok());
}

// Without the look at the weights a change in them passes, and only there.
TEST(Corruption, UncheckedWeights) {
  AlignedBytes bytes(bytes_of(every_op()));
  const file::Entry weights = entry_of(bytes.data(), file::kWeights);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes.data()[i] ^= 1;
    const bool inside = i >= weights.offset && i < weights.offset + weights.length;
    ASSERT_EQ(read_memory(bytes.data(), bytes.size(), {false}).ok(), inside) << i;
    bytes.data()[i] ^= 1;
  }
}

TEST(Corruption, TruncatedAtEveryLength) {
  const std::vector<uint8_t> whole = bytes_of(every_op());
  for (size_t size = 0; size < whole.size(); ++size) {
    // Its own heap block, so that a sanitizer sees any read past the end.
    AlignedBytes bytes(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
    const Result<Package> result = read_memory(bytes.data(), size);
    ASSERT_FALSE(result.ok()) << size;
    if (size < 8) continue;
    ASSERT_EQ(result.status().code(), Code::corrupt) << size;
    const std::string expected = "at byte " + std::to_string(size) + ":";
    ASSERT_EQ(result.status().message().rfind(expected, 0), 0u) << result.status().message();
  }
}

TEST(Corruption, Grown) {
  const std::vector<uint8_t> whole = bytes_of(every_op());
  for (size_t more : {1, 2, 31, 32, 63, 64, 65, 4096}) {
    std::vector<uint8_t> grown = whole;
    grown.resize(whole.size() + more);
    AlignedBytes bytes(grown);
    const Result<Package> result = read_memory(bytes.data(), bytes.size());
    ASSERT_EQ(result.status().code(), Code::corrupt);
    EXPECT_EQ(result.status().message().rfind("at byte " + std::to_string(whole.size()) + ":", 0), 0u);
    // The same with a header that knows.
    const uint64_t size = grown.size();
    std::memcpy(bytes.data() + 24, &size, 8);
    rehash(bytes.data(), bytes.size());
    EXPECT_FALSE(read_memory(bytes.data(), bytes.size()).ok());
  }
}

// With 2^32 bytes of zeros at its end, none of them on the disk: cut to 32 bits its size is that of the file before.
TEST(Corruption, FilesAbove4GiB) {
  const TemporaryFolder folder;
  const std::string path = folder.file("large.mien");
  const std::vector<uint8_t> whole = bytes_of(tiny());
  write_bytes(path, whole);
  ASSERT_TRUE(read_file(path).ok());
  const off64_t size = static_cast<off64_t>(whole.size()) + (off64_t{1} << 32);
  if (::truncate64(path.c_str(), size) != 0) GTEST_SKIP() << "the temporary folder takes no file of 4 GiB";
  const Status status = read_file(path).status();
  EXPECT_EQ(status.code(), sizeof(size_t) == 4 ? Code::unreadable : Code::corrupt) << status.message();
  EXPECT_EQ(status.message().rfind(path + ": ", 0), 0u) << status.message();
}

struct Foreign {
  const char* name;
  std::vector<uint8_t> bytes;
};

std::vector<Foreign> foreign_files() {
  const auto text = [](const std::string& s) { return std::vector<uint8_t>(s.begin(), s.end()); };
  return {
      {"empty", {}},
      {"one byte", {0x89}},
      {"png", {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'}},
      {"jpeg", {0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F'}},
      {"onnx", {8, 8, 18, 7, 'p', 'y', 't', 'o', 'r', 'c', 'h', 26, 3, '2', '.', '0'}},
      {"text", text(std::string(300, 'x') + "\n")},
      {"as text", {0x89, 'M', 'I', 'E', 'N', '\n', 0x1A, 4, 3, 2, 1, 1}},
      {"zero", std::vector<uint8_t>(4096)},
  };
}

TEST(Corruption, ForeignFilesGiveOneLineThatNamesThem) {
  const TemporaryFolder folder;
  for (const Foreign& foreign : foreign_files()) {
    const std::string path = folder.file(foreign.name);
    write_bytes(path, foreign.bytes);
    const Status status = read_file(path).status();
    EXPECT_FALSE(status.ok()) << foreign.name;
    EXPECT_EQ(status.code(), foreign.bytes.size() == 1 ? Code::corrupt : Code::unreadable) << foreign.name;
    EXPECT_EQ(status.message().rfind(path + ": ", 0), 0u) << status.message();
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
}

TEST(Corruption, WhatIsNotAFile) {
  const TemporaryFolder folder;
  for (const std::string& path : {folder.path(), folder.file("missing"), std::string("/dev/null"), std::string()}) {
    const Status status = read_file(path).status();
    EXPECT_EQ(status.code(), Code::unreadable) << path;
    EXPECT_EQ(status.message().rfind(path + ": ", 0), 0u) << status.message();
  }
  EXPECT_EQ(read_memory(nullptr, 64).status().code(), Code::bad_argument);
  EXPECT_EQ(read_memory(nullptr, 0).status().code(), Code::unreadable);
}

}  // namespace
}  // namespace mien
