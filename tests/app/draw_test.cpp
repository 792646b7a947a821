// Faces drawn into pictures, and where the drawings go.
#include "app/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/app/square_faces.h"
#include "tests/app/subprocess.h"

namespace mien::test {
namespace {

app::Color at(const Picture& picture, int x, int y) {
  const size_t i = static_cast<size_t>(3 * (y * picture.width + x));
  return {picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2]};
}

constexpr app::Color kBlack = {0, 0, 0}, kInk = {10, 200, 30};

Face face_at(float left, float top, float right, float bottom) {
  Face face;
  face.box = {left, top, right, bottom};
  face.landmarks.fill({(left + right) / 2, (top + bottom) / 2});
  return face;
}

TEST(MarkFace, OutlinesTheBoxAndDotsTheLandmarks) {
  Picture picture = squares(4, 4, {});
  app::mark_face(&picture, face_at(20, 40, 100, 120), "", kInk);
  for (int x : {20, 60, 99}) {
    EXPECT_EQ(at(picture, x, 40), kInk) << x;
    EXPECT_EQ(at(picture, x, 120), kInk) << x;
  }
  for (int y : {41, 80, 119}) {
    EXPECT_EQ(at(picture, 20, y), kInk) << y;
    EXPECT_EQ(at(picture, 100, y), kInk) << y;
  }
  EXPECT_EQ(at(picture, 60, 80), kInk) << "landmarks";
  EXPECT_EQ(at(picture, 40, 60), kBlack) << "inside";
  EXPECT_EQ(at(picture, 10, 80), kBlack) << "outside";
  EXPECT_EQ(at(picture, 60, 30), kBlack) << "no label";
}

TEST(MarkFace, WritesTheLabelAboveOrInside) {
  const auto inks = [](const Picture& picture, int top, int bottom) {
    std::set<app::Color> seen;
    for (int y = top; y < bottom; ++y)
      for (int x = 0; x < picture.width; ++x) seen.insert(at(picture, x, y));
    return seen.size();
  };
  Picture above = squares(4, 4, {}), inside = above, no_letters = above;
  app::mark_face(&above, face_at(20, 40, 100, 120), "Ann 0.71", kInk);
  app::mark_face(&inside, face_at(20, 4, 100, 120), "Ann 0.71", kInk);
  EXPECT_EQ(inks(above, 28, 39), 3u) << "black, ink and letters";
  EXPECT_EQ(inks(above, 0, 27), 1u);
  EXPECT_EQ(inks(inside, 6, 15), 3u);
  app::mark_face(&no_letters, face_at(20, 40, 100, 120), "\xC3\xA9\n", kInk);
  EXPECT_EQ(inks(no_letters, 28, 39), 3u) << "question marks";
}

TEST(MarkFace, StaysInsideThePicture) {
  for (const Box& box : {Box{-50, -50, 500, 500}, Box{-900, -900, -800, -800}, Box{1e9f, 1e9f, 2e9f, 2e9f},
                         Box{31, 31, 31, 31}, Box{20, 20, 10, 10}}) {
    Picture picture = squares(1, 1, {});
    app::mark_face(&picture, face_at(box.left, box.top, box.right, box.bottom), std::string(200, 'W'), kInk);
    EXPECT_EQ(picture.rgb.size(), size_t{3} * kCell * kCell);
  }
  Picture pixel;
  pixel.width = pixel.height = 1;
  pixel.rgb = {0, 0, 0};
  app::mark_face(&pixel, face_at(0, 0, 1, 1), "x", kInk);
}

TEST(Colors, NeighboursDiffer) {
  for (size_t i = 0; i < 20; ++i) EXPECT_NE(app::color_of(i), app::color_of(i + 1)) << i;
}

TEST(Png, IsThePictureAgain) {
  Picture picture = squares(3, 2, {{1, 1, 2, 17}});
  app::mark_face(&picture, face_at(20, 20, 40, 40), "a", kInk);
  const auto bytes = app::encode_png(picture);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  const auto again = decode_picture(bytes->data(), bytes->size());
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->width, picture.width);
  EXPECT_EQ(again->rgb, picture.rgb);
  const Status nowhere = app::write_png(picture, folder() + "/no/folder.png");
  EXPECT_EQ(nowhere.code(), Code::io);
  EXPECT_NE(nowhere.message().find("/no/folder.png"), std::string::npos) << nowhere.message();
}

TEST(DrawingPaths, NoTwoDrawingsHaveOneName) {
  const std::string to = folder() + "/drawings";
  std::filesystem::create_directories(to);
  const auto paths = app::drawing_paths(to, {"ann/1.jpg", "bob/1.jpg", "bob/2.png", "x/bob/1.jpeg", "1.jpg"});
  ASSERT_TRUE(paths.ok()) << paths.status().message();
  EXPECT_EQ(*paths, (std::vector<std::string>{to + "/1.png", to + "/bob_1.png", to + "/2.png", to + "/bob_1_2.png",
                                              to + "/_1.png"}));
  EXPECT_EQ(*app::drawing_paths("new.png", {"a.jpg"}), (std::vector<std::string>{"new.png"}));
}

TEST(DrawingPaths, RefuseToReplaceAPictureAndSeveralWithoutAFolder) {
  const std::string picture = squares_file("kept/photo.png", 1, 1, {});
  for (const std::string& to :
       {folder() + "/kept", folder() + "/kept/", picture, folder() + "/kept/../kept/photo.png"}) {
    const auto paths = app::drawing_paths(to, {picture});
    ASSERT_FALSE(paths.ok()) << to;
    EXPECT_EQ(paths.status().code(), Code::bad_argument);
    EXPECT_NE(paths.status().message().find(picture), std::string::npos) << paths.status().message();
  }
  EXPECT_EQ(app::drawing_paths("new.png", {"a.jpg", "b.jpg"}).status().code(), Code::bad_argument);
}

}  // namespace
}  // namespace mien::test
