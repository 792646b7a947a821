// Operators that only move data, and those that disappear.
#include <algorithm>

#include "converters/mxnet/operators.h"

namespace mien::mxnet {
namespace {

Node slice(ValueId x, Dims begin, Dims end) {
  Node node = make_node(Op::slice, {x});
  node.ints = std::move(begin);
  node.ints.insert(node.ints.end(), end.begin(), end.end());
  node.ints.insert(node.ints.end(), end.size(), 1);
  return node;
}

int64_t product(const Dims& dims) {
  int64_t all = 1;
  for (int64_t d : dims) {
    if (d > 0 && all > (int64_t{1} << 40) / d) return -1;
    all *= d;
  }
  return all;
}

// Replaces the one -1 of `out` so that it has as many elements as `in`.
bool fill_unknown(NodeView& n, const Dims& in, Dims* out) {
  const auto unknown = std::find(out->begin(), out->end(), -1);
  if (unknown != out->end()) {
    *unknown = 1;
    const int64_t rest = product(*out), all = product(in);
    if (rest < 1 || all % rest != 0)
      n.corrupt("cannot make its shape of " + dims_text(in));
    else
      *unknown = all / rest;
  }
  if (n.ok() &&
      (std::any_of(out->begin(), out->end(), [](int64_t d) { return d < 1; }) || product(*out) != product(in)))
    n.corrupt("makes " + dims_text(*out) + " of " + dims_text(in));
  return n.ok();
}

// MXNet's codes: 0 copies a dimension, -1 is inferred, -2 copies all that are left, -3 merges two, -4 splits one into
// the two numbers that follow.
bool coded_shape(NodeView& n, const Dims& in, const Dims& codes, Dims* out) {
  size_t from = 0;
  const auto left = [&] { return in.size() - std::min(from, in.size()); };
  for (size_t i = 0; i < codes.size() && n.ok(); ++i) {
    const int64_t code = codes[i];
    if (code == -2) {
      while (left() > 0) out->push_back(in[from++]);
    } else if (code == -3 && left() >= 2) {
      out->push_back(in[from] * in[from + 1]);
      from += 2;
    } else if (code == -4 && left() >= 1 && i + 2 < codes.size()) {
      Dims parts{codes[i + 1], codes[i + 2]};
      if (!fill_unknown(n, {in[from]}, &parts)) return false;
      out->insert(out->end(), parts.begin(), parts.end());
      ++from, i += 2;
    } else if (code == 0 && left() >= 1) {
      out->push_back(in[from++]);
    } else if (code > 0 || (code == -1 && std::find(out->begin(), out->end(), -1) == out->end())) {
      out->push_back(code);
      ++from;
    } else {
      n.corrupt("shape " + dims_text(codes) + " for " + dims_text(in));
    }
  }
  return n.ok() && fill_unknown(n, in, out);
}

Dims flattened(const Dims& in) {
  return {in.empty() ? 1 : in[0], product(Dims(in.begin() + (in.empty() ? 0 : 1), in.end()))};
}

bool squeezed(NodeView& n, const Dims& in, Dims* out) {
  Dims axes = n.tuple("axis", {});
  for (int64_t& axis : axes) axis += axis < 0 ? static_cast<int64_t>(in.size()) : 0;
  for (size_t i = 0; i < in.size(); ++i) {
    const bool named = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (named && in[i] != 1) n.corrupt("axis " + std::to_string(i) + " of " + dims_text(in) + " is not 1");
    if (axes.empty() ? in[i] != 1 : !named) out->push_back(in[i]);
  }
  return n.ok();
}

}  // namespace

void import_copy(Importer& g, NodeView& n) {
  g.bind(n, 0, g.value(n, 0));
}

void import_cast(Importer& g, NodeView& n) {
  const std::string type = n.text("dtype", "float32");
  if (type != "float32" && type != "float16" && type != "float64") return n.refuse("to a type that is no float");
  if (type == "float16") g.warn("half-precision casts are computed in float32");
  import_copy(g, n);
}

void import_reshape(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  Dims out;
  if (n.op() == "Flatten" || n.op() == "flatten") {
    out = flattened(in);
  } else if (n.op() == "squeeze") {
    if (!squeezed(n, in, &out)) return;
  } else if (n.op() == "expand_dims") {
    out = in;
    out.insert(out.begin() + n.axis("axis", 0, static_cast<int>(in.size()) + 1), 1);
  } else {
    if (n.flag("reverse", false)) return n.refuse("reverse");
    const bool coded = n.has("shape") && !n.tuple("shape", {}).empty();
    Dims codes = coded ? n.tuple("shape", {}) : n.tuple("target_shape", {});
    if (!coded) std::replace(codes.begin(), codes.end(), int64_t{0}, int64_t{-1});  // the old form infers what is 0
    if (codes.empty()) return n.corrupt("has no shape");
    if (!coded_shape(n, in, codes, &out)) return;
  }
  if (out.size() > kMaxRank) return n.refuse("rank above 6");
  if (n.ok()) g.finish(n, make_reshape(x, out));
}

void import_transpose(Importer& g, NodeView& n) {
  Node node = make_node(Op::transpose, {g.value(n, 0)});
  if (!n.ok()) return;
  const int rank = g.shape(node.inputs[0]).rank;
  node.ints = n.tuple("axes", {});
  for (int i = rank; node.ints.size() < static_cast<size_t>(rank) && i-- > 0 && !n.has("axes");) node.ints.push_back(i);
  g.finish(n, std::move(node));
}

void import_concat(Importer& g, NodeView& n) {
  Node node = make_node(Op::concat, {});
  for (int i = 0; i < n.inputs(); ++i) node.inputs.push_back(g.value(n, i));
  if (node.inputs.empty()) return n.corrupt("has no input");
  if (n.ok()) node.axis = n.axis("dim", 1, g.shape(node.inputs[0]).rank);
  g.finish(n, std::move(node));
}

void import_slice_axis(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  Dims begin(g.dims(x).size(), 0), end = g.dims(x);
  const size_t axis = static_cast<size_t>(n.axis("axis", 0, g.shape(x).rank));
  const int64_t size = end[axis];
  int64_t first = n.integer("begin", 0), last = n.integer("end", size);
  if (first < 0) first += size;
  if (last < 0) last += size;
  if (n.ok() && (first < 0 || last <= first || last > size))
    return n.corrupt("from " + std::to_string(first) + " to " + std::to_string(last) + " of " + std::to_string(size));
  begin[axis] = first, end[axis] = last;
  g.finish(n, slice(x, begin, end));
}

void import_split(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const size_t axis = static_cast<size_t>(n.axis("axis", 1, g.shape(x).rank));
  const int64_t parts = n.integer("num_outputs", 0);
  const bool squeeze = n.flag("squeeze_axis", false);
  if (n.ok() && (parts < 1 || in[axis] % parts != 0 || (squeeze && in[axis] != parts)))
    return n.corrupt("num_outputs " + std::to_string(parts) + " of " + dims_text(in));
  for (int64_t i = 0; i < parts && n.ok(); ++i) {
    const std::string name = n.name() + "/" + std::to_string(i);
    Dims begin(in.size(), 0), end = in, rest = in;
    begin[axis] = i * (in[axis] / parts), end[axis] = begin[axis] + in[axis] / parts;
    ValueId part = g.emit(n, slice(x, begin, end), name);
    rest.erase(rest.begin() + static_cast<int64_t>(axis));
    if (squeeze) part = g.emit(n, make_reshape(part, rest), name + "/row");
    g.bind(n, static_cast<int>(i), part);
  }
}

void import_crop(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x), offset = n.tuple("offset", {0, 0});
  Dims size = n.tuple("h_w", {0, 0});
  if (in.size() != 4 || offset.size() != 2 || size.size() != 2) return n.corrupt("input " + dims_text(in));
  if (n.inputs() > 1) {
    const Dims like = g.dims(g.value(n, 1));
    if (like.size() != 4) return n.corrupt("crops to " + dims_text(like));
    size = {like[2], like[3]};
  }
  if (!n.ok()) return;
  const bool center = n.flag("center_crop", false);
  Dims begin(4, 0), end = in;
  for (size_t i = 0; i < 2; ++i) {
    begin[2 + i] = center ? (in[2 + i] - size[i]) / 2 : offset[i];
    if (size[i] < 1 || begin[2 + i] < 0 || size[i] > in[2 + i] || begin[2 + i] > in[2 + i] - size[i])
      return n.corrupt("crops " + dims_text(size) + " of " + dims_text(in));
    end[2 + i] = begin[2 + i] + size[i];
  }
  g.finish(n, slice(x, begin, end));
}

}  // namespace mien::mxnet
