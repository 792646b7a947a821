#include "converters/onnx/layout_rules.h"

#include <algorithm>

namespace mien::onnx {
namespace {

int64_t product(const Dims& dims, size_t begin, size_t end) {
  int64_t n = 1;
  for (size_t i = begin; i < end; ++i) n *= dims[i];
  return n;
}

bool fail(NodeView& node, const std::string& what) {
  node.corrupt(what);
  return false;
}

// Start, end and step of one axis by the rules of Slice: negatives count from the end, then everything is clamped.
void slice_axis(int64_t dim, int64_t start, int64_t end, int64_t step, int64_t* first, int64_t* count) {
  if (start < 0) start = std::max<int64_t>(start, -dim - 1) + dim;
  if (end < 0) end = std::max<int64_t>(end, -dim - 1) + dim;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, dim);
    end = std::clamp<int64_t>(end, 0, dim);
    *count = end > start ? (end - start - 1) / step + 1 : 0;
  } else {
    start = std::clamp<int64_t>(start, -1, dim - 1);
    end = std::clamp<int64_t>(end, -1, dim - 1);
    *count = start > end ? (start - end - 1) / -step + 1 : 0;
  }
  *first = *count > 0 ? start : 0;
}

}  // namespace

bool resolve_axis(NodeView& node, int64_t axis, int rank, int* out) {
  if (axis < -rank || axis >= rank)
    return fail(node, "axis " + std::to_string(axis) + " of rank " + std::to_string(rank));
  *out = static_cast<int>(axis < 0 ? axis + rank : axis);
  return true;
}

bool resolve_axes(NodeView& node, const std::vector<int64_t>& axes, int rank, std::vector<int>* out) {
  out->clear();
  for (int64_t axis : axes) {
    int resolved = 0;
    if (!resolve_axis(node, axis, rank, &resolved)) return false;
    out->push_back(resolved);
  }
  std::sort(out->begin(), out->end());
  if (std::adjacent_find(out->begin(), out->end()) != out->end()) return fail(node, "an axis is listed twice");
  return true;
}

bool reshape_dims(NodeView& node, const Dims& in, Dims* out) {
  std::vector<int64_t> target;
  if (node.opset() < 5) {
    target = node.integers("shape");
  } else {
    const Tensor* shape = node.required_constant(1, "shape");
    if (!shape) return false;
    if (shape->type != kInt64 || shape->rank() > 1) return fail(node, "the target shape is not a list of int64");
    target = shape->ints;
  }
  if (target.size() > kMaxTensorRank) return fail(node, "rank above 8");
  const bool keep_zero = node.integer("allowzero", 0) != 0;
  const int64_t elements = product(in, 0, in.size());
  int64_t known = 1;
  int open = -1;
  for (size_t i = 0; i < target.size(); ++i) {
    int64_t& d = target[i];
    if (d == 0 && !keep_zero) {
      if (i >= in.size()) return fail(node, "copies a dimension that the input does not have");
      d = in[i];
    }
    if (d == -1) {
      if (open >= 0) return fail(node, "two dimensions are left open");
      open = static_cast<int>(i);
      continue;
    }
    if (d < 0 || (d > 0 && known > kMaxTensorElements / d)) return fail(node, "dimension " + std::to_string(d));
    known *= d;
  }
  if (open >= 0) {
    if (known == 0 || elements % known != 0)
      return fail(node, "cannot make " + dims_text(target) + " of " + dims_text(in));
    target[static_cast<size_t>(open)] = elements / known;
  } else if (known != elements) {
    return fail(node, "cannot make " + dims_text(target) + " of " + dims_text(in));
  }
  *out = target;
  return node.ok();
}

bool flatten_dims(NodeView& node, const Dims& in, Dims* out) {
  const int64_t axis = node.integer("axis", 1), rank = static_cast<int64_t>(in.size());
  if (axis > rank || axis < (node.opset() >= 11 ? -rank : 0)) return fail(node, "axis " + std::to_string(axis));
  const size_t cut = static_cast<size_t>(axis < 0 ? axis + rank : axis);
  *out = {product(in, 0, cut), product(in, cut, in.size())};
  return node.ok();
}

bool squeeze_dims(NodeView& node, const Dims& in, Dims* out) {
  const auto listed = node.list("axes", 1, 13);
  std::vector<int> axes;
  if (!node.ok() || !resolve_axes(node, listed.value_or(Dims{}), static_cast<int>(in.size()), &axes)) return false;
  out->clear();
  for (size_t i = 0; i < in.size(); ++i) {
    const bool named = std::find(axes.begin(), axes.end(), static_cast<int>(i)) != axes.end();
    if (named && in[i] != 1) return fail(node, "squeezes axis " + std::to_string(i) + " of " + dims_text(in));
    if (!(named || (!listed && in[i] == 1))) out->push_back(in[i]);
  }
  return true;
}

bool unsqueeze_dims(NodeView& node, const Dims& in, Dims* out) {
  const auto listed = node.list("axes", 1, 13);
  if (!node.ok()) return false;
  if (!listed) return fail(node, "has no axes");
  std::vector<int> axes;
  const size_t rank = in.size() + listed->size();
  if (rank > kMaxTensorRank) return fail(node, "rank above 8");
  if (!resolve_axes(node, *listed, static_cast<int>(rank), &axes)) return false;
  out->clear();
  for (size_t i = 0, from = 0; i < rank; ++i) {
    const bool added = std::find(axes.begin(), axes.end(), static_cast<int>(i)) != axes.end();
    out->push_back(added ? 1 : in[from++]);
  }
  return true;
}

bool transpose_order(NodeView& node, int rank, std::vector<int64_t>* order) {
  *order = node.integers("perm");
  if (order->empty()) {
    for (int i = rank; i-- > 0;) order->push_back(i);
  }
  std::vector<int64_t> sorted = *order;
  std::sort(sorted.begin(), sorted.end());
  if (static_cast<int>(sorted.size()) != rank) return fail(node, "perm does not fit rank " + std::to_string(rank));
  for (int i = 0; i < rank; ++i) {
    if (sorted[static_cast<size_t>(i)] != i) return fail(node, "perm is not a permutation");
  }
  return node.ok();
}

bool slice_range(NodeView& node, const Dims& in, SliceRange* out) {
  const auto starts = node.list("starts", 1, 10), ends = node.list("ends", 2, 10), axes = node.list("axes", 3, 10);
  std::vector<int64_t> steps;
  if (node.opset() >= 10) steps = node.list("steps", 4, 10).value_or(steps);
  if (!node.ok()) return false;
  if (!starts || !ends || starts->size() != ends->size()) return fail(node, "starts and ends do not fit");
  std::vector<int64_t> along = axes.value_or(Dims{});
  if (!axes) {
    for (size_t i = 0; i < starts->size(); ++i) along.push_back(static_cast<int64_t>(i));
  }
  if (steps.empty()) steps.assign(starts->size(), 1);
  if (along.size() != starts->size() || steps.size() != starts->size()) return fail(node, "axes or steps do not fit");
  out->start.assign(in.size(), 0);
  out->count = in;
  out->step.assign(in.size(), 1);
  std::vector<bool> seen(in.size(), false);
  for (size_t i = 0; i < along.size(); ++i) {
    int axis = 0;
    if (!resolve_axis(node, along[i], static_cast<int>(in.size()), &axis)) return false;
    const size_t a = static_cast<size_t>(axis);
    if (seen[a]) return fail(node, "an axis is listed twice");
    seen[a] = true;
    if (steps[i] == 0) return fail(node, "step 0");
    const int64_t limit = int64_t{1} << 40;  // far beyond any dimension, so that negation cannot overflow
    out->step[a] = std::clamp(steps[i], -limit, limit);
    slice_axis(in[a], (*starts)[i], (*ends)[i], out->step[a], &out->start[a], &out->count[a]);
  }
  return true;
}

bool split_sizes(NodeView& node, const Dims& in, int* axis, std::vector<int64_t>* sizes) {
  if (!resolve_axis(node, node.integer("axis", 0), static_cast<int>(in.size()), axis)) return false;
  const int64_t dim = in[static_cast<size_t>(*axis)], parts = node.outputs();
  const auto listed = node.list("split", 1, 13);
  if (!node.ok()) return false;
  if (node.has("num_outputs") && node.integer("num_outputs", 0) != parts)
    return fail(node, "num_outputs is not the number of outputs");
  if (listed) {
    *sizes = *listed;
  } else {
    if (parts < 1) return fail(node, "has no output");
    // From opset 18 the last part may be smaller; before that they are equal.
    if (node.opset() < 18 && dim % parts != 0) return fail(node, "does not divide into equal parts");
    const int64_t part = (dim + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) sizes->push_back(std::max<int64_t>(0, std::min(part, dim - i * part)));
  }
  int64_t total = 0;
  for (int64_t s : *sizes) {
    if (s < 0 || s > dim) return fail(node, "part of " + std::to_string(s) + " elements");
    total += s;
  }
  if (total != dim || static_cast<int64_t>(sizes->size()) != parts)
    return fail(node, "the parts do not add up to " + std::to_string(dim));
  return true;
}

bool broadcast_dims(NodeView& node, const Dims& a, const Dims& b, Dims* out) {
  const size_t rank = std::max(a.size(), b.size());
  out->assign(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t da = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const int64_t db = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (da != db && da != 1 && db != 1) return fail(node, dims_text(a) + " and " + dims_text(b) + " do not broadcast");
    (*out)[i] = da == 1 ? db : da;
  }
  return true;
}

bool legacy_broadcast(NodeView& node, const Dims& a, const Dims& b, Dims* out) {
  *out = b;
  if (node.integer("broadcast", 0) == 0) {
    // MXNet and caffe2 wrote single numbers without the attribute.
    if (a != b && product(b, 0, b.size()) != 1)
      return fail(node, dims_text(a) + " and " + dims_text(b) + " without broadcast");
    if (a != b) *out = {};
    return node.ok();
  }
  if (product(b, 0, b.size()) == 1) {
    *out = {};
    return node.ok();
  }
  const int64_t room = static_cast<int64_t>(a.size()) - static_cast<int64_t>(b.size());
  int64_t axis = node.integer("axis", room);
  if (axis < 0) axis += static_cast<int64_t>(a.size());
  if (room < 0 || axis < 0 || axis > room) return fail(node, dims_text(b) + " does not fit into " + dims_text(a));
  for (size_t i = 0; i < b.size(); ++i) {
    if (b[i] != a[static_cast<size_t>(axis) + i] && b[i] != 1)
      return fail(node, dims_text(b) + " does not fit into " + dims_text(a));
  }
  out->resize(a.size() - static_cast<size_t>(axis), 1);
  return node.ok();
}

}  // namespace mien::onnx
