// Embeddings of 120 pictures, three of each person, and 203 pairs of them: the same numbers as in
// tests/generate/evaluation.py. Hard enough that every protocol errs, and pictures and pairs occur more than once.
#pragma once

#include <vector>

#include "engine/records.h"
#include "face/evaluate/pairs.h"

namespace mien::test {

struct EvaluationCase {
  static constexpr size_t kPictures = 120, kDims = 6, kPairs = 203;
  std::vector<float> originals, mirrored;
  std::vector<FacePair> pairs;

  FacePairs view() const { return {originals.data(), mirrored.data(), kPictures, kDims, pairs.data(), pairs.size()}; }
};

inline EvaluationCase evaluation_case() {
  EvaluationCase made;
  const auto uniform = [](uint64_t seed, size_t n) { return golden_input(seed, static_cast<int64_t>(n), -1, 1); };
  constexpr size_t kPictures = EvaluationCase::kPictures, kDims = EvaluationCase::kDims;
  const auto people = uniform(1000, kPictures / 3 * kDims), noise = uniform(2000000, kPictures * kDims),
             more = uniform(3000000, kPictures * kDims);
  for (size_t p = 0; p < kPictures; ++p)
    for (size_t k = 0; k < kDims; ++k) {
      const double original = double{people[p / 3 * kDims + k]} + 0.75 * double{noise[p * kDims + k]};
      made.originals.push_back(static_cast<float>(original));
      made.mirrored.push_back(static_cast<float>(original + 0.5 * double{more[p * kDims + k]}));
    }
  for (uint32_t k = 0; k < EvaluationCase::kPairs; ++k) {
    const uint32_t a = (k * 17 + 3) % kPictures;
    const bool same = (k * 7 + k / 10) % 2 == 0;
    made.pairs.push_back({a, same ? 3 * (a / 3) + (a % 3 + 1) % 3 : (a + 3 + k * 11 % 114) % 120, same});
  }
  return made;
}

}  // namespace mien::test
