// How many pairs each threshold of a grid accepts. Thread-safety: plain data.
#pragma once

#include <cstddef>
#include <vector>

namespace mien {

// Ranks of values on a grid, so that counting for every threshold takes one pass over the pairs: for a distance, the
// first threshold that accepts the value (value < t); for a cosine, the first one that does not (value > t fails).
class Ranks {
 public:
  // thresholds: rising.
  Ranks(const std::vector<double>& values, const std::vector<double>& thresholds, bool larger_is_same);
  size_t operator[](size_t pair) const { return ranks_[pair]; }
  size_t thresholds() const { return thresholds_; }
  bool larger_is_same() const { return larger_is_same_; }

 private:
  std::vector<size_t> ranks_;
  size_t thresholds_;
  bool larger_is_same_;
};

// Pairs that are accepted, per threshold, among those that were added.
class Curve {
 public:
  explicit Curve(const Ranks& ranks);
  void add(size_t pair, bool same);
  void finish();  // after the last add, before any of the following

  size_t size() const { return same_accepted_.size(); }
  size_t same() const { return same_; }
  size_t different() const { return different_; }
  size_t correct(size_t i) const { return same_accepted_[i] + different_ - different_accepted_[i]; }
  double accuracy(size_t i) const { return static_cast<double>(correct(i)) / static_cast<double>(same_ + different_); }
  // Shares that are accepted; 0 of none.
  double tar(size_t i) const { return share(same_accepted_[i], same_); }
  double far(size_t i) const { return share(different_accepted_[i], different_); }
  // The first or last threshold of the best accuracy.
  size_t best(bool last) const;

 private:
  static double share(size_t part, size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
  const Ranks& ranks_;
  std::vector<size_t> same_accepted_, different_accepted_;
  size_t same_ = 0, different_ = 0;
};

}  // namespace mien
