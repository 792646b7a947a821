// Where the weights are in what a PyTorch file holds: a state_dict, or a training checkpoint around one. Thread-safety:
// free function without state.
#pragma once

#include <string>
#include <vector>

#include "converters/pickle/values.h"
#include "engine/status.h"

namespace mien::pytorch {

struct NamedRef {
  std::string name;  // keys joined by dots: "module.conv1.weight"
  pickle::Ref tensor;
};

struct StateDict {
  std::vector<NamedRef> tensors;  // in the file's order, no name twice
  std::vector<std::string> warnings;
};

// Walks dicts, lists, tuples and the modules of a TorchScript archive. Where a checkpoint has a part called
// "state_dict", "model", "net" or the like, the tensors are those of that part, and a warning names what else had some.
// Errors: corrupt (cycles, names twice or unprintable), unsupported (no tensors at all).
Result<StateDict> find_state_dict(const pickle::Values& values, pickle::Ref root);

}  // namespace mien::pytorch
