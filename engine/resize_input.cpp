#include "engine/resize_input.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kMaxSide = 8192;
constexpr int64_t kMostPlaces = 1 << 16;  // of a resize, along a side: no list of sources longer than needed

// Strides of detectors divide it.
int64_t rounded_up(int64_t side) {
  return (side + 127) / 128 * 128;
}

using Dims = std::vector<int64_t>;

int64_t product(const Dims& dims) {
  int64_t result = 1;
  for (int64_t dim : dims) result *= dim;
  return result;
}

// Axes of a reshape's input and output that hold the same elements: 1x80x80x4 -> 1x12800x2 are 1 | 1 and
// 80x80x4 | 12800x2.
struct Part {
  Dims in, out;          // the input's dimensions now; the output's before
  int64_t kept = 1;      // of the input's dimensions, the product of those that do not follow the picture's size
  bool follows = false;  // one of them does
};

// The output's dimensions of one part, or nothing if they cannot be told. Only one dimension may change: the one whose
// others are made of dimensions of the input that never do. (Whatever else happens to divide: 80x80x4 -> 12800x2 would
// otherwise also mean that 160x160x4 becomes 12800x8.)
Dims resized(const Part& part) {
  if (!part.follows) return part.out;
  Dims found;
  for (size_t i = 0; i < part.out.size(); ++i) {
    Dims out = part.out;
    out[i] = 1;
    const int64_t others = product(out);
    if (part.kept % others != 0) continue;
    out[i] = product(part.in) / others;
    if (!found.empty() && found != out) return {};
    found = out;
  }
  return found;
}

class Resizing {
 public:
  // `other` is the graph at a size of which every dimension that follows from the picture's differs from `before`. Null
  // if that is what this one is going to be.
  Resizing(const Graph& before, const Graph* other)
      : before_(before), other_(other), graph_(before), known_(before.values.size(), false) {
    for (ValueId id : graph_.inputs) known_[static_cast<size_t>(id)] = true;
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      if (graph_.values[i].is_constant()) known_[i] = true;
    }
  }

  Result<Graph> run(const Shape& input) {
    graph_.value(graph_.inputs[0]).shape = input;
    const Status status = infer_shapes(graph_, [this](Node& node) { return adapt(node); });
    if (!status.ok()) return status;
    return std::move(graph_);
  }

 private:
  const Shape& now(ValueId id) const { return graph_.value(id).shape; }
  const Shape& then(ValueId id) const { return before_.value(id).shape; }
  bool follows(ValueId id, int axis) const {
    return (other_ ? *other_ : graph_).value(id).shape[axis] != then(id)[axis];
  }

  Status refuse(const Node& node, const std::string& why) const {
    const std::string name = node.name.empty() ? before_.value(node.output).name : node.name;
    return {Code::unsupported, "node '" + name + "' (" + name_of(node.op) + "): " + why};
  }

  Status adapt(Node& node) {
    known_[static_cast<size_t>(node.output)] = true;
    switch (node.op) {
      case Op::reshape:
        return reshape(node);
      case Op::slice:
        return slice(node);
      case Op::resize_nearest:
        return resize(node);
      default:
        return {};
    }
  }

  Status reshape(Node& node) const {
    const Shape &from = then(node.inputs[0]), &in = now(node.inputs[0]), &to = then(node.output);
    Dims result;
    int a = 0, b = 0;
    while (a < from.rank || b < to.rank) {
      Part part;
      int64_t left = 1, right = 1;
      do {  // at least one dimension of a side that has any left
        const bool even = left == right && part.in.size() <= part.out.size();
        if (a < from.rank && (left < right || even || b == to.rank)) {
          left *= from[a];
          if (follows(node.inputs[0], a)) {
            part.follows = true;
          } else {
            part.kept *= from[a];
          }
          part.in.push_back(in[a++]);
        } else {
          right *= to[b];
          part.out.push_back(to[b++]);
        }
      } while (left != right || (part.out.empty() && b < to.rank));
      const Dims dims = resized(part);
      if (dims.size() != part.out.size() || product(dims) != product(part.in))
        return refuse(node,
                      "how " + from.text() + " became " + to.text() + " does not say what becomes of " + in.text());
      result.insert(result.end(), dims.begin(), dims.end());
    }
    node.ints = result;
    return {};
  }

  // What went to the end of an axis still does.
  Status slice(Node& node) const {
    const Shape &from = then(node.inputs[0]), &in = now(node.inputs[0]);
    for (int i = 0; i < from.rank; ++i) {
      if (!follows(node.inputs[0], i)) continue;
      int64_t& end = node.ints[static_cast<size_t>(from.rank + i)];
      if (end != from[i])
        return refuse(node, "takes a fixed part of axis " + std::to_string(i) + ", whose length changes");
      end = in[i];
    }
    return {};
  }

  // The value that the resized one meets in a sum or side by side, of those that are computed already.
  ValueId companion(ValueId resized) const {
    for (const Node& node : graph_.nodes) {
      const bool meets = node.op == Op::add || node.op == Op::mul || (node.op == Op::concat && node.axis == 1);
      if (!meets || std::find(node.inputs.begin(), node.inputs.end(), resized) == node.inputs.end()) continue;
      for (ValueId id : node.inputs) {
        const bool there = id != resized && known_[static_cast<size_t>(id)] && !graph_.value(id).is_constant();
        const Shape &other = then(id), &own = then(resized);
        if (there && other.rank == 4 && other[2] == own[2] && other[3] == own[3]) return id;
      }
    }
    return kNoValue;
  }

  Status resize(Node& node) const {
    const Shape &from = then(node.inputs[0]), &in = now(node.inputs[0]), &to = then(node.output);
    if (from == in) return {};
    const ValueId fits = companion(node.output);
    const int32_t rows = node.axis;
    Dims ints;
    for (int axis = 2; axis < 4; ++axis) {
      const auto first = node.ints.begin() + (axis == 2 ? 0 : rows);
      for (int64_t i = 0; i < to[axis]; ++i) {
        if (first[i] != i * from[axis] / to[axis])
          return refuse(node, "its sources are not those of floor(i * " + std::to_string(from[axis]) + " / " +
                                  std::to_string(to[axis]) + ")");
      }
      if (fits == kNoValue && in[axis] * to[axis] % from[axis] != 0)
        return refuse(node, "its factor does not give a whole size for " + in.text());
      const int64_t size = fits != kNoValue ? now(fits)[axis] : in[axis] * to[axis] / from[axis];
      if (size < 1 || size > kMostPlaces) return refuse(node, "a size of " + std::to_string(size));
      for (int64_t i = 0; i < size; ++i) ints.push_back(i * in[axis] / size);
      if (axis == 2) node.axis = static_cast<int32_t>(size);
    }
    node.ints = std::move(ints);
    return {};
  }

  const Graph& before_;
  const Graph* other_;
  Graph graph_;
  std::vector<bool> known_;  // values computed by the nodes so far
};

}  // namespace

Result<Graph> with_input_size(const Graph& graph, int height, int width, InputLayout layout) {
  if (graph.inputs.size() != 1)
    return Status{Code::bad_argument,
                  "a network of " + std::to_string(graph.inputs.size()) + " inputs has no picture size"};
  Shape input = graph.value(graph.inputs[0]).shape;
  if (input.rank != 4) return Status{Code::bad_argument, "the input " + input.text() + " is not a picture"};
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide)
    return Status{Code::bad_argument, "a picture size of " + std::to_string(height) + "x" + std::to_string(width)};
  MIEN_RETURN_IF_ERROR(check_constants_held(graph));
  const int first = layout == InputLayout::nchw ? 2 : 1;
  const Shape own = input;
  if (own[first] == height && own[first + 1] == width) return graph;

  // What follows the picture's size shows where both of its sides change at every stride. It may not show at the size
  // that is wanted: 32x64 -> 32x96, or 60x90 -> 64x90 at a stride of 32.
  input[first] = 2 * rounded_up(own[first]);
  input[first + 1] = 2 * rounded_up(own[first + 1]) + 128;
  const Result<Graph> other = Resizing(graph, nullptr).run(input);
  if (!other.ok())
    return Status{Code::unsupported, "bound to pictures of " + own.text() + ": " + other.status().message()};
  input[first] = height;
  input[first + 1] = width;
  Result<Graph> resized = Resizing(graph, &*other).run(input);
  if (!resized.ok())
    return Status{Code::unsupported, "cannot be run at " + input.text() + ": " + resized.status().message()};
  return resized;
}

Result<Package> with_input_size(const Package& package, int height, int width) {
  Result<Graph> graph = with_input_size(package.graph, height, width, package.input.layout);
  if (!graph.ok()) return graph.status();
  Package resized{std::move(*graph), package.input, package.output, package.face, package.card, {}};
  resized.input.height = height;
  resized.input.width = width;
  return resized;
}

}  // namespace mien
