// Close-ups of faces: where they are cut, and the way back to the picture.
#include "face/close_up.h"

#include <gtest/gtest.h>

#include "face/mirror.h"

namespace mien {
namespace {

constexpr Box kBox{100, 40, 180, 140};  // 80 x 100, its middle at (140, 90)

TEST(CloseUp, TheBoxIsInTheMiddleAndAsLargeAsAsked) {
  const Similarity close = close_up(kBox, 1.25, 256);
  EXPECT_NEAR(scale_of(close), 256 / 125.0, 1e-12);
  const Box box = apply(close, kBox);
  EXPECT_NEAR(box.height(), 256 / 1.25, 1e-3);
  EXPECT_NEAR(box.left + box.right, 256, 1e-3);
  EXPECT_NEAR(box.top + box.bottom, 256, 1e-3);
}

TEST(CloseUp, UndoLeadsBack) {
  const Landmarks there{{{120, 70}, {160, 72}, {141, 95}, {125, 120}, {158, 118}}};
  const Similarity close = close_up(kBox, 1.5, 256);
  Landmarks seen;
  for (size_t k = 0; k < 5; ++k) seen[k] = apply(close, there[k]);
  const Landmarks back = undo(close, seen);
  for (size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(back[k].x, there[k].x, 1e-3);
    EXPECT_NEAR(back[k].y, there[k].y, 1e-3);
  }
}

TEST(CloseUp, InTheMirrorLeftIsRight) {
  const Landmarks face{{{10, 5}, {30, 6}, {20, 15}, {12, 25}, {28, 26}}};
  const Landmarks seen = mirrored(face, 41);
  EXPECT_EQ(seen[0].x, 10);  // the right eye, 30 from the left, is 10 from it in the mirror
  EXPECT_EQ(seen[0].y, 6);
  EXPECT_EQ(seen[1].x, 30);
  EXPECT_EQ(seen[1].y, 5);
  EXPECT_EQ(seen[2].x, 20);
  EXPECT_EQ(seen[3].x, 12);
  EXPECT_EQ(seen[3].y, 26);
  EXPECT_EQ(mirrored(seen, 41)[4].x, face[4].x);
  const Box box = mirrored(Box{1, 2, 5, 9}, 11);
  EXPECT_EQ(box.left, 5);
  EXPECT_EQ(box.right, 9);
  EXPECT_EQ(box.top, 2);
}

TEST(CloseUp, TheNearestFaceIsTheOneThatOverlapsMost) {
  std::vector<Face> faces(3);
  faces[0].box = {0, 0, 10, 10};
  faces[1].box = {2, 0, 12, 10};
  faces[2].box = {50, 50, 60, 60};
  EXPECT_EQ(nearest_face(faces, {3, 0, 13, 10}, 0.3), &faces[1]);
  EXPECT_EQ(nearest_face(faces, {51, 50, 61, 60}, 0.3), &faces[2]);
  EXPECT_EQ(nearest_face(faces, {51, 50, 61, 60}, 0.9), nullptr);
  EXPECT_EQ(nearest_face(faces, {80, 80, 90, 90}, 0), nullptr);
  EXPECT_EQ(nearest_face({}, kBox, 0), nullptr);
}

TEST(CloseUp, TheMirrorImageOfAnInputOfEitherLayout) {
  InputRecord record;
  record.height = 1, record.width = 3, record.channels = 2;
  const float input[] = {1, 2, 3, 4, 5, 6};
  float out[6];
  record.layout = InputLayout::nchw;
  mirror_input(input, record, out);
  EXPECT_EQ(std::vector<float>(out, out + 6), (std::vector<float>{3, 2, 1, 6, 5, 4}));
  record.layout = InputLayout::nhwc;
  mirror_input(input, record, out);
  EXPECT_EQ(std::vector<float>(out, out + 6), (std::vector<float>{5, 6, 3, 4, 1, 2}));
}

}  // namespace
}  // namespace mien
