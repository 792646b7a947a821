// A network of models/ written as MXNet exports it: a symbol in the operators of MXNet and its parameters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "models/weight_source.h"
#include "tests/converters/mxnet_writer.h"

namespace mien::testing {

// Weights of seed 0 in the range of the golden cases; keeps what it gave.
class RecordedWeights : public WeightSource {
 public:
  // Slopes from -0.5 to 1.5, and gains to fit, instead of those in (0, 1).
  explicit RecordedWeights(bool signed_slopes = false) : signed_slopes_(signed_slopes) {}

  Constant tensor(const TensorRequest& request) override;
  int64_t outputs_of(const std::string&, Role, int64_t usual) const override { return usual; }

  // By key, "<layer>/<role>".
  std::map<std::string, NamedTensor> tensors;
  std::map<std::string, double> eps;  // of BatchNorm layers

 private:
  bool signed_slopes_;
};

struct MxnetFiles {
  MxnetSymbol symbol;
  std::vector<NamedTensor> params;
};
// The network with these weights, its tensors called names[key], or by their key where that has none. Networks of
// convolutions, BatchNorm, PReLU, sums and fully connected layers only; throws for others.
MxnetFiles mxnet_network(const std::string& network, RecordedWeights& weights,
                         const std::map<std::string, std::string>& names);

// key -> name from a table of ../shared/specs/models/tables, whose last columns are layer and role. Empty if it is not
// there.
std::map<std::string, std::string> names_of_table(const std::string& table, size_t column);

}  // namespace mien::testing
