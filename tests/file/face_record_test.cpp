// The face section: what it may hold, when it is there, and who may skip it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/file/bytes.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

// every_op() with another face record.
Package with(const FaceRecord& face) {
  Package package = every_op();
  package.face = face;
  return package;
}

FaceRecord landmarks() {
  FaceRecord face;
  face.alignment = Alignment::landmarks;
  return face;
}

TEST(FaceSection, StandsLastIsNotCriticalAndNeedsNoNewReader) {
  const std::vector<uint8_t> bytes = bytes_of(every_op());
  const auto table = table_of(bytes.data());
  ASSERT_EQ(table.size(), 7u);
  EXPECT_EQ(table[6].type, 7u);
  EXPECT_EQ(table[6].flags, 0u);
  EXPECT_GT(table[6].offset, table[5].offset);
  EXPECT_EQ(file::load<uint16_t>(bytes.data() + 12), 1);
  EXPECT_EQ(file::load<uint16_t>(bytes.data() + 14), 2);
  EXPECT_EQ(file::load<uint16_t>(bytes.data() + 16), 1);
  EXPECT_EQ(file::load<uint16_t>(bytes.data() + 18), 0);
}

// docs/FORMAT.md, in bytes: a change here is a change of the format.
TEST(FaceSection, HasTheFieldsInThisOrder) {
  const std::vector<uint8_t> bytes = bytes_of(with({Alignment::box, 32, Flip::sum, "lfw", {{0.5, -1}}}));
  const file::Entry entry = entry_of(bytes.data(), file::kFace);
  const auto begin = bytes.begin() + static_cast<ptrdiff_t>(entry.offset);
  const std::vector<uint8_t> wanted = {2, 1, 0, 0, 0, 0x42, 3, 0, 0, 0, 'l', 'f', 'w', 1, 0, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0xE0, 0x3F, 0, 0, 0, 0, 0, 0, 0xF0, 0xBF};
  EXPECT_EQ(std::vector<uint8_t>(begin, begin + static_cast<ptrdiff_t>(entry.length)), wanted);
}

TEST(FaceSection, IsNotThereWhenTheRecordSaysNothing) {
  const std::vector<uint8_t> bytes = bytes_of(with({}));
  const auto table = table_of(bytes.data());
  EXPECT_EQ(table.size(), 6u);
  EXPECT_EQ(table.back().type, static_cast<uint32_t>(file::kWeights));
  AlignedBytes aligned(bytes);
  const Result<Package> back = read_memory(aligned.data(), aligned.size());
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_TRUE(is_default(back->face));
}

// One field away from the default is enough for a section of its own.
TEST(FaceSection, EveryFieldCounts) {
  EXPECT_TRUE(is_default({}));
  FaceRecord box;
  box.alignment = Alignment::box;
  FaceRecord sum;
  sum.flip = Flip::sum;
  FaceRecord named;
  named.measured_on = "lfw";
  FaceRecord measured;
  measured.thresholds = {{0.5, 0}};
  for (const FaceRecord& face : {landmarks(), box, sum, named, measured}) {
    EXPECT_FALSE(is_default(face));
    EXPECT_EQ(table_of(bytes_of(with(face)).data()).size(), 7u);
  }
}

TEST(FaceSection, OneThatSaysNothingIsRefused) {
  std::vector<uint8_t> bytes = bytes_of(with(landmarks()));
  const file::Entry entry = entry_of(bytes.data(), file::kFace);
  bytes[entry.offset] = 0;
  rehash(bytes.data(), bytes.size());
  AlignedBytes aligned(bytes);
  const Status status = read_memory(aligned.data(), aligned.size()).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_EQ(status.message(), "at byte " + std::to_string(entry.offset) + ": a face section that says nothing");
}

// As a file of version 1.0 and a reader that must know 1.0 alone: nothing of the section is needed.
TEST(FaceSection, AFileOfVersion10ReadsAsTheDefault) {
  std::vector<uint8_t> bytes = bytes_of(with({}));
  file::store(bytes.data() + 14, uint16_t{0});
  rehash(bytes.data(), bytes.size());
  AlignedBytes aligned(bytes);
  const Result<Package> back = read_memory(aligned.data(), aligned.size());
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_TRUE(is_default(back->face));
}

std::string refusal(const FaceRecord& face) {
  const Status status = check_face_record(face);
  const Result<std::vector<uint8_t>> stored = serialize(with(face));
  EXPECT_EQ(stored.status().code(), status.ok() ? Code::ok : Code::bad_argument) << stored.status().message();
  EXPECT_EQ(status.code(), status.ok() ? Code::ok : Code::corrupt);
  return status.message();
}

std::string refused_thresholds(const std::vector<Threshold>& thresholds) {
  FaceRecord face = landmarks();
  face.thresholds = thresholds;
  return refusal(face);
}

std::string refused_margin(float margin, Alignment alignment = Alignment::box) {
  FaceRecord face;
  face.alignment = alignment;
  face.margin = margin;
  return refusal(face);
}

TEST(FaceRecord, MarginsAreChecked) {
  for (float good : {0.0f, 1e-30f, 32.0f, 1e30f}) EXPECT_EQ(refused_margin(good), "") << good;
  for (float bad : {-1e-30f, -0.0f, -32.0f, std::numeric_limits<float>::infinity(), std::nanf("")})
    EXPECT_EQ(refused_margin(bad), "the margin around a face is not a number of at least 0") << bad;
  EXPECT_EQ(refused_margin(0, Alignment::landmarks), "");
  EXPECT_EQ(refused_margin(1, Alignment::landmarks), "a margin around a face that is not cut by its box");
  EXPECT_EQ(refused_margin(1, Alignment::unknown), "a margin around a face that is not cut by its box");
}

TEST(FaceRecord, ChoicesAreChecked) {
  FaceRecord face;
  face.alignment = static_cast<Alignment>(3);
  EXPECT_EQ(refusal(face), "no such alignment of a face");
  face = landmarks();
  face.flip = static_cast<Flip>(3);
  EXPECT_EQ(refusal(face), "no such use of the mirrored face");
}

TEST(FaceRecord, ThresholdsAreChecked) {
  const double nan = std::nan(""), tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(refused_thresholds({{0.1, -1}, {0.01, 1}, {tiny, 0}}), "");
  for (double far : {0.0, -0.1, 1.0, 1.5, nan})
    EXPECT_EQ(refused_thresholds({{far, 0}}), "a threshold's false accept rate is not between 0 and 1") << far;
  for (double cosine : {-1.0000001, 1.0000001, nan, std::numeric_limits<double>::infinity()})
    EXPECT_EQ(refused_thresholds({{0.5, cosine}}), "a threshold's cosine is not in -1..1") << cosine;
  const std::string order = "the thresholds are not in order of falling false accept rate";
  EXPECT_EQ(refused_thresholds({{0.1, 0}, {0.1, 0}}), order);
  EXPECT_EQ(refused_thresholds({{0.1, 0}, {0.01, 0}, {0.02, 0}}), order);
}

TEST(FaceRecord, ThresholdsAreBounded) {
  std::vector<Threshold> thresholds;
  for (size_t i = 0; i < kMaxThresholds; ++i) thresholds.push_back({1.0 / static_cast<double>(i + 2), 0});
  EXPECT_EQ(refused_thresholds(thresholds), "");
  thresholds.push_back({1e-9, 0});
  EXPECT_EQ(refused_thresholds(thresholds), "65 thresholds; there may be 64");
}

TEST(FaceRecord, TextIsChecked) {
  FaceRecord face = landmarks();
  face.measured_on = "\x1b[31m";
  EXPECT_FALSE(serialize(with(face)).ok());
  face.measured_on = "lfw";
  EXPECT_TRUE(serialize(with(face)).ok());
}

// The same faults in a file whose hashes are right: corrupt, with the byte of the section.
TEST(FaceRecord, FaultsInAFileAreCorrupt) {
  struct Case {
    size_t at;  // of the field in the section
    std::vector<uint8_t> bytes;
    std::string says;
  };
  const std::vector<uint8_t> nan = {0, 0, 0xC0, 0x7F}, minus_one = {0, 0, 0x80, 0xBF};
  const Case cases[] = {{0, {3}, "no such choice"},
                        {0, {1}, "not cut by its box"},
                        {1, {3}, "no such choice"},
                        {2, nan, "not a number of at least 0"},
                        {2, minus_one, "not a number of at least 0"},
                        {6, {200}, "does not fit"},
                        {13, {2}, "does not fit"},
                        {24, {0x40}, "not between 0 and 1"},
                        {32, {0xC0}, "not in -1..1"}};
  for (const Case& one : cases) {
    std::vector<uint8_t> bytes = bytes_of(with({Alignment::box, 32, Flip::sum, "lfw", {{0.5, -1}}}));
    const file::Entry entry = entry_of(bytes.data(), file::kFace);
    std::copy(one.bytes.begin(), one.bytes.end(), bytes.begin() + static_cast<ptrdiff_t>(entry.offset + one.at));
    rehash(bytes.data(), bytes.size());
    AlignedBytes aligned(bytes);
    const Status status = read_memory(aligned.data(), aligned.size()).status();
    EXPECT_EQ(status.code(), Code::corrupt) << one.says;
    EXPECT_NE(status.message().find(one.says), std::string::npos) << status.message();
    EXPECT_EQ(status.message().rfind("at byte ", 0), 0u) << status.message();
  }
}

TEST(FaceRecord, NamesComeBack) {
  for (const char* name : {"none", "landmarks", "box"}) {
    Alignment alignment;
    ASSERT_TRUE(from_name(name, &alignment));
    EXPECT_STREQ(name_of(alignment), name);
  }
  for (const char* name : {"none", "sum", "concat"}) {
    Flip flip;
    ASSERT_TRUE(from_name(name, &flip));
    EXPECT_STREQ(name_of(flip), name);
  }
  EXPECT_STREQ(name_of(Alignment::box), "box");
  EXPECT_STREQ(name_of(Flip::sum), "sum");
  Alignment alignment = Alignment::box;
  Flip flip = Flip::sum;
  EXPECT_FALSE(from_name("sum", &alignment) || from_name("", &alignment));
  EXPECT_FALSE(from_name("box", &flip) || from_name("Sum", &flip));
  EXPECT_EQ(alignment, Alignment::box);
  EXPECT_EQ(flip, Flip::sum);
}

}  // namespace
}  // namespace mien
