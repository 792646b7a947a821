// The C++ face of face.h: from the bytes of a photograph to a name, and its exceptions.
#include <gtest/gtest.h>
#include <png.h>

#include <mien/face.hpp>

#include "engine/file/flat_file.h"
#include "tests/engine/picture_model.h"
#include "tests/face/gallery_support.h"
#include "tests/face/toy_detector.h"
#include "tests/face/written_pictures.h"

namespace mien {
namespace {

using gallery_test::Folder;

// The code of the Error that `call` throws; MIEN_OK if it throws none.
template <class Call>
mien_code thrown_by(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
    return error.code();
  }
  return MIEN_OK;
}

TEST(FaceCppApi, FromAPhotographToAName) {
  const Folder folder;
  Package package = testing::picture_package();
  package.face.margin = 0;
  ASSERT_TRUE(write_file(package, folder.file("m.mien")).ok());
  const test::ToyDetector toy({"SCRFD", 2}, 128, 256, 5);
  ASSERT_TRUE(write_file(toy.package, folder.file("d.mien")).ok());
  const Picture picture = test::blocks(256, 128, 9);
  const auto png = test::write_png(picture.rgb, 256, 128, {PNG_COLOR_TYPE_RGB});

  const Photo photo = Photo::decode(png.data(), png.size());
  EXPECT_EQ(photo.width(), 256);
  FaceDetector detector = FaceDetector::load(folder.file("d.mien"));
  EXPECT_STREQ(detector.info().family, "SCRFD");
  const std::vector<mien_face> faces = detector.detect(photo.pixels());
  EXPECT_EQ(faces.size(), toy.plain(picture, 0.5, 0.4).size());
  ASSERT_GT(faces.size(), 3u);

  const Model model = Model::load(folder.file("m.mien"));
  FaceEmbedder embedder(model);
  const auto dims = static_cast<size_t>(embedder.dims());
  ASSERT_EQ(dims, size_t{4});
  const std::vector<float> embeddings = embedder.embed(photo.pixels(), faces);
  ASSERT_EQ(embeddings.size(), faces.size() * dims);
  const std::vector<float> first(embeddings.begin(), embeddings.begin() + 4);
  EXPECT_EQ(embedder.embed(align_face(photo.pixels(), faces[0], model)), first);
  EXPECT_NEAR(cosine_of(face_template(first, 4), first), 1, 1e-6);
  EXPECT_EQ(same_person_threshold(model), 0.5);

  const std::string path = folder.file("g.mgal");
  auto writer = FaceGalleryWriter::open_or_create(path, model_identity(folder.file("m.mien")), embedder.dims());
  for (size_t i = 0; i < 3; ++i)
    writer.append("face " + std::to_string(i), {embeddings.begin() + static_cast<ptrdiff_t>(i * dims),
                                                embeddings.begin() + static_cast<ptrdiff_t>((i + 1) * dims)});
  EXPECT_EQ(writer.remove("face 2"), 1);
  writer.sync();
  writer.compact();
  EXPECT_EQ(writer.size(), 2);
  const FaceGallery gallery = FaceGallery::open(path);
  EXPECT_EQ(gallery.size(), 2);
  const auto found = gallery.search(first, 5);
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].size(), 2u);
  EXPECT_EQ(found[0][0].name, "face 0");
  EXPECT_NEAR(found[0][0].cosine, 1, 1e-6);
  EXPECT_EQ(thrown_by([&] { gallery.name(2); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { gallery.search(first, 0); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { gallery.search({1, 2, 3}, 1); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { writer.append("x", {1, 2, 3}); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { embedder.embed({1, 2, 3}); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(thrown_by([&] { embedder.embed(photo.pixels(), {}); }), MIEN_BAD_ARGUMENT);
}

TEST(FaceCppApi, Exceptions) {
  const Folder folder;
  EXPECT_EQ(thrown_by([&] { Photo::load(folder.file("none")); }), MIEN_UNREADABLE);
  EXPECT_EQ(thrown_by([&] { FaceDetector::load(folder.file("none")); }), MIEN_UNREADABLE);
  EXPECT_EQ(thrown_by([&] { FaceGallery::open(folder.file("none")); }), MIEN_UNREADABLE);
  EXPECT_EQ(thrown_by([&] { FaceGalleryWriter::open(folder.file("none")); }), MIEN_UNREADABLE);
  EXPECT_EQ(thrown_by([&] { model_identity(folder.file("none")); }), MIEN_UNREADABLE);
  EXPECT_EQ(thrown_by([&] { face_template({0, 0}, 2); }), MIEN_CHECK_FAILED);
  EXPECT_EQ(thrown_by([&] { face_template({}, 2); }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(cosine_of({1, 2}, {1, 2, 3}), 0);
}

}  // namespace
}  // namespace mien
