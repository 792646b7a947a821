// What holds for every file of ours as text: ASCII, no path of one machine, lines and files of readable length.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sources.h"

namespace mien {
namespace {

constexpr size_t kMaxLine = 120;
constexpr size_t kMaxLines = 500;

TEST(Text, SourcesAreAsciiWithPlainLineEnds) {
  for (const SourceFile& file : read_sources()) {
    for (size_t i = 0; i < file.lines.size(); ++i)
      for (const char c : file.lines[i])
        if (static_cast<unsigned char>(c) > 126 || c == '\r') {
          ADD_FAILURE() << file.path << ":" << i + 1 << ": not plain ASCII";
          break;
        }
    EXPECT_TRUE(file.bytes.empty() || file.bytes.back() == '\n') << file.path << ": no line end at the end";
  }
}

TEST(Text, CodeHasNoTabsAndFitsTheColumn) {
  for (const SourceFile& file : read_sources()) {
    if (!is_code(file)) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_EQ(file.lines[i].find('\t'), std::string::npos) << file.path << ":" << i + 1 << ": a tab";
      EXPECT_LE(file.lines[i].size(), kMaxLine) << file.path << ":" << i + 1;
    }
  }
}

TEST(Text, FilesAreShort) {
  for (const SourceFile& file : read_sources())
    if (is_code(file) || ends_with(file.path, ".py")) {
      EXPECT_LE(file.lines.size(), kMaxLines) << file.path;
    }
}

TEST(Text, DocumentsKeepTheirLength) {
  for (const SourceFile& file : read_sources()) {
    const size_t limit = file.path == "README.md"           ? 250
                         : file.path == "docs/FORMAT.md"    ? 120
                         : file.path == "docs/EMBEDDING.md" ? 149
                                                            : file.lines.size();
    EXPECT_LE(file.lines.size(), limit) << file.path;
  }
}

// A reader copies the README's program: it is the file that is compiled.
TEST(Text, ReadmeShowsTheExampleThatIsBuilt) {
  std::string readme, example;
  for (const SourceFile& file : read_sources()) {
    if (file.path == "README.md") readme = file.bytes;
    if (file.path == "examples/embed.c") example = file.bytes;
  }
  ASSERT_FALSE(example.empty());
  EXPECT_NE(readme.find("```c\n" + example + "```"), std::string::npos);
}

TEST(Text, HeadersSayWhatTheyAreAndAreIncludedOnce) {
  for (const SourceFile& file : read_sources()) {
    if (!is_header(file)) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(starts_with(file.lines[0], "//") || starts_with(file.lines[0], "/*"))
        << file.path << ": no opening words";
    bool guarded = false;
    for (const std::string& line : file.lines)
      guarded = guarded || starts_with(line, "#pragma once") || starts_with(line, "#ifndef MIEN_");
    EXPECT_TRUE(guarded) << file.path << ": neither #pragma once nor a guard";
  }
}

// Folders of one machine and marks of unfinished work. Written in halves so that this file does not name them.
TEST(Text, NoPathOfAMachineAndNoUnfinishedWork) {
  const std::vector<std::string> banned = {std::string("/wo") + "rk/", std::string("/ho") + "me/",
                                           std::string("/tmp/") + "build", std::string("TO") + "DO",
                                           std::string("FIX") + "ME"};
  for (const SourceFile& file : read_sources())
    for (size_t i = 0; i < file.lines.size(); ++i)
      for (const std::string& word : banned)
        EXPECT_EQ(file.lines[i].find(word), std::string::npos) << file.path << ":" << i + 1 << ": says " << word;
}

}  // namespace
}  // namespace mien
