#include "converters/checkpoint/match.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "converters/text.h"
#include "models/networks.h"

namespace mien {
namespace {

// What optimisers keep is named after the parameter it belongs to.
bool is_optimiser_state(const std::string& name) {
  static const char* const kFirst[] = {"moments.", "moment1.", "moment2.", "accum.", "stat.", "momentum."};
  return std::any_of(std::begin(kFirst), std::end(kFirst),
                     [&](const char* first) { return name.compare(0, std::strlen(first), first) == 0; });
}

// The part in front of a name that ends in `end` at the border of a component; false if it does not.
bool prefix_of(const std::string& name, const std::string& end, std::string* prefix) {
  if (name.size() < end.size() || name.compare(name.size() - end.size(), end.size(), end) != 0) return false;
  *prefix = name.substr(0, name.size() - end.size());
  return (prefix->empty() || std::strchr("._/:", prefix->back())) && !is_optimiser_state(name);
}

bool has_values(const NamedTensor& tensor) {
  return tensor.shape.elements() > 0 && static_cast<size_t>(tensor.shape.elements()) == tensor.values.size();
}

Shape shape_in_file(const Shape& shape, const Framework& framework) {
  if (!framework.transposed || shape.rank < 2) return shape;
  return shape.rank == 4 ? Shape{shape[2], shape[3], shape[1], shape[0]} : Shape{shape[1], shape[0]};
}

// A 1x1 convolution may stand in the file as the dense layer that it is.
bool same_shape(const Shape& wanted, const Shape& found) {
  if (wanted == found) return true;
  return wanted.rank == 4 && found == Shape{wanted[0], wanted[1]} && wanted[2] == 1 && wanted[3] == 1;
}

// Builds a network without weights, to learn what it asks for.
class Recorder : public WeightSource {
 public:
  Recorder(const TensorIndex& index, const Naming& naming) : index_(index), naming_(naming) {}

  Constant tensor(const TensorRequest& r) override {
    Wanted wanted{r.layer, r.role, shape_in_file(r.shape, naming_.framework), r.optional,
                  names_of(naming_, r.layer, r.role)};
    // What the format does not have is not looked for.
    if (!wanted.names.empty()) list.push_back(std::move(wanted));
    // The builder computes with vectors, and only passes the larger tensors on.
    if (r.shape.rank == 1) return default_of(r);
    static const float kNothing = 0;
    return {&kNothing, nullptr};
  }
  int64_t outputs_of(const std::string& layer, Role role, int64_t) const override {
    return outputs_in(index_, naming_, layer, role);
  }
  int64_t kernel_width_of(const std::string& layer, int64_t usual) const override {
    return kernel_width_in(index_, naming_, layer, usual);
  }

  std::vector<Wanted> list;

 private:
  const TensorIndex& index_;
  const Naming& naming_;
};

int find(const TensorIndex& index, const std::string& prefix, const Wanted& wanted) {
  for (const std::string& name : wanted.names)
    if (const int i = index.find(prefix + name); i >= 0) return i;
  return -1;
}

// Prefixes under which the first, the middle or the last of the tensors can be found.
std::vector<std::string> prefixes(const TensorIndex& index, const std::vector<Wanted>& wanted) {
  constexpr size_t kMost = 4096;  // a real file has at most one for each layer
  std::vector<std::string> found;
  std::unordered_set<std::string> seen;
  std::string prefix;
  for (const size_t anchor : {size_t{0}, wanted.size() / 2, wanted.size() - 1})
    for (const std::string& end : wanted[anchor].names)
      for (const std::string& name : index.names())
        if (found.size() < kMost && prefix_of(name, end, &prefix) && seen.insert(prefix).second)
          found.push_back(prefix);
  return found;
}

// The prefix that finds most tensors; the shorter of two that find as many. A few of the tensors tell the candidates
// apart before all are looked for.
std::string best_prefix(const TensorIndex& index, const std::vector<Wanted>& wanted) {
  std::vector<std::pair<size_t, std::string>> candidates;
  const size_t step = std::max<size_t>(1, wanted.size() / 8);
  for (const std::string& prefix : prefixes(index, wanted)) {
    size_t n = 0;
    for (size_t i = 0; i < wanted.size(); i += step) n += find(index, prefix, wanted[i]) >= 0;
    candidates.push_back({n, prefix});
  }
  const auto better = [](const auto& a, const auto& b) {
    return a.first != b.first                   ? a.first > b.first
           : a.second.size() != b.second.size() ? a.second.size() < b.second.size()
                                                : a.second < b.second;
  };
  std::sort(candidates.begin(), candidates.end(), better);
  if (candidates.size() > 8) candidates.resize(8);
  for (auto& [n, prefix] : candidates) {
    n = 0;
    for (const Wanted& w : wanted) n += find(index, prefix, w) >= 0;
  }
  const auto best = std::min_element(candidates.begin(), candidates.end(), better);
  return best == candidates.end() ? "" : best->second;
}

void look_up(const TensorIndex& index, Fit* fit) {
  for (const Wanted& wanted : fit->wanted) {
    int i = find(index, fit->prefix, wanted);
    if (i < 0) {
      if (!wanted.optional) fit->missing.push_back(fit->prefix + wanted.names[0]);
    } else if (const NamedTensor& t = index.tensor(i); !same_shape(wanted.shape, t.shape)) {
      fit->misshapen.push_back(printable(t.name) + " is " + t.shape.text() + ", expected " + wanted.shape.text());
      i = -1;
    } else if (!has_values(t)) {
      fit->misshapen.push_back(printable(t.name) + " is of type " + printable(t.type));
      i = -1;
    }
    fit->used += i >= 0;
    fit->found.push_back(i);
  }
}

// Tensors under the prefix that nobody asked for. A variance is never an optimiser's, nor a classifier's: where one is
// left over the file has a layer that the network lacks.
void look_for_rest(const TensorIndex& index, Fit* fit) {
  std::vector<bool> used(static_cast<size_t>(index.size()), false);
  for (const Wanted& wanted : fit->wanted)
    if (const int i = find(index, fit->prefix, wanted); i >= 0) used[static_cast<size_t>(i)] = true;
  const Framework& framework = fit->naming->framework;
  const std::string variance = framework.separator + std::string(framework.leaves[static_cast<size_t>(Role::bn_var)]);
  for (int i = 0; i < index.size(); ++i) {
    const std::string& name = index.names()[static_cast<size_t>(i)];
    const bool inside = name.compare(0, fit->prefix.size(), fit->prefix) == 0 && !is_optimiser_state(name);
    if (used[static_cast<size_t>(i)] || !inside || !has_values(index.tensor(i))) continue;
    const bool is_variance =
        name.size() >= variance.size() && name.compare(name.size() - variance.size(), variance.size(), variance) == 0;
    (is_variance ? fit->foreign : fit->left_over).push_back(printable(name));
  }
}

}  // namespace

TensorIndex::TensorIndex(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {
  for (const NamedTensor& tensor : checkpoint.tensors) {
    const bool marked = tensor.name.compare(0, 4, "arg:") == 0 || tensor.name.compare(0, 4, "aux:") == 0;
    names_.push_back(marked ? tensor.name.substr(4) : tensor.name);
    by_name_.emplace(names_.back(), static_cast<int>(names_.size() - 1));
  }
}

int TensorIndex::find(const std::string& name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? -1 : at->second;
}

Fit fit_of(const TensorIndex& index, const Naming& naming) {
  Fit fit;
  fit.naming = &naming;
  Recorder recorder(index, naming);
  const Result<Package> built = build_network(naming.network, recorder);
  if (!built.ok() || recorder.list.empty()) return fit;
  fit.wanted = std::move(recorder.list);
  fit.prefix = best_prefix(index, fit.wanted);
  look_up(index, &fit);
  look_for_rest(index, &fit);
  return fit;
}

std::string listed(const std::vector<std::string>& items, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(items.size(), most); ++i) text += (i ? ", " : "") + items[i];
  return items.size() > most ? text + " and " + std::to_string(items.size() - most) + " more" : text;
}

std::string mismatch_text(const Fit& fit) {
  std::string text = std::to_string(fit.used) + " of " + std::to_string(fit.wanted.size()) + " tensors of " +
                     fit.naming->network + " found (" + fit.naming->framework.name + "'s names, prefix '" +
                     printable(fit.prefix) + "')";
  const auto add = [&text](const char* what, const std::vector<std::string>& items) {
    if (!items.empty()) text += "; " + std::to_string(items.size()) + " " + what + ": " + listed(items);
  };
  add("missing", fit.missing);
  add("of another shape", fit.misshapen);
  add("of layers that the network does not have", fit.foreign);
  add("left over", fit.left_over);
  return text;
}

namespace {

constexpr int64_t kMostOutputs = int64_t{1} << 24;

int64_t outputs_of(const Shape& shape, const Framework& framework) {
  return shape[framework.transposed ? shape.rank - 1 : 0];
}

// The shape in the file of the first tensor behind any prefix that has one of the names; of rank 0 if there is none.
Shape first_shape(const TensorIndex& index, const Naming& naming, const std::string& layer, Role role) {
  std::string prefix;
  for (const std::string& end : names_of(naming, layer, role)) {
    for (int i = 0; i < index.size(); ++i) {
      const NamedTensor& tensor = index.tensor(i);
      if (tensor.shape.rank < 2 || !has_values(tensor)) continue;
      if (!prefix_of(index.names()[static_cast<size_t>(i)], end, &prefix)) continue;
      if (outputs_of(tensor.shape, naming.framework) <= kMostOutputs) return tensor.shape;
    }
  }
  return {};
}

}  // namespace

int64_t outputs_in(const TensorIndex& index, const Naming& naming, const std::string& layer, Role role) {
  const Shape shape = first_shape(index, naming, layer, role);
  return shape.rank == 0 ? 0 : outputs_of(shape, naming.framework);
}

int64_t kernel_width_in(const TensorIndex& index, const Naming& naming, const std::string& layer, int64_t usual) {
  const Shape shape = first_shape(index, naming, layer, Role::conv_weight);
  return shape.rank == 4 ? shape[naming.framework.transposed ? 1 : 3] : usual;
}

}  // namespace mien
