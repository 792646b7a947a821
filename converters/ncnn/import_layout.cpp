// Layers that make data or move it, and those that disappear.
#include <algorithm>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

// A dimension of the new shape: itself, 0 for what the old blob has there, -1 for what is left.
constexpr int64_t kAbsent = -233, kInferred = -1;

// Replaces the one -1 of `out` so that it has as many elements as the blob has.
bool fill_inferred(LayerView& n, const Dims& in, int64_t elements, Dims* out) {
  int64_t rest = 1;
  for (int64_t d : *out) {
    if (d == kInferred) continue;
    if (d < 1 || rest > elements / d) {
      n.corrupt("makes " + dims_text(*out) + " of " + dims_text(in));
      return false;
    }
    rest *= d;
  }
  const auto inferred = std::count(out->begin(), out->end(), kInferred);
  if (inferred > 1 || elements % rest != 0 || (inferred == 0 && rest != elements)) {
    n.corrupt("makes " + dims_text(*out) + " of " + dims_text(in));
    return false;
  }
  std::replace(out->begin(), out->end(), kInferred, elements / rest);
  return true;
}

// The blob's w, h, d or c, which is 1 where it lacks that dimension.
int64_t old_dim(const Dims& in, char which) {
  const size_t rank = in.size();
  if (which == 'w') return in[rank - 1];
  if (which == 'h') return rank >= 3 ? in[rank - 2] : 1;
  if (which == 'd') return rank == 5 ? in[2] : 1;
  return rank >= 4 ? in[1] : 1;
}

}  // namespace

void import_input(Importer& g, LayerView& n) {
  g.bind(n, 0, g.input(n));
}

void import_memory_data(Importer& g, LayerView& n) {
  const int64_t w = n.integer(0, 0), h = n.integer(1, 0), d = n.integer(11, 0), c = n.integer(2, 0);
  Dims dims{1, w};
  if (d != 0) {
    dims = {1, c, d, h, w};
  } else if (c != 0) {
    dims = {1, c, h, w};
  } else if (h != 0) {
    dims = {1, h, w};
  }
  if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return n.corrupt("is " + dims_text(dims));
  g.bind(n, 0, g.constant_of(n, 0, "data", Shape::of(dims)));
}

void import_copy(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  for (int i = 0; i < n.tops(); ++i) g.bind(n, i, x);
}

void import_dropout(Importer& g, LayerView& n) {
  const double scale = n.real(0, 1);
  if (scale == 1) return g.bind(n, 0, g.value(n, 0));
  finish_scaled(g, n, Op::mul, g.value(n, 0), scale);
}

void import_reshape(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() > 5) return n.refuse("of an input " + dims_text(in));
  int64_t w = n.integer(0, kAbsent), h = n.integer(1, kAbsent), d = n.integer(11, kAbsent), c = n.integer(2, kAbsent);
  if (w == 0) w = old_dim(in, 'w');
  if (h == 0) h = old_dim(in, 'h');
  if (d == 0) d = old_dim(in, 'd');
  if (c == 0) c = old_dim(in, 'c');
  Dims out{1, w};
  if (h != kAbsent) out = {1, h, w};
  if (h != kAbsent && c != kAbsent) out = {1, c, h, w};
  if (h != kAbsent && c != kAbsent && d != kAbsent) out = {1, c, d, h, w};
  if (n.ok() && fill_inferred(n, in, g.shape(x).elements(), &out)) g.finish(n, make_reshape(x, out));
}

void import_flatten(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (n.ok()) g.finish(n, make_reshape(x, {1, g.shape(x).elements()}));
}

void import_permute(Importer& g, LayerView& n) {
  // By order: of C x H x W, the axes that the new blob has in their places.
  static const Dims kOrders[] = {{0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1}};
  const ValueId x = g.value(n, 0);
  const int64_t order = n.integer(0, 0);
  if (!n.ok()) return;
  if (order == 0) return g.bind(n, 0, x);
  Node node = make_node(Op::transpose, {x});
  const int rank = g.shape(x).rank;
  if (rank == 3 && order == 1) {
    node.ints = {0, 2, 1};
  } else if (rank == 4 && order >= 1 && order < static_cast<int64_t>(std::size(kOrders))) {
    node.ints = kOrders[order];
  } else {
    return n.refuse("order " + std::to_string(order) + " of an input " + g.shape(x).text());
  }
  g.finish(n, std::move(node));
}

void import_concat(Importer& g, LayerView& n) {
  Node node = make_node(Op::concat, {});
  for (int i = 0; i < n.bottoms(); ++i) node.inputs.push_back(g.value(n, i));
  if (!n.ok()) return;
  node.axis = 1 + n.axis(0, 0, g.shape(node.inputs[0]).rank - 1);
  if (n.bottoms() == 1) return g.bind(n, 0, node.inputs[0]);
  g.finish(n, std::move(node));
}

void import_slice(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  if (n.has(2)) return n.refuse("by places");
  const Dims in = g.dims(x), sizes = n.integers(0);
  const size_t axis = static_cast<size_t>(1 + n.axis(1, 0, static_cast<int>(in.size()) - 1));
  const int64_t parts = n.tops();
  if (static_cast<int64_t>(sizes.size()) != parts)
    return n.corrupt(std::to_string(sizes.size()) + " sizes for " + std::to_string(parts) + " blobs");
  int64_t begin = 0;
  for (int64_t i = 0; i < parts && n.ok(); ++i) {
    int64_t size = sizes[static_cast<size_t>(i)];
    if (size == kAbsent) size = (in[axis] - begin) / (parts - i);
    if (size < 1 || size > in[axis] - begin)
      return n.corrupt("a part of " + std::to_string(size) + " of " + dims_text(in));
    Node part = make_node(Op::slice, {x});
    part.ints.assign(3 * in.size(), 1);
    for (size_t k = 0; k < in.size(); ++k) part.ints[k] = 0, part.ints[in.size() + k] = in[k];
    part.ints[axis] = begin, part.ints[in.size() + axis] = begin + size;
    begin += size;
    const std::string name = n.name() + "/" + std::to_string(i);
    g.bind(n, static_cast<int>(i), g.emit(n, std::move(part), name, g.top_name(n, static_cast<int>(i))));
  }
}

}  // namespace mien::ncnn
