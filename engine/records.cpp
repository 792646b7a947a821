#include "engine/records.h"

#include <cmath>
#include <iterator>

#include "engine/count.h"

namespace mien {
namespace {

// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators": the n-th output of SplitMix64 started
// at 0 is splitmix64((n - 1) * gamma).
uint64_t splitmix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// By the numbers of the values.
constexpr const char* kAlignments[] = {"none", "landmarks", "box"};
constexpr const char* kFlips[] = {"none", "sum", "concat"};

template <class E, size_t kNames>
bool find_name(const char* const (&names)[kNames], const std::string& name, E* out) {
  for (size_t i = 0; i < kNames; ++i) {
    if (name != names[i]) continue;
    *out = static_cast<E>(i);
    return true;
  }
  return false;
}

Status check_thresholds(const std::vector<Threshold>& thresholds) {
  const auto corrupt = [](const std::string& what) { return Status(Code::corrupt, what); };
  if (thresholds.size() > kMaxThresholds)
    return corrupt(std::to_string(thresholds.size()) + " thresholds; there may be " + std::to_string(kMaxThresholds));
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const Threshold& one = thresholds[i];
    if (!(one.far > 0 && one.far < 1)) return corrupt("a threshold's false accept rate is not between 0 and 1");
    if (!(one.cosine >= -1 && one.cosine <= 1)) return corrupt("a threshold's cosine is not in -1..1");
    if (i > 0 && !(one.far < thresholds[i - 1].far))
      return corrupt("the thresholds are not in order of falling false accept rate");
  }
  return {};
}

}  // namespace

const char* name_of(Alignment alignment) {
  return kAlignments[static_cast<size_t>(alignment)];
}
const char* name_of(Flip flip) {
  return kFlips[static_cast<size_t>(flip)];
}
bool from_name(const std::string& name, Alignment* out) {
  return find_name(kAlignments, name, out);
}
bool from_name(const std::string& name, Flip* out) {
  return find_name(kFlips, name, out);
}

bool is_default(const FaceRecord& record) {
  return record.alignment == Alignment::unknown && record.margin == 0 && record.flip == Flip::none &&
         record.measured_on.empty() && record.thresholds.empty();
}

Status check_face_record(const FaceRecord& record) {
  if (static_cast<size_t>(record.alignment) >= std::size(kAlignments))
    return {Code::corrupt, "no such alignment of a face"};
  if (static_cast<size_t>(record.flip) >= std::size(kFlips)) return {Code::corrupt, "no such use of the mirrored face"};
  if (!(std::isfinite(record.margin) && record.margin >= 0 && !std::signbit(record.margin)))
    return {Code::corrupt, "the margin around a face is not a number of at least 0"};
  if (record.margin != 0 && record.alignment != Alignment::box)
    return {Code::corrupt, "a margin around a face that is not cut by its box"};
  return check_thresholds(record.thresholds);
}

int64_t sample_index(int64_t i, int64_t n, int64_t elements) {
  return n <= 1 ? 0 : i * (elements - 1) / (n - 1);
}

std::vector<float> golden_input(uint64_t seed, int64_t elements, float low, float high) {
  std::vector<float> values(count_in_memory<float>(elements));
  const double step = (static_cast<double>(high) - low) / (1 << 24);
  for (size_t i = 0; i < values.size(); ++i) {
    const double u = static_cast<double>(splitmix64(seed + i) >> 40);
    values[i] = static_cast<float>(low + step * u);
  }
  return values;
}

}  // namespace mien
