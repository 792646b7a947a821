// The zip reader: members where the directory says, and archives that contradict themselves.
#include <gtest/gtest.h>

#include "converters/pytorch/pytorch.h"
#include "converters/pytorch/zip.h"
#include "tests/converters/pytorch_writer.h"

namespace mien::testing {
namespace {

using pytorch::Zip;
using pytorch::ZipMember;

// Members "a" (12 bytes) and "b" (empty).
std::string sample(ZipOptions options = {}) {
  return ZipWriter(options).add("a", "twelve bytes").add("b", "").bytes();
}

Result<Zip> open(const std::string& file) {
  return Zip::open(bytes_in(file), file.size());
}

void expect_refused(const std::string& file, Code code, const std::string& part) {
  const Result<Zip> zip = open(file);
  ASSERT_FALSE(zip.ok()) << "expected: " << part;
  EXPECT_EQ(zip.status().code(), code) << zip.status().message();
  EXPECT_NE(zip.status().message().find(part), std::string::npos) << zip.status().message();
}

// `file` with bytes at `offset` from where `signature` is first found replaced.
std::string edited(std::string file, const std::string& signature, size_t offset, const std::string& bytes) {
  return file.replace(file.find(signature) + offset, bytes.size(), bytes);
}

const std::string kLocal = "PK\3\4", kCentral = "PK\1\2", kEnd = "PK\5\6", kLocator = "PK\6\7";

TEST(Zip, MembersOfEveryForm) {
  for (const ZipOptions options :
       {ZipOptions{}, ZipOptions{true, false}, ZipOptions{false, true}, ZipOptions{true, true}}) {
    const std::string file = sample(options);
    const Result<Zip> zip = open(file);
    ASSERT_TRUE(zip.ok()) << zip.status().message();
    ASSERT_EQ(zip->members().size(), 2u);
    const ZipMember* a = zip->find("a");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(a->data), a->size), "twelve bytes");
    EXPECT_EQ((a->data - bytes_in(file)) % 64, 0);
    EXPECT_EQ(a->crc32, crc_of("twelve bytes"));
    EXPECT_EQ(zip->find("b")->size, 0u);
    EXPECT_EQ(zip->find("c"), nullptr);
  }
}

TEST(Zip, CommentsAndFalseEnds) {
  const auto commented = [](const std::string& comment) {
    std::string file = sample();
    file.replace(file.size() - 2, 2, number_bytes(static_cast<uint16_t>(comment.size())));
    return file + comment;
  };
  EXPECT_TRUE(open(commented("a comment")).ok());
  EXPECT_TRUE(open(commented("PK\5\6 and nothing behind it")).ok());
  EXPECT_TRUE(open(commented(std::string(65535, 'x'))).ok());
  expect_refused(sample() + "x", Code::corrupt, "without its end record");
  expect_refused(sample() + std::string(70000, 'x'), Code::corrupt, "without its end record");
}

TEST(Zip, NothingButTheArchive) {
  expect_refused("junk" + sample(), Code::corrupt, "is not where the end record says");
  expect_refused(edited(sample(), kEnd, 10, number_bytes<uint16_t>(1)), Code::corrupt,
                 "behind the last directory entry");
  expect_refused(edited(sample(), kEnd, 10, number_bytes<uint16_t>(3)), Code::corrupt, "do not fit the directory");
  expect_refused(edited(sample(), kEnd, 4, number_bytes<uint16_t>(1)), Code::unsupported, "several parts");
  expect_refused(edited(sample(), kEnd, 16, number_bytes<uint32_t>(3)), Code::corrupt, "is not where");
  expect_refused(edited(sample(), kEnd, 16, number_bytes<uint32_t>(0xffffffff)), Code::corrupt, "64-bit");
  const std::string wide = sample({false, true});
  expect_refused(edited(wide, kLocator, 8, number_bytes<uint64_t>(~uint64_t{0})), Code::corrupt,
                 "no 64-bit end record");
  expect_refused(edited(wide, "PK\6\6", 48, number_bytes<uint64_t>(~uint64_t{0})), Code::corrupt, "is not where");
  expect_refused(edited(wide, "PK\6\6", 32, number_bytes<uint64_t>(uint64_t{1} << 60)), Code::corrupt, "do not fit");
}

TEST(Zip, MembersThatContradictTheDirectory) {
  expect_refused(edited(sample(), kLocal, 30, "z"), Code::corrupt, "another name");
  expect_refused(edited(sample(), kLocal, 0, "PX"), Code::corrupt, "no local header");
  expect_refused(edited(sample(), kCentral, 42, number_bytes<uint32_t>(9999)), Code::corrupt, "no local header");
  expect_refused(edited(sample(), kCentral, 20, number_bytes<uint64_t>(0x2710'0000'2710)), Code::corrupt, "runs into");
  expect_refused(edited(sample(), kCentral, 20, number_bytes<uint32_t>(11)), Code::corrupt, "two sizes");
  expect_refused(edited(sample(), kCentral, 20, number_bytes<uint64_t>(0xffffffff'ffffffff)), Code::corrupt,
                 "64-bit sizes are missing");
  expect_refused(edited(sample(), kCentral, 8, "\1"), Code::unsupported, "is encrypted");
  expect_refused(edited(sample(), kCentral, 10, "\x0e"), Code::unsupported, "compressed by method 14");
  const std::string wide = sample({false, true});
  expect_refused(edited(wide, std::string("\1\0\30\0", 4), 2, number_bytes<uint16_t>(16)), Code::corrupt, "missing");
  expect_refused(edited(wide, std::string("\1\0\30\0", 4), 4, number_bytes<uint64_t>(~uint64_t{0})), Code::corrupt,
                 "sizes");
}

TEST(Zip, NamesAndOverlaps) {
  for (const char* name : {"/a", "..", "../a", "a/..", "a/../b", ""})
    expect_refused(ZipWriter().add(name, "x").bytes(), Code::corrupt, "no relative name");
  EXPECT_TRUE(open(ZipWriter().add("a..b/...", "x").bytes()).ok());
  expect_refused(ZipWriter().add(std::string("a\0b", 3), "x").bytes(), Code::corrupt, "no relative name");
  expect_refused(ZipWriter().add("a", "x").add("a", "y").bytes(), Code::corrupt, "two members are called 'a'");
  // A member whose data are the next member, header and all.
  const std::string inner = ZipWriter().add("b", "x").bytes();
  const size_t whole = inner.find(kCentral);
  std::string file = ZipWriter().add("a", inner.substr(0, whole)).add("b", "x").bytes();
  const size_t entry = file.rfind(kCentral), nested = file.find(kLocal, 1);
  file.replace(entry + 42, 4, number_bytes(static_cast<uint32_t>(nested)));
  expect_refused(file, Code::corrupt, "two members overlap");
}

TEST(Zip, Checksums) {
  const std::string object = pkl::dict({{"w", pkl::tensor(pkl::storage("FloatStorage", "0", 2), 0, {2}, {1})}});
  const std::string file = zip_file(object, {{"0", "abcdefgh"}});
  const auto read = [](const std::string& f) { return read_pytorch(bytes_in(f), f.size()); };
  ASSERT_TRUE(read(file).ok());
  EXPECT_TRUE(read(file)->warnings.empty());
  const Status damaged = read(edited(file, "abcdefgh", 3, "x")).status();
  EXPECT_NE(damaged.message().find("'archive/data/0' does not have its checksum"), std::string::npos)
      << damaged.message();
  // Without checksums, as torch.serialization.set_crc32_options(False) writes them.
  std::string bare = file;
  for (size_t at = bare.find(kCentral); at != std::string::npos; at = bare.find(kCentral, at + 1))
    bare.replace(at + 16, 4, std::string(4, '\0'));
  const Result<Checkpoint> r = read(bare);
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->warnings, std::vector<std::string>{"the file was saved without checksums: damage to it is not seen"});
}

}  // namespace
}  // namespace mien::testing
