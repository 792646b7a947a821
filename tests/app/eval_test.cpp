// The verb eval on a small network and small sets: what it says, in which form, and what it refuses.
#include <gtest/gtest.h>
#include <png.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/embed_set.h"
#include "app/evaluation_report.h"
#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"
#include "tests/face/written_pictures.h"

namespace mien::test {
namespace {

using nlohmann::json;

constexpr int kPairs = 20;

// Picture `which` of a person: another person is another pattern, another picture of the same one slightly lighter.
std::vector<uint8_t> face(int person, int which) {
  auto pixels = pattern(kSide, kSide, 3);
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<uint8_t>(pixels[i] * (person + 1) + person * 31 * (i % 7) + 3 * which);
  return write_png(pixels, kSide, kSide, {PNG_COLOR_TYPE_RGB});
}

std::string four_bytes(size_t n) {
  return {static_cast<char>(n), static_cast<char>(n >> 8), static_cast<char>(n >> 16), static_cast<char>(n >> 24)};
}

// A .bin of 20 pairs: even ones are of one person.
std::string small_set() {
  const std::string path = folder() + "/small.bin";
  std::string pickle = "\x80\2](", truths;
  for (int k = 0; k < kPairs; ++k) {
    for (int side = 0; side < 2; ++side) {
      const auto bytes = face(k % 2 == 0 ? k : k + side, side);
      pickle += "B" + four_bytes(bytes.size()) + std::string(bytes.begin(), bytes.end());
    }
    truths += k % 2 == 0 ? "\x88" : "\x89";
  }
  pickle += "e](" + truths + "e\x86.";
  write_bytes(path, {pickle.begin(), pickle.end()});
  return path;
}

json json_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return json::parse(outcome.out, nullptr, false);
}

TEST(Eval, JsonOfOneModelAndSetIsAnObject) {
  const json answer = json_of(mien({"eval", tiny_model(), "--bin", small_set(), "--json"}));
  for (const char* key : {"model", "set", "protocol", "flip", "pairs", "accuracy", "std", "folds", "threshold",
                          "cosine", "auc", "eer", "val_at_far", "far_table", "roc", "dropped_pairs", "missing"})
    EXPECT_TRUE(answer.contains(key)) << key;
  EXPECT_EQ(answer["set"], "small");
  EXPECT_EQ(answer["flip"], "sum");
  EXPECT_EQ(answer["pairs"], kPairs);
  ASSERT_EQ(answer["folds"].size(), 10u);
  double sum = 0;
  for (const json& fold : answer["folds"]) sum += fold["accuracy"].get<double>();
  EXPECT_NEAR(answer["accuracy"].get<double>(), sum / 10, 1e-12);
  EXPECT_EQ(answer["far_table"].size(), 0u) << "ten different pairs support no false accept rate";
  EXPECT_GT(answer["auc"].get<double>(), 0);
}

TEST(Eval, SeveralFlipsAndModelsAreAnArrayInTheirOrder) {
  const json answer =
      json_of(mien({"eval", tiny_model(), tiny_model(), "--bin", small_set(), "--flip", "none,concat", "--json"}));
  ASSERT_EQ(answer.size(), 4u);
  EXPECT_EQ(answer[0]["flip"], "none");
  EXPECT_EQ(answer[1]["flip"], "concat");
  EXPECT_EQ(answer[2]["accuracy"], answer[0]["accuracy"]) << "the same model";
  const json alone = json_of(mien({"eval", tiny_model(), "--bin", small_set(), "--flip", "concat", "--json"}));
  EXPECT_EQ(alone["folds"], answer[1]["folds"]);
  EXPECT_EQ(alone["roc"], answer[1]["roc"]);
}

TEST(Eval, ThreadsDoNotChangeADigit) {
  json one = json_of(mien({"eval", tiny_model(), "--bin", small_set(), "--threads", "1", "--json"}));
  json two = json_of(mien({"eval", tiny_model(), "--bin", small_set(), "--threads", "2", "--json"}));
  one.erase("seconds"), two.erase("seconds");
  EXPECT_EQ(one, two);
}

TEST(Eval, EveryProtocolRuns) {
  for (const std::string& name : protocol_names()) {
    const json answer = json_of(mien({"eval", tiny_model(), "--bin", small_set(), "--protocol", name, "--json"}));
    EXPECT_EQ(answer["protocol"], name);
    EXPECT_GE(answer["folds"].size(), 1u);
  }
}

// gluon-face's flip column: the second set is measured together with the first.
TEST(Eval, AccumulatedSetsGrow) {
  const std::string set = small_set();
  const auto pairs = [&](const char* protocol) {
    const json answer = json_of(mien({"eval", tiny_model(), "--bin", set, set, "--protocol", protocol, "--json"}));
    return std::vector<int>{answer[0]["pairs"], answer[1]["pairs"]};
  };
  EXPECT_EQ(pairs("gluon"), (std::vector<int>{kPairs, kPairs}));
  EXPECT_EQ(pairs("gluon-accumulated"), (std::vector<int>{kPairs, 2 * kPairs}));
}

TEST(Eval, TableAndDrawingForPeople) {
  const std::string svg = folder() + "/eval.svg";
  const Outcome outcome = mien({"eval", tiny_model(), "--bin", small_set(), "--flip", "none,sum", "--svg", svg});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"protocol insightface", "accuracy", "AUC", "small", "tiny.mien", "concat", "+-"})
    EXPECT_EQ(outcome.out.find(part) != std::string::npos, std::string(part) != "concat") << part << outcome.out;
  const auto bytes = bytes_of(svg);
  const std::string drawing(bytes.begin(), bytes.end());
  EXPECT_EQ(drawing.rfind("<svg xmlns=", 0), 0u);
  EXPECT_NE(drawing.find("</svg>\n"), std::string::npos);
  for (const char* part : {"false accept rate", "true accept rate", "same person", "different people", "flip sum"})
    EXPECT_NE(drawing.find(part), std::string::npos) << part;
  EXPECT_EQ(drawing.find("href"), std::string::npos) << "it needs nothing else";
  EXPECT_EQ(drawing.find("nan"), std::string::npos);
}

TEST(Eval, AFolderWithMissingPictures) {
  const std::string root = folder() + "/people";
  std::string list;
  for (int person = 0; person < 12; ++person) {
    const std::string name = "P" + std::to_string(person);
    std::filesystem::create_directories(root + "/" + name);
    for (int which : {1, 2})
      write_bytes(root + "/" + name + "/" + name + "_000" + std::to_string(which) + ".png", face(person, which));
    list += name + "\t1\t2\r\n" + name + "\t1\tP" + std::to_string((person + 1) % 12) + "\t2\r\n";
  }
  std::ofstream(root + "/pairs.txt") << "1\t14\r\n" << list << "P0 1 9\nP0 1 P1 1\nP0 1 P2 1\nP0 1 P3 1\n";
  const json answer = json_of(mien({"eval", tiny_model(), "--lfw", root, "--pairs", root + "/pairs.txt", "--json"}));
  EXPECT_EQ(answer["pairs"], 27);
  EXPECT_EQ(answer["dropped_pairs"], 1);
  EXPECT_EQ(answer["missing"], json({"P0/P0_0009"}));
  const Outcome text = mien({"eval", tiny_model(), "--lfw", root, "--pairs", root + "/pairs.txt"});
  EXPECT_NE(text.out.find("1 pairs dropped, 1 pictures missing: P0/P0_0009"), std::string::npos) << text.out;
}

TEST(Eval, RefusesInOneLine) {
  const std::string set = small_set(), broken = folder() + "/broken.bin";
  expect_error(mien({"eval", tiny_model()}), 2, "--bin");
  expect_error(mien({"eval", tiny_model(), "--bin", set, "--protocol", "none"}), 2, "insightface");
  expect_error(mien({"eval", tiny_model(), "--bin", set, "--flip", "twice"}), 2, "none, sum or concat");
  expect_error(mien({"eval", tiny_model(), "--lfw", folder()}), 2, "--pairs");
  expect_error(mien({"eval", tiny_model(), "--bin", folder() + "/nothing.bin"}), 3, "nothing.bin");
  write_bytes(broken, {'c', 'o', 's', '\n', 's', 'y', 's', 't', 'e', 'm', '\n', '.'});
  expect_error(mien({"eval", tiny_model(), "--bin", broken}), 4, "os.system");
  std::string pickle = "\x80\2](";
  for (int i = 0; i < 20; ++i) pickle += std::string("C\4\xff\xd8\xff") + static_cast<char>('a' + i);
  pickle += "e](" + std::string(10, '\x88') + "e\x86.";
  write_bytes(broken, {pickle.begin(), pickle.end()});
  expect_error(mien({"eval", tiny_model(), "--bin", broken}), 3, "a picture of pair ");
  EXPECT_FALSE(exists(folder() + "/never.svg"));
}

// A folder that nothing can be written into, not even by root: no file of a process table can be made.
TEST(Eval, WhatWasMeasuredIsPrintedBeforeItIsStored) {
  const std::string model = folder() + "/stored.mien";
  std::filesystem::copy_file(tiny_model(), model, std::filesystem::copy_options::overwrite_existing);
  const json stored = json_of(mien({"eval", model, "--bin", small_set(), "--store", "--json"}));
  EXPECT_EQ(stored["pairs"], kPairs);
  const Outcome failed =
      mien({"eval", model, "--bin", small_set(), "--svg", "/proc/nothing/eval.svg", "--store", "--json"});
  EXPECT_EQ(failed.code, 5) << failed.err;
  EXPECT_EQ(json::parse(failed.out, nullptr, false)["pairs"], kPairs);
  EXPECT_NE(failed.err.find("/proc/nothing"), std::string::npos) << failed.err;
}

// No file may grow, as on a full disk; what is printed goes into a pipe.
TEST(Eval, AModelThatCannotBeWrittenIsNamedAfterWhatWasMeasured) {
  const std::string model = folder() + "/full.mien";
  std::filesystem::copy_file(tiny_model(), model, std::filesystem::copy_options::overwrite_existing);
  const auto before = bytes_of(model);
  const std::string command = std::string("ulimit -f 0; trap '' XFSZ; exec '") + MIEN_COMMAND + "' eval '" + model +
                              "' --bin '" + small_set() + "' --store --json 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  EXPECT_EQ(WEXITSTATUS(pclose(pipe)), 5) << said;
  const size_t error = said.find("mien: error: " + model + ": ");
  ASSERT_NE(error, std::string::npos) << said;
  EXPECT_EQ(json::parse(said.substr(0, error), nullptr, false)["pairs"], kPairs) << said;
  EXPECT_EQ(std::count(said.begin() + static_cast<ptrdiff_t>(error), said.end(), '\n'), 1) << said;
  EXPECT_EQ(bytes_of(model), before);
}

TEST(EmbedSet, FittedPictures) {
  Picture picture;
  picture.height = 1, picture.width = 2, picture.rgb = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(app::fitted_to(picture, 2, 7).rgb, picture.rgb) << "the right width: nothing is done";
  const Picture larger = app::fitted_to(picture, 3, 2);
  EXPECT_EQ(larger.width, 4);
  EXPECT_EQ(larger.height, 2) << "the shorter side";
  EXPECT_EQ(larger.rgb[0], 1);
  EXPECT_EQ(larger.rgb[3], 2) << "1.75, between the centres of the two pixels";
  EXPECT_EQ(larger.rgb[9], 4);
}

TEST(Report, TheRecordOfAModelTakesFlipThresholdsAndWhatTheyWereMeasuredOn) {
  app::Measured measured;
  measured.set = "lfw", measured.flip = Flip::concat;
  measured.evaluation.same = 3, measured.evaluation.different = 4;
  measured.evaluation.table = {{1e-2, 0.25, 0.01, 1, 30}, {1e-3, 0.375, 0.001, 1, 3}};
  FaceRecord before;
  before.alignment = Alignment::landmarks, before.thresholds = {{0.5, 0.5}};
  const FaceRecord record = app::with_thresholds(before, measured);
  EXPECT_EQ(record.alignment, Alignment::landmarks);
  EXPECT_EQ(record.flip, Flip::concat);
  EXPECT_EQ(record.measured_on, "lfw, 7 pairs");
  ASSERT_EQ(record.thresholds.size(), 2u);
  EXPECT_EQ(record.thresholds[1].far, 1e-3);
  EXPECT_EQ(record.thresholds[1].cosine, 0.375);
}

}  // namespace
}  // namespace mien::test
