// Finds the tensors of a network of models/ in a checkpoint: which names, behind which prefix, what is missing.
// Thread-safety: free functions; an index is immutable.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/checkpoint/naming.h"
#include "models/weight_source.h"

namespace mien {

// The tensors of a checkpoint by name, without MXNet's "arg:" and "aux:". REQUIRES: the checkpoint outlives it.
class TensorIndex {
 public:
  explicit TensorIndex(const Checkpoint& checkpoint);
  int find(const std::string& name) const;  // -1: none
  const std::vector<std::string>& names() const { return names_; }
  const NamedTensor& tensor(int i) const { return checkpoint_.tensors[static_cast<size_t>(i)]; }
  int size() const { return static_cast<int>(names_.size()); }

 private:
  const Checkpoint& checkpoint_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> by_name_;
};

// A tensor that a network asks for.
struct Wanted {
  std::string layer;
  Role role;
  Shape shape;  // as the framework's files have it
  bool optional;
  std::vector<std::string> names;  // without prefix
};

// How well a checkpoint fits a network under one naming.
struct Fit {
  const Naming* naming = nullptr;
  std::string prefix;  // in front of every name
  std::vector<Wanted> wanted;
  std::vector<int> found;  // by wanted: the tensor, or -1
  size_t used = 0;         // tensors found, of the right shape
  // missing: names; misshapen: "name is 1x2, expected 3x4"; foreign: statistics of layers that the network does not
  // have; left_over: other tensors under the prefix. The last are no obstacle, the rest are.
  std::vector<std::string> missing, misshapen, foreign, left_over;

  bool ok() const { return missing.empty() && misshapen.empty() && foreign.empty(); }
};

// The best fit over all prefixes.
Fit fit_of(const TensorIndex& index, const Naming& naming);

// "a, b, c and 12 more".
std::string listed(const std::vector<std::string>& items, size_t most = 6);
// What keeps the checkpoint from fitting, on one line.
std::string mismatch_text(const Fit& fit);

// Outputs of a layer, by the first tensor behind any prefix that has one of the names; 0 if there is none.
int64_t outputs_in(const TensorIndex& index, const Naming& naming, const std::string& layer, Role role);
// Columns of the kernel of a convolution, found in the same way; `usual` if there is none.
int64_t kernel_width_in(const TensorIndex& index, const Naming& naming, const std::string& layer, int64_t usual);

}  // namespace mien
