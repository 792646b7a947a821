// What the verbs make of the files that they are given.
#include "app/inputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <sstream>

#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

namespace fs = std::filesystem;

// An empty file below folder(); nobody here reads it.
std::string touch(const std::string& name) {
  const std::string path = folder() + "/" + name;
  fs::create_directories(fs::path(path).parent_path());
  write_bytes(path, {});
  return path;
}

app::Inputs sorted(const std::vector<std::string>& paths) {
  auto inputs = app::sort_inputs(paths);
  EXPECT_TRUE(inputs.ok()) << inputs.status().message();
  return inputs.ok() ? *inputs : app::Inputs();
}

// The same with this text on standard input.
app::Inputs sorted_reading(const std::string& text, const std::vector<std::string>& paths) {
  std::istringstream stream(text);
  std::streambuf* const own = std::cin.rdbuf(stream.rdbuf());
  std::cin.clear();
  app::Inputs inputs = sorted(paths);
  std::cin.rdbuf(own);
  std::cin.clear();
  return inputs;
}

using Strings = std::vector<std::string>;

TEST(SortInputs, ModelsAreToldByContentOrByName) {
  const std::string disguised = folder() + "/really_a_model.jpg", damaged = touch("damaged.mien");
  fs::copy_file(tiny_model(), disguised, fs::copy_options::overwrite_existing);
  const app::Inputs inputs = sorted({tiny_picture(1), disguised, tiny_picture(0), damaged, tiny_model()});
  EXPECT_EQ(inputs.models, (Strings{disguised, damaged, tiny_model()}));
  EXPECT_EQ(inputs.pictures, (Strings{tiny_picture(1), tiny_picture(0)}));
  EXPECT_EQ(inputs.names, (Strings{"picture1", "picture0"}));
}

TEST(SortInputs, AFolderIsItsPicturesByPathAndTheNamesAreTheSubFolders) {
  for (const char* name :
       {"crowd/zoe.PNG", "crowd/bob/2.jpg", "crowd/bob/1.jpeg", "crowd/bob/old/0.png", "crowd/ann/1.jpg",
        "crowd/.hidden.jpg", "crowd/.cache/1.jpg", "crowd/notes.txt", "crowd/no_extension"})
    touch(name);
  const std::string root = folder() + "/crowd";
  const Strings expected = {root + "/ann/1.jpg", root + "/bob/1.jpeg", root + "/bob/2.jpg", root + "/bob/old/0.png",
                            root + "/zoe.PNG"};
  EXPECT_EQ(sorted({root}).pictures, expected);
  EXPECT_EQ(sorted({root}).names, (Strings{"ann", "bob", "bob", "bob", "zoe"}));
  EXPECT_EQ(sorted({root + "/"}).names, (Strings{"ann", "bob", "bob", "bob", "zoe"})) << "a slash at the end";
  EXPECT_EQ(sorted({root + "/bob"}).names, (Strings{"1", "2", "old"})) << "sub-folders of the folder that was given";
  EXPECT_EQ(sorted({root + "/bob/2.jpg"}).names, (Strings{"2"})) << "a file has its own name";
}

TEST(SortInputs, LinksAreFollowedButNotInACircle) {
  const std::string picture = touch("circle/a/1.png");
  fs::create_directory_symlink(folder() + "/circle", folder() + "/circle/a/up");
  fs::create_directories(folder() + "/linked");
  fs::create_directory_symlink(folder() + "/circle/a", folder() + "/linked/b");
  fs::create_symlink(folder() + "/nowhere", folder() + "/linked/dangling.png");
  EXPECT_EQ(sorted({folder() + "/circle"}).pictures, (Strings{picture}));
  EXPECT_EQ(sorted({folder() + "/linked"}).pictures, (Strings{folder() + "/linked/b/1.png"}));
}

TEST(SortInputs, AMinusIsAListOnStandardInput) {
  const app::Inputs inputs = sorted_reading("x/one.jpg\r\n\n  two words.png\nlast.jpg", {"-", tiny_model()});
  EXPECT_EQ(inputs.pictures, (Strings{"x/one.jpg", "  two words.png", "last.jpg"}));
  EXPECT_EQ(inputs.names, (Strings{"one", "  two words", "last"}));
  EXPECT_EQ(inputs.models, (Strings{tiny_model()}));
  EXPECT_TRUE(sorted_reading("", {"-"}).pictures.empty());
}

void expect_unreadable(const std::string& path, const std::string& what) {
  const auto inputs = app::sort_inputs({path});
  ASSERT_FALSE(inputs.ok());
  EXPECT_EQ(inputs.status().code(), Code::unreadable);
  EXPECT_EQ(inputs.status().message().rfind(path + ": ", 0), 0u) << inputs.status().message();
  EXPECT_NE(inputs.status().message().find(what), std::string::npos) << inputs.status().message();
}

TEST(SortInputs, WhatIsNotThereAndFoldersWithoutPicturesAreErrors) {
  touch("nothing/here/notes.txt");
  touch("nothing/.1.jpg");
  expect_unreadable(folder() + "/nothing", "no .jpg, .jpeg or .png");
  expect_unreadable(folder() + "/missing.jpg", "No such file");
  expect_unreadable(folder() + "/missing.mien", "No such file");
  expect_unreadable("", "No such file");
}

}  // namespace
}  // namespace mien::test
