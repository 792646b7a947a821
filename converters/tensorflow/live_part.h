// The part of a graph that makes its outputs when it runs as in inference: conditionals on phase_train are decided,
// what they switch off is gone, and so are the nodes that only hand on what they get. Thread-safety: free function.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "converters/tensorflow/graph_index.h"

namespace mien::tensorflow {

struct LivePart {
  std::vector<int> order;                            // nodes, each after those it reads
  std::unordered_map<int, std::vector<Ref>> inputs;  // of those nodes; every Ref is a node of `order`
  std::vector<std::pair<std::string, Ref>> outputs;  // by the name that the file gives them
  std::string input_name;                            // `input` or `image_batch` where the file has one, else ""
  std::vector<std::string> decided;                  // the placeholders read as false
};

// Follows the node `embeddings`, or without one every end of the graph that depends on an input. Predicates are
// constants or placeholders of bool, which are false: phase_train.
// Error corrupt: an input that is missing, no output; unsupported: a loop. Predicates that nothing decides are added to
// *unsupported, and the conditional is taken as false.
Result<LivePart> find_live_part(const GraphIndex& index, std::vector<std::string>* unsupported);

}  // namespace mien::tensorflow
