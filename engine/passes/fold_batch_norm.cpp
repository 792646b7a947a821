// BatchNorm into weights. What is exact and what is not:
//   conv or fully_connected -> batch_norm           always: W' = s_out W, b' = s_out b + t
//   batch_norm -> conv without padding, -> fc       always: W' = W s_in, b' = b + sum(W t)
//   batch_norm -> flatten -> fc                     the same, channel of column k is k / (H * W)
//   batch_norm -> batch_norm                        always
//   batch_norm -> zero-padded conv                  never: the zeros come after the norm; left as it is
// Products are formed in double and rounded to float once, in place.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/passes/edit.h"
#include "engine/passes/passes.h"

namespace mien {
namespace {

struct Affine {
  std::vector<double> scale, shift;
};

bool has_weights(const Node& node) {
  return node.op == Op::conv || node.op == Op::fully_connected;
}

bool unpadded(const Window& w) {
  return (w.pad_top | w.pad_left | w.pad_bottom | w.pad_right) == 0;
}

Affine affine_of(const Graph& graph, const Node& norm) {
  const Value &scale = graph.value(norm.inputs[1]), &shift = graph.value(norm.inputs[2]);
  const int64_t n = scale.shape.elements();
  return {{scale.constant.data, scale.constant.data + n}, {shift.constant.data, shift.constant.data + n}};
}

std::vector<float> rounded(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// The weights of a layer while a norm is folded into them: in place where nobody else reads them, so that a network is
// not in memory twice.
struct Weights {
  float* w;                  // [rows][columns]
  std::vector<double> bias;  // [rows]
  int64_t rows, columns;
};

// The constant's floats, for writing; those of a copy that takes its place in the node where it is not the node's own.
float* writable(Graph& graph, ValueId* id) {
  const Value& value = graph.value(*id);
  const bool unshared = value.constant.memory == Constant::Memory::own && value.constant.owner.use_count() == 1;
  if (!unshared || graph.uses()[static_cast<size_t>(*id)] != 1) {
    const float* data = value.constant.data;
    // Copies first: adding a constant moves the values.
    const std::string name = value.name + ".folded";
    const Shape shape = value.shape;
    *id = graph.add_constant(name, shape, std::vector<float>(data, data + shape.elements()));
  }
  return const_cast<float*>(graph.value(*id).constant.data);
}

Weights weights_of(Graph& graph, Node& node) {
  Weights weights;
  weights.w = writable(graph, &node.inputs[1]);
  const Shape shape = graph.value(node.inputs[1]).shape;
  weights.rows = shape[0];
  weights.columns = shape.elements() / std::max<int64_t>(1, shape[0]);
  weights.bias.assign(static_cast<size_t>(weights.rows), 0.0);
  if (node.inputs.size() == 3) {
    const float* bias = graph.value(node.inputs[2]).constant.data;
    weights.bias.assign(bias, bias + weights.rows);
  }
  return weights;
}

void set_bias(Graph& graph, Node& node, const std::vector<double>& bias) {
  const std::string name = graph.value(node.inputs[1]).name + ".bias";
  node.inputs.resize(2);
  node.inputs.push_back(graph.add_constant(name, {static_cast<int64_t>(bias.size())}, rounded(bias)));
}

// norm(conv(x)): scales rows.
void fold_after(Graph& graph, Node& node, const Affine& norm) {
  Weights weights = weights_of(graph, node);
  float* w = weights.w;
  for (int64_t r = 0; r < weights.rows; ++r) {
    const double s = norm.scale[static_cast<size_t>(r)];
    double& bias = weights.bias[static_cast<size_t>(r)];
    bias = bias * s + norm.shift[static_cast<size_t>(r)];
    for (int64_t c = 0; c < weights.columns; ++c, ++w) *w = static_cast<float>(*w * s);
  }
  set_bias(graph, node, weights.bias);
}

// conv(norm(x)) or fc(flatten(norm(x))): scales columns; `per_channel` columns belong to each input channel.
void fold_before(Graph& graph, Node& node, const Affine& norm, int64_t per_channel) {
  Weights weights = weights_of(graph, node);
  float* w = weights.w;
  const int64_t channels = weights.columns / per_channel;
  const int64_t groups = node.op == Op::conv ? node.window.groups : 1;
  for (int64_t r = 0; r < weights.rows; ++r) {
    const int64_t first = r / (weights.rows / groups) * channels;
    double& bias = weights.bias[static_cast<size_t>(r)];
    for (int64_t c = 0; c < channels; ++c) {
      const double s = norm.scale[static_cast<size_t>(first + c)], t = norm.shift[static_cast<size_t>(first + c)];
      for (int64_t i = 0; i < per_channel; ++i, ++w) {
        bias += *w * t;
        *w = static_cast<float>(*w * s);
      }
    }
  }
  set_bias(graph, node, weights.bias);
}

// True if broadcasting `constant` against x changes nothing but along axis 1, and x keeps its shape.
bool is_per_channel(const Shape& constant, const Shape& x) {
  if (constant.rank > x.rank) return false;
  for (int i = 0; i < constant.rank; ++i) {
    const int axis = x.rank - constant.rank + i;
    if (constant[i] != 1 && (axis != 1 || constant[i] != x[1])) return false;
  }
  return true;
}

// x op constant as scale and shift, for the four arithmetic operators with a finite result; false otherwise.
bool per_channel_affine(const Graph& graph, const Node& node, int* x_input, Affine* affine) {
  if (node.op != Op::add && node.op != Op::sub && node.op != Op::mul && node.op != Op::div) return false;
  const bool second = graph.value(node.inputs[1]).is_constant();
  if (second == graph.value(node.inputs[0]).is_constant()) return false;
  if (!second && node.op == Op::div) return false;
  *x_input = second ? 0 : 1;
  const Value &x = graph.value(node.inputs[second ? 0 : 1]), &c = graph.value(node.inputs[second ? 1 : 0]);
  if ((x.shape.rank != 2 && x.shape.rank != 4) || !is_per_channel(c.shape, x.shape)) return false;
  const bool shared = c.shape.elements() == 1;
  for (int64_t i = 0; i < x.shape[1]; ++i) {
    const double v = c.constant.data[shared ? 0 : i];
    double scale = 1, shift = 0;
    if (node.op == Op::add) shift = v;
    if (node.op == Op::sub) shift = second ? -v : v, scale = second ? 1 : -1;
    if (node.op == Op::mul) scale = v;
    if (node.op == Op::div) scale = 1 / v;
    if (!std::isfinite(static_cast<float>(scale))) return false;
    affine->scale.push_back(scale);
    affine->shift.push_back(shift);
  }
  return true;
}

bool takes_norm(const Graph& graph, int node) {
  if (node < 0) return false;
  const Op op = graph.nodes[static_cast<size_t>(node)].op;
  return op == Op::conv || op == Op::fully_connected || op == Op::batch_norm;
}

// Arithmetic with per-channel constants next to something it can be folded into becomes a batch_norm.
bool arithmetic_to_norm(Graph& graph) {
  bool changed = false;
  const Neighbours near(graph);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    int x_input = 0;
    Affine affine;
    if (!per_channel_affine(graph, graph.nodes[i], &x_input, &affine)) continue;
    const ValueId x = graph.nodes[i].inputs[static_cast<size_t>(x_input)];
    const bool after = takes_norm(graph, near.producer_of(x)) && near.only_consumer_of(x) >= 0;
    if (!after && !takes_norm(graph, near.only_consumer_of(graph.nodes[i].output))) continue;
    const int64_t channels = static_cast<int64_t>(affine.scale.size());
    const std::string name = graph.value(graph.nodes[i].output).name;
    const ValueId scale = graph.add_constant(name + ".scale", {channels}, rounded(affine.scale));
    const ValueId shift = graph.add_constant(name + ".shift", {channels}, rounded(affine.shift));
    Node& node = graph.nodes[i];
    node.op = Op::batch_norm;
    node.inputs = {x, scale, shift};
    changed = true;
  }
  return changed;
}

// Folds the norm at index i into its producer. The producer takes over the norm's output value.
bool fold_into_producer(Graph& graph, const Neighbours& near, size_t i) {
  const ValueId x = graph.nodes[i].inputs[0];
  const int before = near.producer_of(x);
  if (before < 0 || near.only_consumer_of(x) < 0) return false;
  Node& producer = graph.nodes[static_cast<size_t>(before)];
  const Affine norm = affine_of(graph, graph.nodes[i]);
  if (has_weights(producer)) {
    // A fully_connected on a higher rank has its outputs on the last axis, not on axis 1.
    if (producer.op == Op::fully_connected && graph.value(x).shape.rank != 2) return false;
    fold_after(graph, producer, norm);
  } else if (producer.op == Op::batch_norm) {
    Affine both = affine_of(graph, producer);
    for (size_t c = 0; c < both.scale.size(); ++c) {
      both.shift[c] = both.shift[c] * norm.scale[c] + norm.shift[c];
      both.scale[c] *= norm.scale[c];
    }
    const int64_t channels = static_cast<int64_t>(both.scale.size());
    const std::string name = graph.value(graph.nodes[i].output).name;
    const ValueId scale = graph.add_constant(name + ".scale", {channels}, rounded(both.scale));
    const ValueId shift = graph.add_constant(name + ".shift", {channels}, rounded(both.shift));
    graph.nodes[static_cast<size_t>(before)].inputs = {graph.nodes[static_cast<size_t>(before)].inputs[0], scale,
                                                       shift};
  } else {
    return false;
  }
  graph.nodes[static_cast<size_t>(before)].output = graph.nodes[i].output;
  return true;
}

// Folds the norm at index i into the one layer that reads it, directly or through a flatten.
bool fold_into_consumer(Graph& graph, const Neighbours& near, size_t i) {
  const ValueId x = graph.nodes[i].inputs[0], y = graph.nodes[i].output;
  const int next = near.only_consumer_of(y);
  if (next < 0) return false;
  const Affine norm = affine_of(graph, graph.nodes[i]);
  const Shape shape = graph.value(y).shape;
  const int64_t channels = shape[1], pixels = shape.rank == 4 ? shape[2] * shape[3] : 1;
  Node& reader = graph.nodes[static_cast<size_t>(next)];
  if (reader.op == Op::conv && unpadded(reader.window)) {
    fold_before(graph, reader, norm, int64_t{reader.window.kernel_h} * reader.window.kernel_w);
  } else if (reader.op == Op::fully_connected && shape.rank == 2) {
    fold_before(graph, reader, norm, 1);
  } else if (reader.op == Op::reshape && shape.rank == 4 && shape[0] == 1) {
    const int fc = near.only_consumer_of(reader.output);
    if (fc < 0 || graph.nodes[static_cast<size_t>(fc)].op != Op::fully_connected) return false;
    if (graph.value(reader.output).shape != Shape{1, channels * pixels}) return false;
    fold_before(graph, graph.nodes[static_cast<size_t>(fc)], norm, pixels);
  } else {
    return false;
  }
  replace_reads(graph, y, x);
  return true;
}

// Products that overflowed float would be a silent change of the network.
Status check_finite(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (!value.is_constant()) continue;
    const int64_t elements = value.shape.elements();  // counted once: a tenth of a conversion otherwise
    for (int64_t i = 0; i < elements; ++i) {
      if (!std::isfinite(value.constant.data[i]))
        return {Code::unsupported, "constant '" + value.name + "' is not finite (after folding BatchNorm)"};
    }
  }
  return {};
}

}  // namespace

Status fold_batch_norm(Graph& graph) {
  for (;;) {
    MIEN_RETURN_IF_ERROR(infer_shapes(graph));
    bool changed = arithmetic_to_norm(graph);
    const Neighbours near(graph);
    std::vector<bool> erase(graph.nodes.size(), false);
    std::vector<bool> touched(graph.nodes.size(), false);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].op != Op::batch_norm) continue;
      // The neighbourhood is of before this sweep: one fold per neighbour, the rest in the next sweep.
      const int before = near.producer_of(graph.nodes[i].inputs[0]);
      const int next = near.only_consumer_of(graph.nodes[i].output);
      if (before >= 0 && touched[static_cast<size_t>(before)]) continue;
      if (next >= 0 && touched[static_cast<size_t>(next)]) continue;
      if (!fold_into_producer(graph, near, i) && !fold_into_consumer(graph, near, i)) continue;
      erase[i] = touched[i] = changed = true;
      if (before >= 0) touched[static_cast<size_t>(before)] = true;
      if (next >= 0) touched[static_cast<size_t>(next)] = true;
    }
    erase_nodes(graph, erase);
    if (!changed) return check_finite(graph);
  }
}

}  // namespace mien
