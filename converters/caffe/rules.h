// Whether a layer is part of the network at test time. Thread-safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "converters/caffe/prototxt.h"
#include "engine/status.h"

namespace mien::caffe {

// What the rules of layers ask for; the phase is always TEST.
struct NetState {
  int64_t level = 0;
  std::vector<std::string> stages;
};

// The state that the network gives itself.
Status read_state(const Message& net, NetState* state);

// Caffe's rule: with `include`, one of them must hold; without, none of `exclude` may. Error: corrupt, with the line,
// for a layer with both and for values that are none.
Status is_included(const Message& layer, const NetState& state, bool* included);

}  // namespace mien::caffe
