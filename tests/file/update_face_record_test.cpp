// A face record put into a file that is there: the rest stays as it is, and a failure leaves the file as it was.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "tests/file/counted_new.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

FaceRecord measured() {
  return {Alignment::landmarks, 0, Flip::sum, "lfw, 6000 pairs", {{0.01, 0.25}, {0.001, 0.375}}};
}

class UpdateFaceRecord : public ::testing::Test {
 protected:
  // The file of a package.
  void write(const Package& package) { ASSERT_TRUE(write_file(package, path_).ok()); }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("m.mien");
};

TEST_F(UpdateFaceRecord, GivesTheFileThatTheWriterWouldGive) {
  for (Package package : {every_op(), tiny()}) {
    for (const FaceRecord& before : {FaceRecord(), every_op().face}) {
      for (const FaceRecord& after : {FaceRecord(), every_op().face, measured()}) {
        package.face = before;
        write(package);
        const Status status = update_face_record(path_, after);
        ASSERT_TRUE(status.ok()) << status.message();
        package.face = after;
        EXPECT_EQ(read_bytes(path_), bytes_of(package));
      }
    }
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"m.mien"});
}

// With two sections that this version does not know, behind its own.
std::vector<uint8_t> file_of_a_later_version() {
  const std::vector<uint8_t> now = bytes_of(every_op());
  file::Header header = file::load_header(now.data());
  header.major = 2;
  header.minor = 5;
  header.least_minor = 1;
  std::vector<file::Part> parts;
  for (const file::Entry& entry : table_of(now.data()))
    parts.push_back({entry.type, entry.flags, entry.length,
                     [&now, entry](uint8_t* to) { std::memcpy(to, now.data() + entry.offset, entry.length); }});
  parts.push_back({8, 0, 100, [](uint8_t* to) { std::memset(to, 7, 100); }});
  parts.push_back({4000000000, 0, 0, [](uint8_t*) {}});
  return file::assemble(header, parts);
}

std::vector<uint8_t> content_of(const std::vector<uint8_t>& bytes, const file::Entry& entry) {
  const auto begin = bytes.begin() + static_cast<ptrdiff_t>(entry.offset);
  return {begin, begin + static_cast<ptrdiff_t>(entry.length)};
}

TEST_F(UpdateFaceRecord, KeepsWhatItDoesNotKnow) {
  const std::vector<uint8_t> before = file_of_a_later_version();
  write_bytes(path_, before);
  ASSERT_TRUE(update_face_record(path_, measured()).ok());
  const std::vector<uint8_t> after = read_bytes(path_);
  const auto old_table = table_of(before.data()), new_table = table_of(after.data());
  ASSERT_EQ(new_table.size(), 9u);
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(new_table[i].type, old_table[i].type);
    EXPECT_EQ(new_table[i].flags, old_table[i].flags);
    EXPECT_EQ(content_of(after, new_table[i]) == content_of(before, old_table[i]), old_table[i].type != file::kFace);
  }
  const file::Header header = file::load_header(after.data());
  EXPECT_EQ(header.major, 2);
  EXPECT_EQ(header.minor, 5);
  EXPECT_EQ(header.least_minor, 1);
  // And back.
  ASSERT_TRUE(update_face_record(path_, every_op().face).ok());
  EXPECT_EQ(read_bytes(path_), before);
}

TEST_F(UpdateFaceRecord, AFileOfVersion10BecomesOneOf11) {
  std::vector<uint8_t> bytes = bytes_of(tiny());
  file::store(bytes.data() + 14, uint16_t{0});
  rehash(bytes.data(), bytes.size());
  write_bytes(path_, bytes);
  ASSERT_TRUE(update_face_record(path_, {}).ok());
  EXPECT_EQ(read_bytes(path_), bytes) << "without a face section it stays what it is";
  ASSERT_TRUE(update_face_record(path_, measured()).ok());
  Package package = tiny();
  package.face = measured();
  EXPECT_EQ(read_bytes(path_), bytes_of(package));
}

TEST_F(UpdateFaceRecord, ABadRecordLeavesTheFile) {
  write(every_op());
  FaceRecord order = measured(), text = measured(), margin = measured();
  std::swap(order.thresholds[0], order.thresholds[1]);
  text.measured_on = "\xFF";
  margin.margin = std::nanf("");
  for (const FaceRecord& bad : {order, text, margin}) {
    const Status status = update_face_record(path_, bad);
    EXPECT_EQ(status.code(), Code::bad_argument);
    EXPECT_NE(status.message().find("face record"), std::string::npos) << status.message();
    EXPECT_EQ(read_bytes(path_), bytes_of(every_op()));
  }
}

TEST_F(UpdateFaceRecord, ADamagedFileIsLeftAlone) {
  std::vector<uint8_t> bytes = bytes_of(every_op());
  bytes[entry_of(bytes.data(), file::kWeights).offset] ^= 1;
  write_bytes(path_, bytes);
  const Status status = update_face_record(path_, measured());
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_EQ(status.message().rfind(path_ + ": at byte ", 0), 0u) << status.message();
  EXPECT_EQ(read_bytes(path_), bytes);
  EXPECT_EQ(folder_.names().size(), 1u);
  EXPECT_EQ(update_face_record(folder_.file("missing"), measured()).code(), Code::unreadable);
}

TEST_F(UpdateFaceRecord, OldMappingsStay) {
  write(tiny());
  const Result<Package> old = read_file(path_);
  ASSERT_TRUE(old.ok());
  ASSERT_TRUE(update_face_record(path_, measured()).ok());
  EXPECT_EQ(old->graph.values[1].constant.data[0], 2.0f);
  EXPECT_EQ(read_file(path_)->face.measured_on, "lfw, 6000 pairs");
}

TEST_F(UpdateFaceRecord, EveryFailedAllocationLeavesTheFile) {
  const FaceRecord record = measured();
  write(every_op());
  const std::vector<uint8_t> before = read_bytes(path_);
  int64_t n = 0;
  for (;; ++n) {
    fail_allocation(n, false);
    const Code code = update_face_record(path_, record).code();
    disarm();
    if (failed_allocations() == 0) {
      ASSERT_EQ(code, Code::ok);
      break;
    }
    ASSERT_EQ(code, Code::out_of_memory) << n;
    ASSERT_EQ(read_bytes(path_), before) << n;
  }
  EXPECT_GT(n, 20);
  EXPECT_NE(read_bytes(path_), before);
  EXPECT_EQ(folder_.names().size(), 1u);
}

}  // namespace
}  // namespace mien
