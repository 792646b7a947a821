// Verification protocols against plain numpy (tests/generate/evaluation.py) and against cases counted by hand.
#include "face/evaluate/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "face/evaluate/folds.h"
#include "tests/face/evaluation_case.h"

namespace mien::test {
namespace {

struct Golden {
  const char* protocol;
  Flip flip;
  double accuracy, std;
  std::array<double, 5> first_thresholds, last_thresholds;  // of the folds
  std::vector<double> val;                                  // val, std, far; empty: the protocol has none
  std::vector<double> roc;                                  // AUC and EER of the folds' mean curve; empty: not compared
};

const Golden kGolden[] = {
#include "tests/face/evaluation_golden.inc"
};

TEST(Evaluate, AgreesWithPlainNumpy) {
  const EvaluationCase made = evaluation_case();
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(golden.protocol);
    const Protocol* protocol = find_protocol(golden.protocol);
    ASSERT_NE(protocol, nullptr);
    const auto e = evaluate_pairs(made.view(), *protocol, golden.flip);
    ASSERT_TRUE(e.ok()) << e.status().message();
    EXPECT_NEAR(e->accuracy, golden.accuracy, 1e-12);
    EXPECT_NEAR(e->std, golden.std, 1e-12);
    ASSERT_EQ(e->folds.size(), 10u);
    for (size_t f = 0; f < 10; ++f)
      EXPECT_NEAR(e->folds[f].threshold, f < 5 ? golden.first_thresholds[f] : golden.last_thresholds[f - 5], 1e-9)
          << "fold " << f;
    EXPECT_EQ(e->val.known, !golden.val.empty());
    if (!golden.val.empty()) {
      EXPECT_NEAR(e->val.val, golden.val[0], 1e-12);
      EXPECT_NEAR(e->val.std, golden.val[1], 1e-12);
      EXPECT_NEAR(e->val.far, golden.val[2], 1e-12);
    }
    if (!golden.roc.empty()) {
      EXPECT_NEAR(e->fold_auc, golden.roc[0], 1e-9);
      EXPECT_NEAR(e->fold_eer, golden.roc[1], 1e-6) << "numpy looks at a grid of 5e-7";
    }
  }
}

// Pairs of two-dimensional embeddings; each pair has pictures of its own.
struct Flat {
  std::vector<float> values;
  std::vector<FacePair> pairs;

  void add(std::array<float, 2> a, std::array<float, 2> b, bool same, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const auto n = static_cast<uint32_t>(values.size() / 2);
      values.insert(values.end(), {a[0], a[1], b[0], b[1]});
      pairs.push_back({n, n + 1, same});
    }
  }
  FacePairs view() const { return {values.data(), nullptr, values.size() / 2, 2, pairs.data(), pairs.size()}; }
  Evaluation evaluated(const char* protocol) const {
    auto e = evaluate_pairs(view(), *find_protocol(protocol), Flip::none);
    EXPECT_TRUE(e.ok()) << e.status().message();
    return e.ok() ? std::move(*e) : Evaluation();
  }
};

// Same pairs at a right angle, different ones opposite: 2 and 4 squared, 1.4142 and 2, cosines 0 and -1.
Flat right_angles() {
  Flat flat;
  for (int fold = 0; fold < 10; ++fold) {
    flat.add({3, 0}, {0, 5}, true);
    flat.add({2, 0}, {-2, 0}, false);
  }
  return flat;
}

TEST(Evaluate, ADistanceEqualToTheThresholdIsNotTheSamePerson) {
  const Flat flat = right_angles();
  EXPECT_DOUBLE_EQ(flat.evaluated("insightface").threshold, 201 * 0.01) << "2.00 itself does not accept 2";
  EXPECT_DOUBLE_EQ(flat.evaluated("mindface").folds[3].threshold, 201 * 0.01);
  EXPECT_DOUBLE_EQ(flat.evaluated("gluon").threshold, 142 * 0.01) << "first above the root of 2";
  EXPECT_EQ(flat.evaluated("insightface").accuracy, 1);
  EXPECT_EQ(flat.evaluated("insightface").std, 0);
}

TEST(Evaluate, OfEquallyGoodThresholdsDeepIdTakesTheLargestTheOthersTheSmallest) {
  Flat flat;
  for (int fold = 0; fold < 10; ++fold) {
    flat.add({1, 0}, {1, 0}, true);
    flat.add({1, 0}, {0, 1}, false);
  }
  EXPECT_DOUBLE_EQ(flat.evaluated("insightface").threshold, 0.01);
  EXPECT_NEAR(flat.evaluated("deepid").threshold, 0.995, 1e-12);
  EXPECT_NEAR(flat.evaluated("openvino-omz-arcface").threshold, 0.25, 1e-6) << "median of ten 0 and ten 0.5";
}

TEST(Evaluate, ThresholdsHaveTheirCosine) {
  const Flat flat = right_angles();
  EXPECT_NEAR(flat.evaluated("insightface").cosine, 1 - 2.01 / 2, 1e-12);
  EXPECT_NEAR(flat.evaluated("gluon").cosine, 1 - 1.42 * 1.42 / 2, 1e-12);
  EXPECT_NEAR(flat.evaluated("deepid").cosine, flat.evaluated("deepid").threshold, 0);
}

// 23 pairs: three folds of three pairs, seven of two. One error, in the first fold.
TEST(Evaluate, FoldsWithARemainderAndPopulationStd) {
  Flat flat;
  flat.add({1, 0}, {-1, 0}, true);
  for (int i = 1; i < 23; ++i)
    flat.add({1, 0}, i % 2 ? std::array<float, 2>{1, 0} : std::array<float, 2>{-1, 0}, i % 2);
  const Evaluation e = flat.evaluated("insightface");
  std::vector<size_t> sizes;
  for (const FoldResult& fold : e.folds) sizes.push_back(fold.pairs);
  EXPECT_EQ(sizes, (std::vector<size_t>{3, 3, 3, 2, 2, 2, 2, 2, 2, 2}));
  EXPECT_NEAR(e.folds[0].accuracy, 2.0 / 3, 1e-15);
  const double mean = (2.0 / 3 + 9) / 10;
  EXPECT_NEAR(e.accuracy, mean, 1e-15);
  EXPECT_NEAR(e.std, std::sqrt((std::pow(2.0 / 3 - mean, 2) + 9 * std::pow(1 - mean, 2)) / 10), 1e-15);
}

TEST(Folds, TenthsRoundDown) {
  Flat flat;
  flat.add({1, 0}, {1, 0}, true, 23);
  const auto folds = fold_of_pairs(flat.view(), Folding::tenths);
  ASSERT_TRUE(folds.ok());
  std::vector<int> begins;
  for (int fold = 0; fold < 10; ++fold)
    begins.push_back(static_cast<int>(std::find(folds->begin(), folds->end(), fold) - folds->begin()));
  EXPECT_EQ(begins, (std::vector<int>{0, 2, 4, 6, 9, 11, 13, 16, 18, 20}));
}

// OpenVINO: pictures 20 and 21 are first of different pairs only, 1 of a same pair that comes late; the second of two
// equal pairs is left out.
TEST(Folds, OfOpenVinoFollowTheFirstPicturesOfSamePairs) {
  std::vector<FacePair> pairs = {{20, 1, false}, {21, 2, false}};
  for (uint32_t first = 10; first > 2; --first) pairs.push_back({first, first + 20, true});
  pairs.push_back({20, 1, false});
  pairs.push_back({10, 5, false});
  FacePairs view;
  view.pictures = 40, view.dims = 1, view.pairs = pairs.data(), view.count = pairs.size();
  const auto folds = fold_of_pairs(view, Folding::first_images);
  ASSERT_TRUE(folds.ok()) << folds.status().message();
  EXPECT_EQ(*folds, (std::vector<int>{8, 9, 0, 1, 2, 3, 4, 5, 6, 7, -1, 0}));
}

TEST(Roc, AreaAndEqualErrorRateCountedByHand) {
  const auto roc = roc_of({0.9, 0.5}, {0.5, 0.1});
  EXPECT_DOUBLE_EQ(area_under(roc), 0.875) << "of four comparisons three are right and one is a tie";
  EXPECT_DOUBLE_EQ(equal_error_rate(roc), 0.25);
  EXPECT_DOUBLE_EQ(area_under(roc_of({0.9}, {0.1})), 1);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_of({0.9}, {0.1})), 0);
  EXPECT_DOUBLE_EQ(area_under(roc_of({0.1}, {0.9})), 0);
  EXPECT_DOUBLE_EQ(equal_error_rate(roc_of({0.1}, {0.9})), 1);
}

std::vector<double> thousandths(int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(i / 1000.0);
  return values;
}

TEST(FarTable, HasOnlyTheRowsThatThePairsSupport) {
  EXPECT_TRUE(far_table({0.9}, thousandths(99)).empty());
  EXPECT_EQ(far_table({0.9}, thousandths(100)).size(), 1u);
  EXPECT_EQ(far_table({0.9}, thousandths(999)).size(), 1u);
  EXPECT_EQ(far_table({0.9}, thousandths(1000)).size(), 2u);
  EXPECT_TRUE(far_table({}, thousandths(1000)).empty());
}

TEST(FarTable, ThresholdsLieBetweenTwoPairs) {
  const auto table = far_table({0.9985, 0.995, 0.5}, thousandths(1000));
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0].accepted, 10u);
  EXPECT_NEAR(table[0].cosine, 0.9895, 1e-12) << "0.990 and above are ten";
  EXPECT_DOUBLE_EQ(table[0].measured, 0.01);
  EXPECT_DOUBLE_EQ(table[0].tar, 2.0 / 3);
  EXPECT_EQ(table[1].accepted, 1u);
  EXPECT_NEAR(table[1].cosine, 0.9985, 1e-12);
}

TEST(FarTable, TiesAreRefusedTogether) {
  std::vector<double> different(200, 0.25);
  different[0] = 0.75;
  const auto table = far_table({0.5}, different);
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table[0].accepted, 1u) << "two would be allowed, but the second is one of many equal ones";
  EXPECT_DOUBLE_EQ(table[0].cosine, 0.5);
  std::fill(different.begin(), different.end(), 1.0);
  EXPECT_EQ(far_table({0.5}, different)[0].accepted, 0u);
}

TEST(Evaluate, WithoutDifferentPairsThereIsAnAccuracyAndNoCurve) {
  Flat flat;
  flat.add({1, 0}, {1, 0}, true, 10);
  const Evaluation e = flat.evaluated("insightface");
  EXPECT_EQ(e.accuracy, 1);
  EXPECT_TRUE(std::isnan(e.auc) && std::isnan(e.eer));
  EXPECT_TRUE(e.table.empty() && e.roc.empty());
  EXPECT_FALSE(e.val.known);
}

TEST(Evaluate, NormsAreOfTheRawEmbeddings) {
  EXPECT_DOUBLE_EQ(right_angles().evaluated("mindface").mean_norm, 3);
}

TEST(Evaluate, RefusesWhatIsNoCase) {
  const auto refused = [](const FacePairs& pairs, Flip flip) {
    return evaluate_pairs(pairs, *find_protocol("insightface"), flip).status();
  };
  Flat flat = right_angles();
  EXPECT_EQ(refused(flat.view(), Flip::sum).code(), Code::bad_argument) << "no mirrored embeddings";
  flat.pairs[7].b = 1000;
  EXPECT_NE(refused(flat.view(), Flip::none).message().find("pair 7"), std::string::npos);
  flat = right_angles();
  flat.values[6] = NAN;
  EXPECT_NE(refused(flat.view(), Flip::none).message().find("picture 3"), std::string::npos);
  flat.pairs.resize(9);
  flat.values[6] = 0;
  EXPECT_NE(refused(flat.view(), Flip::none).message().find("fewer than ten folds"), std::string::npos);
}

TEST(Protocols, AreFoundByName) {
  for (const std::string& name : protocol_names()) EXPECT_EQ(find_protocol(name)->name, name);
  EXPECT_EQ(find_protocol("no-such-protocol"), nullptr);
  const auto cosines = find_protocol("deepid")->grid.values();
  EXPECT_EQ(cosines.size(), 400u);
  EXPECT_EQ(cosines[0], -1);
  EXPECT_NEAR(cosines[399], 0.995, 1e-12);
}

}  // namespace
}  // namespace mien::test
