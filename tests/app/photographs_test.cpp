// Real networks and photographs through the command: the same person scores above different people, and an embedding
// by way of our detector and alignment is close to that of the crop that was published for the same photograph.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "face/match.h"
#include "tests/app/subprocess.h"

namespace mien::test {
namespace {

using nlohmann::json;
using Embeddings = std::map<std::string, std::vector<float>>;  // by the picture's name

const std::string kData = std::string(MIEN_SHARED_DIR) + "/data";

class Photographs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData + "/faces/photos.json")) GTEST_SKIP() << "no real data in " << kData;
    detector_ = converted("retinaface_mobilenet025.pth", {});
    embedder_ = converted("mobilefacenet_relu6.onnx", {"--preset", "imagenet", "--align", "landmarks"});
  }

  static std::string converted(const std::string& weights, const std::vector<std::string>& more) {
    const std::string path = folder() + "/" + weights + ".mien";
    if (exists(path)) return path;
    std::vector<std::string> arguments = {"convert", kData + "/models/" + weights, "-o", path};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = mien(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return path;
  }

  static Embeddings embedded(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "embed");
    arguments.push_back("--json");
    const Outcome outcome = mien(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    Embeddings embeddings;
    for (const json& face : json::parse(outcome.out, nullptr, false))
      embeddings[std::filesystem::path(face["file"].get<std::string>()).filename().string()] =
          face["embedding"].get<std::vector<float>>();
    return embeddings;
  }

  std::string detector_, embedder_;
};

double cosine_of(const std::vector<float>& a, const std::vector<float>& b) {
  return cosine(a.data(), b.data(), a.size());
}

TEST_F(Photographs, OnePersonScoresAboveAllButAThousandthOfTwo) {
  const Embeddings photos = embedded({detector_, embedder_, kData + "/faces/photos"});
  EXPECT_EQ(photos.size(), 55u) << "a face in every photograph";
  std::vector<double> same, different;
  for (auto a = photos.begin(); a != photos.end(); ++a)
    for (auto b = std::next(a); b != photos.end(); ++b) {
      const bool one_person = a->first.substr(0, 4) == b->first.substr(0, 4);  // id07_1.jpg
      (one_person ? same : different).push_back(cosine_of(a->second, b->second));
    }
  ASSERT_EQ(same.size(), 27u);
  ASSERT_EQ(different.size(), 1458u);
  std::sort(same.begin(), same.end());
  std::sort(different.begin(), different.end());
  std::printf("same person: least cosine %.3f, median %.3f; different: largest %.3f, median %.3f\n", same.front(),
              same[same.size() / 2], different.back(), different[different.size() / 2]);
  const size_t spared = different.size() / 1000;
  EXPECT_GT(same.front(), different[different.size() - 1 - spared]);
}

TEST_F(Photographs, EmbeddingsAreCloseToThoseOfThePublishedCrops) {
  const Embeddings photos = embedded({detector_, embedder_, kData + "/faces/photos"});
  const Embeddings crops = embedded({embedder_, kData + "/faces/aligned", "--aligned"});
  std::ifstream file(kData + "/faces/photos.json");
  double sum = 0, worst = 0;
  int pairs = 0;
  for (const json& entry : json::parse(file, nullptr, false)) {
    const auto photo = photos.find(entry["photo"]), crop = crops.find(entry["aligned"]);
    ASSERT_TRUE(photo != photos.end() && crop != crops.end()) << entry["photo"];
    const double distance = 1 - cosine_of(photo->second, crop->second);
    sum += distance;
    worst = std::max(worst, distance);
    ++pairs;
  }
  ASSERT_EQ(pairs, 55);
  std::printf("photograph against published crop: 1 - cosine %.4f on average, at most %.4f\n", sum / pairs, worst);
  EXPECT_LT(sum / pairs, 0.02);
}

TEST_F(Photographs, CompareSaysWhoIsWho) {
  const std::string photos = kData + "/faces/photos/";
  const auto answer = [&](const char* a, const char* b) {
    return mien({"compare", detector_, embedder_, photos + a, photos + b, "--json"});
  };
  const Outcome same = answer("id01_1.jpg", "id01_2.jpg"), different = answer("id01_1.jpg", "id02_1.jpg");
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(different.code, 1) << different.err;
  EXPECT_EQ(different.err, "");
  EXPECT_EQ(json::parse(same.out, nullptr, false)["same"], true);
  EXPECT_EQ(json::parse(different.out, nullptr, false)["same"], false);
}

}  // namespace
}  // namespace mien::test
