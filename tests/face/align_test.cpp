#include "face/align.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "face/photograph.h"
#include "face/similarity.h"
#include "face/warp.h"
#include "tests/face/written_pictures.h"

namespace mien {
namespace {

// Low frequencies only, so that every reduction shows the same.
Picture smooth_picture(int width, int height) {
  Picture picture;
  picture.width = width;
  picture.height = height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        picture.rgb.push_back(static_cast<uint8_t>(
            128 + 60 * std::sin(x * 6.28 / width + c) + 50 * std::cos(y * 9.42 / height - c)));
  return picture;
}

InputRecord input_of(int width, int height) {
  InputRecord input;
  input.known = true;
  input.width = width;
  input.height = height;
  return input;
}

FaceRecord record_of(Alignment alignment, float margin = 0) {
  FaceRecord record;
  record.alignment = alignment;
  record.margin = margin;
  return record;
}

// A face whose template pixel is `pixels` of the picture wide, its crop's corner at (left, top).
Face face_at(float left, float top, float pixels) {
  Face face;
  const Landmarks points = arcface_template(112, 112);
  for (size_t i = 0; i < points.size(); ++i)
    face.landmarks[i] = {left + points[i].x * pixels, top + points[i].y * pixels};
  face.box = {left, top, left + 112 * pixels, top + 112 * pixels};
  return face;
}

double mean_difference(const Picture& a, const Picture& b) {
  EXPECT_EQ(a.rgb.size(), b.rgb.size());
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(int{a.rgb[i]} - int{b.rgb[i]});
  return sum / static_cast<double>(a.rgb.size());
}

TEST(Align, LandmarksOnTheTemplateCutThePictureOut) {
  const Picture picture = smooth_picture(200, 180);
  const auto crop = align(picture, face_at(30, 20, 1), input_of(112, 112), record_of(Alignment::landmarks));
  ASSERT_TRUE(crop.ok()) << crop.status().message();
  ASSERT_EQ(crop->width, 112);
  ASSERT_EQ(crop->height, 112);
  for (int y = 0; y < 112; ++y)
    for (int x = 0; x < 112; ++x)
      ASSERT_EQ(crop->rgb[static_cast<size_t>(3 * (y * 112 + x))],
                picture.rgb[static_cast<size_t>(3 * ((y + 20) * 200 + x + 30))]);
}

TEST(Align, TheCropHasTheRecordsSize) {
  const Picture picture = smooth_picture(200, 180);
  const auto crop = align(picture, face_at(30, 20, 1), input_of(96, 112), record_of(Alignment::landmarks));
  ASSERT_TRUE(crop.ok());
  ASSERT_EQ(crop->width, 96);
  EXPECT_EQ(crop->rgb[0], picture.rgb[static_cast<size_t>(3 * (20 * 200 + 30 + 8))]);
}

TEST(Align, BoxTakesHalfTheMarginOnEachSideAndStopsAtTheBorder) {
  const Picture picture = smooth_picture(200, 180);
  Face face;
  face.box = {50.7f, 40.2f, 150.9f, 170.5f};
  const auto crop = align(picture, face, input_of(160, 160), record_of(Alignment::box, 32));
  ASSERT_TRUE(crop.ok()) << crop.status().message();
  EXPECT_EQ(crop->rgb, resize_smoothly(picture, {34, 24, 166, 180}, 160, 160).rgb);
}

TEST(Align, TheMarginShrinksWithThePicture) {
  Picture picture = smooth_picture(200, 180);
  picture.reduction = 4;
  Face face;
  face.box = {50, 40, 150, 120};
  const auto crop = align(picture, face, input_of(160, 160), record_of(Alignment::box, 32));
  ASSERT_TRUE(crop.ok());
  EXPECT_EQ(crop->rgb, resize_smoothly(picture, {46, 36, 154, 124}, 160, 160).rgb);
}

TEST(Align, WhatCannotBeCutIsRefused) {
  const Picture picture = smooth_picture(60, 50);
  const InputRecord input = input_of(112, 112);
  const Face face = face_at(0, 0, 0.4f);
  EXPECT_NE(align(picture, face, input, {}).status().message().find("does not say"), std::string::npos);
  EXPECT_EQ(align({}, face, input, record_of(Alignment::landmarks)).status().code(), Code::bad_argument);
  EXPECT_EQ(align(picture, face, input_of(0, 112), record_of(Alignment::landmarks)).status().code(),
            Code::bad_argument);
  EXPECT_EQ(align(picture, {}, input, record_of(Alignment::landmarks)).status().code(), Code::bad_argument);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const Box& box : {Box{}, Box{70, 10, 90, 20}, Box{-9, -9, -1, -1}, Box{30, 30, 20, 20}, Box{nan, 0, 9, 9},
                         Box{0, 0, 9, nan}, Box{infinity, 0, infinity, 9}}) {
    Face boxed;
    boxed.box = box;
    EXPECT_EQ(align(picture, boxed, input, record_of(Alignment::box)).status().code(), Code::bad_argument);
  }
}

TEST(Reduction, LeavesAtLeastWhatIsAskedFor) {
  EXPECT_EQ(reduction_for(4000, 3000, 640), 4);
  EXPECT_EQ(reduction_for(3000, 4000, 1280), 2);
  EXPECT_EQ(reduction_for(8000, 6000, 640), 8);
  EXPECT_EQ(reduction_for(1279, 700, 640), 1);
  EXPECT_EQ(reduction_for(1280, 700, 640), 2);
  EXPECT_EQ(reduction_for(0, 0, 640), 1);
  EXPECT_EQ(reduction_for(60000, 60000, 1), 8);
}

TEST(Reduction, FacesMoveWithThePixelCentres) {
  const Face face = at_reduction(face_at(10, 20, 1), 4, 1);
  EXPECT_FLOAT_EQ(face.box.left, 10.5f * 4 - 0.5f);
  EXPECT_FLOAT_EQ(at_reduction(face, 1, 4).landmarks[2].y, face_at(10, 20, 1).landmarks[2].y);
}

// A large and a small face: the small one needs a finer picture, and both crops show what the full picture shows.
TEST(Photograph, CropsOfAReducedPictureShowTheSame) {
  const Picture full = smooth_picture(1600, 1200);
  const auto file = test::write_jpeg(full.rgb, 1600, 1200, {});
  const auto seen = decode_for_faces(file.data(), file.size(), 200);
  ASSERT_TRUE(seen.ok()) << seen.status().message();
  if (seen->reduction == 1) GTEST_SKIP() << "this build's decoder does not reduce";
  ASSERT_EQ(seen->reduction, 4);
  ASSERT_EQ(seen->width, 400);

  const std::vector<Face> faces = {face_at(700, 500, 4), face_at(200, 300, 1.2f)};
  std::vector<Face> small;
  for (const Face& face : faces) small.push_back(at_reduction(face, 1, 4));
  for (const Alignment alignment : {Alignment::landmarks, Alignment::box}) {
    const InputRecord input = input_of(112, 112);
    const FaceRecord record = record_of(alignment, 32);
    const auto crops = align_faces(file.data(), file.size(), *seen, small, input, record);
    ASSERT_TRUE(crops.ok()) << crops.status().message();
    ASSERT_EQ(crops->size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      const auto expected = align(full, faces[i], input, record);
      ASSERT_TRUE(expected.ok());
      EXPECT_LT(mean_difference(crops->at(i), *expected), 2) << i;
    }
  }
  small[1].landmarks.fill({3, 3});
  const auto refused =
      align_faces(file.data(), file.size(), *seen, small, input_of(112, 112), record_of(Alignment::landmarks));
  EXPECT_EQ(refused.status().message().rfind("face 1: ", 0), 0u) << refused.status().message();
}

// Whatever the part that is decoded again, the crops are those of the whole picture at its reduction.
TEST(Photograph, CropsOfTheFinerPartAreThoseOfTheWhole) {
  const Picture full = smooth_picture(1600, 1200);
  for (const int orientation : {1, 6}) {
    const auto file = test::jpeg_with_exif(test::write_jpeg(full.rgb, 1600, 1200, {}), test::exif(orientation, true));
    const auto seen = decode_for_faces(file.data(), file.size(), 200);
    ASSERT_TRUE(seen.ok()) << seen.status().message();
    const auto whole = decode_picture(file.data(), file.size());
    ASSERT_TRUE(whole.ok());
    // In the middle, beyond the first corner, beyond the last.
    const std::vector<Face> faces = {face_at(500, 700, 1), face_at(-20, -30, 1),
                                     face_at(static_cast<float>(whole->width) - 70, 900, 1.2f)};
    std::vector<Face> small;
    for (const Face& face : faces) small.push_back(at_reduction(face, 1, seen->reduction));
    for (const Alignment alignment : {Alignment::landmarks, Alignment::box})
      for (size_t i = 0; i <= faces.size(); ++i) {
        // Each alone, then all together.
        const std::vector<Face> some = i < faces.size() ? std::vector<Face>{small[i]} : small;
        const auto crops = align_faces(file.data(), file.size(), *seen, some, input_of(112, 112), record_of(alignment));
        ASSERT_TRUE(crops.ok()) << crops.status().message();
        for (size_t k = 0; k < some.size(); ++k) {
          const auto expected =
              align(*whole, at_reduction(some[k], seen->reduction, 1), input_of(112, 112), record_of(alignment));
          ASSERT_TRUE(expected.ok());
          EXPECT_EQ(crops->at(k).rgb, expected->rgb) << i << " " << k;
        }
      }
  }
}

}  // namespace
}  // namespace mien
