#include "engine/resize_input.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kMaxSide = 8192;

using Dims = std::vector<int64_t>;

int64_t product(const Dims& dims) {
  int64_t result = 1;
  for (int64_t dim : dims) result *= dim;
  return result;
}

// Axes of a reshape's input and output that hold the same elements: 1x80x80x4 -> 1x12800x2 are 1 | 1 and
// 80x80x4 | 12800x2.
struct Part {
  Dims before_in, in, out;  // the input's dimensions before and now; the output's before
};

// The output's dimensions of one part, or nothing if they cannot be told. Only one dimension may change: the one whose
// others are made of dimensions of the input that did not. (Whatever else happens to divide: 80x80x4 -> 12800x2 would
// otherwise also mean that 160x160x4 becomes 12800x8.)
Dims resized(const Part& part) {
  if (part.in == part.before_in) return part.out;
  int64_t kept = 1;
  for (size_t i = 0; i < part.in.size(); ++i) {
    if (part.in[i] == part.before_in[i]) kept *= part.in[i];
  }
  Dims found;
  for (size_t i = 0; i < part.out.size(); ++i) {
    Dims out = part.out;
    out[i] = 1;
    const int64_t others = product(out);
    if (kept % others != 0) continue;
    out[i] = product(part.in) / others;
    if (!found.empty() && found != out) return {};
    found = out;
  }
  return found;
}

class Resizing {
 public:
  explicit Resizing(const Graph& before) : before_(before), graph_(before), known_(before.values.size(), false) {
    for (ValueId id : graph_.inputs) known_[static_cast<size_t>(id)] = true;
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      if (graph_.values[i].is_constant()) known_[i] = true;
    }
  }

  Result<Graph> run(const Shape& input) {
    graph_.value(graph_.inputs[0]).shape = input;
    const Status status = infer_shapes(graph_, [this](Node& node) { return adapt(node); });
    if (!status.ok()) return Status{Code::unsupported, "cannot be run at " + input.text() + ": " + status.message()};
    return std::move(graph_);
  }

 private:
  const Shape& now(ValueId id) const { return graph_.value(id).shape; }
  const Shape& then(ValueId id) const { return before_.value(id).shape; }

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
      case Op::add:
      case Op::sub:
      case Op::mul:
      case Op::div:
      case Op::max:
      case Op::min:
      case Op::concat:
        return constants(node);
      default:
        return {};
    }
  }

  Status reshape(Node& node) const {
    const Shape &from = then(node.inputs[0]), &in = now(node.inputs[0]), &to = then(node.output);
    if (from == in) return {};
    Dims result;
    int a = 0, b = 0;
    while (a < from.rank || b < to.rank) {
      Part part;
      int64_t left = 1, right = 1;
      do {  // at least one dimension of a side that has any left
        const bool even = left == right && part.in.size() <= part.out.size();
        if (a < from.rank && (left < right || even || b == to.rank)) {
          left *= from[a];
          part.before_in.push_back(from[a]);
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
      if (from[i] == in[i]) continue;
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
    Dims ints;
    for (int axis = 2; axis < 4; ++axis) {
      const auto first = node.ints.begin() + (axis == 2 ? 0 : node.axis);
      for (int64_t i = 0; i < to[axis]; ++i) {
        if (first[i] != i * from[axis] / to[axis])
          return refuse(node, "its sources are not those of floor(i * " + std::to_string(from[axis]) + " / " +
                                  std::to_string(to[axis]) + ")");
      }
      if (fits == kNoValue && in[axis] * to[axis] % from[axis] != 0)
        return refuse(node, "its factor does not give a whole size for " + in.text());
      const int64_t size = fits != kNoValue ? now(fits)[axis] : in[axis] * to[axis] / from[axis];
      if (size < 1 || size > kMaxSide) return refuse(node, "a size of " + std::to_string(size));
      for (int64_t i = 0; i < size; ++i) ints.push_back(i * in[axis] / size);
      if (axis == 2) node.axis = static_cast<int32_t>(size);
    }
    node.ints = std::move(ints);
    return {};
  }

  // A constant with a number for each place is for that size alone. Shapes alone might let it pass, by broadcasting.
  Status constants(const Node& node) const {
    for (ValueId constant : node.inputs) {
      if (!graph_.value(constant).is_constant()) continue;
      for (ValueId id : node.inputs) {
        const Shape &held = now(constant), &was = then(id), &is = now(id);
        for (int i = 1; i <= std::min(held.rank, was.rank); ++i) {
          const bool joined = node.op == Op::concat && is.rank - i == node.axis;
          if (!joined && held[held.rank - i] > 1 && was[was.rank - i] != is[is.rank - i])
            return refuse(node,
                          "its constant of " + held.text() + " was made for " + was.text() + ", not for " + is.text());
        }
      }
    }
    return {};
  }

  const Graph& before_;
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
  input[first] = height;
  input[first + 1] = width;
  return Resizing(graph).run(input);
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
