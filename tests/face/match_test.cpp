#include "face/match.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mien {
namespace {

TEST(Match, NormAndCosine) {
  const float a[] = {3, 4}, b[] = {-4, 3}, c[] = {6, 8}, zero[] = {0, 0};
  EXPECT_DOUBLE_EQ(norm(a, 2), 5);
  EXPECT_DOUBLE_EQ(cosine(a, b, 2), 0);
  EXPECT_DOUBLE_EQ(cosine(a, c, 2), 1);
  EXPECT_EQ(cosine(a, zero, 2), 0);
}

TEST(Match, UnitDistanceOfEqualAndOpposite) {
  EXPECT_EQ(unit_distance(1), 0);
  EXPECT_DOUBLE_EQ(unit_distance(-1), 2);
  EXPECT_DOUBLE_EQ(unit_distance(0), std::sqrt(2.0));
  EXPECT_EQ(unit_distance(1 + 1e-15), 0) << "rounding must not give the root of a negative number";
}

TEST(Template, IsTheMeanOfUnitVectors) {
  // Of norms 5 and 2: unscaled their mean would point elsewhere.
  const float frames[] = {3, 4, 0, 0, 0, -2};
  float out[3];
  ASSERT_TRUE(template_of(frames, 2, 3, out).ok());
  const double length = std::sqrt(2.0);  // of (0.6, 0.8, 0) + (0, 0, -1)
  EXPECT_NEAR(out[0], 0.6 / length, 1e-7);
  EXPECT_NEAR(out[1], 0.8 / length, 1e-7);
  EXPECT_NEAR(out[2], -1 / length, 1e-7);
  float one[] = {3, 4};
  ASSERT_TRUE(template_of(one, 1, 2, one).ok()) << "in place";
  EXPECT_FLOAT_EQ(one[0], 0.6f);
  EXPECT_FLOAT_EQ(one[1], 0.8f);
}

TEST(Template, SaysWhatIsWrong) {
  const float zero[] = {1, 1, 0, 0}, opposite[] = {1, 2, -2, -4}, endless[] = {1, INFINITY};
  float out[2] = {7, 8};
  EXPECT_EQ(template_of(zero, 2, 2, out).code(), Code::check_failed);
  EXPECT_NE(template_of(zero, 2, 2, out).message().find("embedding 1"), std::string::npos);
  EXPECT_EQ(template_of(opposite, 2, 2, out).code(), Code::check_failed);
  EXPECT_EQ(template_of(endless, 1, 2, out).code(), Code::check_failed);
  EXPECT_EQ(template_of(zero, 0, 2, out).code(), Code::bad_argument);
  EXPECT_EQ(template_of(zero, 1, 0, out).code(), Code::bad_argument);
  EXPECT_EQ(out[0], 7);
  EXPECT_EQ(out[1], 8);
}

TEST(SamePerson, ComesFromTheTableIfThereIsOne) {
  FaceRecord record;
  EXPECT_EQ(same_person(record), kSamePerson);
  record.thresholds = {{0.1, 0.1}, {0.01, 0.2}};
  EXPECT_EQ(same_person(record), 0.2) << "the strictest there is";
  record.thresholds.push_back({1e-3, 0.3});
  EXPECT_EQ(same_person(record), 0.3);
  record.thresholds.push_back({1e-4, 0.4});
  EXPECT_EQ(same_person(record), 0.3) << "the loosest that is strict enough";
  record.thresholds = {{1e-5, 0.5}, {1e-6, 0.6}};
  EXPECT_EQ(same_person(record), 0.5);
}

}  // namespace
}  // namespace mien
