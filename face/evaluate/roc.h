// The receiver operating characteristic of two samples of cosines, every pair counted: no grid, no folds.
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <vector>

namespace mien {

// Shares of different and of same pairs that are accepted when a cosine of `threshold` or more is the same person.
struct RocPoint {
  double threshold = 0, far = 0, tar = 0;
};

// A row of the table from which a model's threshold is taken.
struct FarRow {
  double far = 0;       // asked for
  double cosine = 0;    // the threshold: cosine >= it accepts at most that share of the different pairs
  double measured = 0;  // the share that it accepts
  double tar = 0;
  size_t accepted = 0;  // different pairs: below ten the row says little more than an order of magnitude
};

// One point per distinct cosine, by falling threshold, after (2, 0, 0). REQUIRES: neither sample is empty.
std::vector<RocPoint> roc_of(std::vector<double> same, std::vector<double> different);

// Probability that a same pair has the larger cosine, ties counted half: the area under the polyline of the points.
double area_under(const std::vector<RocPoint>& roc);
// Where the polyline has far = 1 - tar.
double equal_error_rate(const std::vector<RocPoint>& roc);

// Rows for 1e-2, 1e-3 ... 1e-6, as far as the different pairs reach: a row needs one pair that its share allows
// (1e-3 needs 1,000 different pairs). Empty if one of the samples is.
std::vector<FarRow> far_table(std::vector<double> same, std::vector<double> different);

}  // namespace mien
