// LFW's 6,000 pairs with three trained networks: the command's figures against those that PyTorch, decoding with
// libjpeg, gave independently. Minutes on two cores.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/app/subprocess.h"

namespace mien::test {
namespace {

const std::string kData = std::string(MIEN_SHARED_DIR) + "/data";

struct Known {
  const char* name;
  std::vector<std::string> files;
  std::vector<std::string> options;
  double accuracy[3], std[3];  // without the mirrored picture, both summed, both concatenated; in percent
};

const Known kKnown[] = {
    {"relu6", {"mobilefacenet_relu6.onnx"}, {"--preset", "imagenet"}, {99.500, 99.533, 99.517}, {0.307, 0.296, 0.311}},
    {"arcface", {"arcface_mobilefacenet.pth"}, {}, {98.483, 98.683, 98.650}, {0.612, 0.513, 0.621}},
    {"y1",
     {"mobilefacenet_y1-symbol.json", "mobilefacenet_y1-0000.params"},
     {},
     {99.333, 99.433, 99.483},
     {0.527, 0.501, 0.508}},
};

class Lfw : public ::testing::TestWithParam<Known> {};
void PrintTo(const Known& known, std::ostream* os) {
  *os << known.name;
}

TEST_P(Lfw, GivesThePublishedFigures) {
  if (!std::filesystem::exists(kData + "/lfw_112.bin")) GTEST_SKIP() << "no real data in " << kData;
  const Known& known = GetParam();
  const std::string model = folder() + "/" + known.name + ".mien";
  std::vector<std::string> convert = {"convert"};
  for (const std::string& file : known.files) convert.push_back(kData + "/models/" + file);
  convert.insert(convert.end(), known.options.begin(), known.options.end());
  convert.insert(convert.end(), {"-o", model});
  ASSERT_EQ(mien(convert).code, 0);

  const Outcome outcome = mien({"eval", model, "--bin", kData + "/lfw_112.bin", "--flip", "none,sum,concat", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto answer = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(answer.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const double accuracy = 100 * answer[i]["accuracy"].get<double>(), std = 100 * answer[i]["std"].get<double>();
    std::printf("%s, flip %s: %.3f +- %.3f, PyTorch %.3f +- %.3f\n", known.name,
                answer[i]["flip"].get<std::string>().c_str(), accuracy, std, known.accuracy[i], known.std[i]);
    EXPECT_NEAR(accuracy, known.accuracy[i], 0.04);
    EXPECT_NEAR(std, known.std[i], 0.04);
    EXPECT_EQ(answer[i]["far_table"].size(), 2u) << "3,000 different pairs reach 1e-3";
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Lfw, ::testing::ValuesIn(kKnown),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace mien::test
