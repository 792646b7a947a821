// Operators that only move data, and those that disappear.
#include <algorithm>

#include "converters/onnx/operators.h"
#include "converters/text.h"

namespace mien::onnx {
namespace {

Node slice_node(ValueId x, const SliceRange& range) {
  Node node;
  node.op = Op::slice;
  node.inputs = {x};
  node.ints = range.start;
  for (size_t i = 0; i < range.start.size(); ++i)
    node.ints.push_back(range.start[i] + (range.count[i] - 1) * range.step[i] + 1);
  node.ints.insert(node.ints.end(), range.step.begin(), range.step.end());
  return node;
}

SliceRange whole(const Dims& dims) {
  return {Dims(dims.size(), 0), dims, Dims(dims.size(), 1)};
}

bool usable(NodeView& n, const SliceRange& range) {
  for (size_t i = 0; i < range.count.size(); ++i) {
    if (range.count[i] < 1) n.refuse("an empty slice");
    if (range.step[i] < 1 && range.count[i] > 1) n.refuse("a slice that walks backwards");
  }
  return n.ok();
}

Node transpose_node(ValueId x, std::vector<int64_t> order) {
  Node node;
  node.op = Op::transpose;
  node.inputs = {x};
  node.ints = std::move(order);
  return node;
}

}  // namespace

void import_identity(Importer& g, NodeView& n) {
  if (n.op() == "Dropout" && n.opset() >= 12 && n.number(2, "training_mode", 0) != 0) return n.refuse("training mode");
  if (n.op() == "Dropout" && n.opset() < 7 && n.integer("is_test", 0) == 0)
    g.warn("Dropout nodes in training mode read as inference");
  g.pass_through(n);
}

void import_reshape(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  Dims out;
  const std::string& op = n.op();
  const bool fine = op == "Reshape"   ? reshape_dims(n, in, &out)
                    : op == "Flatten" ? flatten_dims(n, in, &out)
                    : op == "Squeeze" ? squeeze_dims(n, in, &out)
                                      : unsqueeze_dims(n, in, &out);
  if (!fine) return;
  if (out.size() > kMaxRank) return n.refuse("rank above 6");
  g.finish(n, make_reshape(x, out));
}

void import_transpose(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  std::vector<int64_t> order;
  if (n.ok() && transpose_order(n, g.shape(x).rank, &order)) g.finish(n, transpose_node(x, std::move(order)));
}

void import_concat(Importer& g, NodeView& n) {
  Node node;
  node.op = Op::concat;
  for (int i = 0; i < n.inputs(); ++i) node.inputs.push_back(g.value(n, i));
  if (!n.ok()) return;
  if (node.inputs.empty()) return n.corrupt("has no input");
  if (n.opset() >= 4 && !n.has("axis")) return n.corrupt("has no axis");
  int axis = 0;
  if (!resolve_axis(n, n.integer("axis", 1), g.shape(node.inputs[0]).rank, &axis)) return;
  node.axis = axis;
  g.finish(n, std::move(node));
}

void import_split(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  int axis = 0;
  std::vector<int64_t> sizes;
  if (!split_sizes(n, g.dims(x), &axis, &sizes)) return;
  SliceRange range = whole(g.dims(x));
  for (int i = 0; i < n.outputs(); ++i) {
    const size_t a = static_cast<size_t>(axis);
    range.count[a] = sizes[static_cast<size_t>(i)];
    if (!n.output(i).empty()) {
      if (!usable(n, range)) return;
      g.bind(n, i, g.emit(n, slice_node(x, range), n.output(i)));
    }
    range.start[a] += range.count[a];
  }
}

void import_slice(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  SliceRange range;
  if (n.ok() && slice_range(n, g.dims(x), &range) && usable(n, range)) g.finish(n, slice_node(x, range));
}

// Constant indices: one index drops the axis; a list must be evenly spaced, else each element is sliced by itself.
void import_gather(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* index = n.required_constant(1, "indices");
  if (!index || !n.ok()) return;
  const Dims in = g.dims(x);
  int axis = 0;
  if (!resolve_axis(n, n.integer("axis", 0), static_cast<int>(in.size()), &axis)) return;
  const size_t a = static_cast<size_t>(axis);
  if (index->floating() || index->rank() > 1 || index->count() < 1)
    return n.refuse("indices " + dims_text(index->dims));
  std::vector<int64_t> rows = index->ints;
  for (int64_t& row : rows) {
    if (row < 0) row += in[a];
    if (row < 0 || row >= in[a]) return n.corrupt("an index is outside of " + dims_text(in));
  }
  SliceRange range = whole(in);
  const int64_t step = rows.size() > 1 ? rows[1] - rows[0] : 1;
  bool even = step >= 1;
  for (size_t i = 1; i < rows.size(); ++i) even = even && rows[i] - rows[i - 1] == step;
  if (even) {
    range.start[a] = rows[0], range.count[a] = static_cast<int64_t>(rows.size()), range.step[a] = step;
    if (index->rank() == 1) return g.finish(n, slice_node(x, range));
    Dims dropped = in;
    dropped.erase(dropped.begin() + axis);
    return g.finish(n, make_reshape(g.step(n, slice_node(x, range), "row"), dropped));
  }
  if (rows.size() > 256) return n.refuse("more than 256 scattered indices");
  Node all;
  all.op = Op::concat;
  all.axis = axis;
  range.count[a] = 1;
  for (size_t i = 0; i < rows.size(); ++i) {
    range.start[a] = rows[i];
    all.inputs.push_back(g.step(n, slice_node(x, range), "row" + std::to_string(i)));
  }
  g.finish(n, std::move(all));
}

namespace {

// Begins then ends for every axis of the input.
bool pad_amounts(NodeView& n, size_t rank, std::vector<int64_t>* out) {
  const auto listed = n.list(n.opset() < 2 ? "paddings" : "pads", 1, 11);
  const auto axes = n.opset() >= 18 ? n.list("axes", 3, 18) : std::nullopt;
  if (!n.ok()) return false;
  std::vector<int64_t> along = axes.value_or(Dims{});
  for (size_t i = 0; !axes && i < rank; ++i) along.push_back(static_cast<int64_t>(i));
  if (!listed || listed->size() != 2 * along.size()) {
    n.corrupt("pads do not fit rank " + std::to_string(rank));
    return false;
  }
  out->assign(2 * rank, 0);
  for (size_t i = 0; i < along.size(); ++i) {
    int axis = 0;
    if (!resolve_axis(n, along[i], static_cast<int>(rank), &axis)) return false;
    (*out)[static_cast<size_t>(axis)] = (*listed)[i];
    (*out)[rank + static_cast<size_t>(axis)] = (*listed)[along.size() + i];
  }
  return true;
}

}  // namespace

void import_pad(Importer& g, NodeView& n) {
  Node pad;
  pad.op = Op::pad;
  pad.inputs = {g.value(n, 0)};
  if (!n.ok() || !pad_amounts(n, g.dims(pad.inputs[0]).size(), &pad.ints)) return;
  if (std::all_of(pad.ints.begin(), pad.ints.end(), [](int64_t p) { return p == 0; })) return g.pass_through(n);
  if (std::any_of(pad.ints.begin(), pad.ints.end(), [](int64_t p) { return p < 0; }))
    return n.refuse("negative padding");
  const std::string mode = n.text("mode", "constant");
  if (mode != "constant") return n.refuse("mode " + printable(mode));
  pad.a = n.opset() < 11 ? n.real("value", 0) : static_cast<float>(n.number(2, "the padding value", 0));
  g.finish(n, std::move(pad));
}

void import_cast(Importer& g, NodeView& n) {
  const std::string name = n.opset() < 6 ? n.text("to", "") : "";
  const int64_t to = n.opset() < 6 ? 0 : n.integer("to", 0);
  const bool floating = n.opset() < 6 ? name == "FLOAT" || name == "FLOAT16" || name == "DOUBLE"
                                      : to > 0 && to < 100 && is_floating(static_cast<int32_t>(to));
  if (!floating)
    return n.refuse("casts a run-time value to type " + (n.opset() < 6 ? printable(name) : std::to_string(to)));
  if (name == "FLOAT16" || to == kFloat16 || to == kBfloat16) g.warn("half-precision casts are computed in float32");
  g.pass_through(n);
}

void import_expand(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  const Tensor* shape = n.required_constant(1, "the shape");
  if (!shape || !n.ok()) return;
  Dims out;
  if (shape->type != kInt64 || shape->rank() != 1) return n.corrupt("the shape is not a list of int64");
  if (!broadcast_dims(n, g.dims(x), shape->ints, &out)) return;
  if (out != g.dims(x)) return n.refuse("expands " + dims_text(g.dims(x)) + " to " + dims_text(out));
  g.pass_through(n);
}

// [N, C, H, W] <-> blocks of b x b: reshape to rank 6, transpose, reshape.
void import_depth_space(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims d = g.dims(x);
  const int64_t b = n.integer("blocksize", 0);
  if (d.size() != 4 || b < 1 || b > 4096) return n.corrupt("blocksize " + std::to_string(b) + " of " + dims_text(d));
  const bool out_of_depth = n.op() == "DepthToSpace";
  if (out_of_depth ? d[1] % (b * b) != 0 : d[2] % b != 0 || d[3] % b != 0)
    return n.corrupt("blocksize does not divide " + dims_text(d));
  Dims split, merged;
  std::vector<int64_t> order;
  if (out_of_depth) {
    const bool column_first = n.text("mode", "DCR") == "CRD";
    const int64_t c = d[1] / (b * b);
    split = column_first ? Dims{d[0], c, b, b, d[2], d[3]} : Dims{d[0], b, b, c, d[2], d[3]};
    order = column_first ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2};
    merged = {d[0], c, d[2] * b, d[3] * b};
  } else {
    split = {d[0], d[1], d[2] / b, b, d[3] / b, b};
    order = {0, 3, 5, 1, 2, 4};
    merged = {d[0], d[1] * b * b, d[2] / b, d[3] / b};
  }
  const ValueId blocks = g.step(n, make_reshape(x, split), "blocks");
  g.finish(n, make_reshape(g.step(n, transpose_node(blocks, order), "moved"), merged));
}

void import_shape(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims dims = g.dims(x);
  if (n.op() == "Size") {
    Tensor size = make_tensor(kInt64, {});
    size.ints[0] = g.shape(x).elements();
    return g.add_constant(n.output(0), std::move(size));
  }
  const int64_t rank = static_cast<int64_t>(dims.size());
  auto bound = [&](const char* name, int64_t fallback) {
    int64_t v = n.opset() >= 15 ? n.integer(name, fallback) : fallback;
    if (v < 0) v += rank;
    return std::clamp<int64_t>(v, 0, rank);
  };
  const int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
  if (n.ok()) g.add_constant(n.output(0), int_vector(Dims(dims.begin() + start, dims.begin() + end)));
}

}  // namespace mien::onnx
