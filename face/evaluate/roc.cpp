#include "face/evaluate/roc.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace mien {
namespace {

// How many of the falling values are at least `least`.
size_t at_least(const std::vector<double>& falling, double least) {
  return static_cast<size_t>(std::upper_bound(falling.begin(), falling.end(), least, std::greater<>()) -
                             falling.begin());
}

double share(size_t part, const std::vector<double>& whole) {
  return static_cast<double>(part) / static_cast<double>(whole.size());
}

// The threshold that accepts at most `most` of the falling values: half way from the first one that it must refuse to
// the next larger one (or to 1), so that it does not hang on the last digit of one pair.
double threshold_for(const std::vector<double>& falling, size_t most) {
  if (most >= falling.size()) return falling.back();
  const double refused = falling[most];
  size_t above = most;
  while (above > 0 && falling[above - 1] == refused) --above;
  const double accepted = above > 0 ? falling[above - 1] : std::max(1.0, refused);
  const double middle = refused + (accepted - refused) / 2;
  return middle > refused ? middle : std::nextafter(refused, 2.0);
}

}  // namespace

std::vector<RocPoint> roc_of(std::vector<double> same, std::vector<double> different) {
  std::sort(same.begin(), same.end(), std::greater<>());
  std::sort(different.begin(), different.end(), std::greater<>());
  std::vector<RocPoint> roc{{2, 0, 0}};
  for (size_t s = 0, d = 0; s < same.size() || d < different.size();) {
    const bool from_same = d == different.size() || (s < same.size() && same[s] >= different[d]);
    const double cosine = from_same ? same[s] : different[d];
    while (s < same.size() && same[s] == cosine) ++s;
    while (d < different.size() && different[d] == cosine) ++d;
    roc.push_back({cosine, share(d, different), share(s, same)});
  }
  return roc;
}

double area_under(const std::vector<RocPoint>& roc) {
  double area = 0;
  for (size_t i = 1; i < roc.size(); ++i) area += (roc[i].far - roc[i - 1].far) * (roc[i].tar + roc[i - 1].tar) / 2;
  return area;
}

double equal_error_rate(const std::vector<RocPoint>& roc) {
  for (size_t i = 0; i < roc.size(); ++i) {
    const double sum = roc[i].far + roc[i].tar;
    if (sum < 1) continue;
    if (i == 0) return roc[0].far;
    const double before = roc[i - 1].far + roc[i - 1].tar;
    return roc[i - 1].far + (roc[i].far - roc[i - 1].far) * (1 - before) / (sum - before);
  }
  return roc.empty() ? 0 : roc.back().far;
}

std::vector<FarRow> far_table(std::vector<double> same, std::vector<double> different) {
  std::vector<FarRow> table;
  if (same.empty() || different.empty()) return table;
  std::sort(same.begin(), same.end(), std::greater<>());
  std::sort(different.begin(), different.end(), std::greater<>());
  for (size_t one_in = 100; one_in <= 1000000; one_in *= 10) {
    const size_t most = different.size() / one_in;
    if (most == 0) break;
    FarRow row;
    row.far = 1.0 / static_cast<double>(one_in);
    row.cosine = threshold_for(different, most);
    row.accepted = at_least(different, row.cosine);
    row.measured = share(row.accepted, different);
    row.tar = share(at_least(same, row.cosine), same);
    table.push_back(row);
  }
  return table;
}

}  // namespace mien
