// Verification sets: every form in which Python pickles them, lists of pairs, folders, and damage of all kinds.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "converters/verification/bin.h"
#include "converters/verification/pair_list.h"
#include "tests/converters/damage.h"
#include "tests/file/counted_new.h"

namespace mien::testing {
namespace {

struct Pickled {
  const char *name, *hex;
};
const Pickled kPickled[] = {
#include "tests/converters/verification_pickles.inc"
};

std::vector<uint8_t> bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

std::vector<uint8_t> unhexed(const std::string& hex) {
  std::vector<uint8_t> made;
  for (size_t i = 0; i < hex.size(); i += 2)
    made.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return made;
}

std::string picture(const VerificationSet& set, uint32_t i) {
  return {reinterpret_cast<const char*>(set.pictures[i].data), set.pictures[i].size};
}

// The set that tests/generate/verification_pickles.py pickles: pictures 0 and 3 are equal.
void expect_the_set(const Result<VerificationSet>& set) {
  ASSERT_TRUE(set.ok()) << set.status().message();
  ASSERT_EQ(set->pairs.size(), 2u);
  EXPECT_TRUE(set->pairs[0].same);
  EXPECT_FALSE(set->pairs[1].same);
  ASSERT_EQ(set->pictures.size(), 3u) << "equal pictures are there once";
  EXPECT_EQ(set->pairs[0].a, set->pairs[1].b);
  EXPECT_EQ(picture(*set, set->pairs[0].a), std::string("\xff\xd8\x00\x01", 4));
  EXPECT_EQ(picture(*set, set->pairs[0].b), "\xff\xd8\x80\x7f");
  EXPECT_EQ(picture(*set, set->pairs[1].a), "\xff\xd8\xe9\x0a");
}

TEST(VerificationBin, EveryFormThatPythonAndNumpyWrite) {
  ASSERT_GE(std::size(kPickled), 20u);
  for (const Pickled& pickled : kPickled) {
    SCOPED_TRACE(pickled.name);
    expect_the_set(parse_verification_bin(unhexed(pickled.hex)));
  }
}

// The classic files: text of Python 2, protocol 2; numbers for truth values; protocol 0 has lines.
TEST(VerificationBin, Python2) {
  using std::string_literals::operator""s;
  const std::string a = "\xff\xd8\x00\x01"s, b = "\xff\xd8\x80\x7f", c = "\xff\xd8\xe9\x0a";
  const auto text = [](const std::string& s) { return "U\x04" + s; };
  const auto long_text = [](const std::string& s) { return "T\x04\0\0\0"s + s; };
  const std::string four = text(a) + long_text(b) + text(c) + long_text(a);
  for (const std::string& truths : {"\x88\x89"s, "K\1K\0"s, "I01\nI00\n"s, "I1\nI0\n"s, "\x8a\1\1\x8a\0"s})
    expect_the_set(parse_verification_bin(bytes("\x80\2](" + four + "e](" + truths + "e\x86.")));
  expect_the_set(parse_verification_bin(
      bytes("((lp0\n" + text(a) + "a" + text(b) + "a" + text(c) + "a" + text(a) + "a(lp1\nI01\naI00\natp2\n.")));
}

TEST(VerificationBin, TheFixturesAreRead) {
  const auto small = fixture("ver_py2.bin");
  if (small.empty()) GTEST_SKIP() << "no fixtures in " << MIEN_SHARED_DIR;
  const auto set = parse_verification_bin(small);
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_FALSE(set->pairs.empty());
  for (const EncodedPicture& one : set->pictures) EXPECT_GT(one.size, 0u);
}

std::string lfw_path() {
  return std::string(MIEN_SHARED_DIR) + "/data/lfw_112.bin";
}

TEST(VerificationBin, LfwIsReadInLittleMoreThanItsSize) {
  if (!std::filesystem::exists(lfw_path())) GTEST_SKIP() << "no real data in " << MIEN_SHARED_DIR;
  const size_t before = bytes_in_use(), size = std::filesystem::file_size(lfw_path());
  reset_peak();
  const auto set = read_verification_bin(lfw_path());
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->name, "lfw_112");
  ASSERT_EQ(set->pairs.size(), 6000u);
  EXPECT_EQ(set->pictures.size(), 7701u);
  for (size_t k = 0; k < 6000; ++k) ASSERT_EQ(set->pairs[k].same, k % 600 < 300) << "pair " << k;
  EXPECT_LE(peak_bytes() - before, size + (size_t{8} << 20));
}

void expect_refused(const std::string& pickle, Code code, const std::string& part) {
  const auto set = parse_verification_bin(bytes(pickle));
  ASSERT_FALSE(set.ok()) << part;
  EXPECT_EQ(set.status().code(), code) << set.status().message();
  EXPECT_NE(set.status().message().find(part), std::string::npos) << set.status().message();
}

TEST(VerificationBin, RefusesWithAReason) {
  expect_refused("", Code::corrupt, "");
  expect_refused("N.", Code::corrupt, "no pair of pictures");
  expect_refused("]]\x86.", Code::corrupt, "no pair in it");
  expect_refused("](C\1xe](\x88\x65\x86.", Code::corrupt, "1 pictures for 1 pairs");
  expect_refused("](C\1xNe](\x88\x65\x86.", Code::corrupt, "picture 1 is neither");
  expect_refused(std::string("](C\1xC\0e](\x88\x65\x86.", 14), Code::corrupt, "picture 1 has 0 bytes");
  expect_refused("](C\1xC\1ye](K\2e\x86.", Code::corrupt, "truth values");
  expect_refused("](C\1xC\1ye](\x88\x65\x86.more", Code::corrupt, "more bytes than");
  expect_refused("cos\nsystem\n(X\2\0\0\0lstR.", Code::unsupported, "names os.system");
  expect_refused("cnumpy\nload\n.", Code::unsupported, "names numpy.load");
}

// A list that holds itself, and text that many pictures share, cost nothing.
TEST(VerificationBin, CyclesAndSharedTextAreHarmless) {
  using std::string_literals::operator""s;
  expect_refused("]q\0h\0ah\0h\0\x86."s, Code::corrupt, "truth values");
  std::string shared = "](X\x10\x27";
  shared += std::string(2, '\0') + std::string(10000, 'x') + "q";
  shared += std::string(1, '\0');
  for (int i = 0; i < 19999; ++i) shared += std::string("h") + '\0';
  shared += "e](" + std::string(10000, '\x88') + "e\x86.";
  reset_peak();
  const size_t before = bytes_in_use();
  const auto set = parse_verification_bin(bytes(shared));
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->pictures.size(), 1u);
  EXPECT_EQ(set->pairs.size(), 10000u);
  EXPECT_LT(peak_bytes() - before, size_t{4} << 20);
}

TEST(VerificationBin, DamageNeverCrashes) {
  for (const Pickled& pickled : kPickled) {
    const auto whole = unhexed(pickled.hex);
    for_each_truncation(whole, [&](std::vector<uint8_t> copy, size_t at) {
      EXPECT_FALSE(parse_verification_bin(std::move(copy)).ok()) << pickled.name << " cut at " << at;
    });
    for_each_flip(whole, 5000 / static_cast<int>(std::size(kPickled)) + 1,
                  [](std::vector<uint8_t> copy, size_t) { (void)parse_verification_bin(std::move(copy)).ok(); });
  }
  const auto classic = fixture("ver_py2.bin");
  for_each_truncation(classic, [](std::vector<uint8_t> copy, size_t at) {
    EXPECT_FALSE(parse_verification_bin(std::move(copy)).ok()) << at;
  });
  for_each_flip(classic, 5000,
                [](std::vector<uint8_t> copy, size_t) { (void)parse_verification_bin(std::move(copy)).ok(); });
}

TEST(PairList, LfwWithTabsBlanksAndCarriageReturns) {
  const auto list = parse_pair_list("2\t1\r\nAnn_Lee\t1\t12\r\nAnn_Lee  1  Bo\t3\r\n\nBo 1 2\nBo 1 Ann_Lee 2");
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_FALSE(list->has_endings);
  ASSERT_EQ(list->pairs.size(), 4u);
  EXPECT_EQ(list->pairs[0].a, "Ann_Lee/Ann_Lee_0001");
  EXPECT_EQ(list->pairs[0].b, "Ann_Lee/Ann_Lee_0012");
  EXPECT_TRUE(list->pairs[0].same);
  EXPECT_EQ(list->pairs[1].b, "Bo/Bo_0003");
  EXPECT_FALSE(list->pairs[1].same);
}

TEST(PairList, ViewOneTheCsvAndLabels) {
  EXPECT_EQ(parse_pair_list("1\nAnn 1 2\nAnn 1 Bo 1\n")->pairs.size(), 2u);
  const auto csv = parse_pair_list("name,imagenum1,imagenum2\nAnn,1,4,\nAnn,1,Bo,2\n");
  ASSERT_TRUE(csv.ok()) << csv.status().message();
  EXPECT_EQ(csv->pairs[0].b, "Ann/Ann_0004");
  EXPECT_TRUE(csv->pairs[0].same && !csv->pairs[1].same);
  const auto labels = parse_pair_list("a/1.png a/2.png 1\na/1.png b/x..y.jpg 0\n");
  ASSERT_TRUE(labels.ok()) << labels.status().message();
  EXPECT_TRUE(labels->has_endings);
  EXPECT_EQ(labels->pairs[1].b, "b/x..y.jpg");
  EXPECT_TRUE(labels->pairs[0].same && !labels->pairs[1].same);
}

TEST(PairList, RefusesWithTheLine) {
  using std::string_literals::operator""s;
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "no pair"},
           {"10\t300\nAnn 1 2\n", "6000 pairs, it holds 1"},
           {"1\nAnn 1 2\nAnn 1 2 3 4\n", "line 3"},
           {"1\n../Ann 1 2\n", "line 2: not the name"},
           {"1\n.. 1 2\n", "not the name"},
           {"1\nA/B 1 2\n", "not the name"},
           {"1\nA\0B 1 2\n"s, "not the name"},
           {"1\nAnn 1 -2\n", "number of a picture"},
           {"1\nAnn 1 99999999999\n", "number of a picture"},
           {"0 5\n", "neither a head"},
           {"a.png ../b.png 1\n", "not a path below"},
           {"a.png b/../../c.png 1\n", "not a path below"},
           {"/etc/a.png b.png 1\n", "not a path below"},
           {"a.png b.png 1\na.png b.png 2\n", "line 2: neither 0 nor 1"}}) {
    const auto list = parse_pair_list(text);
    ASSERT_FALSE(list.ok()) << text;
    EXPECT_EQ(list.status().code(), Code::corrupt);
    EXPECT_NE(list.status().message().find(part), std::string::npos) << list.status().message();
  }
}

TEST(PairList, DamageNeverCrashes) {
  std::string text = "2 2\n";
  for (int i = 0; i < 4; ++i)
    text += "Ann_Lee\t1\t" + std::to_string(i) + "\r\nAnn_Lee 1 Bo " + std::to_string(i) + "\n";
  ASSERT_TRUE(parse_pair_list(text).ok());
  const auto check = [](const std::vector<uint8_t>& copy, size_t) {
    const auto list = parse_pair_list({reinterpret_cast<const char*>(copy.data()), copy.size()});
    if (!list.ok()) return;
    for (const ListedPair& pair : list->pairs) EXPECT_EQ(pair.a.find("../"), std::string::npos);
  };
  for_each_truncation(bytes(text), check);
  for_each_flip(bytes(text), 5000, check);
}

class VerificationFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("mien-verification-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "Ann");
    std::filesystem::create_directories(folder_ / "Bo");
    for (const char* name : {"Ann/Ann_0001.jpg", "Ann/Ann_0002.png", "Bo/Bo_0001.png"})
      std::ofstream(folder_ / name) << "x";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<VerificationSet> read(const std::string& list) {
    std::ofstream(folder_ / "pairs.txt") << list;
    return read_verification_folder(folder_.string() + "/", (folder_ / "pairs.txt").string());
  }
  std::filesystem::path folder_;
};

TEST_F(VerificationFolder, MissingPicturesAreNamedAndTheirPairsDropped) {
  const auto set = read("2 1\nAnn 1 2\nAnn 1 Bo 1\nBo 1 7\nAnn 2 Bo 7\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->name, folder_.filename().string());
  ASSERT_EQ(set->pairs.size(), 2u);
  EXPECT_EQ(set->dropped_pairs, 2u);
  EXPECT_EQ(set->missing, std::vector<std::string>{"Bo/Bo_0007"});
  ASSERT_EQ(set->pictures.size(), 3u);
  EXPECT_EQ(set->pictures[set->pairs[0].a].path, (folder_ / "Ann/Ann_0001.jpg").string());
  EXPECT_EQ(set->pictures[set->pairs[0].b].path, (folder_ / "Ann/Ann_0002.png").string());
  EXPECT_EQ(set->pairs[0].a, set->pairs[1].a);
}

TEST_F(VerificationFolder, WithoutAnyPictureIsAnError) {
  const auto set = read("1\nCy 1 2\nCy 1 Bo 9\n");
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.status().code(), Code::unreadable);
  EXPECT_NE(set.status().message().find("Cy/Cy_0001"), std::string::npos) << set.status().message();
}

}  // namespace
}  // namespace mien::testing
