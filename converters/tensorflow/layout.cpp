// Operators that only move data, and the arithmetic of shapes.
#include <algorithm>

#include "converters/onnx/operators.h"
#include "converters/tensorflow/operators.h"

namespace mien::tensorflow {
namespace {

using onnx::dims_text;
using onnx::Tensor;

// A constant input that holds integers; null after telling the node that it is none.
const Tensor* integers(TfNode& n, int i, const char* what) {
  const Tensor* t = n.required_constant(i, what);
  if (t && t->floating()) n.corrupt(std::string(what) + " is not a list of integers");
  return t && n.ok() ? t : nullptr;
}

// Squeeze and ExpandDims with the attributes of the shared rules.
void set_axes(TfNode& n) {
  if (n.op() == "Squeeze") {
    const Dims axes = n.numbers("squeeze_dims");
    if (!axes.empty()) n.set("axes", axes);
  } else if (n.op() == "ExpandDims") {
    const Tensor* axis = integers(n, 1, "the axis");
    if (!axis) return;
    if (axis->count() != 1) return n.corrupt("has " + std::to_string(axis->count()) + " axes");
    n.rename("Unsqueeze");
    n.set("axes", Dims{axis->ints[0]});
    n.drop_input(1);
  }
}

// The axis input of a concatenation, taken off the inputs.
bool take_axis(TfNode& n, int64_t* axis) {
  const int at = n.op() == "Concat" ? 0 : n.inputs() - 1;
  if (n.inputs() < 2) return n.corrupt("has no inputs"), false;
  const Tensor* t = integers(n, at, "the axis");
  if (!t) return false;
  if (t->count() != 1) return n.corrupt("has " + std::to_string(t->count()) + " axes"), false;
  *axis = t->ints[0];
  n.drop_input(at);
  return true;
}

void fold_pack(onnx::Fold& f) {
  for (size_t i = 0; i < f.in.size(); ++i) {
    if (!f.in[i] || f.in[i]->count() != 1 || f.in[i]->floating()) return f.node.refuse("of anything but integers");
  }
  Tensor* out = f.make(onnx::kInt64, {static_cast<int64_t>(f.in.size())});
  if (!out) return;
  for (size_t i = 0; i < f.in.size(); ++i) out->ints[i] = f.in[i]->ints[0];
}

}  // namespace

void import_reshape(Network& g, TfNode& n) {
  set_axes(n);
  if (!n.ok()) return;
  if (g.all_constant(n)) return g.fold(n, onnx::fold_reshape);
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims from = g.file_dims(x);
  Dims to;
  const bool fine = n.op() == "Reshape"   ? onnx::reshape_dims(n, from, &to)
                    : n.op() == "Squeeze" ? onnx::squeeze_dims(n, from, &to)
                                          : onnx::unsqueeze_dims(n, from, &to);
  if (!fine) return;
  const ValueId result = g.reshape(n, x, to);
  if (n.ok()) g.add_value(n.output(0), result);
}

void import_concat(Network& g, TfNode& n) {
  int64_t listed = 0;
  int axis = 0;
  if (!take_axis(n, &listed)) return;
  n.rename("Concat");
  if (g.all_constant(n)) {
    n.set("axis", listed);
    return g.fold(n, onnx::fold_concat);
  }
  Node node;
  node.op = Op::concat;
  int rank = 0;
  for (int i = 0; i < n.inputs(); ++i) {
    if (!g.is_constant(n.input(i))) node.inputs = {g.value(n, i)};
    if (!n.ok()) return;
  }
  rank = g.shape(node.inputs[0]).rank;
  node.inputs.clear();
  for (int i = 0; i < n.inputs(); ++i) node.inputs.push_back(g.operand(n, i, rank));
  if (!n.ok() || !onnx::resolve_axis(n, listed, rank, &axis)) return;
  node.axis = to_graph_axis(axis, rank);
  g.finish(n, std::move(node));
}

void import_transpose(Network& g, TfNode& n) {
  const Tensor* order = integers(n, 1, "the permutation");
  if (!order) return;
  n.set("perm", order->ints);
  const bool folded = g.all_constant(n);
  n.drop_input(1);
  if (folded) return g.fold(n, onnx::fold_transpose);
  const ValueId x = g.value(n, 0);
  Dims listed;
  if (!n.ok() || !onnx::transpose_order(n, g.shape(x).rank, &listed)) return;
  const int rank = g.shape(x).rank;
  Node node = make_node(Op::transpose, {x});
  node.ints.resize(listed.size());
  for (int axis = 0; axis < rank; ++axis) {
    node.ints[static_cast<size_t>(to_graph_axis(axis, rank))] =
        to_graph_axis(static_cast<int>(listed[static_cast<size_t>(axis)]), rank);
  }
  g.finish(n, std::move(node));
}

void import_pad(Network& g, TfNode& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* amounts = integers(n, 1, "the amounts");
  if (!amounts || !n.ok()) return;
  const int rank = g.shape(x).rank;
  if (amounts->dims != Dims{rank, 2}) return n.corrupt("amounts are " + dims_text(amounts->dims));
  Node pad = make_node(Op::pad, {x});
  pad.ints.resize(static_cast<size_t>(2 * rank));
  for (int axis = 0; axis < rank; ++axis) {
    const size_t to = static_cast<size_t>(to_graph_axis(axis, rank)), from = static_cast<size_t>(2 * axis);
    pad.ints[to] = amounts->ints[from];
    pad.ints[to + static_cast<size_t>(rank)] = amounts->ints[from + 1];
  }
  if (std::any_of(pad.ints.begin(), pad.ints.end(), [](int64_t p) { return p < 0; }))
    return n.corrupt("pads by a negative amount");
  if (n.op() == "PadV2") pad.a = static_cast<float>(n.number(2, "the padding value", 0));
  g.finish(n, std::move(pad));
}

void import_shape(Network& g, TfNode& n) {
  const onnx::Tensor* constant = n.constant(0);
  const ValueId x = constant ? kNoValue : g.value(n, 0);
  if (n.ok()) g.add_constant(n.output(0), onnx::int_vector(constant ? constant->dims : g.file_dims(x)));
}

void import_pack(Network& g, TfNode& n) {
  if (n.whole_number("axis", 0) != 0) return n.refuse("along an axis other than the first");
  if (!g.all_constant(n)) return n.refuse("of values that are computed");
  g.fold(n, fold_pack);
}

// x[begin:end:step] or x[i] of a list, as it appears in the arithmetic of shapes.
void import_strided_slice(Network& g, TfNode& n) {
  if (!g.all_constant(n) || n.inputs() != 4) return n.refuse("of a value that is computed");
  const Tensor* x = n.constant(0);
  const Tensor *begin = integers(n, 1, "begin"), *end = integers(n, 2, "end"), *step = integers(n, 3, "strides");
  if (!x || !begin || !end || !step) return;
  const bool more = n.whole_number("ellipsis_mask", 0) != 0 || n.whole_number("new_axis_mask", 0) != 0;
  if (x->rank() != 1 || x->floating() || begin->count() != 1 || end->count() != 1 || step->count() != 1 || more)
    return n.refuse("of anything but one part of a list of integers");
  const int64_t size = x->count(), stride = step->ints[0];
  if (stride < 1) return n.refuse("a step of " + std::to_string(stride));
  const auto bound = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size); };
  if (n.whole_number("shrink_axis_mask", 0) & 1) {
    const int64_t at = begin->ints[0] < 0 ? begin->ints[0] + size : begin->ints[0];
    if (at < 0 || at >= size) return n.corrupt("index " + std::to_string(begin->ints[0]) + " of " + dims_text(x->dims));
    Tensor one = onnx::make_tensor(x->type, {});
    one.ints[0] = x->ints[static_cast<size_t>(at)];
    return g.add_constant(n.output(0), std::move(one));
  }
  const int64_t from = n.whole_number("begin_mask", 0) & 1 ? 0 : bound(begin->ints[0]);
  const int64_t to = n.whole_number("end_mask", 0) & 1 ? size : bound(end->ints[0]);
  std::vector<int64_t> part;
  for (int64_t i = from; i < to; i += std::min(stride, size)) part.push_back(x->ints[static_cast<size_t>(i)]);
  if (n.ok()) g.add_constant(n.output(0), onnx::int_vector(std::move(part)));
}

void import_fill(Network& g, TfNode& n) {
  if (!g.all_constant(n) || n.inputs() != 2) return n.refuse("of values that are computed");
  g.fold(n, [](onnx::Fold& f) {
    const Tensor *dims = f.input(0), *value = f.input(1);
    if (!dims || !value || dims->floating() || value->count() != 1) return f.node.corrupt("operands do not fit");
    Tensor* out = f.make(value->type, dims->ints);
    for (int64_t i = 0; out && i < out->count(); ++i) {
      if (value->floating())
        out->set_real(i, value->real(0));
      else
        out->ints[static_cast<size_t>(i)] = value->ints[0];
    }
  });
}

}  // namespace mien::tensorflow
