#include "converters/verification/bin.h"

#include <unordered_map>

#include "converters/read_input.h"
#include "converters/verification/pickled_arrays.h"

namespace mien {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

Status corrupt(const std::string& what) {
  return {Code::corrupt, what};
}

bool is_sequence(const Values& values, Ref v) {
  return values.is(v, Kind::list) || values.is(v, Kind::tuple);
}

// Numbers of pictures, equal ones once.
class DistinctPictures {
 public:
  explicit DistinctPictures(VerificationSet* set) : set_(set) {}

  uint32_t number_of(std::string_view bytes) {
    const auto [entry, added] = numbers_.try_emplace(bytes, static_cast<uint32_t>(set_->pictures.size()));
    if (added) set_->pictures.push_back({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), {}});
    return entry->second;
  }

 private:
  VerificationSet* set_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

Status add_pairs(const Values& values, Ref bins, Ref issame, PickledArrays* arrays, VerificationSet* set) {
  if (!is_sequence(values, bins)) return corrupt("the first part of the pickle is no list of pictures");
  const std::vector<Ref>& items = values.items(bins);
  const auto truths = arrays->truths_of(issame);
  if (!truths) return corrupt("the second part of the pickle is no list of truth values");
  if (items.size() != 2 * truths->size())
    return corrupt(std::to_string(items.size()) + " pictures for " + std::to_string(truths->size()) + " pairs");
  if (items.empty()) return corrupt("no pair in it");

  DistinctPictures distinct(set);
  std::vector<uint32_t> numbers;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto bytes = arrays->bytes_of(items[i]);
    if (!bytes) return corrupt("picture " + std::to_string(i) + " is neither bytes nor an array of bytes");
    if (bytes->empty() || bytes->size() > kMaxEncodedPicture)
      return corrupt("picture " + std::to_string(i) + " has " + std::to_string(bytes->size()) + " bytes");
    numbers.push_back(distinct.number_of(*bytes));
  }
  for (size_t k = 0; k < truths->size(); ++k) set->pairs.push_back({numbers[2 * k], numbers[2 * k + 1], (*truths)[k]});
  return {};
}

std::string name_of(const std::string& path) {
  const std::string base = base_name_of(path);
  const size_t dot = base.rfind('.');
  return dot == std::string::npos || dot == 0 ? base : base.substr(0, dot);
}

}  // namespace

Result<VerificationSet> parse_verification_bin(std::vector<uint8_t> file) {
  VerificationSet set;
  set.file = std::move(file);
  Result<pickle::Pickle> read = pickle::read_pickle(set.file.data(), set.file.size(), 0, numpy_names);
  if (!read.ok()) return read.status();
  const Values& values = read->values;
  if (read->size != set.file.size())
    return corrupt("at byte " + std::to_string(read->size) + ": more bytes than the pickle of a verification set");
  if (!is_sequence(values, read->root) || values.items(read->root).size() != 2)
    return corrupt("the pickle is no pair of pictures and truth values");
  PickledArrays arrays(values);
  const std::vector<Ref>& parts = values.items(read->root);
  MIEN_RETURN_IF_ERROR(add_pairs(values, parts[0], parts[1], &arrays, &set));
  set.decoded = arrays.take_decoded();
  return set;
}

Result<VerificationSet> read_verification_bin(const std::string& path) {
  Result<std::vector<uint8_t>> bytes = read_input(path);
  if (!bytes.ok()) return bytes.status();
  Result<VerificationSet> set = parse_verification_bin(std::move(*bytes));
  if (!set.ok()) return Status(set.status().code(), path + ": " + set.status().message());
  set->name = name_of(path);
  return set;
}

}  // namespace mien
