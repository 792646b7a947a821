// Files whose hashes are right and whose content is not: an error, or a package that is as valid as any.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "engine/file/hash.h"
#include "tests/file/counted_new.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

constexpr size_t kMiB = size_t{1} << 20;
constexpr uint64_t kHostile[] = {0, 1, UINT64_MAX, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, uint64_t{1} << 63};

// Whether the last section has a type that nobody knows: it is skipped, and so not written again.
bool ends_in_foreign_section(AlignedBytes& bytes) {
  return table_of(bytes.data()).back().type > file::kSections;
}

// Reads within the allowed memory. What is accepted must be exactly what the writer makes of it.
void expect_safe(AlignedBytes& bytes, const std::string& what) {
  const size_t before = bytes_in_use();
  reset_peak();
  {
    const Result<Package> result = read_memory(bytes.data(), bytes.size());
    ASSERT_LE(peak_bytes() - before, bytes.size() + kMiB) << what;
    if (result.ok() && !ends_in_foreign_section(bytes)) {
      Package package = *result;
      ASSERT_TRUE(infer_shapes(package.graph).ok()) << what;
      const std::vector<uint8_t> again = bytes_of(package);
      ASSERT_EQ(again.size(), bytes.size()) << what;
      ASSERT_EQ(std::memcmp(again.data() + 64, bytes.data() + 64, again.size() - 64), 0) << what;
    }
  }
  ASSERT_EQ(bytes_in_use(), before) << what;
}

// Every offset outside of the weights is taken as an integer of each width: a superset of the integer fields there are.
void try_every_integer(const Package& package, size_t step) {
  const std::vector<uint8_t> whole = bytes_of(package);
  AlignedBytes bytes(whole);
  const file::Entry weights = entry_of(bytes.data(), file::kWeights);
  for (size_t at = 0; at < whole.size(); at += step) {
    for (size_t width : {1, 2, 4, 8}) {
      const bool in_weights = at + width > weights.offset && at < weights.offset + weights.length;
      if (in_weights || at + width > whole.size()) continue;
      for (uint64_t value : kHostile) {
        std::memcpy(bytes.data() + at, &value, width);
        rehash(bytes.data(), bytes.size());
        expect_safe(bytes, "at " + std::to_string(at) + " width " + std::to_string(width) + " value " +
                               std::to_string(value));
        if (::testing::Test::HasFatalFailure()) return;
        std::memcpy(bytes.data(), whole.data(), whole.size());
      }
    }
  }
}

TEST(Hostile, EveryIntegerOfATinyFile) { try_every_integer(tiny(), 1); }
// A minute under sanitizers: there a third of the offsets, so that the suite stays short.
TEST(Hostile, EveryIntegerOfEveryOperator) { try_every_integer(every_op(), kSlow ? 3 : 1); }

// A file of the given sections (contents in the order of their types), hashes right.
std::vector<uint8_t> container(const std::vector<std::pair<uint32_t, std::vector<uint8_t>>>& sections) {
  const auto padded = [](size_t n) { return file::aligned(n); };
  size_t offset = padded(64 + 32 * sections.size());
  std::vector<uint8_t> bytes(offset);
  size_t at = 64;
  for (const auto& [type, content] : sections) {
    const bool known = type <= file::kSections;
    const uint32_t flags = known && file::is_critical(static_cast<file::Section>(type)) ? file::kCritical : 0;
    bytes.resize(offset + padded(content.size()));
    std::copy(content.begin(), content.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
    file::write_entry({type, flags, offset, content.size(), 0}, bytes.data() + at);
    at += 32;
    offset = bytes.size();
  }
  file::Header header;
  header.sections = static_cast<uint32_t>(sections.size());
  header.file_size = bytes.size();
  file::write_header(header, bytes.data());
  rehash(bytes.data(), bytes.size());
  return bytes;
}

// The sections of a valid file.
std::vector<std::pair<uint32_t, std::vector<uint8_t>>> sections_of(const std::vector<uint8_t>& bytes) {
  std::vector<std::pair<uint32_t, std::vector<uint8_t>>> sections;
  for (const file::Entry& entry : table_of(bytes.data())) {
    const auto begin = bytes.begin() + static_cast<ptrdiff_t>(entry.offset);
    sections.push_back({entry.type, {begin, begin + static_cast<ptrdiff_t>(entry.length)}});
  }
  return sections;
}

Status read(const std::vector<uint8_t>& file) {
  AlignedBytes bytes(file);
  return read_memory(bytes.data(), bytes.size()).status();
}

TEST(Hostile, TheTestsOwnContainerIsTheWriters) {
  const std::vector<uint8_t> bytes = bytes_of(every_op());
  EXPECT_EQ(container(sections_of(bytes)), bytes);
}

TEST(Hostile, UnknownSectionsAreSkippedUnlessCritical) {
  auto sections = sections_of(bytes_of(every_op()));
  sections.push_back({8, std::vector<uint8_t>(100, 1)});
  sections.push_back({4000000000, {}});
  std::vector<uint8_t> bytes = container(sections);
  EXPECT_TRUE(read(bytes).ok()) << read(bytes).message();
  std::vector<std::string> warnings;
  ReadOptions options;
  options.warnings = &warnings;
  ASSERT_TRUE(read_memory(AlignedBytes(bytes).data(), bytes.size(), options).ok());
  EXPECT_EQ(warnings, std::vector<std::string>{"sections of a newer format that were left out: 2"});
  for (size_t i = 64 + 7 * 32; i < bytes.size(); ++i) {  // they are hashed all the same
    std::vector<uint8_t> changed = bytes;
    changed[i] ^= 1;
    ASSERT_FALSE(read(changed).ok()) << i;
  }
  bytes[64 + 7 * 32 + 4] = file::kCritical;
  rehash(bytes.data(), bytes.size());
  EXPECT_EQ(read(bytes).code(), Code::unsupported);
  EXPECT_NE(read(bytes).message().find("type 8"), std::string::npos) << read(bytes).message();
}

TEST(Hostile, SectionsMissingTwiceOrOutOfOrder) {
  const auto sections = sections_of(bytes_of(every_op()));
  for (size_t i = 0; i < sections.size(); ++i) {
    auto without = sections;
    without.erase(without.begin() + static_cast<ptrdiff_t>(i));
    const bool optional = sections[i].first == file::kGolden || sections[i].first == file::kFace;
    EXPECT_EQ(read(container(without)).ok(), optional) << i;
    auto twice = sections;
    twice.insert(twice.begin() + static_cast<ptrdiff_t>(i), sections[i]);
    EXPECT_EQ(read(container(twice)).code(), Code::corrupt) << i;
    auto swapped = sections;
    std::swap(swapped[i], swapped[(i + 1) % sections.size()]);
    EXPECT_EQ(read(container(swapped)).code(), Code::corrupt) << i;
    auto empty = sections;
    empty[i].second.clear();
    EXPECT_EQ(read(container(empty)).code(), Code::corrupt) << i;
    auto longer = sections;
    longer[i].second.push_back(0);
    EXPECT_EQ(read(container(longer)).code(), Code::corrupt) << i;
  }
}

TEST(Hostile, NewerFormats) {
  struct Case {
    uint16_t major, minor, least_major, least_minor;
    Code code;
  };
  const Case cases[] = {{1, 9, 1, 0, Code::ok},      {2, 0, 1, 0, Code::ok},
                        {2, 0, 2, 0, Code::unsupported}, {1, 9, 1, 1, Code::ok},
                        {1, 9, 1, 2, Code::ok},      {1, 9, 1, 3, Code::unsupported},
                        {1, 0, 1, 1, Code::corrupt}, {0, 9, 0, 9, Code::corrupt},
                        {1, 0, 2, 0, Code::corrupt}};
  for (const Case& one : cases) {
    std::vector<uint8_t> bytes = bytes_of(tiny());
    file::store(bytes.data() + 12, one.major);
    file::store(bytes.data() + 14, one.minor);
    file::store(bytes.data() + 16, one.least_major);
    file::store(bytes.data() + 18, one.least_minor);
    rehash(bytes.data(), bytes.size());
    EXPECT_EQ(read(bytes).code(), one.code) << read(bytes).message();
  }
}

// Small files that would become large in memory.
TEST(Hostile, ManyTinyEntriesStayWithinMemory) {
  const auto sections = sections_of(bytes_of(tiny()));
  for (size_t section : {0, 3}) {
    for (size_t entry_size : {6, 10, 32, 76}) {
      auto changed = sections;
      std::vector<uint8_t>& content = changed[section].second;
      // Strings of no bytes in front of the list, then its count, then entries of zeros.
      const size_t head = section == 0 ? 4 : 6 * 4;
      content.assign(head, 0);
      const uint32_t count = static_cast<uint32_t>(4 * kMiB / entry_size);
      content.resize(head + 4);
      std::memcpy(content.data() + head, &count, 4);
      content.resize(head + 4 + 4 * kMiB);
      AlignedBytes bytes(container(changed));
      expect_safe(bytes, std::to_string(section));
      EXPECT_FALSE(read_memory(bytes.data(), bytes.size()).ok());
    }
  }
}

TEST(Hostile, ChainOfManyNodesStaysWithinMemory) {
  Package package = tiny();
  for (int i = 0; i < 1500; ++i) {
    Node node;
    node.op = Op::relu;
    node.inputs = {package.graph.outputs[0]};
    node.output = static_cast<ValueId>(package.graph.values.size());
    package.graph.values.push_back({"a name of some length " + std::to_string(i), {1, 1, 1, 1}, {}});
    package.graph.outputs = {node.output};
    package.graph.nodes.push_back(node);
  }
  const std::vector<uint8_t> file = bytes_of(package);
  ASSERT_FALSE(file.empty());
  AlignedBytes bytes(file);
  expect_safe(bytes, "chain");
}

TEST(Hostile, WeightsThatAreNotFinite) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<uint8_t> bytes = bytes_of(tiny());
    const uint64_t at = entry_of(bytes.data(), file::kWeights).offset;
    file::store(bytes.data() + at, bad);
    rehash(bytes.data(), bytes.size());
    const Status status = read(bytes);
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_EQ(status.message(), "at byte " + std::to_string(at) + ": the constant 'w' is NaN or infinite at element 0");
    AlignedBytes aligned(bytes);
    EXPECT_TRUE(read_memory(aligned.data(), aligned.size(), {false}).ok());
  }
}

TEST(Hostile, PaddingInsideTheWeights) {
  std::vector<uint8_t> bytes = bytes_of(tiny());
  const uint64_t at = entry_of(bytes.data(), file::kWeights).offset;
  bytes[at + 63] = 1;
  rehash(bytes.data(), bytes.size());
  EXPECT_EQ(read(bytes).message().rfind("at byte " + std::to_string(at + 63), 0), 0u) << read(bytes).message();
}

// What the reader would refuse, the writer does not write.
TEST(Hostile, PackagesThatCannotBeStored) {
  const auto refused = [](void (*change)(Package&)) {
    Package package = every_op();
    change(package);
    const auto result = serialize(package);
    return !result.ok() && result.status().code() == Code::bad_argument;
  };
  EXPECT_FALSE(refused([](Package&) {}));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = "\x1b[31m"; }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = "\xFF"; }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = "\xED\xA0\x80"; }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = "\xC0\x80"; }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = std::string(1, '\0'); }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.values[0].name = p.graph.values[1].name; }));
  EXPECT_TRUE(refused([](Package& p) { p.graph.nodes[0].b = std::nanf(""); }));
  EXPECT_TRUE(refused([](Package& p) { p.input.mean[3] = std::nanf(""); }));
  EXPECT_TRUE(refused([](Package& p) { p.input.normalized_inside = true; }));
  EXPECT_TRUE(refused([](Package& p) { p.input.width = 6; }));
  EXPECT_TRUE(refused([](Package& p) { p.input.layout = InputLayout::nchw; }));
  EXPECT_TRUE(refused([](Package& p) { p.input.color = ColorOrder::gray; }));
  EXPECT_TRUE(refused([](Package& p) { p.output.dims = 7; }));
  EXPECT_TRUE(refused([](Package& p) { p.card.source_sha256.back() = 'F'; }));
  EXPECT_TRUE(refused([](Package& p) { p.golden.cases[0].low = 4; }));
  EXPECT_TRUE(refused([](Package& p) { p.golden.cases[0].outputs.pop_back(); }));
  EXPECT_TRUE(refused([](Package& p) { p.golden.cases[0].outputs[0].elements = 7; }));
  EXPECT_TRUE(refused([](Package& p) { p.golden.cases[0].layers[1].samples = {1, 2, 3, 4, 5, 6}; }));
}

}  // namespace
}  // namespace mien
