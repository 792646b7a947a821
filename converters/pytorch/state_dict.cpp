#include "converters/pytorch/state_dict.h"

#include <algorithm>
#include <string_view>

#include "converters/pytorch/classes.h"
#include "converters/pytorch/storages.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::pytorch {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Values;

constexpr int kMaxDepth = 64;
constexpr int kMaxSteps = 1000000;  // shared parts are walked as often as they are reached
constexpr size_t kMaxTensors = 50000, kMaxName = 4096;
constexpr uint64_t kMaxNames = uint64_t{4} << 20;  // bytes of all names

// What training scripts call the part with the weights, the likeliest first.
constexpr std::string_view kParts[] = {"state_dict", "net_state_dict", "model_state_dict", "model",
                                       "net",        "network",        "weights",          "params"};

Status corrupt(const std::string& what) {
  return {Code::corrupt, what};
}

class Walk {
 public:
  explicit Walk(const Values& values) : values_(values) {}

  // Appends the tensors at and under v.
  Status collect(Ref v, std::vector<NamedRef>* out) {
    name_.clear();
    names_ = 0;
    return visit(v, 0, out);
  }

  // The pairs of a dict or of a TorchScript module; null if the value is neither.
  const std::vector<Ref>* pairs_of(Ref v) const {
    if (values_.is(v, Kind::record) && is_script_class(values_.module_of(values_.items(v)[0]))) v = values_.items(v)[2];
    return values_.is(v, Kind::dict) ? &values_.items(v) : nullptr;
  }

  std::string word(Ref key) const {
    if (values_.is(key, Kind::text) || values_.is(key, Kind::bytes)) return std::string(values_.slice(key));
    return values_.is(key, Kind::integer) ? std::to_string(values_.integer(key)) : "?";
  }

 private:
  Status visit(Ref v, int depth, std::vector<NamedRef>* out) {
    if (depth > kMaxDepth) return corrupt("parts of the file contain each other more than 64 deep");
    if (++steps_ > kMaxSteps) return corrupt("more parts than any checkpoint has");
    if (is_tensor(values_, v)) return add(v, out);
    if (const std::vector<Ref>* pairs = pairs_of(v)) {
      for (size_t i = 0; i + 1 < pairs->size(); i += 2)
        MIEN_RETURN_IF_ERROR(enter(word((*pairs)[i]), (*pairs)[i + 1], depth, out));
    } else if (values_.is(v, Kind::list) || values_.is(v, Kind::tuple)) {
      for (size_t i = 0; i < values_.items(v).size(); ++i)
        MIEN_RETURN_IF_ERROR(enter(std::to_string(i), values_.items(v)[i], depth, out));
    }
    return {};
  }

  Status enter(const std::string& key, Ref v, int depth, std::vector<NamedRef>* out) {
    const size_t before = name_.size();
    if (key.size() > kMaxName || before + key.size() > 2 * kMaxName) return corrupt("a name longer than any tensor's");
    name_ += (before == 0 ? "" : ".") + key;
    const Status status = visit(v, depth + 1, out);
    name_.resize(before);
    return status;
  }

  Status add(Ref v, std::vector<NamedRef>* out) {
    names_ += name_.size();
    if (out->size() == kMaxTensors || names_ > kMaxNames) return corrupt("more tensors than any checkpoint has");
    if (name_.size() > kMaxName || !file::is_text(name_))
      return corrupt("tensor '" + printable(name_) + "': its name is no text");
    out->push_back({name_.empty() ? "tensor" : name_, v});
    return {};
  }

  const Values& values_;
  std::string name_;
  uint64_t names_ = 0;
  int steps_ = 0;
};

// One level down towards the weights: the name and the value of the part of `v` that holds them; *left_out names what
// else has tensors. *part stays empty if there is no such part.
Status find_part(Walk* walk, Ref v, std::string* part, Ref* found, std::string* left_out) {
  const std::vector<Ref>* pairs = walk->pairs_of(v);
  if (pairs == nullptr) return {};
  size_t best = std::size(kParts), at = 0;
  std::vector<size_t> tensors(pairs->size() / 2);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const size_t rank = static_cast<size_t>(
        std::find(std::begin(kParts), std::end(kParts), walk->word((*pairs)[2 * i])) - std::begin(kParts));
    std::vector<NamedRef> inside;
    MIEN_RETURN_IF_ERROR(walk->collect((*pairs)[2 * i + 1], &inside));
    tensors[i] = inside.size();
    if (rank < best && !inside.empty() && walk->pairs_of((*pairs)[2 * i + 1])) best = rank, at = i;
  }
  if (best == std::size(kParts)) return {};
  *part = kParts[best];
  *found = (*pairs)[2 * at + 1];
  for (size_t i = 0; i < tensors.size() && left_out->size() < 400; ++i) {
    if (i == at || tensors[i] == 0) continue;
    *left_out += (left_out->empty() ? "'" : ", '") + printable(walk->word((*pairs)[2 * i])) + "' (" +
                 std::to_string(tensors[i]) + " of them)";
  }
  return {};
}

Status check_names(const std::vector<NamedRef>& tensors) {
  std::vector<std::string_view> names;
  for (const NamedRef& t : tensors) names.push_back(t.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? Status() : corrupt("two tensors are called '" + printable(std::string(*twice)) + "'");
}

}  // namespace

Result<StateDict> find_state_dict(const Values& values, Ref root) {
  StateDict out;
  Walk walk(values);
  for (int depth = 0; depth < 4; ++depth) {
    std::string part, left_out;
    Ref found = root;
    MIEN_RETURN_IF_ERROR(find_part(&walk, root, &part, &found, &left_out));
    if (part.empty()) break;
    if (!left_out.empty())
      out.warnings.push_back("read the tensors of part '" + part + "'; left out those of " + left_out);
    root = found;
  }
  MIEN_RETURN_IF_ERROR(walk.collect(root, &out.tensors));
  if (out.tensors.empty()) return Status(Code::unsupported, "the file holds no tensors");
  MIEN_RETURN_IF_ERROR(check_names(out.tensors));
  return out;
}

}  // namespace mien::pytorch
