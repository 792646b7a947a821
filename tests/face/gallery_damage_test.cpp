// Killed writers, torn ends, changed bytes: fewer records or an error, never a wrong record and never a crash.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "face/search.h"
#include "tests/face/gallery_support.h"

namespace mien {
namespace {

using namespace gallery_test;

#if defined(__SANITIZE_ADDRESS__)
constexpr int kKills = 60, kFlips = 2000;
#else
constexpr int kKills = 300, kFlips = 12000;
#endif
constexpr int kDims = 24;

std::string name_at(int i) {
  return i % 5 == 0 ? long_name_of(i) : name_of(i);
}

// Appends from the row on that comes next, says after each that it is done, and compacts now and then.
[[noreturn]] void append_until_killed(const std::string& path, std::atomic<int>* done) {
  auto writer = GalleryWriter::open(path);
  if (!writer.ok()) _exit(3);
  for (int i = *done;; ++i) {
    if (!(*writer)->append(name_at(i), embedding_of(kDims, static_cast<uint32_t>(i)).data()).ok()) _exit(4);
    *done = i + 1;
    if (i % 97 == 96 && !(*writer)->compact().ok()) _exit(5);
  }
}

// Of a gallery that holds the records 0, 1, .. and nothing else.
void expect_prefix(const Gallery& gallery, int64_t least, int64_t most) {
  ASSERT_GE(gallery.size(), least);
  ASSERT_LE(gallery.size(), most);
  for (int64_t row = 0; row < gallery.size(); ++row) {
    ASSERT_EQ(gallery.name(row), name_at(static_cast<int>(row)));
    ASSERT_EQ(gallery.embedding(row).size(), size_t{kDims});
  }
}

TEST(GalleryKill, WhatWasAcknowledgedIsThere) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  created(path, info_of(kDims)).reset();
  auto* done =
      static_cast<std::atomic<int>*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(static_cast<void*>(done), MAP_FAILED);
  std::mt19937 random(5);
  int unfinished = 0;
  for (int round = 0; round < kKills; ++round) {
    const pid_t child = fork();
    if (child == 0) append_until_killed(path, done);
    usleep(500 + random() % 4000);
    kill(child, SIGKILL);
    int state = 0;
    ASSERT_EQ(waitpid(child, &state, 0), child);
    ASSERT_TRUE(WIFSIGNALED(state)) << "the writer ended by itself: " << WEXITSTATUS(state);
    const auto gallery = opened(path);
    ASSERT_NE(gallery, nullptr);
    unfinished += gallery->unfinished().empty() ? 0 : 1;
    // The one that was being written may be there too.
    expect_prefix(*gallery, *done, *done + 1);
    *done = static_cast<int>(gallery->size());
    if (gallery->size() > 3000) {  // keeps the rounds short
      std::filesystem::remove(path);
      created(path, info_of(kDims)).reset();
      *done = 0;
    }
  }
  RecordProperty("unfinished", unfinished);
  munmap(done, 4096);
}

// 70 records: a whole block and a part of one.
Bytes sample(const std::string& path, bool removals) {
  auto writer = created(path, info_of(kDims));
  for (int i = 0; i < 70; ++i) {
    EXPECT_TRUE(writer->append(name_at(i), embedding_of(kDims, static_cast<uint32_t>(i)).data()).ok());
  }
  if (removals) {
    EXPECT_EQ(*writer->remove(name_at(20)), 1);
    EXPECT_EQ(*writer->remove(name_at(21)), 1);
  }
  return read_bytes(path);
}

TEST(GalleryTorn, EveryTruncation) {
  Folder folder;
  const Bytes whole = sample(folder.file("whole"), false);
  const std::string path = folder.file("g.mgal");
  int64_t before = 0;
  for (size_t size = 0; size <= whole.size(); size += size < 4090 || size > whole.size() - 9000 ? 1 : 7) {
    write_bytes(path, Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
    const auto read = Gallery::open(path);
    ASSERT_EQ(read.ok(), size >= 4096) << size;
    if (!read.ok()) continue;
    const Gallery& gallery = *read.value();
    ASSERT_GE(gallery.size(), before) << "more bytes, fewer records";
    before = gallery.size();
    if (size % 16 != 0) continue;
    expect_prefix(gallery, 0, 70);
    // A writer cuts what is torn, goes on, and from then on nothing is torn.
    auto writer = reopened(path);
    ASSERT_EQ(writer->size(), before);
    ASSERT_EQ(writer->cut(), gallery.unfinished());
    const int next = static_cast<int>(before);
    ASSERT_EQ(opened(path)->unfinished(), "");
    ASSERT_TRUE(writer->append(name_at(next), embedding_of(kDims, static_cast<uint32_t>(next)).data()).ok());
    expect_prefix(*opened(path), before + 1, before + 1);
    ASSERT_EQ(opened(path)->unfinished(), "");
  }
  EXPECT_EQ(before, 70);
}

// Every byte of the last record, torn from there on: the record is left out, and the reader says so.
TEST(GalleryTorn, LastRecordTornAtEveryByte) {
  Folder folder;
  const Bytes whole = sample(folder.file("whole"), false);
  const std::string path = folder.file("g.mgal");
  const size_t row_bytes = 128, row = whole.size() - row_bytes;
  for (size_t cut = 0; cut < row_bytes; ++cut) {
    Bytes torn = whole;
    std::fill(torn.begin() + static_cast<ptrdiff_t>(row + cut), torn.end(), uint8_t{0});
    if (torn == whole) continue;  // the row's own padding
    write_bytes(path, torn);
    const auto gallery = opened(path);
    expect_prefix(*gallery, 69, 69);
    EXPECT_NE(gallery->unfinished(), "") << cut;
  }
}

// A changed byte is an error that names an offset, or costs records at the end, which is told; where nothing is
// stored it is told or without effect. No record ever comes out changed.
void expect_told(const std::string& path, const Bytes& bytes, size_t at, int64_t rows) {
  write_bytes(path, bytes);
  const auto read = Gallery::open(path);
  if (!read.ok()) {
    EXPECT_NE(read.status().message().find(path), std::string::npos);
    const Code code = read.status().code();
    ASSERT_TRUE(code == Code::unreadable || code == Code::corrupt) << at << ": " << read.status().message();
    if (code == Code::corrupt) {
      EXPECT_NE(read.status().message().find("at byte"), std::string::npos);
    }
    return;
  }
  const Gallery& gallery = *read.value();
  ASSERT_NE(gallery.unfinished(), "") << "byte " << at << " changed unnoticed";
  ASSERT_LE(gallery.size(), rows) << at;
  ASSERT_GE(gallery.size(), rows - 1) << at;
}

TEST(GalleryDamage, EveryByteFlipped) {
  Folder folder;
  const Bytes whole = sample(folder.file("whole"), false);
  std::mt19937 random(6);
  for (int i = 0; i < kFlips; ++i) {
    Bytes bytes = whole;
    const size_t at = i < 200 ? bytes.size() - 1 - static_cast<size_t>(i) : random() % bytes.size();
    bytes[at] ^= static_cast<uint8_t>(1 + random() % 255);
    ASSERT_NO_FATAL_FAILURE(expect_told(folder.file("g"), bytes, at, 70));
  }
}

// Many bytes at once, hashes made right for some: whatever is read must be searchable and its names text.
TEST(GalleryDamage, ManyFlipsAndSearch) {
  Folder folder;
  const Bytes whole = sample(folder.file("whole"), true);
  const std::string path = folder.file("g");
  std::mt19937 random(7);
  for (int i = 0; i < kFlips / 4; ++i) {
    Bytes bytes = whole;
    for (uint32_t n = random() % 6; n > 0; --n) bytes[4096 + random() % (bytes.size() - 4096)] = uint8_t(random());
    bytes.resize(bytes.size() - random() % 3 * (random() % 5000));
    write_bytes(path, bytes);
    for (const bool check_rows : {false, true}) {
      GalleryOptions options;
      options.check_rows = check_rows;
      const auto read = Gallery::open(path, options);
      if (!read.ok()) continue;
      const auto found = top_k(*read.value(), embedding_of(kDims, 1).data(), 1, 100);
      ASSERT_TRUE(found.ok());
      if (check_rows) {
        ASSERT_EQ(static_cast<int64_t>(found.value()[0].size()), read.value()->size());
      }
    }
    const auto writer = GalleryWriter::open(path);
    if (writer.ok()) {
      EXPECT_EQ(opened(path)->unfinished(), "");
    }
  }
}

// A hole in the middle is damage even though an empty entry is how a gallery ends.
TEST(GalleryDamage, AHoleInTheMiddleIsAnError) {
  Folder folder;
  Bytes bytes = sample(folder.file("whole"), false);
  std::fill_n(bytes.begin() + 4096 + 64 * 10, 64, uint8_t{0});
  write_bytes(folder.file("g"), bytes);
  const Status status = Gallery::open(folder.file("g")).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_NE(status.message().find("at byte " + std::to_string(4096 + 64 * 10)), std::string::npos) << status.message();
  EXPECT_EQ(GalleryWriter::open(folder.file("g")).status().code(), Code::corrupt);
}

}  // namespace
}  // namespace mien
