// An MXNet symbol: the graph that stands as JSON beside a parameter file. Plain data and a reader; thread-safety: free
// function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/status.h"

namespace mien::mxnet {

// Output `output` of nodes[node].
struct Reference {
  int32_t node = 0, output = 0;
};

struct SymbolNode {
  std::string op;  // "null" for a variable
  std::string name;
  std::vector<Reference> inputs;
  std::map<std::string, std::string> attributes;  // of "param", "attr" and "attrs" together
};

struct Symbol {
  std::vector<SymbolNode> nodes;  // each input is an earlier node
  std::vector<Reference> heads;   // at least one
};

// Reads the JSON without keeping more of it than the symbol. Where an attribute stands under several keys, "param" (the
// operator's own of old files) wins.
// Error: corrupt, with the byte or the node, for anything that is not JSON, is nested deeper than 64, is there twice,
// lacks an operator or a name, or refers to a node that does not come before it.
Result<Symbol> read_symbol(const uint8_t* data, size_t size);

}  // namespace mien::mxnet
