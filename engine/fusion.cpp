#include "engine/fusion.h"

#include "engine/passes/edit.h"

namespace mien {
namespace {

bool is_activation(Op op) {
  return op == Op::relu || op == Op::clip || op == Op::leaky_relu || op == Op::prelu;
}

// A layer on another rank than N x C or N x C x H x W has its channels elsewhere than on axis 1.
bool fits_epilogue(const Graph& graph, const Node& activation) {
  if (!is_activation(activation.op)) return false;
  const int rank = graph.value(activation.output).shape.rank;
  return rank == 2 || rank == 4 || activation.op == Op::relu || activation.op == Op::clip;
}

bool can_head(Op op) {
  return op == Op::conv || op == Op::fully_connected || op == Op::batch_norm;
}

// The other operand if `node` adds two computed values of one shape, else kNoValue.
ValueId residual_of(const Graph& graph, const Node& node, ValueId value) {
  if (node.op != Op::add) return kNoValue;
  const ValueId other = node.inputs[0] == value ? node.inputs[1] : node.inputs[0];
  const Value &a = graph.value(value), &b = graph.value(other);
  return other != value && !b.is_constant() && a.shape == b.shape ? other : kNoValue;
}

Chain grow(const Graph& graph, const Neighbours& near, const std::vector<bool>& taken, int head) {
  Chain chain;
  chain.head = chain.last = head;
  const bool adds = graph.nodes[static_cast<size_t>(head)].op == Op::conv;
  for (;;) {
    const ValueId value = graph.nodes[static_cast<size_t>(chain.last)].output;
    const int next = near.only_consumer_of(value);
    if (next < 0 || taken[static_cast<size_t>(next)]) return chain;
    const Node& node = graph.nodes[static_cast<size_t>(next)];
    const ValueId other = residual_of(graph, node, value);
    if (fits_epilogue(graph, node) && chain.activation < 0) {
      chain.activation = next;
    } else if (adds && other != kNoValue && chain.residual == kNoValue) {
      chain.residual = other;
      chain.residual_last = chain.activation >= 0;
    } else {
      return chain;
    }
    chain.last = next;
    // After sum, activation, add nothing more fits the epilogue.
    if (chain.residual_last) return chain;
  }
}

}  // namespace

Fusion find_chains(const Graph& graph) {
  const Neighbours near(graph);
  Fusion fusion;
  fusion.chains.resize(graph.nodes.size());
  fusion.absorbed.assign(graph.nodes.size(), false);
  std::vector<bool> taken(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!can_head(graph.nodes[i].op)) continue;
    const Chain chain = grow(graph, near, taken, static_cast<int>(i));
    for (int node = chain.head; node != chain.last;) {
      fusion.absorbed[static_cast<size_t>(node)] = true;
      node = near.only_consumer_of(graph.nodes[static_cast<size_t>(node)].output);
      taken[static_cast<size_t>(node)] = true;
    }
    fusion.chains[static_cast<size_t>(chain.last)] = chain;
  }
  return fusion;
}

}  // namespace mien
