// enroll and search: people go into a gallery by name and are found again in photographs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/file/flat_file.h"
#include "face/gallery.h"
#include "tests/app/square_faces.h"
#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"

namespace mien::test {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

Strings with_faces(const std::string& verb, const std::string& gallery, const Strings& more) {
  Strings arguments = {verb, "--gallery", gallery, square_detector(), tiny_model(), "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json json_of(const Outcome& outcome, int code = 0) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return json::parse(outcome.out, nullptr, false);
}

json enrolled(const std::string& gallery, const Strings& more, int code = 0) {
  return json_of(mien(with_faces("enroll", gallery, more)), code);
}

json searched(const std::string& gallery, const Strings& more, int code = 0) {
  return json_of(mien(with_faces("search", gallery, more)), code);
}

// Three people in folders, ann twice.
std::string people() {
  squares_file("team/ann/1.png", 3, 3, {{1, 1, 0, 0}});
  squares_file("team/ann/2.png", 4, 3, {{2, 1, 0, 4}});
  squares_file("team/bob/1.png", 3, 3, {{1, 1, 0, 30}});
  squares_file("team/cy.png", 3, 3, {{1, 1, 0, 60}});
  return folder() + "/team";
}

std::string fresh(const std::string& name) {
  const std::string path = folder() + "/" + name + ".gallery";
  std::filesystem::remove(path);
  return path;
}

Strings names_in(const std::string& path) {
  const auto gallery = Gallery::open(path);
  EXPECT_TRUE(gallery.ok()) << gallery.status().message();
  Strings names;
  for (int64_t i = 0; gallery.ok() && i < (*gallery)->size(); ++i) names.push_back((*gallery)->name(i));
  return names;
}

TEST(Enroll, AFolderByTheNamesOfItsSubFolders) {
  const std::string gallery = fresh("folders");
  const json report = enrolled(gallery, {people()});
  EXPECT_EQ(report,
            (json{{"gallery", gallery}, {"enrolled", 4}, {"removed", 0}, {"size", 4}, {"skipped", json::array()}}));
  EXPECT_EQ(names_in(gallery), (Strings{"ann", "ann", "bob", "cy"}));
  EXPECT_EQ(enrolled(gallery, {people() + "/cy.png", "--name", "Dee"})["size"], 5);
  EXPECT_EQ(names_in(gallery).back(), "Dee");
}

TEST(Enroll, AListOnStandardInput) {
  const std::string gallery = fresh("list");
  const json report = json_of(mien_reading(people() + "/cy.png\n", with_faces("enroll", gallery, {"-"})));
  EXPECT_EQ(report["enrolled"], 1);
  EXPECT_EQ(names_in(gallery), (Strings{"cy"}));
}

TEST(Enroll, SkipsWhatItCannotUseAndSaysSo) {
  const std::string gallery = fresh("skips"), root = folder() + "/mixed";
  squares_file("mixed/1_good.png", 3, 3, {{1, 1}});
  squares_file("mixed/2_nobody.png", 3, 3, {});
  write_bytes(root + "/3_damaged.jpg", {0xFF, 0xD8, 0xFF, 0xE0});
  squares_file("mixed/4_no\xFFtext.png", 3, 3, {{1, 1}});
  squares_file("mixed/5_good.png", 3, 3, {{1, 1}});
  const json report = enrolled(gallery, {root}, 1);
  EXPECT_EQ(report["enrolled"], 2);
  EXPECT_EQ(names_in(gallery), (Strings{"1_good", "5_good"}));
  ASSERT_EQ(report["skipped"].size(), 3u);
  EXPECT_EQ(report["skipped"][0], (json{{"file", root + "/2_nobody.png"}, {"reason", "no face found"}}));
  EXPECT_EQ(report["skipped"][1]["file"], root + "/3_damaged.jpg");
  EXPECT_NE(report["skipped"][2]["reason"].get<std::string>().find("UTF-8"), std::string::npos) << report;
  Strings text = with_faces("enroll", gallery, {root});
  text.erase(std::find(text.begin(), text.end(), "--json"));
  const Outcome outcome = mien(text);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("2_nobody.png: skipped: no face found"), std::string::npos) << outcome.out;
}

TEST(Enroll, RemovesAndCompacts) {
  const std::string gallery = fresh("removing");
  enrolled(gallery, {people()});
  const auto whole = std::filesystem::file_size(gallery);
  json report = json_of(mien({"enroll", "-g", gallery, "--remove", "ann", "--json"}));
  EXPECT_EQ(report["removed"], 2);
  EXPECT_EQ(report["size"], 2);
  EXPECT_EQ(names_in(gallery), (Strings{"bob", "cy"}));
  report = json_of(mien({"enroll", "-g", gallery, "--remove", "nobody", "--json"}), 1);
  EXPECT_EQ(report["skipped"][0]["file"], "nobody");
  json_of(mien({"enroll", "-g", gallery, "--compact", "--json"}));
  EXPECT_EQ(names_in(gallery), (Strings{"bob", "cy"}));
  EXPECT_LE(std::filesystem::file_size(gallery), whole);
  report = enrolled(gallery, {people() + "/ann/1.png", "--remove", "bob", "--name", "ann"});
  EXPECT_EQ(report["removed"], 1) << "both in one call";
  EXPECT_EQ(names_in(gallery), (Strings{"cy", "ann"}));
}

TEST(Enroll, TheMeanIsOneEmbeddingPerName) {
  const std::string gallery = fresh("mean"), each = fresh("each");
  EXPECT_EQ(enrolled(gallery, {people(), "--mean"})["enrolled"], 3);
  EXPECT_EQ(names_in(gallery), (Strings{"ann", "bob", "cy"}));
  enrolled(each, {people()});
  const auto means = Gallery::open(gallery), rows = Gallery::open(each);
  ASSERT_TRUE(means.ok() && rows.ok());
  const auto mean = (*means)->embedding(0), a = (*rows)->embedding(0), b = (*rows)->embedding(1);
  double length = 0;
  for (size_t i = 0; i < mean.size(); ++i) length += (a[i] + b[i]) * (a[i] + b[i]);
  for (size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], (a[i] + b[i]) / std::sqrt(length), 1e-6);
}

TEST(Enroll, HalfFloatsStayHalfFloats) {
  const std::string gallery = fresh("half"), single = fresh("single");
  enrolled(gallery, {people() + "/cy.png", "--float16"});
  EXPECT_EQ((*Gallery::open(gallery))->info().type, RowType::float16);
  EXPECT_EQ(enrolled(gallery, {people() + "/ann"})["size"], 3) << "without the option: as it is there";
  EXPECT_EQ(searched(gallery, {people() + "/cy.png"})[0]["matches"][0]["name"], "cy");
  enrolled(single, {people() + "/cy.png"});
  Outcome refused = mien(with_faces("enroll", single, {people() + "/cy.png", "--float16"}));
  expect_error(refused, 1, "float32");
}

// Another network, though of the same sizes.
std::string other_model() {
  Package package = tiny_package();
  for (Value& value : package.graph.values) {
    if (!value.is_constant()) continue;
    value.constant = make_constant(std::vector<float>(static_cast<size_t>(value.shape.elements()), 0.25f));
    break;
  }
  package.card.name = "other";
  const std::string path = folder() + "/other.mien";
  EXPECT_TRUE(write_file(package, path).ok());
  return path;
}

TEST(Gallery, OfAnotherModelIsRefused) {
  const std::string gallery = fresh("foreign");
  enrolled(gallery, {people()});
  const auto before = bytes_of(gallery);
  for (const char* verb : {"enroll", "search"})
    expect_error(mien({verb, "-g", gallery, square_detector(), other_model(), people() + "/cy.png"}), 1, gallery);
  for (const char* flip : {"sum", "concat"})
    for (const char* verb : {"enroll", "search"})
      expect_error(mien(with_faces(verb, gallery, {people() + "/cy.png", "--flip", flip})), 1,
                   "made with flip none, which cannot be compared with those made with flip " + std::string(flip) +
                       ": use the gallery's flip, or enroll the pictures again");
  EXPECT_EQ(bytes_of(gallery), before);
}

TEST(Gallery, MissingOrDamaged) {
  const std::string gallery = fresh("missing");
  expect_error(mien(with_faces("search", gallery, {people()})), 3, gallery);
  expect_error(mien({"enroll", "-g", gallery, "--remove", "ann"}), 3, gallery);
  EXPECT_FALSE(exists(gallery));
  write_bytes(gallery, {'n', 'o', ' ', 'g', 'a', 'l', 'l', 'e', 'r', 'y'});
  expect_error(mien(with_faces("search", gallery, {people()})), 3, gallery);
  expect_error(mien(with_faces("enroll", gallery, {people()})), 3, gallery);
}

TEST(Gallery, SaysWhatIsMissing) {
  const std::string gallery = fresh("never");
  expect_error(mien({"enroll", "-g", gallery}), 2, "nothing to do");
  expect_error(mien({"enroll", people()}), 2, "--gallery");
  for (const char* verb : {"enroll", "search"}) {
    expect_error(mien({verb, "-g", gallery, square_detector(), people()}), 2, "no model that embeds");
    expect_error(mien({verb, "-g", gallery, tiny_model(), people()}), 2, "photographs need a detector");
    expect_error(mien({verb, "-g", gallery, square_detector(), tiny_model(), other_model(), people()}), 2, "one model");
  }
  expect_error(mien({"search", "-g", gallery, square_detector(), tiny_model()}), 2, "no picture");
  EXPECT_FALSE(exists(gallery));
}

TEST(Search, EveryFaceNearestFirst) {
  const std::string gallery = fresh("search");
  enrolled(gallery, {people()});
  const std::string party = squares_file("party.png", 8, 3, {{1, 1, 0, 30}, {5, 1, 0, 0}});
  const json answer = searched(gallery, {party, "-k", "3"});
  ASSERT_EQ(answer.size(), 2u);
  for (const json& face : answer) {
    for (const char* key : {"file", "known", "threshold", "matches", "box", "score", "landmarks"})
      EXPECT_TRUE(face.contains(key)) << key;
    EXPECT_EQ(face["file"], party);
    EXPECT_EQ(face["known"], true);
    EXPECT_EQ(face["threshold"], 0.375);
    ASSERT_EQ(face["matches"].size(), 3u);
    EXPECT_NEAR(face["matches"][0]["cosine"].get<double>(), 1, 1e-5);
    EXPECT_GE(face["matches"][0]["cosine"], face["matches"][1]["cosine"]);
    const bool ann = face["box"][0] > 100;
    EXPECT_EQ(face["matches"][0]["name"], ann ? "ann" : "bob");
    EXPECT_EQ(face["matches"][0]["row"], ann ? 0 : 2);
  }
  EXPECT_EQ(searched(gallery, {party, "--main"}).size(), 1u);
}

TEST(Search, NobodyKnownOrNoFaceIsExitCode1) {
  const std::string gallery = fresh("unknown"), nobody = squares_file("nobody.png", 3, 3, {});
  enrolled(gallery, {people() + "/ann"});
  const json stranger = searched(gallery, {people() + "/cy.png", "--threshold", "1"}, 1);
  EXPECT_EQ(stranger[0]["known"], false);
  EXPECT_EQ(stranger[0]["matches"].size(), 2u) << "the nearest are told all the same";
  const Outcome outcome = mien(with_faces("search", gallery, {nobody, people() + "/ann/1.png"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mien: error: no face found in " + nobody + "\n");
  EXPECT_EQ(json::parse(outcome.out).size(), 1u);
  json_of(mien({"enroll", "-g", gallery, "--remove", "1", "--remove", "2", "--json"}));
  const json empty = searched(gallery, {people() + "/cy.png"}, 1);
  EXPECT_EQ(empty[0]["known"], false);
  EXPECT_EQ(empty[0]["matches"].size(), 0u);
}

TEST(Search, DrawsNamesAndPicturesWithoutAFaceToo) {
  const std::string gallery = fresh("drawing"), to = folder() + "/searched",
                    nobody = squares_file("nobody.png", 3, 3, {});
  std::filesystem::create_directories(to);
  enrolled(gallery, {people()});
  EXPECT_EQ(mien(with_faces("search", gallery, {people(), nobody, "--draw", to})).code, 1);
  for (const char* name : {"1", "2", "bob_1", "cy", "nobody"}) EXPECT_TRUE(exists(to + "/" + name + ".png")) << name;
  EXPECT_NE(load_picture(to + "/cy.png")->rgb, load_picture(people() + "/cy.png")->rgb);
  expect_error(mien(with_faces("search", gallery, {people(), "--draw", to + "/one.png"})), 2, "folder");
  Strings text = with_faces("search", gallery, {people() + "/cy.png"});
  text.erase(std::find(text.begin(), text.end(), "--json"));
  EXPECT_NE(mien(text).out.find("same person"), std::string::npos);
}

TEST(Search, AlignedCrops) {
  const std::string gallery = fresh("aligned");
  json_of(mien({"enroll", "-g", gallery, tiny_model(), tiny_picture(0), tiny_picture(1), "--aligned", "--json"}));
  EXPECT_EQ(names_in(gallery), (Strings{"picture0", "picture1"}));
  const json answer = json_of(mien({"search", "-g", gallery, tiny_model(), tiny_picture(1), "--aligned", "--json"}));
  EXPECT_EQ(answer[0]["matches"][0]["name"], "picture1");
  EXPECT_FALSE(answer[0].contains("box"));
}

}  // namespace
}  // namespace mien::test
