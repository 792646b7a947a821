#include "engine/reference.h"

#include <algorithm>
#include <new>
#include <string>

#include "engine/count.h"
#include "kernels/reference/reference.h"

namespace mien {
namespace {

namespace ref = reference;
using Tensor = std::vector<double>;

ref::Dims dims_of(const Shape& shape) {
  return ref::Dims(shape.dims, shape.dims + shape.rank);
}

// Product of the dimensions first <= i < last.
int64_t product(const Shape& shape, int first, int last) {
  int64_t n = 1;
  for (int i = first; i < last; ++i) n *= shape[i];
  return n;
}

ref::Geometry geometry_of(const Window& w, const Shape& x, const Shape& y) {
  ref::Geometry g;
  g.in_h = x[2], g.in_w = x[3], g.out_h = y[2], g.out_w = y[3];
  g.kernel_h = w.kernel_h, g.kernel_w = w.kernel_w;
  g.stride_h = w.stride_h, g.stride_w = w.stride_w;
  g.dilation_h = w.dilation_h, g.dilation_w = w.dilation_w;
  g.pad_top = w.pad_top, g.pad_left = w.pad_left, g.pad_bottom = w.pad_bottom, g.pad_right = w.pad_right;
  return g;
}

ref::Unary unary_of(Op op) {
  switch (op) {
    case Op::relu:
      return ref::Unary::relu;
    case Op::clip:
      return ref::Unary::clip;
    case Op::leaky_relu:
      return ref::Unary::leaky_relu;
    case Op::sigmoid:
      return ref::Unary::sigmoid;
    case Op::tanh:
      return ref::Unary::tanh_;
    case Op::exp:
      return ref::Unary::exp_;
    case Op::sqrt:
      return ref::Unary::sqrt_;
    case Op::abs:
      return ref::Unary::abs_;
    case Op::neg:
      return ref::Unary::neg;
    case Op::reciprocal:
      return ref::Unary::reciprocal;
    case Op::elu:
      return ref::Unary::elu;
    case Op::hard_sigmoid:
      return ref::Unary::hard_sigmoid;
    default:
      return ref::Unary::hard_swish;
  }
}

ref::Binary binary_of(Op op) {
  switch (op) {
    case Op::add:
      return ref::Binary::add;
    case Op::sub:
      return ref::Binary::sub;
    case Op::mul:
      return ref::Binary::mul;
    case Op::div:
      return ref::Binary::div;
    case Op::max:
      return ref::Binary::max;
    default:
      return ref::Binary::min;
  }
}

Tensor weights_between(const Value& constant, int64_t first, int64_t last) {
  return Tensor(constant.constant.data + first, constant.constant.data + last);
}

Tensor widened(const Value& constant) {
  return weights_between(constant, 0, constant.shape.elements());
}

// One run of a graph: the tensors that are alive, freed after their last use. Constants are widened for one node at a
// time: a network's weights in double are twice its file.
class Run {
 public:
  explicit Run(const Graph& graph) : graph_(graph), tensors_(graph.values.size()), uses_(graph.uses()) {}

  Tensor& tensor(ValueId id) { return tensors_[static_cast<size_t>(id)]; }
  Tensor output(ValueId id) { return graph_.value(id).is_constant() ? widened(graph_.value(id)) : tensor(id); }

  void execute(const Node& node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Value& value = graph_.value(node.inputs[i]);
      const bool in_pieces = node.op == Op::fully_connected && i == 1;
      if (value.is_constant() && !in_pieces) tensor(node.inputs[i]) = widened(value);
    }
    tensor(node.output).resize(count_in_memory<double>(shape(node.output).elements()));
    dispatch(node, tensor(node.output).data());
  }

  void release_inputs(const Node& node) {
    for (ValueId id : node.inputs) {
      if (--uses_[static_cast<size_t>(id)] == 0 || graph_.value(id).is_constant()) Tensor().swap(tensor(id));
    }
  }

 private:
  const Shape& shape(ValueId id) const { return graph_.value(id).shape; }
  const Shape& in_shape(const Node& node, size_t i) const { return shape(node.inputs[i]); }
  // Input i, or null if it is left out.
  const double* in(const Node& node, size_t i) {
    return i < node.inputs.size() ? tensor(node.inputs[i]).data() : nullptr;
  }

  void dispatch(const Node& node, double* y) {
    const Shape& x_shape = in_shape(node, 0);
    const Shape& y_shape = shape(node.output);
    const double* x = in(node, 0);
    switch (node.op) {
      case Op::conv:
        return conv(node, y);
      case Op::fully_connected:
        return fully_connected(node, y);
      case Op::batch_norm:
        return ref::batch_norm(x, in(node, 1), in(node, 2), y, x_shape[0], x_shape[1],
                               product(x_shape, 2, x_shape.rank));
      case Op::prelu:
        return prelu(node, y);
      case Op::add:
      case Op::sub:
      case Op::mul:
      case Op::div:
      case Op::max:
      case Op::min:
        return ref::binary(binary_of(node.op), x, dims_of(x_shape), in(node, 1), dims_of(in_shape(node, 1)), y);
      case Op::concat:
        return concat(node, y);
      case Op::slice:
        return slice(node, y);
      case Op::transpose:
        return ref::transpose(x, dims_of(x_shape), node.ints, y);
      case Op::reshape:
        std::copy_n(x, y_shape.elements(), y);
        return;
      case Op::pad:
        return pad(node, y);
      case Op::max_pool:
        return ref::max_pool(x, y, planes(x_shape), geometry_of(node.window, x_shape, y_shape));
      case Op::average_pool:
        return ref::average_pool(x, y, planes(x_shape), geometry_of(node.window, x_shape, y_shape),
                                 node.window.count_include_pad);
      case Op::global_average_pool:
        return ref::global_average_pool(x, y, planes(x_shape), product(x_shape, 2, x_shape.rank));
      case Op::global_max_pool:
        return ref::global_max_pool(x, y, planes(x_shape), product(x_shape, 2, x_shape.rank));
      case Op::resize_nearest:
        return resize(node, y);
      case Op::softmax:
      case Op::l2_normalize:
        return along_axis(node, y);
      case Op::relu:
      case Op::clip:
      case Op::leaky_relu:
      case Op::sigmoid:
      case Op::tanh:
      case Op::exp:
      case Op::sqrt:
      case Op::abs:
      case Op::neg:
      case Op::reciprocal:
      case Op::elu:
      case Op::hard_sigmoid:
      case Op::hard_swish:
        return ref::unary(unary_of(node.op), x, y, x_shape.elements(), node.a, node.b);
    }
  }

  static int64_t planes(const Shape& x) { return x[0] * x[1]; }

  void conv(const Node& node, double* y) {
    const Shape& x = in_shape(node, 0);
    const ref::ConvShape conv_shape{x[0], x[1], shape(node.output)[1], node.window.groups,
                                    geometry_of(node.window, x, shape(node.output))};
    ref::conv(in(node, 0), in(node, 1), in(node, 2), y, conv_shape);
  }

  // Some rows of the weights at a time: those of arcface_r100 are 103 MB in double.
  static constexpr int64_t kPiece = int64_t{1} << 20;
  void fully_connected(const Node& node, double* y) {
    const Shape& x = in_shape(node, 0);
    const Value& w = graph_.value(node.inputs[1]);
    const double* bias = in(node, 2);
    const int64_t rows = product(x, 0, x.rank - 1), k = w.shape[1], m = w.shape[0];
    const int64_t piece = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, k));
    for (int64_t first = 0; first < m; first += piece) {
      const int64_t n = std::min(piece, m - first);
      const Tensor some = weights_between(w, first * k, (first + n) * k);
      for (int64_t r = 0; r < rows; ++r)
        ref::fully_connected(in(node, 0) + r * k, some.data(), bias ? bias + first : nullptr, y + r * m + first, 1, k,
                             n);
    }
  }

  void prelu(const Node& node, double* y) {
    const Shape& x = in_shape(node, 0);
    if (in_shape(node, 1).elements() == 1) {
      return ref::prelu(in(node, 0), in(node, 1), y, 1, 1, x.elements());
    }
    ref::prelu(in(node, 0), in(node, 1), y, x[0], x[1], product(x, 2, x.rank));
  }

  void concat(const Node& node, double* y) {
    std::vector<ref::Part> parts;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      parts.push_back({in(node, i), dims_of(in_shape(node, i))});
    }
    ref::concat(parts, node.axis, y);
  }

  void slice(const Node& node, double* y) {
    const ref::Dims dims = dims_of(in_shape(node, 0));
    const auto first = node.ints.begin();
    const auto rank = static_cast<int64_t>(dims.size());
    ref::slice(in(node, 0), dims, ref::Dims(first, first + rank), ref::Dims(first + rank, first + 2 * rank),
               ref::Dims(first + 2 * rank, first + 3 * rank), y);
  }

  void pad(const Node& node, double* y) {
    const ref::Dims dims = dims_of(in_shape(node, 0));
    const auto first = node.ints.begin();
    const auto rank = static_cast<int64_t>(dims.size());
    ref::pad(in(node, 0), dims, ref::Dims(first, first + rank), ref::Dims(first + rank, first + 2 * rank), node.a, y);
  }

  void resize(const Node& node, double* y) {
    const Shape& x = in_shape(node, 0);
    const auto cols = node.ints.begin() + shape(node.output)[2];
    ref::resize_nearest(in(node, 0), planes(x), x[2], x[3], ref::Dims(node.ints.begin(), cols),
                        ref::Dims(cols, node.ints.end()), y);
  }

  void along_axis(const Node& node, double* y) {
    const Shape& x = in_shape(node, 0);
    const int64_t outer = product(x, 0, node.axis), inner = product(x, node.axis + 1, x.rank);
    if (node.op == Op::softmax) {
      ref::softmax(in(node, 0), y, outer, x[node.axis], inner);
    } else {
      ref::l2_normalize(in(node, 0), y, outer, x[node.axis], inner, node.a);
    }
  }

  const Graph& graph_;
  std::vector<Tensor> tensors_;
  std::vector<int> uses_;
};

Status check_inputs(const Graph& graph, const std::vector<Tensor>& inputs) {
  if (inputs.size() != graph.inputs.size()) {
    return {Code::bad_argument,
            "the graph has " + std::to_string(graph.inputs.size()) + " inputs, not " + std::to_string(inputs.size())};
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    if (static_cast<int64_t>(inputs[i].size()) != value.shape.elements()) {
      return {Code::bad_argument, "input '" + value.name + "' is " + value.shape.text() + ", not " +
                                      std::to_string(inputs[i].size()) + " elements"};
    }
  }
  return {};
}

std::vector<Tensor> run_nodes(const Graph& graph, const std::vector<Tensor>& inputs, const NodeObserver& observer) {
  Run run(graph);
  for (size_t i = 0; i < inputs.size(); ++i) {
    run.tensor(graph.inputs[i]) = inputs[i];
  }
  for (const Node& node : graph.nodes) {
    run.execute(node);
    if (observer) observer(node, run.tensor(node.output));
    run.release_inputs(node);
  }
  std::vector<Tensor> outputs;
  for (ValueId id : graph.outputs) {
    outputs.push_back(run.output(id));
  }
  return outputs;
}

}  // namespace

Result<std::vector<Tensor>> run_reference(const Graph& graph, const std::vector<Tensor>& inputs,
                                          const NodeObserver& observer) {
  MIEN_RETURN_IF_ERROR(check_inputs(graph, inputs));
  MIEN_RETURN_IF_ERROR(check_constants_held(graph));
  try {
    return run_nodes(graph, inputs, observer);
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory for the reference run of '" + graph.name + "'");
  }
}

}  // namespace mien
