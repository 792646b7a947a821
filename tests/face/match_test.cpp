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

}  // namespace
}  // namespace mien
