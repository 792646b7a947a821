// Folding lists of calls into loops: what comes out is the same list, and short.
#include "codegen/fold.h"

#include <gtest/gtest.h>

#include <random>

namespace mien::codegen {
namespace {

const Function kFunctions[2] = {{"f", "", ""}, {"g", "", ""}};

Call call(int function, std::vector<int64_t> values) {
  Call made;
  made.function = &kFunctions[function];
  made.arguments.resize(values.size());
  made.values = std::move(values);
  return made;
}

struct Folded {
  std::vector<Term> terms;
  std::vector<Call> calls;
  // True if the terms stand for the calls that were added.
  bool same() const {
    const std::vector<Call> got = unfolded(terms);
    if (got.size() != calls.size()) return false;
    for (size_t i = 0; i < got.size(); ++i)
      if (got[i].function != calls[i].function || got[i].values != calls[i].values) return false;
    return true;
  }
};

Folded fold(const std::vector<Call>& calls) {
  Folder folder;
  for (const Call& c : calls) folder.add(c);
  return {folder.take(), calls};
}

TEST(Fold, OneLoop) {
  std::vector<Call> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(call(0, {5 + 3 * i, 7}));
  const Folded folded = fold(calls);
  ASSERT_EQ(folded.terms.size(), 1u);
  EXPECT_EQ(folded.terms[0].count, 10);
  EXPECT_TRUE(folded.same());
}

TEST(Fold, TwoCallsAreNoLoop) {
  const Folded folded = fold({call(0, {1}), call(0, {2})});
  EXPECT_EQ(folded.terms.size(), 2u);
  EXPECT_TRUE(folded.same());
}

TEST(Fold, LoopsInLoops) {
  std::vector<Call> calls;
  for (int a = 0; a < 5; ++a) {
    calls.push_back(call(1, {a}));
    for (int b = 0; b < 4; ++b)
      for (int c = 0; c < 6; ++c) calls.push_back(call(0, {1000 * a + 100 * b + c, -b}));
  }
  const Folded folded = fold(calls);
  ASSERT_EQ(folded.terms.size(), 1u);
  EXPECT_EQ(folded.terms[0].count, 5);
  EXPECT_EQ(folded.terms[0].body.size(), 2u);
  EXPECT_TRUE(folded.same());
}

// A row in groups of unequal size, as the pixels of a convolution are.
TEST(Fold, UnevenBodies) {
  std::vector<Call> calls;
  for (int row = 0; row < 28; ++row)
    for (int g = 0, x = 0; g < 5; x += 5 + (g & 1), ++g) calls.push_back(call(g & 1, {row * 480 + x}));
  const Folded folded = fold(calls);
  EXPECT_LE(folded.terms.size(), 3u);
  EXPECT_TRUE(folded.same());
}

TEST(Fold, ArgumentsThatAreNotNumbersMustBeTheSame) {
  std::vector<Call> calls;
  for (int i = 0; i < 6; ++i) {
    calls.push_back(call(0, {i, 0}));
    calls.back().arguments[1].kind = Argument::Kind::exact;
    calls.back().arguments[1].number = i < 3 ? 0.5f : 0.25f;
  }
  const Folded folded = fold(calls);
  EXPECT_EQ(folded.terms.size(), 2u);
  EXPECT_TRUE(folded.same());
}

// Whatever the list: random pieces of loops, cut off anywhere.
TEST(Fold, RandomListsComeBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<Call> calls;
    while (calls.size() < 120) {
      const int outer = 1 + static_cast<int>(random() % 5), inner = 1 + static_cast<int>(random() % 5);
      const int step = static_cast<int>(random() % 3), jump = static_cast<int>(random() % 3);
      for (int i = 0; i < outer; ++i)
        for (int j = 0; j < inner; ++j)
          calls.push_back(
              call(static_cast<int>(random() % 8 == 0), {i * jump + j * step, static_cast<int>(random() % 9 == 0)}));
    }
    const Folded folded = fold(calls);
    ASSERT_TRUE(folded.same()) << "round " << round;
    EXPECT_LE(folded.terms.size(), calls.size());
  }
}

}  // namespace
}  // namespace mien::codegen
