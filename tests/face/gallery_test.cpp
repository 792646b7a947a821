// What goes into a gallery comes out of it.
#include "face/gallery.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>

#include "engine/half.h"
#include "face/match.h"
#include "tests/face/gallery_support.h"

namespace mien {
namespace {

using namespace gallery_test;

void expect_row(const Gallery& gallery, int64_t row, const std::string& name, uint32_t embedding) {
  const int dims = gallery.info().dims;
  const std::vector<float> there = gallery.embedding(row), put = embedding_of(dims, embedding);
  EXPECT_EQ(gallery.name(row), name);
  const double length = norm(put.data(), put.size());
  const double bound = gallery.info().type == RowType::float16 ? 0x1p-11 : 0x1p-24;
  for (size_t i = 0; i < put.size(); ++i) {
    const double exact = put[i] / length;
    ASSERT_NEAR(there[i], exact, bound * std::fabs(exact) * 1.001 + 0x1p-25) << name << " [" << i << "]";
  }
}

TEST(Gallery, RoundTripOfBothTypes) {
  for (const RowType type : {RowType::float32, RowType::float16}) {
    for (const int dims : {1, 5, 16, 33, 128, 512, 4096}) {
      Folder folder;
      const std::string path = folder.file("g.mgal");
      auto writer = created(path, info_of(dims, type));
      const int n = dims > 1000 ? 70 : 200;
      for (int i = 0; i < n; ++i) {
        const std::string name = i % 3 == 0 ? long_name_of(i) : name_of(i);
        ASSERT_TRUE(writer->append(name, embedding_of(dims, static_cast<uint32_t>(i)).data()).ok());
        EXPECT_EQ(writer->size(), i + 1);
        if (i == n / 2) {
          ASSERT_TRUE(writer->sync().ok());
          writer.reset();
          writer = reopened(path);
          EXPECT_EQ(writer->cut(), "");
        }
      }
      const auto gallery = opened(path);
      ASSERT_EQ(gallery->size(), n);
      EXPECT_EQ(gallery->unfinished(), "");
      EXPECT_EQ(gallery->info().dims, dims);
      EXPECT_EQ(gallery->info().type, type);
      EXPECT_EQ(gallery->info().model.name, "tiny model");
      EXPECT_EQ(gallery->info().model.hash, 0x1234567890abcdefu);
      for (int i = 0; i < n; ++i) {
        expect_row(*gallery, i, i % 3 == 0 ? long_name_of(i) : name_of(i), static_cast<uint32_t>(i));
      }
    }
  }
}

TEST(Gallery, RemovalAndNamesWithSeveralEmbeddings) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  auto writer = created(path, info_of(8));
  for (uint32_t i = 0; i < 300; ++i) ASSERT_TRUE(writer->append(name_of(i % 100), embedding_of(8, i).data()).ok());
  const auto before = opened(path);
  EXPECT_EQ(*writer->remove("nobody"), 0);
  EXPECT_EQ(*writer->remove(name_of(7)), 3);
  EXPECT_EQ(*writer->remove(name_of(7)), 0);
  ASSERT_TRUE(writer->append(name_of(7), embedding_of(8, 1000).data()).ok());  // comes back with the new one only
  EXPECT_EQ(writer->size(), 298);
  EXPECT_EQ(before->size(), 300) << "what was opened before does not change";

  const auto check = [&] {
    const auto gallery = opened(path);
    ASSERT_EQ(gallery->size(), 298);
    int64_t row = 0;
    for (uint32_t i = 0; i < 300; ++i) {
      if (i % 100 != 7) expect_row(*gallery, row++, name_of(i % 100), i);
    }
    expect_row(*gallery, row, name_of(7), 1000);
  };
  check();
  const size_t size = read_bytes(path).size();
  ASSERT_TRUE(writer->compact().ok());
  EXPECT_LT(read_bytes(path).size(), size);
  check();
  EXPECT_EQ(folder.files(), 1) << "no temporary file stays";
  EXPECT_EQ(before->name(299), name_of(99)) << "readers of the old file keep it";
  EXPECT_EQ(*writer->remove(name_of(7)), 1);
  ASSERT_TRUE(writer->append("late", embedding_of(8, 1).data()).ok());
  writer.reset();
  EXPECT_EQ(opened(path)->size(), 298);
  EXPECT_EQ(*reopened(path)->remove(name_of(8)), 3);
  EXPECT_EQ(opened(path)->size(), 295);
}

TEST(Gallery, CompactionOfEverythingRemoved) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  auto writer = created(path, info_of(8));
  for (uint32_t i = 0; i < 70; ++i) ASSERT_TRUE(writer->append(long_name_of(60), embedding_of(8, i).data()).ok());
  EXPECT_EQ(*writer->remove(long_name_of(60)), 70);
  EXPECT_EQ(opened(path)->size(), 0);
  ASSERT_TRUE(writer->compact().ok());
  EXPECT_EQ(read_bytes(path).size(), 4096u);
  EXPECT_EQ(opened(path)->size(), 0);
}

TEST(Gallery, NamesThatAreTextAndNamesThatAreNot) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  auto writer = created(path, info_of(4));
  const std::vector<std::string> good = {"a",
                                         " ",
                                         "\"quoted\" \\ / .. %s",
                                         "tab\tand\nline",
                                         "Zo\xc3\xab",
                                         "\xf0\x9f\x99\x82",
                                         std::string(1000, 'n'),
                                         std::string(40, 'm'),
                                         std::string(41, 'o')};
  for (const std::string& name : good) EXPECT_TRUE(writer->append(name, embedding_of(4, 1).data()).ok()) << name;
  for (const std::string& name : {std::string(), std::string(1001, 'n'), std::string("\xff"), std::string("a\0b", 3),
                                  std::string("\xc3"), std::string("\xed\xa0\x80"), std::string("\x1b[31m")}) {
    EXPECT_EQ(writer->append(name, embedding_of(4, 1).data()).code(), Code::bad_argument);
    EXPECT_EQ(writer->remove(name).status().code(), Code::bad_argument);
  }
  const auto gallery = opened(path);
  ASSERT_EQ(gallery->size(), static_cast<int64_t>(good.size()));
  for (size_t i = 0; i < good.size(); ++i) EXPECT_EQ(gallery->name(static_cast<int64_t>(i)), good[i]);
}

TEST(Gallery, WhatIsNoEmbeddingIsRefused) {
  Folder folder;
  auto writer = created(folder.file("g.mgal"), info_of(3));
  const float zero[] = {0, 0, 0}, nan[] = {1, NAN, 0}, inf[] = {1, INFINITY, 0}, large[] = {3e38f, 3e38f, -3e38f};
  for (const float* bad : {zero, nan, inf}) EXPECT_EQ(writer->append("x", bad).code(), Code::bad_argument);
  EXPECT_TRUE(writer->append("x", large).ok());
  EXPECT_NEAR(opened(folder.file("g.mgal"))->embedding(0)[2], -1 / std::sqrt(3.0), 1e-7);
  EXPECT_FALSE(GalleryWriter::create(folder.file("h"), info_of(0)).ok());
  EXPECT_FALSE(GalleryWriter::create(folder.file("h"), info_of(4097)).ok());
}

TEST(Gallery, ModelsAreNotMixed) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  created(path, info_of(4)).reset();
  GalleryOptions options;
  options.model = ModelIdentity{"another", 5};
  for (const Status& status : {Gallery::open(path, options).status(), GalleryWriter::open(path, options).status()}) {
    EXPECT_EQ(status.code(), Code::check_failed);
    EXPECT_NE(status.message().find("another"), std::string::npos) << status.message();
    EXPECT_NE(status.message().find("tiny model"), std::string::npos) << status.message();
  }
  options.model = ModelIdentity{"the same under another name", 0x1234567890abcdefu};
  EXPECT_TRUE(Gallery::open(path, options).ok());
  EXPECT_TRUE(GalleryWriter::open_or_create(path, info_of(4)).ok());
  EXPECT_EQ(GalleryWriter::open_or_create(path, info_of(5)).status().code(), Code::check_failed);
  EXPECT_EQ(GalleryWriter::open_or_create(path, info_of(4, RowType::float16)).status().code(), Code::check_failed);
  EXPECT_TRUE(GalleryWriter::open_or_create(folder.file("new"), info_of(5)).ok());
}

// A gallery of before the header had a flip has zeros in its place, as those made without one have today.
TEST(Gallery, OneThatNotesNoFlipSaysWhatToDoAboutIt) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  created(path, info_of(4)).reset();
  constexpr std::streamoff kFlip = 4080;
  char flip[4] = {1, 1, 1, 1};
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.seekg(kFlip).read(flip, sizeof flip));
  EXPECT_EQ(std::string(flip, sizeof flip), std::string(sizeof flip, '\0'));
  GalleryOptions options;
  options.model = info_of(4).model;
  options.model->flip = Flip::sum;
  const std::string message = Gallery::open(path, options).status().message();
  for (const char* part : {"use the gallery's flip", "enroll the pictures again", "before galleries noted their flip"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

// The sum of a crop's embedding and its mirror image's has as many numbers as the crop's alone.
TEST(Gallery, FlipsAreNotMixed) {
  for (const Flip flip : {Flip::none, Flip::sum, Flip::concat}) {
    Folder folder;
    const std::string path = folder.file("g.mgal");
    GalleryInfo info = info_of(4);
    info.model.flip = flip;
    created(path, info).reset();
    EXPECT_EQ(opened(path)->info().model.flip, flip);
    for (const Flip wanted : {Flip::none, Flip::sum, Flip::concat}) {
      GalleryOptions options;
      options.model = info.model;
      options.model->flip = wanted;
      const Status status = Gallery::open(path, options).status();
      EXPECT_EQ(status.code(), wanted == flip ? Code::ok : Code::check_failed);
      EXPECT_EQ(GalleryWriter::open(path, options).status().code(), status.code());
      if (status.ok()) continue;
      for (const Flip one : {flip, wanted})
        EXPECT_NE(status.message().find(std::string("flip ") + name_of(one)), std::string::npos) << status.message();
    }
  }
}

TEST(Gallery, TheRowTypeThatIsThereCanBeKept) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  created(path, info_of(4, RowType::float16)).reset();
  const auto kept = GalleryWriter::open_or_create(path, info_of(4), GalleryWriter::Rows::as_they_are);
  ASSERT_TRUE(kept.ok()) << kept.status().message();
  EXPECT_EQ((*kept)->info().type, RowType::float16);
  const auto made = GalleryWriter::open_or_create(folder.file("new"), info_of(4), GalleryWriter::Rows::as_they_are);
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ((*made)->info().type, RowType::float32);
}

TEST(Gallery, OneWriterAtATime) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  auto writer = created(path, info_of(4));
  const auto expect_locked = [&] {
    const Status status = GalleryWriter::open(path).status();
    EXPECT_EQ(status.code(), Code::io);
    EXPECT_NE(status.message().find("another writer"), std::string::npos) << status.message();
  };
  expect_locked();
  ASSERT_TRUE(writer->append("a", embedding_of(4, 1).data()).ok());
  ASSERT_TRUE(writer->compact().ok());
  expect_locked();
  EXPECT_EQ(GalleryWriter::create(path, info_of(4)).status().code(), Code::io) << "what is there is not overwritten";
  writer.reset();
  EXPECT_EQ(reopened(path)->size(), 1);
}

TEST(Gallery, WhatIsNoGallery) {
  Folder folder;
  EXPECT_EQ(Gallery::open(folder.file("none")).status().code(), Code::unreadable);
  EXPECT_EQ(GalleryWriter::open(folder.file("none")).status().code(), Code::unreadable);
  EXPECT_EQ(Gallery::open(folder.file("")).status().code(), Code::unreadable);
  for (const Bytes& bytes : {Bytes{}, Bytes{1, 2, 3}, Bytes(10000, 7)}) {
    write_bytes(folder.file("g"), bytes);
    EXPECT_EQ(Gallery::open(folder.file("g")).status().code(), Code::unreadable);
    EXPECT_EQ(GalleryWriter::open(folder.file("g")).status().code(), Code::unreadable);
    EXPECT_EQ(read_bytes(folder.file("g")), bytes);
  }
}

// A reader that opens again and again while a writer appends, with names of several slots among them, sees whole
// records only, and never fewer than before.
TEST(Gallery, ReadersWhileAWriterAppends) {
  Folder folder;
  const std::string path = folder.file("g.mgal");
  auto writer = created(path, info_of(8));
  constexpr int kRows = 3000;
  std::atomic<int> acknowledged{0};
  std::thread appender([&] {
    for (int i = 0; i < kRows; ++i) {
      EXPECT_TRUE(writer->append(long_name_of(i), embedding_of(8, static_cast<uint32_t>(i)).data()).ok());
      acknowledged = i + 1;
    }
  });
  int64_t seen = 0;
  for (int opens = 0; seen < kRows; ++opens) {
    const int least = acknowledged;
    const auto gallery = Gallery::open(path);
    ASSERT_TRUE(gallery.ok()) << gallery.status().message();
    const Gallery& g = *gallery.value();
    ASSERT_GE(g.size(), std::max<int64_t>(seen, least));
    for (int64_t row = seen; row < g.size(); ++row) {
      ASSERT_EQ(g.name(row), long_name_of(static_cast<int>(row)));
      if (row % 50 == 0) expect_row(g, row, long_name_of(static_cast<int>(row)), static_cast<uint32_t>(row));
    }
    seen = g.size();
  }
  appender.join();
}

TEST(Half, EveryHalfGoesThereAndBack) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const float value = float_of(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE((bits & 0x7FFF) > 0x7C00 && std::isnan(float_of(half_of(value))));
      continue;
    }
    EXPECT_EQ(half_of(value), bits);
    // Halfway to the next: to the even one; a little less or more: to the nearer.
    const float next = float_of(static_cast<uint16_t>(bits + 1));
    if ((bits & 0x7FFF) >= 0x7BFF) continue;
    const float middle = static_cast<float>((double{value} + next) / 2);
    EXPECT_EQ(half_of(middle), bits & 1 ? bits + 1 : bits);
    EXPECT_EQ(half_of(std::nextafter(middle, value)), bits);
    EXPECT_EQ(half_of(std::nextafter(middle, next)), bits + 1);
  }
  EXPECT_EQ(half_of(65519.9f), 0x7BFF);
  EXPECT_EQ(half_of(65520.0f), 0x7C00);
}

}  // namespace
}  // namespace mien
