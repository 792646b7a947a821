// Shape rules and checks, one function per family of operators. This is also the gate for hostile files: whatever
// passes here can be planned and run without another look at indices or attributes.
#include <algorithm>
#include <cmath>
#include <string>

#include "engine/graph.h"

namespace mien {
namespace {

// Bounds that no face network comes near and that keep every later product inside int64.
constexpr int64_t kMaxDim = int64_t{1} << 24;
constexpr int64_t kMaxElements = int64_t{1} << 31;
constexpr int64_t kMaxWindow = 4096;

class Inference {
 public:
  explicit Inference(Graph& graph) : graph_(graph), known_(graph.values.size(), false) {}

  Status run(const std::function<Status(Node&)>& before) {
    MIEN_RETURN_IF_ERROR(check_values());
    for (Node& node : graph_.nodes) {
      MIEN_RETURN_IF_ERROR(check_node(node));
      if (before) MIEN_RETURN_IF_ERROR(before(node));
      Shape shape;
      MIEN_RETURN_IF_ERROR(infer(node, &shape));
      MIEN_RETURN_IF_ERROR(check_shape(shape, describe(node)));
      graph_.value(node.output).shape = shape;
      known_[static_cast<size_t>(node.output)] = true;
    }
    for (ValueId id : graph_.outputs) {
      if (!valid(id) || !known_[static_cast<size_t>(id)])
        return {Code::corrupt, "graph output " + std::to_string(id) + " is not a value that the graph computes"};
    }
    if (graph_.outputs.empty()) return {Code::corrupt, "the graph has no output"};
    return {};
  }

 private:
  bool valid(ValueId id) const { return id >= 0 && static_cast<size_t>(id) < graph_.values.size(); }
  const Shape& in(const Node& node, size_t i) const { return graph_.value(node.inputs[i]).shape; }

  std::string describe(const Node& node) const {
    std::string name = node.name;
    if (name.empty() && valid(node.output)) name = graph_.value(node.output).name;
    const char* op = name_of(node.op);
    return std::string("node '") + name + "' (" + (op ? op : "?") + ")";
  }
  Status error(const Node& node, const std::string& what) const {
    return {Code::corrupt, describe(node) + ": " + what};
  }

  static Status check_shape(const Shape& shape, const std::string& who) {
    if (shape.rank < 0 || shape.rank > kMaxRank) return {Code::corrupt, who + ": rank is not in 0..6"};
    int64_t product = 1;
    for (int i = 0; i < shape.rank; ++i) {
      if (shape[i] < 1 || shape[i] > kMaxDim)
        return {Code::corrupt, who + ": dimension " + std::to_string(shape[i]) + " is not in 1..2^24"};
      product *= shape[i];
      if (product > kMaxElements) return {Code::corrupt, who + ": more than 2^31 elements"};
    }
    return {};
  }

  Status check_values() {
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (!value.is_constant()) continue;
      MIEN_RETURN_IF_ERROR(check_shape(value.shape, "constant '" + value.name + "'"));
      known_[i] = true;
    }
    for (ValueId id : graph_.inputs) {
      if (!valid(id) || known_[static_cast<size_t>(id)])
        return {Code::corrupt, "graph input " + std::to_string(id) + " is out of range, a constant or listed twice"};
      MIEN_RETURN_IF_ERROR(check_shape(graph_.value(id).shape, "input '" + graph_.value(id).name + "'"));
      known_[static_cast<size_t>(id)] = true;
    }
    return {};
  }

  Status check_node(const Node& node) {
    if (!name_of(node.op)) return error(node, "no such operator");
    if (!valid(node.output) || known_[static_cast<size_t>(node.output)])
      return error(node, "its output is out of range or already computed");
    for (ValueId id : node.inputs) {
      if (!valid(id) || !known_[static_cast<size_t>(id)]) return error(node, "an input is not computed before it");
    }
    if (!std::isfinite(node.a) && node.op != Op::clip && node.op != Op::pad)
      return error(node, "attribute a is not finite");
    if (std::isnan(node.a) || std::isnan(node.b)) return error(node, "an attribute is NaN");
    return {};
  }

  Status arity(const Node& node, size_t least, size_t most) const {
    if (node.inputs.size() >= least && node.inputs.size() <= most) return {};
    return error(node, "has " + std::to_string(node.inputs.size()) + " inputs");
  }
  // Input i must be a constant of exactly this shape.
  Status constant(const Node& node, size_t i, const Shape& shape) const {
    const Value& value = graph_.value(node.inputs[i]);
    if (value.is_constant() && value.shape == shape) return {};
    return error(node, "input '" + value.name + "' is " + value.shape.text() +
                           (value.is_constant() ? "" : ", not a constant") + "; expected a constant of " +
                           shape.text());
  }
  Status rank4(const Node& node) const {
    if (in(node, 0).rank == 4) return {};
    return error(node, "input is " + in(node, 0).text() + "; expected N x C x H x W");
  }

  Status infer(Node& node, Shape* out) {
    switch (node.op) {
      case Op::conv:
        return conv(node, out);
      case Op::fully_connected:
        return fully_connected(node, out);
      case Op::batch_norm:
        return batch_norm(node, out);
      case Op::prelu:
        return prelu(node, out);
      case Op::add:
      case Op::sub:
      case Op::mul:
      case Op::div:
      case Op::max:
      case Op::min:
        return broadcast(node, out);
      case Op::concat:
        return concat(node, out);
      case Op::slice:
        return slice(node, out);
      case Op::transpose:
        return transpose(node, out);
      case Op::reshape:
        return reshape(node, out);
      case Op::pad:
        return pad(node, out);
      case Op::max_pool:
      case Op::average_pool:
        return pool(node, out);
      case Op::global_average_pool:
      case Op::global_max_pool:
        return global_pool(node, out);
      case Op::resize_nearest:
        return resize(node, out);
      case Op::softmax:
      case Op::l2_normalize:
        return along_axis(node, out);
      default:
        return unary(node, out);
    }
  }

  // Output extent of a window along one axis, or -1.
  static int64_t extent(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, int64_t before, int64_t after,
                        bool ceil_mode) {
    const int64_t span = (kernel - 1) * dilation + 1;
    const int64_t room = in + before + after - span;
    if (room < 0) return -1;
    int64_t out = room / stride + 1;
    if (ceil_mode && room % stride != 0) {
      // A window that would start in the end padding is dropped.
      if (out * stride < in + before) ++out;
    }
    return out;
  }

  Status window(const Node& node, const Shape& x, int64_t channels, Shape* out) const {
    const Window& w = node.window;
    for (int64_t v : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.dilation_h, w.dilation_w}) {
      if (v < 1 || v > kMaxWindow) return error(node, "kernel, stride or dilation is not in 1..4096");
    }
    for (int64_t v : {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}) {
      if (v < 0 || v > kMaxWindow) return error(node, "padding is not in 0..4096");
    }
    const int64_t h = extent(x[2], w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom, w.ceil_mode);
    const int64_t wide = extent(x[3], w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right, w.ceil_mode);
    if (h < 1 || wide < 1) return error(node, "the window is larger than its padded input " + x.text());
    *out = {x[0], channels, h, wide};
    return {};
  }

  Status conv(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 2, 3));
    MIEN_RETURN_IF_ERROR(rank4(node));
    const Shape &x = in(node, 0), &w = in(node, 1);
    const int64_t groups = node.window.groups;
    if (w.rank != 4) return error(node, "weights are " + w.text() + "; expected M x C/groups x kh x kw");
    if (groups < 1 || x[1] % groups != 0 || w[0] % groups != 0)
      return error(node, "groups " + std::to_string(groups) + " does not divide the channels");
    MIEN_RETURN_IF_ERROR(constant(node, 1, {w[0], x[1] / groups, node.window.kernel_h, node.window.kernel_w}));
    if (node.inputs.size() == 3) MIEN_RETURN_IF_ERROR(constant(node, 2, {w[0]}));
    if (node.window.ceil_mode) return error(node, "ceil_mode on a convolution");
    return window(node, x, w[0], out);
  }

  Status fully_connected(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 2, 3));
    const Shape &x = in(node, 0), &w = in(node, 1);
    if (x.rank < 1 || w.rank != 2) return error(node, "input " + x.text() + ", weights " + w.text());
    MIEN_RETURN_IF_ERROR(constant(node, 1, {w[0], x[x.rank - 1]}));
    if (node.inputs.size() == 3) MIEN_RETURN_IF_ERROR(constant(node, 2, {w[0]}));
    *out = x;
    (*out)[x.rank - 1] = w[0];
    return {};
  }

  Status batch_norm(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 3, 3));
    const Shape& x = in(node, 0);
    if (x.rank < 2) return error(node, "input " + x.text() + " has no channel axis");
    MIEN_RETURN_IF_ERROR(constant(node, 1, {x[1]}));
    MIEN_RETURN_IF_ERROR(constant(node, 2, {x[1]}));
    *out = x;
    return {};
  }

  Status prelu(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 2, 2));
    const Shape& x = in(node, 0);
    if (x.rank < 2) return error(node, "input " + x.text() + " has no channel axis");
    const int64_t slopes = in(node, 1).elements() == 1 ? 1 : x[1];
    MIEN_RETURN_IF_ERROR(constant(node, 1, {slopes}));
    *out = x;
    return {};
  }

  Status unary(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    if (node.op == Op::clip && node.a > node.b) return error(node, "low limit above high limit");
    *out = in(node, 0);
    return {};
  }

  Status broadcast(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 2, 2));
    const Shape &a = in(node, 0), &b = in(node, 1);
    Shape shape;
    shape.rank = std::max(a.rank, b.rank);
    for (int i = 0; i < shape.rank; ++i) {
      const int64_t da = i < shape.rank - a.rank ? 1 : a[i - (shape.rank - a.rank)];
      const int64_t db = i < shape.rank - b.rank ? 1 : b[i - (shape.rank - b.rank)];
      if (da != db && da != 1 && db != 1) return error(node, a.text() + " and " + b.text() + " do not broadcast");
      shape[i] = std::max(da, db);
    }
    *out = shape;
    return {};
  }

  Status axis(const Node& node, const Shape& x) const {
    if (node.axis >= 0 && node.axis < x.rank) return {};
    return error(node, "axis " + std::to_string(node.axis) + " of " + x.text());
  }

  Status concat(const Node& node, Shape* out) const {
    if (node.inputs.empty()) return error(node, "has no input");
    Shape shape = in(node, 0);
    MIEN_RETURN_IF_ERROR(axis(node, shape));
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      Shape other = in(node, i);
      if (other.rank != shape.rank) return error(node, "inputs differ in rank");
      const int64_t along = other[node.axis];
      other[node.axis] = shape[node.axis];
      if (other != shape)
        return error(node, "inputs " + in(node, 0).text() + " and " + in(node, i).text() + " do not fit");
      shape[node.axis] += along;
      if (shape[node.axis] > kMaxDim) return error(node, "result is too long");
    }
    *out = shape;
    return {};
  }

  Status slice(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    Shape x = in(node, 0);
    const size_t rank = static_cast<size_t>(x.rank);
    if (node.ints.size() != 3 * rank) return error(node, "expected starts, ends and steps of every axis");
    for (size_t i = 0; i < rank; ++i) {
      const int64_t start = node.ints[i], end = node.ints[rank + i], step = node.ints[2 * rank + i];
      if (start < 0 || end <= start || end > x.dims[i] || step < 1)
        return error(node, "slice " + std::to_string(start) + ":" + std::to_string(end) + ":" + std::to_string(step) +
                               " of axis " + std::to_string(i));
      x.dims[i] = (end - start - 1) / step + 1;
    }
    *out = x;
    return {};
  }

  Status transpose(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    const Shape& x = in(node, 0);
    if (node.ints.size() != static_cast<size_t>(x.rank)) return error(node, "permutation of another rank");
    Shape shape = x;
    unsigned seen = 0;
    for (int i = 0; i < x.rank; ++i) {
      const int64_t from = node.ints[static_cast<size_t>(i)];
      if (from < 0 || from >= x.rank || (seen >> from & 1u)) return error(node, "not a permutation");
      seen |= 1u << from;
      shape[i] = x[static_cast<int>(from)];
    }
    *out = shape;
    return {};
  }

  Status reshape(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    if (node.ints.size() > kMaxRank) return error(node, "rank is above 6");
    const Shape shape = Shape::of(node.ints);
    MIEN_RETURN_IF_ERROR(check_shape(shape, describe(node)));
    if (shape.elements() != in(node, 0).elements())
      return error(node, "cannot make " + shape.text() + " of " + in(node, 0).text());
    *out = shape;
    return {};
  }

  Status pad(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    Shape x = in(node, 0);
    const size_t rank = static_cast<size_t>(x.rank);
    if (node.ints.size() != 2 * rank) return error(node, "expected begins and ends of every axis");
    if (!std::isfinite(node.a)) return error(node, "the padding value is not finite");
    for (size_t i = 0; i < rank; ++i) {
      const int64_t before = node.ints[i], after = node.ints[rank + i];
      if (before < 0 || after < 0 || before > kMaxDim || after > kMaxDim) return error(node, "padding out of range");
      x.dims[i] += before + after;
    }
    *out = x;
    return {};
  }

  Status pool(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    MIEN_RETURN_IF_ERROR(rank4(node));
    const Window& w = node.window;
    // A window wholly inside the padding would have no maximum and no average.
    const int64_t span_h = (int64_t{w.kernel_h} - 1) * w.dilation_h + 1;
    const int64_t span_w = (int64_t{w.kernel_w} - 1) * w.dilation_w + 1;
    if (w.pad_top >= span_h || w.pad_bottom >= span_h || w.pad_left >= span_w || w.pad_right >= span_w)
      return error(node, "padding is not smaller than the window");
    if (w.groups != 1) return error(node, "groups on a pool");
    return window(node, in(node, 0), in(node, 0)[1], out);
  }

  Status global_pool(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    MIEN_RETURN_IF_ERROR(rank4(node));
    *out = {in(node, 0)[0], in(node, 0)[1], 1, 1};
    return {};
  }

  Status resize(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    MIEN_RETURN_IF_ERROR(rank4(node));
    const Shape& x = in(node, 0);
    // ints hold row_of then col_of; axis says how many rows, because both lengths are free.
    const int64_t rows = node.axis, all = static_cast<int64_t>(node.ints.size());
    if (rows < 1 || rows >= all || all > 2 * kMaxDim) return error(node, "expected row and column indices");
    for (int64_t i = 0; i < all; ++i) {
      const int64_t index = node.ints[static_cast<size_t>(i)];
      if (index < 0 || index >= (i < rows ? x[2] : x[3])) return error(node, "an index is outside of " + x.text());
    }
    *out = {x[0], x[1], rows, all - rows};
    return {};
  }

  Status along_axis(const Node& node, Shape* out) const {
    MIEN_RETURN_IF_ERROR(arity(node, 1, 1));
    MIEN_RETURN_IF_ERROR(axis(node, in(node, 0)));
    if (node.op == Op::l2_normalize && node.a < 0) return error(node, "eps is negative");
    *out = in(node, 0);
    return {};
  }

  Graph& graph_;
  std::vector<bool> known_;
};

}  // namespace

Status infer_shapes(Graph& graph) {
  return Inference(graph).run({});
}

Status infer_shapes(Graph& graph, const std::function<Status(Node&)>& before) {
  return Inference(graph).run(before);
}

}  // namespace mien
