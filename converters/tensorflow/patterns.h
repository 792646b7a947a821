// Functions that TensorFlow spells out in small operators and the engine has as one:
//   x * Rsqrt(Maximum(Sum(Square(x)), eps))     l2_normalize
//   Relu(x) + alpha * -Relu(-x)                 PReLU, the minus at either factor
//   Relu(x) + alpha * (x - Abs(x)) * 0.5        PReLU
// Thread-safety: free functions.
#pragma once

#include <string>

#include "converters/tensorflow/live_part.h"
#include "converters/tensorflow/network.h"

namespace mien::tensorflow {

// The name under which the network knows an output of a node.
std::string key_of(const GraphIndex& index, Ref ref);

class Patterns {
 public:
  Patterns(const GraphIndex& index, const LivePart& part, Network* network)
      : index_(index), part_(part), network_(*network) {}

  // If the node ends one of them, imports it from its operand and returns true. The small operators before it, which
  // are imported already, are dead then.
  bool import(int node, TfNode& view);

 private:
  const std::string& op(Ref ref) const { return index_.op(ref.node); }
  const std::vector<Ref>& inputs(Ref ref) const { return part_.inputs.at(ref.node); }
  bool is(Ref ref, const char* name, size_t inputs_wanted) const;
  bool number(Ref ref, double* value);
  // Whether `ref` is a * b or b * a where `first` accepts a; *other is b.
  template <class Accept>
  bool product(Ref ref, Accept first, Ref* other) const;

  bool l2(TfNode& view, Ref x, Ref factor);
  bool prelu(TfNode& view, Ref relu, Ref below);
  bool slope(Ref below, Ref x, Ref* alpha, double* sign);

  const GraphIndex& index_;
  const LivePart& part_;
  Network& network_;
};

}  // namespace mien::tensorflow
