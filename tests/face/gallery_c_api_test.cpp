// The C interface to galleries.
#include <gtest/gtest.h>
#include <mien/face.h>

#include <cmath>
#include <cstring>

#include "engine/file/flat_file.h"
#include "tests/engine/picture_model.h"
#include "tests/face/gallery_support.h"

namespace mien {
namespace {

using namespace mien::gallery_test;

constexpr int kDims = 5;

class GalleryCApi : public ::testing::Test {
 protected:
  void SetUp() override {
    identity_.hash = 42;
    std::strcpy(identity_.name, "tiny");
    kind_.dims = kDims;
    kind_.model = &identity_;
  }
  void TearDown() override {
    mien_gallery_writer_free(writer_);
    mien_gallery_free(gallery_);
  }
  mien_code write(const mien_gallery_kind* kind) {
    return mien_gallery_writer_open(path_.c_str(), kind, nullptr, &writer_, &error_);
  }
  void append(const std::string& name, uint32_t seed) {
    const std::vector<float> embedding = embedding_of(kDims, seed);
    ASSERT_EQ(mien_gallery_writer_append(writer_, name.c_str(), embedding.data(), kDims, &error_), MIEN_OK)
        << error_.message;
  }
  void open() {
    mien_gallery_free(gallery_);
    ASSERT_EQ(mien_gallery_open(path_.c_str(), nullptr, &gallery_, &error_), MIEN_OK) << error_.message;
  }
  void fill() {
    ASSERT_EQ(write(&kind_), MIEN_OK) << error_.message;
    for (int i = 0; i < 3; ++i) append(name_of(i), static_cast<uint32_t>(i));
  }
  std::string name(int64_t row) {
    char text[MIEN_MAX_NAME + 1];
    EXPECT_EQ(mien_gallery_name(gallery_, row, text, sizeof text, &error_), MIEN_OK) << error_.message;
    return text;
  }

  Folder folder_;
  std::string path_ = folder_.file("g.mgal");
  mien_error error_ = MIEN_ERROR_INIT;
  mien_identity identity_ = MIEN_IDENTITY_INIT;
  mien_gallery_kind kind_ = MIEN_GALLERY_KIND_INIT;
  mien_gallery_writer* writer_ = nullptr;
  mien_gallery* gallery_ = nullptr;
};

TEST_F(GalleryCApi, WritesAndSearches) {
  fill();
  EXPECT_EQ(mien_gallery_writer_size(writer_), 3);
  ASSERT_EQ(mien_gallery_writer_sync(writer_, &error_), MIEN_OK);
  open();
  mien_gallery_info info = MIEN_GALLERY_INFO_INIT;
  ASSERT_EQ(mien_gallery_get_info(gallery_, &info, &error_), MIEN_OK);
  EXPECT_EQ(info.size, 3);
  EXPECT_EQ(mien_gallery_size(gallery_), 3);
  EXPECT_EQ(info.dims, kDims);
  EXPECT_EQ(info.rows, MIEN_ROWS_FLOAT32);
  EXPECT_EQ(info.model_hash, 42u);
  EXPECT_STREQ(info.model_name, "tiny");
  EXPECT_STREQ(info.unfinished, "");
  EXPECT_EQ(name(2), name_of(2));

  std::vector<float> probes = embedding_of(kDims, 1);
  const std::vector<float> second = embedding_of(kDims, 2);
  probes.insert(probes.end(), second.begin(), second.end());
  mien_match matches[2][4];
  ASSERT_EQ(mien_gallery_search(gallery_, probes.data(), 2, 4, nullptr, matches[0], &error_), MIEN_OK)
      << error_.message;
  for (int64_t p = 0; p < 2; ++p) {
    EXPECT_EQ(matches[p][0].row, p + 1);
    EXPECT_NEAR(matches[p][0].cosine, 1, 1e-6);
    EXPECT_EQ(matches[p][3].row, -1);  // the gallery has three
    EXPECT_EQ(matches[p][3].cosine, 0);
    for (int i = 1; i < 3; ++i) {
      const std::vector<float> row = embedding_of(kDims, static_cast<uint32_t>(matches[p][i].row));
      EXPECT_LE(matches[p][i].cosine, matches[p][i - 1].cosine);
      EXPECT_NEAR(matches[p][i].cosine, mien_cosine(probes.data() + p * kDims, row.data(), kDims), 1e-6);
    }
  }
}

TEST_F(GalleryCApi, RemovesCompactsAndOpensAgain) {
  fill();
  int64_t removed = -1;
  ASSERT_EQ(mien_gallery_writer_remove(writer_, name_of(0).c_str(), &removed, &error_), MIEN_OK) << error_.message;
  EXPECT_EQ(removed, 1);
  ASSERT_EQ(mien_gallery_writer_remove(writer_, "nobody", &removed, &error_), MIEN_OK);
  EXPECT_EQ(removed, 0);
  ASSERT_EQ(mien_gallery_writer_compact(writer_, &error_), MIEN_OK) << error_.message;
  mien_gallery_writer* second = nullptr;
  EXPECT_EQ(mien_gallery_writer_open(path_.c_str(), &kind_, nullptr, &second, &error_), MIEN_IO);
  EXPECT_EQ(second, nullptr);
  mien_gallery_writer_free(writer_);
  ASSERT_EQ(write(nullptr), MIEN_OK) << error_.message;
  EXPECT_EQ(mien_gallery_writer_size(writer_), 2);
  append(name_of(7), 7);
  open();
  ASSERT_EQ(mien_gallery_size(gallery_), 3);
  EXPECT_EQ(name(0), name_of(1));
  EXPECT_EQ(name(2), name_of(7));
}

TEST_F(GalleryCApi, AnotherModelsGalleryIsRefused) {
  fill();
  mien_gallery_writer_free(writer_);
  mien_identity other = identity_;
  other.hash = 43;
  mien_gallery_options options = MIEN_GALLERY_OPTIONS_INIT;
  options.model = &other;
  EXPECT_EQ(mien_gallery_open(path_.c_str(), &options, &gallery_, &error_), MIEN_CHECK_FAILED);
  EXPECT_EQ(mien_gallery_writer_open(path_.c_str(), nullptr, &options, &writer_, &error_), MIEN_CHECK_FAILED);
  EXPECT_EQ(mien_gallery_writer_open(path_.c_str(), &kind_, &options, &writer_, &error_), MIEN_BAD_ARGUMENT);
  kind_.model = &other;
  EXPECT_EQ(write(&kind_), MIEN_CHECK_FAILED);
  other = identity_;
  other.flip = MIEN_FLIP_SUM;
  EXPECT_EQ(mien_gallery_open(path_.c_str(), &options, &gallery_, &error_), MIEN_CHECK_FAILED);
  EXPECT_EQ(write(&kind_), MIEN_CHECK_FAILED);
  for (int32_t bad : {-1, 3}) {
    other.flip = bad;
    EXPECT_EQ(write(&kind_), MIEN_BAD_ARGUMENT);
  }
  kind_.model = &identity_;
  kind_.dims = kDims + 1;
  EXPECT_EQ(write(&kind_), MIEN_CHECK_FAILED);
  options.model = &identity_;
  EXPECT_EQ(mien_gallery_open(path_.c_str(), &options, &gallery_, &error_), MIEN_OK) << error_.message;
}

TEST_F(GalleryCApi, WriterMistakes) {
  const auto code_of = [&](void (*change)(mien_gallery_kind&)) {
    mien_gallery_kind kind = kind_;
    change(kind);
    return write(&kind);
  };
  EXPECT_EQ(code_of([](mien_gallery_kind& k) { k.dims = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_gallery_kind& k) { k.dims = 4097; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_gallery_kind& k) { k.rows = 3; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_gallery_kind& k) { k.model = nullptr; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_gallery_kind& k) { k.struct_size -= 1; }), MIEN_BAD_ARGUMENT);
  std::memset(identity_.name, 'x', sizeof identity_.name);
  EXPECT_EQ(write(&kind_), MIEN_BAD_ARGUMENT);  // not terminated
  identity_.name[0] = 0;
  identity_.struct_size = 0;
  EXPECT_EQ(write(&kind_), MIEN_BAD_ARGUMENT);
  identity_.struct_size = sizeof identity_;
  EXPECT_EQ(write(nullptr), MIEN_UNREADABLE);
  EXPECT_EQ(writer_, nullptr);
  fill();
  const std::vector<float> one = embedding_of(kDims, 1), zero(kDims, 0.0f);
  EXPECT_EQ(mien_gallery_writer_append(writer_, "a", one.data(), kDims - 1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_append(writer_, "a", zero.data(), kDims, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_append(writer_, "", one.data(), kDims, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_append(writer_, nullptr, one.data(), kDims, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_append(writer_, "a", nullptr, kDims, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_append(nullptr, "a", one.data(), kDims, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_remove(nullptr, "a", nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_remove(writer_, nullptr, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_sync(nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_compact(nullptr, nullptr), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_writer_size(nullptr), 0);
  EXPECT_EQ(mien_gallery_writer_size(writer_), 3);
}

TEST_F(GalleryCApi, ReaderMistakes) {
  EXPECT_EQ(mien_gallery_open(path_.c_str(), nullptr, &gallery_, &error_), MIEN_UNREADABLE);
  EXPECT_EQ(mien_gallery_open(nullptr, nullptr, &gallery_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_size(nullptr), 0);
  mien_gallery_free(nullptr);
  fill();
  Bytes bytes = read_bytes(path_);
  bytes[100] ^= 1;
  write_bytes(folder_.file("bad"), bytes);
  EXPECT_EQ(mien_gallery_open(folder_.file("bad").c_str(), nullptr, &gallery_, &error_), MIEN_CORRUPT);
  EXPECT_EQ(gallery_, nullptr);
  open();
  char text[40];
  const std::string first = name_of(0);
  for (int64_t row : {-1, 3}) EXPECT_EQ(mien_gallery_name(gallery_, row, text, 40, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_name(gallery_, 0, text, first.size(), &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_name(gallery_, 0, text, 0, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_name(gallery_, 0, text, first.size() + 1, &error_), MIEN_OK);
  EXPECT_EQ(text, first);
  const std::vector<float> probe = embedding_of(kDims, 1), zero(kDims, 0.0f);
  mien_match match;
  const auto code_of = [&](const float* probes, int32_t count, int32_t k, const mien_search_options* options) {
    return mien_gallery_search(gallery_, probes, count, k, options, &match, &error_);
  };
  EXPECT_EQ(code_of(zero.data(), 1, 1, nullptr), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of(probe.data(), 0, 1, nullptr), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of(probe.data(), 1, 0, nullptr), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of(nullptr, 1, 1, nullptr), MIEN_BAD_ARGUMENT);
  mien_search_options options = MIEN_SEARCH_OPTIONS_INIT;
  options.width = 2;
  EXPECT_EQ(code_of(probe.data(), 1, 1, &options), MIEN_BAD_ARGUMENT);
  options.width = 1;
  options.isa = "vax";
  EXPECT_EQ(code_of(probe.data(), 1, 1, &options), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_gallery_search(gallery_, probe.data(), 1, 1, nullptr, nullptr, &error_), MIEN_BAD_ARGUMENT);
  mien_gallery_info info = MIEN_GALLERY_INFO_INIT;
  info.struct_size -= 1;
  EXPECT_EQ(mien_gallery_get_info(gallery_, &info, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(GalleryCApi, TheIdentityOfAModel) {
  const std::string path = folder_.file("m.mien");
  Package package = testing::picture_package();
  package.face.flip = Flip::sum;
  ASSERT_TRUE(write_file(package, path).ok());
  const Bytes bytes = read_bytes(path);
  mien_identity of_file = MIEN_IDENTITY_INIT, of_memory = MIEN_IDENTITY_INIT;
  ASSERT_EQ(mien_identity_of_file(path.c_str(), &of_file, &error_), MIEN_OK) << error_.message;
  ASSERT_EQ(mien_identity_of_memory(bytes.data(), bytes.size(), &of_memory, &error_), MIEN_OK) << error_.message;
  const auto inside = identity_of(path);
  ASSERT_TRUE(inside.ok());
  EXPECT_EQ(of_file.hash, inside->hash);
  EXPECT_EQ(of_memory.hash, inside->hash);
  EXPECT_NE(of_file.hash, 0u);
  EXPECT_EQ(of_file.flip, MIEN_FLIP_SUM);
  EXPECT_STREQ(of_file.name, "sample");
  EXPECT_STREQ(of_memory.name, "sample");
  EXPECT_EQ(mien_identity_of_file(folder_.file("none").c_str(), &of_file, &error_), MIEN_UNREADABLE);
  EXPECT_EQ(mien_identity_of_memory(bytes.data(), 100, &of_memory, &error_), MIEN_CORRUPT);
  EXPECT_EQ(mien_identity_of_memory(nullptr, 100, &of_memory, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_identity_of_file(path.c_str(), nullptr, &error_), MIEN_BAD_ARGUMENT);
}

}  // namespace
}  // namespace mien
