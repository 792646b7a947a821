#include "converters/input_normalization.h"

#include <cmath>

namespace mien {
namespace {

// x -> scale * x + shift, per channel (a single entry: the same for all).
struct Affine {
  double scale = 1, shift = 0;
};

// Index of the constant operand of an arithmetic node that reads `value`, or -1.
int constant_operand(const Graph& graph, const Node& node, ValueId value) {
  if (node.op != Op::add && node.op != Op::sub && node.op != Op::mul && node.op != Op::div) return -1;
  if (node.inputs.size() != 2) return -1;
  for (int i = 0; i < 2; ++i) {
    const size_t at = static_cast<size_t>(i);
    if (node.inputs[1 - at] != value || !graph.value(node.inputs[at]).is_constant()) continue;
    const Shape& s = graph.value(node.inputs[at]).shape;
    const Shape& x = graph.value(value).shape;
    const bool channels = s.rank >= 3 && s[s.rank - 3] == x[1] && s.elements() == x[1];
    if (s.elements() == 1 || (x.rank == 4 && channels)) return i;
  }
  return -1;
}

}  // namespace

InsideNormalization find_input_normalization(const Graph& graph) {
  if (graph.inputs.empty() || graph.value(graph.inputs[0]).shape.rank != 4) return InsideNormalization::none;
  const std::vector<int> uses = graph.uses();
  Affine first;  // of channel 0: enough to tell bytes from fractions
  bool any = false;
  ValueId at = graph.inputs[0];
  for (const Node& node : graph.nodes) {
    if (uses[static_cast<size_t>(at)] != 1) break;
    if (node.inputs.empty() || (node.inputs[0] != at && (node.inputs.size() < 2 || node.inputs[1] != at))) continue;
    const int operand = constant_operand(graph, node, at);
    if (operand < 0) break;
    const double c = graph.value(node.inputs[static_cast<size_t>(operand)]).constant.data[0];
    if (node.op == Op::add) first.shift += c;
    if (node.op == Op::sub)
      first = operand == 1 ? Affine{first.scale, first.shift - c} : Affine{-first.scale, c - first.shift};
    if (node.op == Op::mul) first = {first.scale * c, first.shift * c};
    if (node.op == Op::div) {
      if (operand == 0) break;  // c / x is no normalisation
      first = {first.scale / c, first.shift / c};
    }
    any = true;
    at = node.output;
  }
  if (!any || first.scale == 0) return InsideNormalization::none;
  const double mean = -first.shift / first.scale;
  if (mean >= 16 || std::fabs(first.scale) <= 0.1) return InsideNormalization::of_bytes;
  const bool changes = first.scale != 1 || first.shift != 0;
  return changes && mean >= 0 && mean <= 1 ? InsideNormalization::of_fractions : InsideNormalization::none;
}

}  // namespace mien
