#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/exit_code.h"
#include "app/files.h"
#include "app/measure.h"
#include "app/run_options.h"
#include "app/table.h"

namespace mien::app {
namespace {

TEST(Table, AlignsAndTrims) {
  Table table("lr");
  table.row({"a", "1"});
  table.row({"long", "22"});
  table.row({"b"});
  EXPECT_EQ(table.text(), "a      1\nlong  22\nb\n");
}

TEST(Table, ControlCharactersDoNotReachTheTerminal) {
  Table table("l");
  table.row({"evil\x1B[2Jname\n"});
  EXPECT_EQ(table.text(), "evil?[2Jname?\n");
}

TEST(Figures, ReadWell) {
  EXPECT_EQ(count_text(221123456), "0.221 G");
  EXPECT_EQ(count_text(995456), "0.995 M");
  EXPECT_EQ(count_text(12), "12");
  EXPECT_EQ(bytes_text(4 << 20), "4.00 MiB");
  EXPECT_EQ(percent(0.8034), "80.3 %");
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

size_t files_in(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(Outputs, AppearTogetherOrNotAtAll) {
  auto folder = TemporaryFolder::create();
  ASSERT_TRUE(folder.ok());
  const std::string a = folder->path() + "/a", b = folder->path() + "/b";
  {
    Outputs outputs;
    ASSERT_TRUE(outputs.add(a, "1", 1).ok());
    EXPECT_EQ(outputs.add(folder->path() + "/none/b", "2", 1).code(), Code::io);
  }
  EXPECT_EQ(files_in(folder->path()), 0u) << "neither the file nor its temporary one";

  ASSERT_TRUE(write_one(a, "old").ok());
  Outputs outputs;
  ASSERT_TRUE(outputs.add(a, "1", 1).ok());
  ASSERT_TRUE(outputs.add(b, "22", 2).ok());
  EXPECT_EQ(content(a), "old");
  ASSERT_TRUE(outputs.commit().ok());
  EXPECT_EQ(content(a), "1");
  EXPECT_EQ(content(b), "22");
  EXPECT_EQ(files_in(folder->path()), 2u);
}

TEST(Outputs, AFullDeviceIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ(write_one("/dev/full", "text").code(), Code::io);
}

TEST(Named, PutsTheFileInFrontOnce) {
  EXPECT_EQ(named("f", {Code::corrupt, "what"}).message(), "f: what");
  EXPECT_EQ(named("f", {Code::corrupt, "f: what"}).message(), "f: what");
  EXPECT_TRUE(named("f", {}).ok());
}

TEST(ExitCode, IsTheContract) {
  EXPECT_EQ(exit_code(Code::ok), 0);
  EXPECT_EQ(exit_code(Code::check_failed), 1);
  EXPECT_EQ(exit_code(Code::bad_argument), 2);
  EXPECT_EQ(exit_code(Code::unreadable), 3);
  EXPECT_EQ(exit_code(Code::corrupt), 3);
  EXPECT_EQ(exit_code(Code::unsupported), 4);
  EXPECT_EQ(exit_code(Code::io), 5);
}

TEST(RunOptions, ListsWhatIsUsable) {
  const auto wrong = model_options({"mmx", 0});
  EXPECT_EQ(wrong.status().code(), Code::bad_argument);
  EXPECT_NE(wrong.status().message().find(usable_isas()), std::string::npos);
  EXPECT_FALSE(parallel_of({"", -1}).ok());
  const auto one = parallel_of({"", 1});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->run, nullptr) << "one thread is the caller's";
}

TEST(Measure, PeakIsThatOfAProcessor) {
  const PeakMeter meter(*kernels::best_kernels(), {});
  EXPECT_GT(meter.gflops(), 0.1);
  EXPECT_LT(meter.gflops(), 2000);
}

}  // namespace
}  // namespace mien::app
