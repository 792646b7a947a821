// The models that the command carries: what they are, what they may weigh, that they prove themselves, and that they
// tell people apart on real photographs.
#include "app/default_models.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "app/carried.h"
#include "app/embed_pictures.h"
#include "app/face_models.h"
#include "app/run_options.h"
#include "engine/golden.h"
#include "face/match.h"

namespace mien::app {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Model> carried(const char* name) {
  auto model = load_model(name, {});
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

TEST(DefaultModels, ProveThemselves) {
  for (const char* name : {kDefaultDetector, kDefaultRecogniser}) {
    const Result<ProofReport> proof = verify(carried(name), {});
    ASSERT_TRUE(proof.ok()) << proof.status().message();
    EXPECT_TRUE(proof->ok) << name;
  }
}

TEST(DefaultModels, KeepToTheirBudgets) {
  const auto recogniser = carried(kDefault), detector = carried(kDefaultDetector);
  EXPECT_EQ(recogniser->package().output.dims, 128);
  EXPECT_EQ(recogniser->package().face.alignment, Alignment::landmarks);
  EXPECT_FALSE(recogniser->package().face.thresholds.empty());
  EXPECT_LE(recogniser->cost().total.macs, 60'000'000);
  EXPECT_LE(recogniser->cost().total.params, 350'000);
  EXPECT_LE(detector->cost().total.params, 300'000);
  // Of 320 x 240 pixels; the file's size is nominal.
  const InputRecord& input = detector->package().input;
  EXPECT_LE(detector->cost().total.macs * 320 * 240 / (input.height * input.width), 100'000'000);
  EXPECT_LE(fs::file_size(MIEN_SOURCE_DIR "/models/default/recogniser.mien"), 700'000u);
  EXPECT_LE(fs::file_size(MIEN_SOURCE_DIR "/models/default/detector.mien"), 600'000u);
}

std::vector<std::string> resolved(std::vector<std::string> models, bool detector, bool recogniser) {
  resolve_defaults(detector, recogniser, &models);
  return models;
}

TEST(DefaultModels, StandWhereNobodySaysOtherwise) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(resolved({}, true, true), (Names{kDefaultDetector, kDefaultRecogniser}));
  EXPECT_EQ(resolved({}, true, false), (Names{kDefaultDetector}));
  EXPECT_EQ(resolved({"default", "a.mien"}, false, true), (Names{kDefaultRecogniser, "a.mien"}));
  EXPECT_EQ(resolved({"a.mien"}, true, true), (Names{"a.mien"}));
}

// As `compare` and the demo see them: the two portraits of one invented person are one person's, all others are not.
TEST(DefaultModels, TellThePortraitsApart) {
  auto models = open_face_models({kDefaultDetector, kDefaultRecogniser}, {}, {}, 1);
  ASSERT_TRUE(models.ok()) << models.status().message();
  std::vector<EmbeddedFace> faces;
  for (const Carried& portrait : kCarriedPortraits) {
    const auto found = embed_photograph(*models, portrait.name, {portrait.begin, portrait.end}, true);
    ASSERT_TRUE(found.ok()) << found.status().message();
    ASSERT_EQ(found->size(), 1u) << portrait.name;
    faces.push_back((*found)[0]);
  }
  const double threshold = same_person(carried(kDefault)->package().face);
  for (const EmbeddedFace& a : faces)
    for (const EmbeddedFace& b : faces)
      EXPECT_EQ(cosine(a.embeddings[0].data(), b.embeddings[0].data(), a.embeddings[0].size()) >= threshold,
                a.file[0] == b.file[0])
          << a.file << " and " << b.file;
}

// "id07" of "id07_2.jpg".
std::string person_in(const std::string& path) {
  return fs::path(path).filename().string().substr(0, 4);
}

// Photographs of people that neither network was trained on by name, two of each where there are two.
TEST(DefaultModels, TellPeopleApart) {
  const std::string photos = std::string(MIEN_SHARED_DIR) + "/data/faces/photos";
  if (!fs::exists(photos)) GTEST_SKIP() << "no photographs in " << photos;
  std::vector<std::string> paths, people;
  for (const auto& entry : fs::directory_iterator(photos)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  auto models = open_face_models({kDefaultDetector, kDefaultRecogniser}, {}, {}, 1);
  ASSERT_TRUE(models.ok()) << models.status().message();
  std::vector<std::string> faceless;
  const auto faces = embed_pictures(*models, paths, {false, false}, &faceless);
  ASSERT_TRUE(faces.ok()) << faces.status().message();
  EXPECT_LE(faceless.size(), paths.size() / 50);
  int same = 0, accepted = 0, different = 0, confused = 0;
  const double threshold = same_person(carried(kDefault)->package().face);
  for (size_t i = 0; i < faces->size(); ++i) {
    for (size_t k = i + 1; k < faces->size(); ++k) {
      const auto &a = (*faces)[i], &b = (*faces)[k];
      const std::vector<float>&left = a.embeddings[0], &right = b.embeddings[0];
      const bool alike = cosine(left.data(), right.data(), left.size()) >= threshold;
      const bool one_person = person_in(a.file) == person_in(b.file);
      ++(one_person ? same : different);
      if (alike) ++(one_person ? accepted : confused);
    }
  }
  EXPECT_GE(accepted, same * 9 / 10) << same;
  EXPECT_LE(confused, different * 2 / 100) << different;
}

}  // namespace
}  // namespace mien::app
