// Layers that only move data, and those that disappear.
#include <algorithm>
#include <functional>

#include "converters/caffe/operators.h"

namespace mien::caffe {
namespace {

Node slice(ValueId x, Dims begin, const Dims& end) {
  Node node = make_node(Op::slice, {x});
  node.ints = std::move(begin);
  node.ints.insert(node.ints.end(), end.begin(), end.end());
  node.ints.insert(node.ints.end(), end.size(), 1);
  return node;
}

// The axis of Concat and Slice, which old files call another name.
int axis_of(LayerView& n, const char* old_name, int rank) {
  if (n.has("axis") && n.has(old_name)) n.corrupt(std::string("axis stands beside ") + old_name);
  return n.has(old_name) ? n.axis(old_name, 1, rank) : n.axis("axis", 1, rank);
}

}  // namespace

void import_copy(Importer& g, LayerView& n) {
  if (n.bottoms() != 1) return n.corrupt(std::to_string(n.bottoms()) + " bottoms");
  const ValueId x = g.value(n, 0);
  for (int i = 0; i < n.tops(); ++i) g.bind(n, i, x);
}

void import_concat(Importer& g, LayerView& n) {
  Node node = make_node(Op::concat, {});
  const ValueId first = g.only_value(n, n.bottoms());
  for (int i = 0; i < n.bottoms(); ++i) node.inputs.push_back(g.value(n, i));
  if (n.ok()) node.axis = axis_of(n, "concat_dim", g.shape(first).rank);
  g.finish(n, std::move(node));
}

void import_slice(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (n.bottoms() != 1) return n.corrupt(std::to_string(n.bottoms()) + " bottoms");
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const size_t axis = static_cast<size_t>(axis_of(n, "slice_dim", g.shape(x).rank));
  Dims points = n.integers("slice_point");
  const int64_t parts = n.tops();
  if (points.empty() && parts > 0 && in[axis] % parts == 0)
    for (int64_t i = 1; i < parts; ++i) points.push_back(i * (in[axis] / parts));
  points.insert(points.begin(), 0), points.push_back(in[axis]);
  const bool grows = std::adjacent_find(points.begin(), points.end(), std::greater_equal<>()) == points.end();
  if (n.ok() && (static_cast<int64_t>(points.size()) != parts + 1 || !grows))
    return n.corrupt("cannot cut " + dims_text(in) + " into " + std::to_string(parts) + " at its slice_point");
  for (int i = 0; i < n.tops() && n.ok(); ++i) {
    Dims begin(in.size(), 0), end = in;
    begin[axis] = points[static_cast<size_t>(i)], end[axis] = points[static_cast<size_t>(i) + 1];
    g.bind(n, i, g.emit(n, slice(x, begin, end), n.name() + "/" + std::to_string(i)));
  }
}

void import_flatten(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const int rank = g.shape(x).rank, first = n.axis("axis", 1, rank), last = n.axis("end_axis", -1, rank);
  if (n.ok() && last < first) n.corrupt("end_axis is before axis");
  if (!n.ok()) return;
  Dims out(in.begin(), in.begin() + first);
  out.push_back(1);
  for (int i = first; i <= last; ++i) out.back() *= in[static_cast<size_t>(i)];
  out.insert(out.end(), in.begin() + last + 1, in.end());
  g.finish(n, make_reshape(x, out));
}

// `shape` stands for the num_axes axes from `axis` on; 0 copies the axis there, -1 is inferred.
void import_reshape(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const int64_t rank = static_cast<int64_t>(in.size());
  int64_t axis = n.integer("axis", 0), count = n.integer("num_axes", -1);
  const Dims codes = n.shape("shape");
  if (axis < 0) axis += rank + 1;
  if (n.ok() && (axis < 0 || axis > rank || count < -1 || count > rank - axis)) n.corrupt("axis or num_axes");
  if (!n.ok()) return;
  if (count < 0) count = rank - axis;
  Dims out(in.begin(), in.begin() + axis);
  int64_t known = 1, unknown = -1;
  for (size_t i = 0; i < codes.size(); ++i) {
    const int64_t at = axis + static_cast<int64_t>(i);
    const bool copied = codes[i] == 0 && at < axis + count, inferred = codes[i] == -1 && unknown < 0;
    if (codes[i] < 1 && !copied && !inferred) return n.corrupt("shape " + dims_text(codes) + " of " + dims_text(in));
    if (inferred) unknown = at;
    out.push_back(copied ? in[static_cast<size_t>(at)] : inferred ? 1 : codes[i]);
  }
  out.insert(out.end(), in.begin() + axis + count, in.end());
  if (out.size() > kMaxRank) return n.refuse("rank above 6");
  for (int64_t d : out) {
    if (d > (int64_t{1} << 40) / known) return n.corrupt("shape " + dims_text(codes) + " of " + dims_text(in));
    known *= d;
  }
  if (unknown >= 0) out[static_cast<size_t>(unknown)] = g.shape(x).elements() / known;
  g.finish(n, make_reshape(x, out));
}

// Axes that `order` does not name follow as they are.
void import_permute(Importer& g, LayerView& n) {
  Node node = make_node(Op::transpose, {g.only_value(n)});
  if (!n.ok()) return;
  node.ints = n.integers("order");
  for (int64_t i = 0; i < g.shape(node.inputs[0]).rank; ++i)
    if (std::find(node.ints.begin(), node.ints.end(), i) == node.ints.end()) node.ints.push_back(i);
  g.finish(n, std::move(node));
}

// Bottom 0, from `axis` on as large as bottom 1.
void import_crop(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n, 2), like = g.value(n, 1);
  if (!n.ok()) return;
  const Dims in = g.dims(x), to = g.dims(like), offsets = n.integers("offset");
  const size_t axis = static_cast<size_t>(n.axis("axis", 2, static_cast<int>(in.size())));
  const size_t cropped = in.size() - axis;
  if (n.ok() && (to.size() != in.size() || (offsets.size() > 1 && offsets.size() != cropped)))
    n.corrupt("crops " + dims_text(in) + " to " + dims_text(to));
  if (!n.ok()) return;
  Dims begin(in.size(), 0), end = in;
  for (size_t i = axis; i < in.size(); ++i) {
    begin[i] = offsets.empty() ? 0 : offsets[offsets.size() == 1 ? 0 : i - axis];
    if (begin[i] < 0 || begin[i] > in[i] || to[i] > in[i] - begin[i])
      return n.corrupt("crops " + dims_text(in) + " to " + dims_text(to) + " from " + std::to_string(begin[i]));
    end[i] = begin[i] + to[i];
  }
  g.finish(n, slice(x, begin, end));
}

// Channels in `group` rows are read down the columns.
void import_shuffle(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  const int64_t group = n.integer("group", 1);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() != 4 || group < 1 || in[1] % group != 0)
    return n.corrupt("group " + std::to_string(group) + " of " + dims_text(in));
  Node turned =
      make_node(Op::transpose, {g.step(n, make_reshape(x, {in[0], group, in[1] / group, in[2], in[3]}), "rows")});
  turned.ints = {0, 2, 1, 3, 4};
  g.finish(n, make_reshape(g.step(n, std::move(turned), "turned"), in));
}

}  // namespace mien::caffe
