// Writing is all or nothing, whatever fails.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/file/counted_new.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using namespace mien::testing;

TEST(Write, ReplacesAFileAndKeepsOldMappings) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.mien");
  ASSERT_TRUE(write_file(tiny(), path).ok());
  const Result<Package> old = read_file(path);
  ASSERT_TRUE(old.ok());
  ASSERT_TRUE(write_file(every_op(), path).ok());
  EXPECT_EQ(old->graph.values[1].constant.data[0], 2.0f);
  EXPECT_EQ(read_bytes(path), bytes_of(every_op()));
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(Write, FollowsLinks) {
  const TemporaryFolder folder;
  write_bytes(folder.file("real"), {1});
  std::filesystem::create_symlink("real", folder.file("link"));
  ASSERT_TRUE(write_file(tiny(), folder.file("link")).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_TRUE(read_file(folder.file("real")).ok());
  EXPECT_TRUE(read_file(folder.file("link")).ok());
}

TEST(Write, WhereNothingCanBeWritten) {
  const TemporaryFolder folder;
  write_bytes(folder.file("file"), {1});
  for (const std::string& path : {folder.file("missing/m.mien"), folder.file("file/m.mien"), folder.path(),
                                  std::string("/dev/full"), std::string("/proc/m.mien"), std::string()}) {
    const Status status = write_file(tiny(), path);
    EXPECT_EQ(status.code(), Code::io) << path;
    EXPECT_EQ(status.message().rfind(path + ": ", 0), 0u) << status.message();
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"file"});
  struct stat info;
  ASSERT_EQ(::stat("/dev/full", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}

TEST(Write, ReadOnlyFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  EXPECT_EQ(write_file(tiny(), folder.file("m.mien")).code(), Code::io);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  EXPECT_TRUE(folder.names().empty());
}

// The disk is full after 100 bytes.
TEST(Write, AFullDiskKeepsTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.mien");
  write_bytes(path, {1, 2, 3});
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {100, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = write_file(tiny(), path);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.code(), Code::io);
  EXPECT_EQ(read_bytes(path), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(folder.names().size(), 1u);
}

// The n-th allocation fails, once or for ever: an error, nothing leaks, nothing is written, the next call works.
template <class Call>
void fail_every_allocation(Call call) {
  for (bool and_all_later : {false, true}) {
    for (int64_t n = 0;; ++n) {
      const size_t before = bytes_in_use();
      fail_allocation(n, and_all_later);
      const Code code = call();
      disarm();
      ASSERT_EQ(bytes_in_use(), before) << n;
      if (failed_allocations() == 0) {
        ASSERT_EQ(code, Code::ok);
        break;
      }
      ASSERT_EQ(code, Code::out_of_memory) << n;
    }
  }
}

TEST(OutOfMemory, Write) {
  const TemporaryFolder folder;
  const Package package = every_op();
  const std::string path = folder.file("m.mien");
  fail_every_allocation([&] { return write_file(package, path).code(); });
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(OutOfMemory, Read) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.mien");
  ASSERT_TRUE(write_file(every_op(), path).ok());
  fail_every_allocation([&] { return read_file(path).status().code(); });
  AlignedBytes misaligned(bytes_of(every_op()), 4);
  fail_every_allocation([&] { return read_memory(misaligned.data(), misaligned.size()).status().code(); });
}

}  // namespace
}  // namespace mien
