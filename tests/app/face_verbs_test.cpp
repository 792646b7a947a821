// The verbs that look for faces, on photographs whose faces are known: what they print, draw and refuse.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/npy.h"
#include "engine/file/flat_file.h"
#include "face/picture.h"
#include "tests/app/square_faces.h"
#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

using nlohmann::json;

json json_of(const Outcome& outcome, int code = 0) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  return json::parse(outcome.out, nullptr, false);
}

// The tiny model under another name and with another face record.
std::string model_with(const std::string& name, const FaceRecord& record) {
  Package package = tiny_package();
  package.face = record;
  const std::string path = folder() + "/" + name + ".mien";
  const Status status = write_file(package, path);
  EXPECT_TRUE(status.ok()) << status.message();
  return path;
}

std::string two_faces() {
  return squares_file("two.png", 6, 4, {{1, 1, 0, 10}, {4, 2, 0, 50}});
}
std::string no_face() {
  return squares_file("none.png", 3, 3, {{1, 1, 2, 10}});
}

TEST(Detect, JsonOfEachPictureAndDetector) {
  const std::string red = square_detector(0), blue = square_detector(2);
  const json answer = json_of(mien({"detect", red, two_faces(), no_face(), blue, "--json"}));
  ASSERT_EQ(answer.size(), 4u);
  const std::string files[] = {two_faces(), two_faces(), no_face(), no_face()}, detectors[] = {red, blue, red, blue};
  const size_t faces[] = {2, 0, 0, 1};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(answer[i]["file"], files[i]);
    EXPECT_EQ(answer[i]["detector"], detectors[i]);
    EXPECT_EQ(answer[i]["faces"].size(), faces[i]) << i;
    EXPECT_EQ(answer[i].size(), 3u);
  }
  const json& best = answer[0]["faces"][0];
  ASSERT_EQ(best.size(), 3u);
  const double box[] = {32, 32, 64, 64};
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(best["box"][i].get<double>(), box[i], 0.51);
  EXPECT_GT(best["score"], answer[0]["faces"][1]["score"]);
  ASSERT_EQ(best["landmarks"].size(), 5u);
  EXPECT_NEAR(best["landmarks"][0][0].get<double>(), 32 + 0.3 * kCell, 0.51);
  EXPECT_NEAR(best["landmarks"][0][1].get<double>(), 32 + 0.35 * kCell, 0.51);
}

TEST(Detect, TableForPeople) {
  const Outcome outcome = mien({"detect", square_detector(), two_faces(), no_face()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string& part : {std::string("32x32"), std::string("no face"), two_faces(), no_face()})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " in\n" << outcome.out;
}

TEST(Detect, OptionsReachTheDetector) {
  const auto faces = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"detect", square_detector(), two_faces(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json_of(mien(arguments))[0]["faces"].size();
  };
  EXPECT_EQ(faces({"--min-score", "0.99"}), 1u) << "the paler one is less sure";
  EXPECT_EQ(faces({"--min-score", "1"}), 0u);
  EXPECT_EQ(faces({"--size", "32"}), 0u) << "faces of 5 pixels";
  EXPECT_EQ(faces({"--overlap", "0"}), 2u) << "they do not overlap";
}

TEST(Detect, CloseUpGivesTheLandmarksThatEmbedTakes) {
  const std::string portrait = MIEN_SOURCE_DIR "/models/default/a1.jpg";
  const json seen = json_of(mien({"detect", portrait, "--json"}))[0]["faces"];
  const json close = json_of(mien({"detect", portrait, "--close-up", "--json"}))[0]["faces"];
  const json embedded = json_of(mien({"embed", portrait, "--json"}));
  ASSERT_TRUE(seen.size() == 1 && close.size() == 1 && embedded.size() == 1);
  EXPECT_EQ(close[0]["landmarks"], embedded[0]["landmarks"]);
  EXPECT_NE(close[0]["landmarks"], seen[0]["landmarks"]);
  EXPECT_EQ(close[0]["box"], seen[0]["box"]);
}

TEST(Detect, DrawsIntoAFileOrAFolder) {
  const std::string file = folder() + "/drawn.png", to = folder() + "/all_drawn";
  json_of(mien({"detect", square_detector(), two_faces(), "--draw", file, "--json"}));
  const auto drawn = load_picture(file), photograph = load_picture(two_faces());
  ASSERT_TRUE(drawn.ok() && photograph.ok());
  EXPECT_EQ(drawn->width, photograph->width);
  EXPECT_NE(drawn->rgb, photograph->rgb);
  expect_error(mien({"detect", square_detector(), two_faces(), no_face(), "--draw", to}), 2, to);
  std::filesystem::create_directories(to);
  json_of(mien({"detect", square_detector(), two_faces(), no_face(), "--draw", to, "--json"}));
  ASSERT_TRUE(exists(to + "/two.png") && exists(to + "/none.png"));
  EXPECT_EQ(load_picture(to + "/two.png")->rgb, drawn->rgb);
  EXPECT_EQ(load_picture(to + "/none.png")->rgb, load_picture(no_face())->rgb) << "nothing to draw";
  const auto before = bytes_of(two_faces());
  expect_error(mien({"detect", square_detector(), two_faces(), "--draw", two_faces()}), 2, "replace");
  EXPECT_EQ(bytes_of(folder() + "/two.png"), before);
}

TEST(Detect, SaysWhatIsMissing) {
  expect_error(mien({"detect", square_detector()}), 2, "no picture");
  expect_error(mien({"detect", tiny_model(), two_faces()}), 2, "no detector");
  expect_error(mien({"detect", tiny_model(), square_detector(), two_faces()}), 2, tiny_model());
  expect_error(mien({"detect", square_detector(), two_faces(), folder() + "/gone.png"}), 3, "gone.png");
  expect_error(mien({"detect", square_detector(), two_faces(), folder() + "/gone.mien"}), 3, "gone.mien");
}

TEST(Embed, TheMainFaceOrAll) {
  const std::string detector = square_detector();
  const json main = json_of(mien({"embed", detector, tiny_model(), two_faces(), "--json"}));
  ASSERT_EQ(main.size(), 1u);
  for (const char* key : {"file", "embedding", "norm", "box", "score", "landmarks"})
    EXPECT_TRUE(main[0].contains(key)) << key;
  EXPECT_FALSE(main[0].contains("model")) << "there is one only";
  EXPECT_EQ(main[0]["embedding"].size(), size_t{kDims});
  double squares = 0;
  for (double v : main[0]["embedding"]) squares += v * v;
  EXPECT_NEAR(main[0]["norm"].get<double>(), std::sqrt(squares), 1e-5 * std::sqrt(squares));
  const json all = json_of(mien({"embed", tiny_model(), detector, two_faces(), "--all", "--json"}));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(all[0]["embedding"], all[1]["embedding"]);
  EXPECT_EQ(main[0], all[0]) << "as large as the other and as near to the middle: the surer one";
  const json scaled = json_of(mien({"embed", detector, tiny_model(), two_faces(), "--normalize", "--json"}));
  EXPECT_NEAR(scaled[0]["norm"].get<double>(), 1, 1e-6);
}

TEST(Embed, BatchesAndThreadsDoNotChangeABit) {
  std::vector<std::string> arguments = {"embed", square_detector(), tiny_model(), two_faces(), "--all", "--json"};
  const json expected = json_of(mien(arguments));
  arguments.insert(arguments.end(), {"--batch", "1", "--threads", "2"});
  EXPECT_EQ(json_of(mien(arguments)), expected);
}

TEST(Embed, APictureWithoutAFaceIsNamedAndTheOthersAreEmbedded) {
  const Outcome outcome = mien({"embed", square_detector(), tiny_model(), no_face(), two_faces(), "--json"});
  const json answer = json_of(outcome, 1);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0]["file"], two_faces());
  EXPECT_EQ(outcome.err, "mien: error: no face found in " + no_face() + "\n");
  const std::string npy = folder() + "/faceless.npy";
  expect_error(mien({"embed", square_detector(), tiny_model(), no_face(), two_faces(), "--npy", npy}), 1, no_face());
  EXPECT_FALSE(exists(npy)) << "rows without names";
}

TEST(Embed, TheSecondDetectorIsAskedWhereTheFirstFindsNone) {
  const json answer =
      json_of(mien({"embed", square_detector(0), square_detector(2), tiny_model(), two_faces(), no_face(), "--json"}));
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_NEAR(answer[1]["box"][0].get<double>(), 32, 0.51);
}

TEST(Embed, SeveralModelsAndTheirFlips) {
  const std::string sum = model_with("sum", {Alignment::landmarks, 0, Flip::sum, "", {}});
  const std::string both = model_with("both", {Alignment::landmarks, 0, Flip::concat, "", {}});
  const std::vector<std::string> arguments = {"embed",      square_detector(), sum,     both,
                                              tiny_model(), two_faces(),       "--json"};
  const json answer = json_of(mien(arguments));
  ASSERT_EQ(answer.size(), 3u);
  EXPECT_EQ(answer[0]["model"], sum);
  EXPECT_EQ(answer[1]["embedding"].size(), size_t{2 * kDims});
  for (size_t i = 0; i < kDims; ++i) {
    const double crop = answer[1]["embedding"][i], mirrored = answer[1]["embedding"][kDims + i];
    EXPECT_EQ(answer[2]["embedding"][i].get<double>(), crop);
    EXPECT_NEAR(answer[0]["embedding"][i].get<double>(), crop + mirrored, 1e-5 * (std::abs(crop) + std::abs(mirrored)));
  }
  const json told = json_of(mien({"embed", square_detector(), both, two_faces(), "--flip", "none", "--json"}));
  EXPECT_EQ(told[0]["embedding"], answer[2]["embedding"]) << "the option goes before the file";
  expect_error(mien({"embed", square_detector(), sum, both, two_faces(), "--npy", folder() + "/two.npy"}), 2, "--npy");
}

TEST(Embed, FoldersAndListsOfPictures) {
  squares_file("album/b/2.png", 3, 3, {{1, 1}});
  squares_file("album/a/1.png", 3, 3, {{1, 1, 0, 40}});
  const std::string npy = folder() + "/album.npy", list = folder() + "/album/b/2.png\n" + folder() + "/album/a/1.png\n";
  const json sorted = json_of(mien({"embed", square_detector(), tiny_model(), folder() + "/album", "--json"}));
  const json listed = json_of(mien_reading(list, {"embed", square_detector(), tiny_model(), "-", "--json"}));
  ASSERT_EQ(sorted.size(), 2u);
  EXPECT_EQ(sorted[0], listed[1]);
  EXPECT_EQ(sorted[1], listed[0]);
  EXPECT_EQ(mien({"embed", square_detector(), tiny_model(), folder() + "/album", "--npy", npy}).out, "");
  const auto array = app::read_npy(npy);
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, kDims}));
  EXPECT_EQ(array->f32[0], sorted[0]["embedding"][0].get<float>());
}

TEST(Embed, SaysWhatIsMissingOrDoesNotFit) {
  const std::string unknown = model_with("unknown", {});
  expect_error(mien({"embed", square_detector(), two_faces()}), 2, "no model that embeds");
  expect_error(mien({"embed", tiny_model(), two_faces()}), 2, "photographs need a detector");
  expect_error(mien({"embed", square_detector(), tiny_model(), tiny_picture(0), "--aligned"}), 2, square_detector());
  expect_error(mien({"embed", square_detector(), unknown, two_faces()}), 2, unknown);
  expect_error(mien({"embed", square_detector(), tiny_model(), two_faces(), "--flip", "twice"}), 2, "--flip");
  expect_error(mien_reading("", {"embed", square_detector(), tiny_model(), "-"}), 2, "no picture");
  expect_error(mien({"embed", square_detector(), tiny_model(), tiny_tensor(1)}), 3, tiny_tensor(1));
}

TEST(Compare, PhotographsOfOneFaceAndOfTwo) {
  const std::string a = squares_file("compare_a.png", 3, 3, {{1, 1, 0, 0}});
  const std::string b = squares_file("compare_b.png", 5, 4, {{2, 2, 0, 0}});
  const json same = json_of(mien({"compare", square_detector(), tiny_model(), a, b, "--json"}));
  for (const char* key : {"cosine", "same", "threshold", "distance", "faces"}) EXPECT_TRUE(same.contains(key)) << key;
  EXPECT_EQ(same["same"], true);
  EXPECT_NEAR(same["cosine"].get<double>(), 1, 1e-6) << "the same pixels at another place";
  EXPECT_EQ(same["threshold"], 0.375) << "of the model's file, at a false accept rate of 0.001";
  ASSERT_EQ(same["faces"].size(), 2u);
  EXPECT_NEAR(same["faces"][1]["box"][0].get<double>(), 64, 0.51);

  const std::string other = squares_file("compare_c.png", 3, 3, {{1, 1, 0, 60}});
  const Outcome outcome = mien({"compare", square_detector(), tiny_model(), a, other, "--threshold", "1", "--json"});
  EXPECT_EQ(outcome.err, "") << "no is an answer, not an error";
  const json no = json_of(outcome, 1);
  EXPECT_EQ(no["same"], false);
  EXPECT_EQ(no["threshold"], 1.0);
  EXPECT_LT(no["cosine"], 1.0);
}

TEST(Compare, SeveralModelsAreAList) {
  const std::string strict = model_with("strict", {Alignment::landmarks, 0, Flip::none, "", {{0.001, 0.9999999}}});
  const std::string a = squares_file("compare_a.png", 3, 3, {{1, 1, 0, 0}});
  const std::string other = squares_file("compare_c.png", 3, 3, {{1, 1, 0, 60}});
  const json answer = json_of(mien({"compare", square_detector(), tiny_model(), strict, a, other, "--json"}), 1);
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0]["model"], tiny_model());
  EXPECT_EQ(answer[0]["same"], true);
  EXPECT_EQ(answer[1]["same"], false) << "one no is a no";
  EXPECT_EQ(answer[0]["cosine"], answer[1]["cosine"]);
}

TEST(Compare, TextForPeople) {
  const Outcome outcome = mien({"compare", square_detector(), tiny_model(), two_faces(), two_faces()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"2 faces, the main one is compared", "cosine", "threshold 0.3750", "same person"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " in\n" << outcome.out;
}

TEST(Compare, RefusesInOneLine) {
  const std::string detector = square_detector();
  expect_error(mien({"compare", detector, tiny_model(), two_faces()}), 2, "two pictures are compared, not 1");
  expect_error(mien({"compare", detector, tiny_model(), two_faces(), two_faces(), no_face()}), 2, "not 3");
  expect_error(mien({"compare", detector, two_faces(), two_faces()}), 2, "no model that embeds");
  expect_error(mien({"compare", tiny_model(), two_faces(), two_faces()}), 2, "photographs need a detector");
  expect_error(mien({"compare", detector, tiny_model(), two_faces(), no_face()}), 1, "no face found in " + no_face());
}

}  // namespace
}  // namespace mien::test
