// The reader of MindSpore checkpoints: the forms of the format, the fixtures, and damage of every kind.
#include "converters/mindspore/mindspore.h"

#include <gtest/gtest.h>

#include "tests/converters/damage.h"
#include "tests/converters/mindspore_writer.h"

namespace mien::testing {
namespace {

Result<Checkpoint> read(const std::string& file) {
  return read_mindspore(bytes_in(file), file.size());
}

void expect_refused(const std::string& file, Code code, const std::string& part) {
  const Status status = read(file).status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(status.message().find(part), std::string::npos) << part << " in: " << status.message();
}

const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

std::string six(const std::string& tag = "w") {
  return mindspore_entry(tag, {2, 3}, "Float32", values_bytes(kSix));
}

TEST(MindSpore, ReadsTensorsInOrder) {
  const auto checkpoint = read(six("b") + six("a") + mindspore_entry("n", {2}, "Int64", std::string(16, '\1')));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->format, "mindspore");
  ASSERT_EQ(checkpoint->tensors.size(), 3u);
  EXPECT_EQ(checkpoint->tensors[0].name, "b");
  EXPECT_EQ(checkpoint->tensors[1].shape, (Shape{2, 3}));
  EXPECT_EQ(checkpoint->tensors[1].values, kSix);
  EXPECT_EQ(checkpoint->tensors[2].type, "int64");
  EXPECT_TRUE(checkpoint->tensors[2].values.empty());
}

TEST(MindSpore, WidensHalfPrecision) {
  const std::vector<uint16_t> half = {0x3c00, 0xc000}, brain = {0x3f80, 0xc000};
  const auto checkpoint = read(mindspore_entry("h", {2}, "Float16", values_bytes(half)) +
                               mindspore_entry("b", {2}, "bfloat16", values_bytes(brain)) +
                               mindspore_entry("d", {1}, "Float64", values_bytes(std::vector<double>{0.5})));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->tensors[0].values, (std::vector<float>{1, -2}));
  EXPECT_EQ(checkpoint->tensors[1].values, (std::vector<float>{1, -2}));
  EXPECT_EQ(checkpoint->tensors[2].values, (std::vector<float>{0.5f}));
}

TEST(MindSpore, JoinsSlices) {
  const std::string bytes = values_bytes(kSix);
  std::string file;
  // The middle one ends inside a number.
  for (const auto& [from, count] : std::vector<std::pair<size_t, size_t>>{{0, 8}, {8, 5}, {13, 11}})
    file += mindspore_entry("w", {2, 3}, "Float32", bytes.substr(from, count));
  const auto checkpoint = read(file + six("next"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  ASSERT_EQ(checkpoint->tensors.size(), 2u);
  EXPECT_EQ(checkpoint->tensors[0].values, kSix);
}

TEST(MindSpore, RefusesSlicesThatDoNotAddUp) {
  const std::string bytes = values_bytes(kSix);
  const auto slice = [&](const std::vector<int64_t>& dims, const char* type, size_t count) {
    return mindspore_entry("w", dims, type, bytes.substr(0, count));
  };
  expect_refused(slice({2, 3}, "Float32", 20), Code::corrupt, "20 bytes of 24");
  expect_refused(slice({2, 3}, "Float32", 20) + six("x"), Code::corrupt, "20 bytes of 24");
  expect_refused(slice({2, 3}, "Float32", 20) + slice({2, 3}, "Float32", 8), Code::corrupt, "more bytes");
  expect_refused(slice({2, 3}, "Float32", 20) + slice({3, 2}, "Float32", 4), Code::corrupt, "another shape");
  expect_refused(slice({2, 3}, "Float32", 20) + slice({2, 3}, "Int32", 4), Code::corrupt, "another type");
  expect_refused(six() + six(), Code::corrupt, "appears twice");
  expect_refused(mindspore_entry("w", {5}, "Float32", bytes), Code::corrupt, "more bytes");
}

TEST(MindSpore, ScalarsAndText) {
  const std::string one = values_bytes(std::vector<float>{7});
  const auto checkpoint =
      read(mindspore_entry("a", {}, "Float32", one) + mindspore_entry("b", {0}, "Float32", one) +
           mindspore_entry("empty", {0, 3}, "Float32", "") + mindspore_entry("t", {0}, "str", "text in UTF-32") +
           mindspore_entry("q", {9}, "qint4x2", "xyz"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  ASSERT_EQ(checkpoint->tensors.size(), 5u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(checkpoint->tensors[i].shape.rank, 0);
    EXPECT_EQ(checkpoint->tensors[i].values, std::vector<float>{7});
  }
  for (size_t i = 2; i < 5; ++i) EXPECT_TRUE(checkpoint->tensors[i].values.empty());
}

TEST(MindSpore, ChecksumHoldsOrTheFileIsRefused) {
  std::string file = with_checksum(six());
  EXPECT_TRUE(read(file).ok());
  file[20] = static_cast<char>(file[20] ^ 1);
  expect_refused(file, Code::corrupt, "checksum");
  // A tensor may end in what looks like one.
  const std::string content = std::string(3, 'x') + "crc_num" + std::string(10, 'y');
  EXPECT_TRUE(read(mindspore_entry("w", {5}, "Float32", content)).ok());
}

TEST(MindSpore, RefusesWhatNoReaderCanKnow) {
  expect_refused(std::string("\xd8\x5e\x3a\x7f and so on", 14), Code::unsupported, "encrypted");
  expect_refused(field(1, field(1, "w") + field(3, "")), Code::unsupported, "hash table");
  expect_refused(mindspore_entry("w", {1, 1, 1, 1, 1, 1, 1}, "Float32", std::string(4, '\0')), Code::unsupported,
                 "6 dimensions");
  expect_refused(mindspore_entry("w", {-1}, "Float32", ""), Code::corrupt, "dimension");
  expect_refused(mindspore_entry("w", {int64_t{1} << 40, 1 << 20}, "Float32", ""), Code::corrupt, "too many elements");
  expect_refused(mindspore_entry(std::string(5000, 'x'), {1}, "Float32", std::string(4, '\0')), Code::corrupt, "text");
  expect_refused(field(1, field(1, "w")), Code::corrupt, "without a tag or a tensor");
  expect_refused(field(2, "x"), Code::corrupt, "byte 0");
}

TEST(MindSpore, FixturesHoldTheirNumbers) {
  const auto plain = fixture("ms_plain.ckpt"), split = fixture("ms_split.ckpt"), crc = fixture("ms_crc.ckpt");
  if (plain.empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  for (const auto* file : {&plain, &crc}) {
    const auto checkpoint = read_mindspore(file->data(), file->size());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    ASSERT_EQ(checkpoint->tensors.size(), 5u);
    EXPECT_EQ(checkpoint->tensors[0].name, "layers.0.weight");
    EXPECT_EQ(checkpoint->tensors[0].shape, (Shape{4, 3}));
    EXPECT_EQ(checkpoint->tensors[2].name, "prelu.a");
    EXPECT_EQ(checkpoint->tensors[3].values, std::vector<float>{0.1f});
    EXPECT_EQ(checkpoint->tensors[4].type, "str");
  }
  const auto joined = read_mindspore(split.data(), split.size());
  ASSERT_TRUE(joined.ok()) << joined.status().message();
  ASSERT_EQ(joined->tensors.size(), 1u);
  EXPECT_EQ(joined->tensors[0].values, read_mindspore(plain.data(), plain.size())->tensors[0].values);
}

// An error, or tensors that are whole.
void expect_sane(const std::vector<uint8_t>& file) {
  const auto checkpoint = read_mindspore(file.data(), file.size());
  if (!checkpoint.ok()) {
    EXPECT_FALSE(checkpoint.status().message().empty());
    return;
  }
  for (const NamedTensor& t : checkpoint->tensors) {
    if (t.values.empty()) continue;
    EXPECT_EQ(static_cast<int64_t>(t.values.size()), t.shape.elements());
  }
}

TEST(MindSpore, EveryTruncationAndManyFlips) {
  const std::string three = with_checksum(six("a") + six("b") + mindspore_entry("s", {0}, "str", "text"));
  const std::vector<uint8_t> file(three.begin(), three.end());
  for_each_truncation(file, [](const std::vector<uint8_t>& copy, size_t) { expect_sane(copy); });
  for_each_flip(file, 5000, [](const std::vector<uint8_t>& copy, size_t) { expect_sane(copy); });
}

}  // namespace
}  // namespace mien::testing
