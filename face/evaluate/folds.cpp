#include "face/evaluate/folds.h"

#include <set>
#include <tuple>

namespace mien {
namespace {

// The fold that item i of n is in when fold f begins at f * n / 10, rounded down.
int tenth_of(size_t i, size_t n) {
  int fold = 0;
  while (fold + 1 < kFolds && i >= (static_cast<size_t>(fold) + 1) * n / kFolds) ++fold;
  return fold;
}

int kfold_of(size_t i, size_t n) {
  const size_t small = n / kFolds, larger = n % kFolds;
  const size_t in_larger = larger * (small + 1);
  return static_cast<int>(i < in_larger ? i / (small + 1) : larger + (i - in_larger) / small);
}

// OpenVINO's converter makes one annotation per picture, in the order in which the same pairs and then the different
// ones name them; those that are first of a pair are divided into tenths.
Result<std::vector<int>> by_first_image(const FacePairs& pairs) {
  constexpr int kUnseen = -1;
  std::vector<uint32_t> order;  // pictures as they are named
  std::vector<char> named(pairs.pictures, 0), is_first(pairs.pictures, 0);
  for (const bool same : {true, false})
    for (size_t p = 0; p < pairs.count; ++p) {
      const FacePair& pair = pairs.pairs[p];
      if (pair.same != same) continue;
      is_first[pair.a] = 1;
      for (uint32_t picture : {pair.a, pair.b})
        if (!named[picture]) named[picture] = 1, order.push_back(picture);
    }

  std::vector<uint32_t> firsts;
  for (uint32_t picture : order)
    if (is_first[picture]) firsts.push_back(picture);
  if (firsts.size() < kFolds)
    return Status(Code::bad_argument, std::to_string(firsts.size()) + " first pictures are fewer than ten subsets");
  std::vector<int> fold_of_picture(pairs.pictures, kUnseen);
  for (size_t i = 0; i < firsts.size(); ++i) fold_of_picture[firsts[i]] = tenth_of(i, firsts.size());

  std::vector<int> folds(pairs.count, kUnseen);
  std::set<std::tuple<uint32_t, uint32_t, bool>> seen;
  for (size_t p = 0; p < pairs.count; ++p) {
    const FacePair& pair = pairs.pairs[p];
    if (seen.emplace(pair.a, pair.b, pair.same).second) folds[p] = fold_of_picture[pair.a];
  }
  return folds;
}

}  // namespace

Result<std::vector<int>> fold_of_pairs(const FacePairs& pairs, Folding folding) {
  if (pairs.count < kFolds)
    return Status(Code::bad_argument, std::to_string(pairs.count) + " pairs are fewer than ten folds");
  if (folding == Folding::first_images) return by_first_image(pairs);
  std::vector<int> folds(pairs.count);
  for (size_t p = 0; p < pairs.count; ++p)
    folds[p] = folding == Folding::kfold ? kfold_of(p, pairs.count) : tenth_of(p, pairs.count);
  return folds;
}

}  // namespace mien
