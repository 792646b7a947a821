// A verification protocol applied to embeddings: accuracy over ten folds, thresholds, VAL at FAR, ROC. Thread-safety:
// free function.
#pragma once

#include <vector>

#include "engine/status.h"
#include "face/evaluate/pairs.h"
#include "face/evaluate/protocols.h"
#include "face/evaluate/roc.h"

namespace mien {

struct FoldResult {
  double accuracy = 0, threshold = 0;
  size_t pairs = 0;
};

// Share of same pairs accepted at a false accept rate of 1e-3, as facenet and InsightFace compute it: per fold, the
// threshold is interpolated on the FAR of the other folds. `known` is false where a fold has no same or no different
// pair, or the protocol has no such figure.
struct ValAtFar {
  bool known = false;
  double val = 0, std = 0, far = 0;
};

struct Evaluation {
  size_t same = 0, different = 0;  // pairs that were used
  double accuracy = 0, std = 0;    // mean and population standard deviation of the folds
  std::vector<FoldResult> folds;
  // The threshold that the protocol's rule chooses from all pairs, in its own measure, and the cosine of the two
  // features (less their mean where the protocol subtracts it) that it stands for.
  double threshold = 0, cosine = 0;
  ValAtFar val;
  std::vector<RocPoint> fold_roc;     // means over the folds at each threshold of the grid; empty without a grid
  double fold_auc = 0, fold_eer = 0;  // of that: what facenet prints; NaN without it, or without both kinds of pairs
  double mean_norm = 0;               // of the raw embeddings, one per side of a pair, both pictures ("XNorm")

  // Of the cosines of all pairs' features, the mean not subtracted. auc and eer are NaN, and roc and table empty,
  // without pairs of both kinds.
  std::vector<double> same_cosines, different_cosines;
  std::vector<RocPoint> roc;
  double auc = 0, eer = 0;
  std::vector<FarRow> table;
};

// Errors (bad_argument): fewer pairs than folds; a flip without mirrored embeddings; a pair of a picture that is not
// there; embeddings that are not finite.
Result<Evaluation> evaluate_pairs(const FacePairs& pairs, const Protocol& protocol, Flip flip);

}  // namespace mien
