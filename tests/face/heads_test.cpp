// Decoding of numbers written by hand, what is refused, and suppression.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "face/detection_head.h"
#include "face/suppress.h"

namespace mien {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Outputs of zeros that a test writes into.
struct Outputs {
  std::vector<std::vector<float>> values;
  std::vector<HeadOutput> rows;

  void add(int64_t count, int64_t width) {
    values.emplace_back(static_cast<size_t>(count * width), 0.0f);
    rows.push_back({values.back().data(), count, width});
  }
};

Outputs retinaface_outputs(int64_t priors) {
  Outputs outputs;
  for (int64_t width : {4, 2, 10}) outputs.add(priors, width);
  for (int64_t i = 0; i < priors; ++i) outputs.values[1][static_cast<size_t>(2 * i)] = 1;
  return outputs;
}

void set_score(Outputs* outputs, size_t prior, float score) {
  outputs->values[1][2 * prior] = 1 - score;
  outputs->values[1][2 * prior + 1] = score;
}

// By the numbers of InsightFace's own decoding: anchors around (7.5, 7.5) of a cell, boxes ending at their last pixel.
TEST(RetinaFaceMapsHead, OneFaceOfNineMaps) {
  Outputs outputs;
  constexpr InputSize kInput{64, 96};
  for (int64_t places : {2 * 3, 4 * 6, 8 * 12})  // strides 32, 16, 8
    for (int64_t maps : {4, 8, 20}) outputs.add(maps, places);
  const auto head = retinaface_maps_head(outputs.rows, kInput);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->fits(outputs.rows, kInput));
  EXPECT_FALSE(head->fits(outputs.rows, {64, 64}));
  constexpr size_t kPlaces = 24, kPlace = 6 * 2 + 5, kAnchor = 1;  // stride 16: row 2, column 5, the square of 64
  outputs.values[3][(2 + kAnchor) * kPlaces + kPlace] = 0.75f;
  outputs.values[3][kAnchor * kPlaces + kPlace] = 0.25f;
  outputs.values[4][(4 * kAnchor + 0) * kPlaces + kPlace] = 0.5f;             // 32 to the right
  outputs.values[4][(4 * kAnchor + 3) * kPlaces + kPlace] = std::log(2.0f);   // twice as high
  outputs.values[5][(10 * kAnchor + 9) * kPlaces + kPlace] = -0.25f;          // the last point, 16 up
  std::vector<Face> faces;
  ASSERT_TRUE(head->decode(outputs.rows, kInput, 0.5f, &faces).ok());
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].score, 0.75f);
  EXPECT_FLOAT_EQ(faces[0].box.left, 87.5f + 32 - 31.5f);
  EXPECT_FLOAT_EQ(faces[0].box.right, 87.5f + 32 + 31.5f);
  EXPECT_FLOAT_EQ(faces[0].box.top, 39.5f - 63.5f);
  EXPECT_FLOAT_EQ(faces[0].box.bottom, 39.5f + 63.5f);
  EXPECT_FLOAT_EQ(faces[0].landmarks[0].x, 87.5f);
  EXPECT_FLOAT_EQ(faces[0].landmarks[4].y, 39.5f - 16);
  outputs.values[0][2 * 6] = kNan;
  EXPECT_EQ(head->decode(outputs.rows, kInput, 0.5f, &faces).code(), Code::check_failed);
  outputs.rows[8].rows = 21;
  EXPECT_FALSE(retinaface_maps_head(outputs.rows, kInput)) << "not the landmarks of two anchors";
}

TEST(RetinaFaceHead, OneFaceWherePriorsLie) {
  Outputs outputs = retinaface_outputs(42);  // 32 x 32 pixels: 4 * 4 + 2 * 2 + 1 places of two
  const auto head = retinaface_head(outputs.rows, {32, 32});
  ASSERT_TRUE(head);
  const size_t prior = 32 + 2 * 2 + 1;  // of /16: row 1, column 0, the square of 128
  set_score(&outputs, prior, 0.75f);
  outputs.values[0][4 * prior] = 1;                       // a tenth of 128 to the right
  outputs.values[0][4 * prior + 3] = 5 * std::log(2.0f);  // twice as high
  outputs.values[2][10 * prior + 8] = -2;                 // the last point, 25.6 to the left
  std::vector<Face> faces;
  ASSERT_TRUE(head->decode(outputs.rows, {32, 32}, 0.5f, &faces).ok());
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].score, 0.75f);
  EXPECT_NEAR(faces[0].box.left, 8 + 12.8f - 64, 1e-4f);
  EXPECT_NEAR(faces[0].box.right, 8 + 12.8f + 64, 1e-4f);
  EXPECT_NEAR(faces[0].box.top, 24 - 128, 1e-4f);
  EXPECT_NEAR(faces[0].box.bottom, 24 + 128, 1e-4f);
  EXPECT_NEAR(faces[0].landmarks[0].x, 8, 1e-4f);
  EXPECT_NEAR(faces[0].landmarks[4].x, 8 - 25.6f, 1e-4f);
  EXPECT_NEAR(faces[0].landmarks[4].y, 24, 1e-4f);
}

TEST(RetinaFaceHead, RefusesWhatIsNoProbabilityAndWhatIsNotFinite) {
  const InputSize size{32, 32};
  std::vector<Face> faces;
  for (float wrong : {kNan, -0.1f, 1.1f, HUGE_VALF}) {
    Outputs outputs = retinaface_outputs(42);
    outputs.values[1][83] = wrong;
    EXPECT_EQ(retinaface_head(outputs.rows, size)->decode(outputs.rows, size, 0.5f, &faces).code(), Code::check_failed);
  }
  Outputs logits = retinaface_outputs(42);  // a graph without its softmax
  logits.values[1][0] = -3, logits.values[1][1] = 0.9f;
  EXPECT_EQ(retinaface_head(logits.rows, size)->decode(logits.rows, size, 0.5f, &faces).code(), Code::check_failed);
  for (size_t output : {0, 2}) {
    for (float wrong : {kNan, HUGE_VALF}) {
      Outputs outputs = retinaface_outputs(42);
      set_score(&outputs, 0, 0.9f);
      outputs.values[output][3] = wrong;
      const Status status = retinaface_head(outputs.rows, size)->decode(outputs.rows, size, 0.5f, &faces);
      EXPECT_EQ(status.code(), Code::check_failed);
    }
  }
  EXPECT_TRUE(faces.empty());
}

TEST(GridHeads, RefuseWhatIsNoProbability) {
  const InputSize size{64, 64};
  std::vector<Face> faces;
  for (const int scores : {1, 2}) {
    for (float wrong : {kNan, -0.1f, 1.1f}) {
      Outputs outputs;
      for (int64_t rows : {64, 16, 4}) {
        for (int i = 0; i < scores; ++i) outputs.add(rows, 1);
        outputs.add(rows, 4);
        outputs.add(rows, 10);
      }
      const auto head = scores == 1 ? scrfd_head(outputs.rows, size) : yunet_head(outputs.rows, size);
      ASSERT_TRUE(head);
      ASSERT_TRUE(head->decode(outputs.rows, size, 0.5f, &faces).ok());
      outputs.values[static_cast<size_t>(scores - 1)][63] = wrong;
      EXPECT_EQ(head->decode(outputs.rows, size, 0.5f, &faces).code(), Code::check_failed);
    }
  }
  EXPECT_TRUE(faces.empty());
}

TEST(UltraLightHead, SharesOfTheSidesAndNoLandmarks) {
  Outputs outputs;
  outputs.add(4420, 2);
  outputs.add(4420, 4);
  const InputSize size{240, 320};
  const auto head = ultra_light_head(outputs.rows, size);
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->has_landmarks());
  EXPECT_FALSE(ultra_light_head(outputs.rows, {256, 320}));
  outputs.values[0][2 * 4419 + 1] = 0.8f;
  const float box[] = {0.25f, 0.5f, 0.5f, 1.0f};
  std::copy(box, box + 4, outputs.values[1].end() - 4);
  std::vector<Face> faces;
  ASSERT_TRUE(head->decode(outputs.rows, size, 0.7f, &faces).ok());
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FLOAT_EQ(faces[0].box.left, 80);
  EXPECT_FLOAT_EQ(faces[0].box.top, 120);
  EXPECT_FLOAT_EQ(faces[0].box.right, 160);
  EXPECT_FLOAT_EQ(faces[0].box.bottom, 240);
  for (const Point& point : faces[0].landmarks) {
    EXPECT_FLOAT_EQ(point.x, 120);
    EXPECT_FLOAT_EQ(point.y, 180);
  }
  outputs.values[0][1] = kNan;
  EXPECT_EQ(head->decode(outputs.rows, size, 0.7f, &faces).code(), Code::check_failed);
}

Face square(float left, float top, float side, float score) {
  Face face;
  face.box = {left, top, left + side, top + side};
  face.score = score;
  return face;
}

TEST(SuppressOverlaps, KeepsTheBestOfEachGroupInOrder) {
  std::vector<Face> faces{square(0, 0, 10, 0.5f), square(100, 0, 10, 0.9f), square(1, 0, 10, 0.8f),
                          square(50, 0, 10, 0.8f), square(101, 0, 10, 0.9f)};
  suppress_overlaps(0.5f, 0, &faces);
  ASSERT_EQ(faces.size(), 3u);
  EXPECT_EQ(faces[0].box.left, 100);
  EXPECT_EQ(faces[1].box.left, 1);
  EXPECT_EQ(faces[2].box.left, 50);
}

// 9 x 10 of 110 pixels are 0.818; with the last pixel counted, 10 x 11 of 132 are 0.833.
TEST(SuppressOverlaps, WholePixelsCountTheirLast) {
  for (const auto& [limit, extra, left] : {std::tuple{0.825f, 0.0f, 2u}, {0.825f, 1.0f, 1u}, {0.84f, 1.0f, 2u}}) {
    std::vector<Face> faces{square(0, 0, 10, 0.9f), square(1, 0, 10, 0.8f)};
    suppress_overlaps(limit, extra, &faces);
    EXPECT_EQ(faces.size(), left) << limit << ", " << extra;
  }
}

TEST(SuppressOverlaps, EmptyInvertedAndFarTooMany) {
  std::vector<Face> faces;
  suppress_overlaps(0.4f, 0, &faces);
  EXPECT_TRUE(faces.empty());
  faces = {square(5, 5, -3, 0.9f), square(5, 5, -3, 0.8f), square(5, 5, 0, 0.7f)};
  suppress_overlaps(0.4f, 1, &faces);
  EXPECT_GE(faces.size(), 1u);
  faces.clear();
  for (int i = 0; i < 6000; ++i) faces.push_back(square(static_cast<float>(20 * i), 0, 10, 0.9f));
  suppress_overlaps(0.4f, 0, &faces);
  EXPECT_EQ(faces.size(), static_cast<size_t>(kMostCandidates));
  EXPECT_EQ(faces[0].box.left, 0);
}

// 640 x 640 with 200 places that answer. Printed, not judged: the machine may be busy.
TEST(RetinaFaceHead, TimeFor16800Priors) {
  Outputs outputs = retinaface_outputs(16800);
  for (size_t i = 0; i < 200; ++i) set_score(&outputs, 50 * i, 0.6f + 0.001f * static_cast<float>(i));
  const auto head = retinaface_head(outputs.rows, {640, 640});
  ASSERT_TRUE(head);
  double best = HUGE_VAL;
  size_t found = 0;
  for (int run = 0; run < 50; ++run) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<Face> faces;
    ASSERT_TRUE(head->decode(outputs.rows, {640, 640}, 0.5f, &faces).ok());
    suppress_overlaps(0.4f, 1, &faces);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    found = faces.size();
  }
  EXPECT_GT(found, 50u);
  std::printf("16800 priors, 200 above the threshold, %zu kept: %.1f us\n", found, best * 1e6);
}

}  // namespace
}  // namespace mien
