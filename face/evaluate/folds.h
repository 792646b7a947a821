// Which fold tests which pair. Thread-safety: free function.
#pragma once

#include <vector>

#include "engine/status.h"
#include "face/evaluate/pairs.h"
#include "face/evaluate/protocols.h"

namespace mien {

inline constexpr int kFolds = 10;

// The fold of each pair, 0 to 9, or -1 for one that a protocol leaves out (the second of two equal ones in
// Folding::first_images). Error bad_argument: fewer pairs, or first pictures, than folds.
Result<std::vector<int>> fold_of_pairs(const FacePairs& pairs, Folding folding);

}  // namespace mien
