// The verification protocols behind published accuracies, as rows of a table: what they have in common is in
// evaluate.h, what makes their figures differ is here. Thread-safety: constant data.
#pragma once

#include <string>
#include <vector>

#include "engine/records.h"

namespace mien {

// What a feature is made of the raw embeddings e and m (of the mirrored picture).
enum class Scaling : uint8_t {
  none,    // e, e + m or [e, m] as they are
  whole,   // the same divided by its norm; a zero stays
  halves,  // e / |e|, or [e / |e|, m / |m|], whose norm is then the root of 2
  grn      // as whole, divided by the root of (sum of squares + 1e-6)
};

// What two features are compared by.
enum class Measure : uint8_t {
  squared,      // sum of (a - b)^2
  euclidean,    // its root
  angle,        // arccos(cosine) / pi
  half_cosine,  // (1 - a . b) / 2
  cosine        // a . b / (|a| |b| + 1e-5); the only one that is larger for the same person
};

// Which pairs a fold tests; the others choose its threshold.
enum class Folding : uint8_t {
  kfold,        // ten blocks in a row, the first n % 10 of them one pair larger (scikit-learn's KFold)
  tenths,       // ten blocks in a row, from i * n / 10 on
  first_images  // tenths of the pictures that are first of a pair, those of same pairs in front (OpenVINO's LFW)
};

// How the other folds choose a threshold.
enum class Choice : uint8_t {
  smallest_best,  // the smallest of the grid with the best accuracy
  largest_best,
  median  // of their values; no grid
};

// Thresholds start, start + step, ... as numpy's arange computes them.
struct Grid {
  double start = 0, step = 0;
  int count = 0;
  std::vector<double> values() const;
};

struct Protocol {
  const char* name;
  const char* what;  // one line for people
  Flip flip;         // unless the caller wants another
  Scaling scaling;
  Measure measure;
  Grid grid;       // a value below the threshold is the same person; above it for Measure::cosine. Strictly.
  Grid fine_grid;  // for VAL at FAR; count 0: the protocol has none
  Choice choice;
  Folding folding;
  bool subtract_mean;  // of the features of the pairs that choose the threshold
  bool accumulates;    // each set is measured together with all sets before it
};

const std::vector<Protocol>& protocols();
const Protocol* find_protocol(const std::string& name);  // null if there is none
std::vector<std::string> protocol_names();

}  // namespace mien
