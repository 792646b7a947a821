// Detectors of every family against a plain computation, and what must hold for any picture and any graph.
#include "face/detector.h"

#include <gtest/gtest.h>

#include <cmath>

#include "face/warp.h"
#include "tests/face/toy_detector.h"

namespace mien {
namespace {

using test::blocks;
using test::ToyDetector;
using test::ToyForm;

const ToyForm kForms[] = {{"RetinaFace", 2},
                          {"YuNet", 1},
                          {"SCRFD", 2},
                          {"SCRFD", 2, {8, 16, 32}, true, false},
                          {"SCRFD", 1, {8, 16, 32, 64, 128}},
                          {"SCRFD", 2, {8, 16, 32}, false}};

std::unique_ptr<Detector> detector_of(const ToyDetector& toy, const DetectorOptions& options = {}) {
  auto detector = Detector::create(toy.package, options);
  EXPECT_TRUE(detector.ok()) << detector.status().message();
  return detector.ok() ? std::move(*detector) : nullptr;
}

std::vector<Face> faces_in(const Picture& picture, Detector* detector) {
  auto faces = detector->detect(picture);
  EXPECT_TRUE(faces.ok()) << faces.status().message();
  return faces.ok() ? *faces : std::vector<Face>{};
}

// x, y: factors of `expected`'s coordinates.
void expect_same(const std::vector<Face>& got, const std::vector<Face>& expected, float x = 1, float y = 1) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i].score, expected[i].score, 1e-5f);
    const Box &a = got[i].box, &b = expected[i].box;
    EXPECT_NEAR(a.left, b.left * x, 2e-3f) << "face " << i;
    EXPECT_NEAR(a.top, b.top * y, 2e-3f);
    EXPECT_NEAR(a.right, b.right * x, 2e-3f);
    EXPECT_NEAR(a.bottom, b.bottom * y, 2e-3f);
    for (size_t k = 0; k < 5; ++k) {
      EXPECT_NEAR(got[i].landmarks[k].x, expected[i].landmarks[k].x * x, 2e-3f);
      EXPECT_NEAR(got[i].landmarks[k].y, expected[i].landmarks[k].y * y, 2e-3f);
    }
  }
}

TEST(Detector, AgreesWithAPlainComputation) {
  for (const ToyForm& form : kForms) {
    const ToyDetector toy(form, 128, 256, 5);
    const auto detector = detector_of(toy);
    ASSERT_TRUE(detector) << form.family;
    EXPECT_EQ(detector->family(), form.family);
    EXPECT_EQ(detector->has_landmarks(), form.landmarks);
    EXPECT_TRUE(detector->any_size());
    const Picture picture = blocks(256, 128, 9);
    const std::vector<Face> expected =
        toy.plain(picture, double{detector->score_threshold()}, double{detector->nms_iou()});
    ASSERT_GT(expected.size(), 3u) << form.family;
    expect_same(faces_in(picture, detector.get()), expected);
  }
}

// Another size than the network's file: padded at the right and below with the family's border.
TEST(Detector, PadsPicturesOfOtherSizes) {
  for (const ToyForm& form : kForms) {
    if (form.strides.size() > 3) continue;
    const ToyDetector toy(form, 640, 640, 6);
    const auto detector = detector_of(toy);
    const Picture picture = blocks(139, 77, 10);
    Picture padded = blocks(160, 96, 10);
    for (int y = 0; y < 96; ++y) {
      for (int x = 0; x < 160; ++x) {
        for (int c = 0; c < 3; ++c) {
          const int border[] = {123, 117, 104};
          if (x >= 139 || y >= 77)
            padded.rgb[static_cast<size_t>(3 * (y * 160 + x) + c)] =
                static_cast<uint8_t>(form.family == "RetinaFace" ? border[c] : 0);
        }
      }
    }
    const std::vector<Face> expected =
        toy.plain(padded, double{detector->score_threshold()}, double{detector->nms_iou()});
    ASSERT_GT(expected.size(), 3u);
    expect_same(faces_in(picture, detector.get()), expected);
  }
}

TEST(Detector, ScalesToTheLongestSideOrIntoAFixedSize) {
  const ToyDetector toy({"SCRFD", 2}, 640, 640, 7);
  const Picture picture = blocks(512, 256, 11, 32);
  DetectorOptions options;
  options.max_side = 128;
  const std::vector<Face> expected = toy.plain(resize(picture, 128, 64), 0.5, 0.4);
  ASSERT_GT(expected.size(), 3u);
  // Suppression counts pixels of the picture, and one more: that differs a little from the small picture's.
  options.nms_iou = 1.0f;
  expect_same(faces_in(picture, detector_of(toy, options).get()), toy.plain(resize(picture, 128, 64), 0.5, 1), 4, 4);

  options = {};
  options.height = 64, options.width = 160;
  options.nms_iou = 1.0f;
  Picture padded = resize(picture, 128, 64);
  for (int y = 63; y >= 0; --y) {
    const auto row = padded.rgb.begin() + 3 * 128 * (y + 1);
    padded.rgb.insert(row, size_t{3} * 32, 0);
  }
  padded.width = 160;
  expect_same(faces_in(picture, detector_of(toy, options).get()), toy.plain(padded, 0.5, 1), 4, 4);
}

TEST(Detector, NoFaceIsAnEmptyList) {
  for (const char* family : {"RetinaFace", "YuNet", "SCRFD"}) {
    ToyForm form{family, std::string(family) == "YuNet" ? 1 : 2};
    form.score_bias = -60;
    const ToyDetector toy(form, 64, 128, 5);
    EXPECT_TRUE(faces_in(blocks(100, 60, 1), detector_of(toy).get()).empty()) << family;
  }
}

TEST(Detector, PicturesOfOnePixelOfOneRowAndHugeOnes) {
  std::vector<Picture> pictures;
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 3000}, {3000, 1}, {2, 3}, {33, 31}, {9, 20000}, {2500, 1500}})
    pictures.push_back(blocks(width, height, 2));
  for (const ToyForm& form : kForms) {
    const ToyDetector toy(form, 128, 256, 5);
    const auto detector = detector_of(toy);
    for (const Picture& picture : pictures) {
      for (const Face& face : faces_in(picture, detector.get()))
        EXPECT_TRUE(std::isfinite(face.box.left + face.box.bottom)) << picture.width << "x" << picture.height;
    }
  }
}

TEST(Detector, RefusesPicturesWithoutTheirPixels) {
  const ToyDetector toy(kForms[0], 64, 128, 5);
  const auto detector = detector_of(toy);
  EXPECT_EQ(detector->detect({}).status().code(), Code::bad_argument);
  Picture picture = blocks(20, 10, 1);
  picture.height = 11;
  EXPECT_EQ(detector->detect(picture).status().code(), Code::bad_argument);
}

// The sizes used last stay; an answer does not depend on what was asked before.
TEST(Detector, KeepsAFewSizes) {
  const ToyDetector toy({"SCRFD", 2}, 64, 128, 5);
  DetectorOptions options;
  options.cached_sizes = 2;
  const auto detector = detector_of(toy, options);
  const Picture first = blocks(64, 64, 1), second = blocks(96, 64, 2), third = blocks(96, 96, 3);
  const std::vector<Face> before = faces_in(first, detector.get());
  const int64_t one = detector->memory_bytes();
  EXPECT_GT(one, 64 * 64 * 3 * 4);
  faces_in(second, detector.get());
  EXPECT_EQ(detector->sizes_kept(), 2);
  faces_in(third, detector.get());
  EXPECT_EQ(detector->sizes_kept(), 2);
  expect_same(faces_in(first, detector.get()), before);
  EXPECT_EQ(detector->sizes_kept(), 2);
  EXPECT_LT(detector->memory_bytes(), 5 * one);
  faces_in(blocks(60, 50, 1), detector.get());  // padded to the same 64 x 64
  EXPECT_EQ(detector->sizes_kept(), 2);
}

// A graph with a constant for each place takes pictures in its own size only.
TEST(Detector, NetworksBoundToTheirSize) {
  ToyDetector toy({"YuNet", 1}, 64, 128, 5);
  Graph& graph = toy.package.graph;
  const Shape shape = graph.value(graph.outputs[6]).shape;  // the boxes of stride 8
  std::vector<float> nothing(static_cast<size_t>(shape.elements()), 0);
  Node add;
  add.op = Op::add;
  add.name = "priors";
  add.inputs = {graph.outputs[6], graph.add_constant("places", shape, nothing)};
  graph.outputs[6] = graph.add_node(add);
  ASSERT_TRUE(infer_shapes(graph).ok());

  const auto detector = detector_of(toy);
  EXPECT_FALSE(detector->any_size());
  const Picture picture = blocks(128, 64, 9);
  expect_same(faces_in(picture, detector.get()), toy.plain(picture, 0.6, 0.3));
  faces_in(blocks(300, 100, 4), detector.get());
  EXPECT_EQ(detector->sizes_kept(), 1);

  DetectorOptions options;
  options.height = options.width = 64;
  const Status status = Detector::create(toy.package, options).status();
  EXPECT_EQ(status.code(), Code::unsupported);
  EXPECT_NE(status.message().find("node 'priors'"), std::string::npos) << status.message();
}

TEST(Detector, SaysWhatIsNoDetector) {
  ToyDetector toy(kForms[0], 64, 128, 5);
  toy.package.graph.outputs.pop_back();
  ASSERT_TRUE(infer_shapes(toy.package.graph).ok());
  const Status status = Detector::create(toy.package).status();
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("RetinaFace, YuNet, SCRFD"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("'bbox' 1x336x4"), std::string::npos) << status.message();
}

TEST(Detector, RefusesOptionsOutOfRange) {
  const ToyDetector toy(kForms[0], 64, 128, 5);
  DetectorOptions bad[9];
  bad[0].score_threshold = std::nanf("");
  bad[1].score_threshold = 1.5f;
  bad[2].nms_iou = -0.1f;
  bad[3].max_side = 0;
  bad[4].max_side = 8193;
  bad[5].height = 64;
  bad[6].width = -1, bad[6].height = 64;
  bad[7].cached_sizes = 0;
  bad[8].step = -1;
  for (const DetectorOptions& options : bad)
    EXPECT_EQ(Detector::create(toy.package, options).status().code(), Code::bad_argument);
}

}  // namespace
}  // namespace mien
