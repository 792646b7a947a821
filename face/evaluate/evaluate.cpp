#include "face/evaluate/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "face/evaluate/curve.h"
#include "face/evaluate/features.h"
#include "face/evaluate/folds.h"
#include "face/match.h"

namespace mien {
namespace {

constexpr double kFarTarget = 1e-3;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

Status check(const FacePairs& pairs, Flip flip) {
  if (flip != Flip::none && pairs.mirrored == nullptr)
    return {Code::bad_argument, "a protocol with mirrored pictures needs their embeddings"};
  for (size_t p = 0; p < pairs.count; ++p)
    if (std::max(pairs.pairs[p].a, pairs.pairs[p].b) >= pairs.pictures)
      return {Code::bad_argument, "pair " + std::to_string(p) + " is of a picture that is not there"};
  for (const float* embeddings : {pairs.originals, flip == Flip::none ? nullptr : pairs.mirrored})
    for (size_t i = 0; embeddings != nullptr && i < pairs.pictures * pairs.dims; ++i)
      if (!std::isfinite(embeddings[i]))
        return {Code::bad_argument, "the embedding of picture " + std::to_string(i / pairs.dims) + " is not finite"};
  return {};
}

void mean_and_std(const std::vector<double>& values, double* mean, double* deviation) {
  double sum = 0, squares = 0;
  for (double value : values) sum += value;
  *mean = sum / static_cast<double>(values.size());
  for (double value : values) squares += (value - *mean) * (value - *mean);
  *deviation = std::sqrt(squares / static_cast<double>(values.size()));
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// One evaluation at work. Fold -1 stands for all pairs: nothing is tested, everything chooses.
class Protocolled {
 public:
  Protocolled(const FacePairs& pairs, const Protocol& protocol, Flip flip, std::vector<int> fold_of)
      : pairs_(pairs),
        protocol_(protocol),
        fold_of_(std::move(fold_of)),
        features_(make_features(pairs, flip, protocol.scaling)),
        grid_(protocol.grid.values()),
        fine_(protocol.fine_grid.values()),
        squared_norm_(protocol.scaling == Scaling::halves && flip == Flip::concat ? 2 : 1) {
    if (!protocol.subtract_mean) values_ = compare_pairs(features_, pairs_, protocol_.measure, {});
  }

  Evaluation run() {
    Evaluation result;
    for (int fold = 0; fold < kFolds; ++fold) run_fold(fold, &result);
    finish_folds(&result);
    use_values_of(kAll);
    result.threshold = chosen(kAll);
    result.cosine = cosine_at(protocol_.measure, result.threshold, squared_norm_);
    add_cosines(&result);
    return result;
  }

 private:
  static constexpr int kAll = -1;

  bool larger_is_same() const { return protocol_.measure == Measure::cosine; }
  bool accepted(double value, double threshold) const {
    return larger_is_same() ? value > threshold : value < threshold;
  }
  bool chooses(size_t pair, int fold) const { return fold_of_[pair] >= 0 && fold_of_[pair] != fold; }

  void use_values_of(int fold) {
    if (protocol_.subtract_mean)
      values_ = compare_pairs(features_, pairs_, protocol_.measure, mean_of_others(features_, pairs_, fold_of_, fold));
  }

  // Of the pairs that the fold tests, or of those that choose its threshold.
  Curve curve_of(const Ranks& ranks, int fold, bool tested) const {
    Curve curve(ranks);
    for (size_t p = 0; p < pairs_.count; ++p)
      if (tested ? fold_of_[p] == fold : chooses(p, fold)) curve.add(p, pairs_.pairs[p].same);
    curve.finish();
    return curve;
  }

  double chosen(int fold) const {
    if (protocol_.choice == Choice::median) {
      std::vector<double> others;
      for (size_t p = 0; p < pairs_.count; ++p)
        if (chooses(p, fold)) others.push_back(values_[p]);
      return others.empty() ? 0 : median(std::move(others));
    }
    const Ranks ranks(values_, grid_, larger_is_same());
    return grid_[curve_of(ranks, fold, false).best(protocol_.choice == Choice::largest_best)];
  }

  void run_fold(int fold, Evaluation* result) {
    use_values_of(fold);
    FoldResult one;
    one.threshold = chosen(fold);
    size_t correct = 0;
    for (size_t p = 0; p < pairs_.count; ++p) {
      if (fold_of_[p] != fold) continue;
      ++one.pairs;
      correct += accepted(values_[p], one.threshold) == pairs_.pairs[p].same ? 1 : 0;
    }
    if (one.pairs == 0) return;  // OpenVINO leaves out an empty subset; the other foldings have none
    one.accuracy = static_cast<double>(correct) / static_cast<double>(one.pairs);
    result->folds.push_back(one);
    add_to_roc(fold, result);
    add_val(fold);
  }

  void add_to_roc(int fold, Evaluation* result) const {
    if (grid_.empty()) return;
    const Ranks ranks(values_, grid_, larger_is_same());
    const Curve tested = curve_of(ranks, fold, true);
    result->fold_roc.resize(grid_.size());
    for (size_t i = 0; i < grid_.size(); ++i) {
      result->fold_roc[i].threshold = grid_[i];
      result->fold_roc[i].far += tested.far(i);
      result->fold_roc[i].tar += tested.tar(i);
    }
  }

  // Where a run of thresholds has the FAR that is asked for, its last one; between two runs on the line from the last
  // of one to the first of the next. 0 if the target is not reached.
  double threshold_at_far(const Curve& curve) const {
    if (curve.far(curve.size() - 1) < kFarTarget) return 0;
    size_t i = 0;
    while (i + 1 < curve.size() && curve.far(i + 1) <= kFarTarget) ++i;
    if (i + 1 == curve.size()) return fine_[i];
    const double along = (kFarTarget - curve.far(i)) / (curve.far(i + 1) - curve.far(i));
    return fine_[i] + along * (fine_[i + 1] - fine_[i]);
  }

  void add_val(int fold) {
    if (fine_.empty()) return;
    const Ranks ranks(values_, fine_, larger_is_same());
    const double threshold = threshold_at_far(curve_of(ranks, fold, false));
    size_t same = 0, different = 0, same_accepted = 0, different_accepted = 0;
    for (size_t p = 0; p < pairs_.count; ++p) {
      if (fold_of_[p] != fold) continue;
      const bool is_same = pairs_.pairs[p].same;
      ++(is_same ? same : different);
      if (accepted(values_[p], threshold)) ++(is_same ? same_accepted : different_accepted);
    }
    if (same == 0 || different == 0) return;
    vals_.push_back(static_cast<double>(same_accepted) / static_cast<double>(same));
    fars_.push_back(static_cast<double>(different_accepted) / static_cast<double>(different));
  }

  void finish_folds(Evaluation* result) const {
    std::vector<double> accuracies;
    for (const FoldResult& fold : result->folds) accuracies.push_back(fold.accuracy);
    mean_and_std(accuracies, &result->accuracy, &result->std);
    for (RocPoint& point : result->fold_roc) {
      point.far /= static_cast<double>(result->folds.size());
      point.tar /= static_cast<double>(result->folds.size());
    }
    result->val.known = !vals_.empty() && vals_.size() == result->folds.size();
    if (!result->val.known) return;
    double unused;
    mean_and_std(vals_, &result->val.val, &result->val.std);
    mean_and_std(fars_, &result->val.far, &unused);
  }

  void add_cosines(Evaluation* result) const {
    const std::vector<double> cosines = cosines_of_pairs(features_, pairs_);
    for (size_t p = 0; p < pairs_.count; ++p)
      if (fold_of_[p] >= 0)
        (pairs_.pairs[p].same ? result->same_cosines : result->different_cosines).push_back(cosines[p]);
    result->same = result->same_cosines.size();
    result->different = result->different_cosines.size();
    result->auc = result->eer = result->fold_auc = result->fold_eer = kUnknown;
    if (result->same == 0 || result->different == 0) return;
    result->roc = roc_of(result->same_cosines, result->different_cosines);
    result->auc = area_under(result->roc);
    result->eer = equal_error_rate(result->roc);
    result->table = far_table(result->same_cosines, result->different_cosines);
    if (result->fold_roc.empty()) return;
    std::vector<RocPoint> rising = result->fold_roc;
    if (larger_is_same()) std::reverse(rising.begin(), rising.end());
    result->fold_auc = area_under(rising);
    result->fold_eer = equal_error_rate(rising);
  }

  const FacePairs& pairs_;
  const Protocol& protocol_;
  const std::vector<int> fold_of_;
  const Features features_;
  const std::vector<double> grid_, fine_;
  const double squared_norm_;
  std::vector<double> values_;  // of the pairs, at the fold that is being done
  std::vector<double> vals_, fars_;
};

double mean_norm_of(const FacePairs& pairs, Flip flip) {
  double sum = 0, count = 0;
  for (const float* embeddings : {pairs.originals, flip == Flip::none ? nullptr : pairs.mirrored}) {
    if (embeddings == nullptr) continue;
    for (size_t p = 0; p < pairs.count; ++p)
      for (uint32_t picture : {pairs.pairs[p].a, pairs.pairs[p].b})
        sum += norm(embeddings + picture * pairs.dims, pairs.dims), ++count;
  }
  return sum / count;
}

}  // namespace

Result<Evaluation> evaluate_pairs(const FacePairs& pairs, const Protocol& protocol, Flip flip) {
  MIEN_RETURN_IF_ERROR(check(pairs, flip));
  Result<std::vector<int>> fold_of = fold_of_pairs(pairs, protocol.folding);
  if (!fold_of.ok()) return fold_of.status();
  Evaluation result = Protocolled(pairs, protocol, flip, std::move(*fold_of)).run();
  result.mean_norm = mean_norm_of(pairs, flip);
  return result;
}

}  // namespace mien
