#include "face/similarity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace mien {
namespace {

Landmarks moved(const Landmarks& points, const Similarity& s) {
  Landmarks out;
  for (size_t i = 0; i < points.size(); ++i) out[i] = apply(s, points[i]);
  return out;
}

// Sum of squared distances after the move.
double loss(const Landmarks& from, const Landmarks& to, const Similarity& s) {
  double sum = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const double x = s.a * double{from[i].x} - s.b * double{from[i].y} + s.tx - double{to[i].x};
    const double y = s.b * double{from[i].x} + s.a * double{from[i].y} + s.ty - double{to[i].y};
    sum += x * x + y * y;
  }
  return sum;
}

TEST(ArcfaceTemplate, KnownSizes) {
  struct Case {
    int width, height;
    float eye_x, eye_y;
  };
  for (const Case& c : {Case{112, 112, 38.2946f, 51.6963f}, Case{96, 112, 30.2946f, 51.6963f},
                        Case{224, 224, 76.5892f, 103.3926f}, Case{128, 128, 46.2946f, 51.6963f},
                        Case{256, 256, 92.5892f, 103.3926f}, Case{192, 224, 60.5892f, 103.3926f},
                        Case{896, 896, 306.3568f, 413.5704f}, Case{160, 160, 54.706571f, 73.851857f}}) {
    const Landmarks points = arcface_template(c.width, c.height);
    EXPECT_NEAR(points[0].x, c.eye_x, 1e-4) << c.width << "x" << c.height;
    EXPECT_NEAR(points[0].y, c.eye_y, 1e-4) << c.width << "x" << c.height;
  }
}

TEST(FitSimilarity, FindsTheOneThatWasApplied) {
  const Landmarks face = arcface_template(112, 112);
  for (const Similarity& s : {Similarity{}, Similarity{0.5, 0, 10, -20}, Similarity{-2, 3, 400, 1000},
                              Similarity{0.01, -0.02, 5000, 3000}}) {
    const auto back = fit_similarity(face, moved(face, s));
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_NEAR(back->a, s.a, 1e-5);
    EXPECT_NEAR(back->b, s.b, 1e-5);
    EXPECT_NEAR(back->tx, s.tx, 2e-3);
    EXPECT_NEAR(back->ty, s.ty, 2e-3);
    EXPECT_NEAR(scale_of(*back), std::hypot(s.a, s.b), 1e-5);
  }
}

// The loss is a convex quadratic in (a, b, tx, ty): no small step in any of them may lower it.
TEST(FitSimilarity, IsTheLeastOfSquares) {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 4);
  const Landmarks face = arcface_template(112, 112);
  for (int round = 0; round < 50; ++round) {
    Landmarks from = moved(face, {1.3, 0.4, 100, 50});
    for (Point& p : from) p = {p.x + noise(random), p.y + noise(random)};
    const auto fit = fit_similarity(from, face);
    ASSERT_TRUE(fit.ok());
    const double least = loss(from, face, *fit);
    for (const double step : {-1e-3, 1e-3})
      for (double Similarity::*part : {&Similarity::a, &Similarity::b, &Similarity::tx, &Similarity::ty}) {
        Similarity other = *fit;
        other.*part += step;
        EXPECT_GT(loss(from, face, other), least);
      }
  }
}

// numpy's SVD after Umeyama's paper gave these for landmarks of a face turned by 30 degrees and pulled about.
TEST(FitSimilarity, EqualsUmeyamaBySvd) {
  const Landmarks from = {{{210, 180}, {290, 215}, {235, 255}, {185, 280}, {260, 310}}};
  const Similarity expected{0.371100431, -0.126950144, -63.037177356, 9.828107011};
  const auto fit = fit_similarity(from, arcface_template(112, 112));
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->a, expected.a, 1e-6);
  EXPECT_NEAR(fit->b, expected.b, 1e-6);
  EXPECT_NEAR(fit->tx, expected.tx, 1e-3);
  EXPECT_NEAR(fit->ty, expected.ty, 1e-3);
}

TEST(FitSimilarity, DegenerateLandmarksAreRefused) {
  const Landmarks face = arcface_template(112, 112);
  Landmarks equal;
  equal.fill({50, 60});
  EXPECT_NE(fit_similarity(equal, face).status().message().find("all in one place"), std::string::npos);
  EXPECT_EQ(fit_similarity(equal, face).status().code(), Code::bad_argument);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 2e6f}) {
    Landmarks broken = face;
    broken[3].y = bad;
    EXPECT_EQ(fit_similarity(broken, face).status().code(), Code::bad_argument) << bad;
    EXPECT_EQ(fit_similarity(face, broken).status().code(), Code::bad_argument) << bad;
  }
}

}  // namespace
}  // namespace mien
