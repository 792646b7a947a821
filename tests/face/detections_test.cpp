// Detectors with their real weights on real photographs: the same faces as the original projects, OpenCV and ONNX
// Runtime find. golden/detections.json is written by tests/generate/detections.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "converters/convert.h"
#include "face/detector.h"

namespace mien {
namespace {

using nlohmann::json;
const std::string kData = std::string(MIEN_SHARED_DIR) + "/data";

json read_json(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

std::unique_ptr<Detector> detector_of(const std::string& file, const DetectorOptions& options) {
  ConvertOptions convert_options;
  convert_options.golden_cases = 1;
  ConvertReport report;
  Result<Package> package = convert({kData + "/models/" + file}, convert_options, &report);
  EXPECT_TRUE(package.ok()) << package.status().message();
  if (!package.ok()) return nullptr;
  auto detector = Detector::create(std::move(*package), options);
  EXPECT_TRUE(detector.ok()) << detector.status().message();
  return detector.ok() ? std::move(*detector) : nullptr;
}

std::vector<Face> faces_in(const std::string& photo, Detector* detector) {
  const auto picture = load_picture(kData + "/faces/photos/" + photo);
  EXPECT_TRUE(picture.ok()) << picture.status().message();
  if (!picture.ok()) return {};
  const auto faces = detector->detect(*picture);
  EXPECT_TRUE(faces.ok()) << photo << ": " << faces.status().message();
  return faces.ok() ? *faces : std::vector<Face>{};
}

const Face* largest(const std::vector<Face>& faces) {
  const auto it = std::max_element(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return a.box.width() * a.box.height() < b.box.width() * b.box.height();
  });
  return it == faces.end() ? nullptr : &*it;
}

float distance(Point a, Point b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

Point point_of(const json& pair) {
  return {pair[0].get<float>(), pair[1].get<float>()};
}

// The worst over the photographs: of a box's side in shares of it, of a landmark in shares of the eyes' distance.
struct Worst {
  float box = 0, landmark = 0, score = 0;
  int photos = 0;

  void add(const Face& face, const json& golden) {
    const json& b = golden["box"];
    const float width = b[2].get<float>() - b[0].get<float>(), height = b[3].get<float>() - b[1].get<float>();
    box = std::max(
        {box, std::abs(face.box.left - b[0].get<float>()) / width, std::abs(face.box.top - b[1].get<float>()) / height,
         std::abs(face.box.right - b[2].get<float>()) / width, std::abs(face.box.bottom - b[3].get<float>()) / height});
    score = std::max(score, std::abs(face.score - golden["score"].get<float>()));
    ++photos;
    if (!golden.contains("landmarks")) return;
    const json& points = golden["landmarks"];
    const float eyes = distance(point_of(points[0]), point_of(points[1]));
    for (size_t k = 0; k < 5; ++k)
      landmark = std::max(landmark, distance(face.landmarks[k], point_of(points[k])) / eyes);
  }
  void print(const char* name) const {
    std::printf("%s, %d photographs: worst box side %.3f %%, landmark %.3f %% of the eye distance, score %.5f\n", name,
                photos, double{box} * 100, double{landmark} * 100, double{score});
  }
};

class RealDetectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData + "/faces/photos.json")) GTEST_SKIP() << "no real data in " << kData;
    golden_ = read_json(std::string(MIEN_SOURCE_DIR) + "/tests/face/golden/detections.json");
    ASSERT_TRUE(golden_.is_object());
  }

  // Every photograph's largest face against the numbers of another implementation.
  Worst compare(const char* name, Detector* detector) {
    Worst worst;
    for (const auto& [photo, expected] : golden_[name].items()) {
      const std::vector<Face> faces = faces_in(photo, detector);
      EXPECT_EQ(static_cast<int>(faces.size()), expected["faces"].get<int>()) << photo;
      if (const Face* face = largest(faces); face && expected.contains("box")) worst.add(*face, expected);
    }
    worst.print(name);
    return worst;
  }

  json golden_;
};

// The golden numbers are of pictures scaled to a longer side of at most 640 and not padded, which the default does but
// for the padding: it moves a box by 0.1 %. (At the pictures' own size boxes of the large ones are off by up to one and
// a half sides, with faces that no prior fits; enlarged to 640 by 5 %, as other priors win.)
// What is left, up to 0.5 %, is in pictures whose shorter side is not scaled to a whole number: the numbers' own
// rounding is not known.
TEST_F(RealDetectors, RetinaFaceFindsWhatTheOriginalFinds) {
  const json golden = read_json(kData + "/golden/retinaface_mobilenet025.json");
  ASSERT_TRUE(golden.is_array());
  const auto detector = detector_of("retinaface_mobilenet025.pth", {});
  ASSERT_TRUE(detector);
  Worst worst;
  for (const json& expected : golden) {
    const std::string photo = expected["photo"];
    const std::vector<Face> faces = faces_in(photo, detector.get());
    const Face* face = largest(faces);
    ASSERT_TRUE(face) << photo;
    Worst one;
    one.add(*face, expected);
    EXPECT_LE(one.box, 0.02f) << photo;
    EXPECT_LE(one.landmark, 0.03f) << photo;
    EXPECT_LE(one.score, 0.01f) << photo;
    worst.add(*face, expected);
  }
  worst.print("retinaface_mobilenet025");
  EXPECT_EQ(worst.photos, 39);
}

TEST_F(RealDetectors, YuNetFindsWhatOpenCvFinds) {
  DetectorOptions options;
  options.max_side = 8192;
  const auto detector = detector_of("yunet_n_640.onnx", options);
  ASSERT_TRUE(detector);
  EXPECT_STREQ(detector->family(), "YuNet");
  const Worst worst = compare("yunet_opencv", detector.get());
  EXPECT_LE(worst.box, 0.02f);
  EXPECT_LE(worst.landmark, 0.03f);
  EXPECT_LE(worst.score, 0.01f);
}

TEST_F(RealDetectors, YuNetFindsWhatOnnxRuntimeAndNumpyFind) {
  DetectorOptions options;
  options.height = options.width = 640;
  const auto detector = detector_of("yunet_n_640.onnx", options);
  ASSERT_TRUE(detector);
  const Worst worst = compare("yunet_640x640", detector.get());
  EXPECT_LE(worst.box, 0.02f);
  EXPECT_LE(worst.landmark, 0.03f);
  EXPECT_LE(worst.score, 0.01f);
}

TEST_F(RealDetectors, UltraLightIsBoundToItsSize) {
  const auto detector = detector_of("ulfg_rfb_320.onnx", {});
  ASSERT_TRUE(detector);
  EXPECT_STREQ(detector->family(), "Ultra-Light");
  EXPECT_FALSE(detector->any_size());
  EXPECT_FALSE(detector->has_landmarks());
  const Worst worst = compare("ulfg_240x320", detector.get());
  EXPECT_LE(worst.box, 0.02f);
  EXPECT_LE(worst.score, 0.01f);
}

// A mean of five looks is nearer to what another detector sees than the first of them.
TEST_F(RealDetectors, LookingAgainCloseUpBringsTheLandmarksNearer) {
  const auto detector = detector_of("retinaface_mobilenet025.pth", {});
  ASSERT_TRUE(detector);
  double first = 0, refined = 0;
  for (const json& expected : read_json(kData + "/faces/photos.json")) {
    const auto picture = load_picture(kData + "/faces/photos/" + expected["photo"].get<std::string>());
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    const std::vector<Face> faces = faces_in(expected["photo"], detector.get());
    ASSERT_FALSE(faces.empty());
    Face face = *largest(faces);
    const json& points = expected["landmarks"];
    const float eyes = distance(point_of(points[0]), point_of(points[1]));
    const auto off = [&] {
      double mean = 0;
      for (size_t k = 0; k < 5; ++k) mean += distance(face.landmarks[k], point_of(points[k])) / eyes / 5;
      return mean;
    };
    first += off();
    const Box box = face.box;
    const Status status = detector->refine(*picture, &face);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(face.box.left, box.left);
    refined += off();
  }
  std::printf("mean distance of the landmarks, %% of the eye distance: first look %.2f, after five %.2f\n",
              100 * first / 55, 100 * refined / 55);
  EXPECT_LT(refined, 0.8 * first);
  Face none;
  EXPECT_EQ(detector->refine(*load_picture(kData + "/faces/photos/id01_1.jpg"), &none).code(), Code::bad_argument);
}

// How far the landmarks are from those of a third detector, in shares of the eyes' distance.
TEST_F(RealDetectors, LandmarksLieWhereAThirdDetectorPutsThem) {
  for (const char* file : {"retinaface_mobilenet025.pth", "yunet_n_640.onnx"}) {
    const auto detector = detector_of(file, {});
    ASSERT_TRUE(detector);
    std::vector<float> distances;
    float least_score = 1;
    for (const json& expected : read_json(kData + "/faces/photos.json")) {
      const json& points = expected["landmarks"];
      const float eyes = distance(point_of(points[0]), point_of(points[1]));
      float best = HUGE_VALF, score = 0;
      for (const Face& face : faces_in(expected["photo"], detector.get())) {
        float mean = 0;
        for (size_t k = 0; k < 5; ++k) mean += distance(face.landmarks[k], point_of(points[k])) / eyes / 5;
        if (mean < best) best = mean, score = face.score;
      }
      distances.push_back(best);
      least_score = std::min(least_score, score);
    }
    std::sort(distances.begin(), distances.end());
    const size_t n = distances.size();
    std::printf(
        "%s: mean distance of five landmarks, %% of the eye distance: median %.1f, 90 %% %.1f, worst %.1f; "
        "least score %.3f\n",
        file, double{distances[n / 2]} * 100, double{distances[n * 9 / 10]} * 100, double{distances.back()} * 100,
        double{least_score});
    EXPECT_LT(distances[n / 2], 0.08f) << file;
    EXPECT_LT(distances[n * 9 / 10], 0.15f) << file;
  }
}

}  // namespace
}  // namespace mien
