// The demo, as somebody sees it who has just cloned mien: no file is given.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/app/subprocess.h"

namespace mien::test {
namespace {

size_t count(const std::string& text, const std::string& what) {
  size_t times = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

TEST(Demo, ShowsWhoIsWhoAsTextAndAsAPage) {
  const std::string page = folder() + "/demo.html";
  const Outcome outcome = mien({"demo", "--html", page});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  for (const char* name : {"a1.jpg", "a2.jpg", "b1.jpg", "b2.jpg", "c1.jpg", "c2.jpg", "GFLOP/s"})
    EXPECT_NE(outcome.out.find(name), std::string::npos) << outcome.out;
  // Three people, each pair told twice.
  EXPECT_EQ(count(outcome.out, "* ") + count(outcome.out, "*\n"), 6u + 1) << outcome.out;
  const std::vector<uint8_t> bytes = bytes_of(page);
  const std::string html(bytes.begin(), bytes.end());
  EXPECT_EQ(html.rfind("<!doctype html>", 0), 0u);
  EXPECT_EQ(count(html, "<img alt="), 6u);
  EXPECT_EQ(count(html, "class=\"same\""), 6u);
  EXPECT_EQ(count(html, "http"), 0u) << "the page needs nothing else";
}

TEST(Demo, RefusesWhatIsNoPicture) {
  expect_error(mien({"demo", "default", "no-such.jpg"}), 3, "no-such.jpg");
}

TEST(Defaults, CompareTellsPortraitsByItsExitCode) {
  const std::string folder = MIEN_SOURCE_DIR "/models/default/";
  EXPECT_EQ(mien({"compare", folder + "a1.jpg", folder + "a2.jpg"}).code, 0);
  EXPECT_EQ(mien({"compare", "default", folder + "a1.jpg", folder + "b1.jpg"}).code, 1);
}

TEST(Defaults, AreFoundByNameByTheVerbsForModels) {
  for (const char* verb : {"inspect", "verify"})
    for (const char* name : {"default", "default-detector", "default-recogniser"}) {
      const Outcome outcome = mien({verb, name});
      EXPECT_EQ(outcome.code, 0) << verb << " " << name << ": " << outcome.err;
    }
}

TEST(Defaults, EnrollAndSearchTheInventedPeople) {
  const std::string pictures = MIEN_SOURCE_DIR "/models/default/", gallery = folder() + "/people.gallery";
  for (const char* person : {"a", "b", "c"}) {
    const Outcome outcome = mien({"enroll", "-g", gallery, "--name", person, pictures + person + "1.jpg"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const Outcome found = mien({"search", "-g", gallery, pictures + "b2.jpg", "--json"});
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_NE(found.out.find("\"name\": \"b\""), std::string::npos) << found.out;
}

}  // namespace
}  // namespace mien::test
