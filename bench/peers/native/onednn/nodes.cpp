// Nodes without weights.
#include <algorithm>

#include "bench/peers/native/onednn/builder.h"

namespace mien::peers {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

void Builder::add_node(const Node& node) {
  switch (node.op) {
    case Op::relu:
    case Op::clip:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::sigmoid:
      return set(node.output, activated(node, tensor(node.inputs[0])));
    case Op::add:
      return add_binary(node, algorithm::binary_add);
    case Op::sub:
      return add_binary(node, algorithm::binary_sub);
    case Op::mul:
      return add_binary(node, algorithm::binary_mul);
    case Op::div:
      return add_binary(node, algorithm::binary_div);
    case Op::concat:
      return add_concat(node);
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_max_pool:
    case Op::global_average_pool:
      return add_pool(node);
    case Op::resize_nearest:
      return add_resize(node);
    case Op::softmax:
      return add_softmax(node);
    case Op::l2_normalize:
      return add_l2_normalize(node);
    case Op::reshape:
      return add_reshape(node);
    case Op::transpose:
      return add_transpose(node);
    default:
      throw Refused(graph_, node, "not in this executor");
  }
}

Tensor Builder::activated(const Node& node, const Tensor& x) {
  Tensor y = make_tensor(x.desc());
  if (is_per_channel(node)) {
    Dims dims(static_cast<size_t>(shape_of(node.output).rank), 1);
    dims[1] = shape_of(node.inputs[1]).elements();
    const dnnl::prelu_forward::primitive_desc description({prop_kind::forward_inference, x.desc(), any_desc(dims)},
                                                          engine_);
    const memory slopes = constant(constant_input(node, 1), dims, description.weights_desc());
    call(dnnl::prelu_forward(description),
         {{DNNL_ARG_SRC, x.memory}, {DNNL_ARG_WEIGHTS, slopes}, {DNNL_ARG_DST, y.memory}});
    return y;
  }
  algorithm f = algorithm::eltwise_relu;
  if (node.op == Op::clip) f = algorithm::eltwise_clip;
  if (node.op == Op::sigmoid) f = algorithm::eltwise_logistic;
  const float a = node.op == Op::clip ? node.a : slope_of(node);
  const dnnl::eltwise_forward::desc desc(prop_kind::forward_inference, f, x.desc(), a, node.b);
  call(dnnl::eltwise_forward({desc, engine_}), {{DNNL_ARG_SRC, x.memory}, {DNNL_ARG_DST, y.memory}});
  return y;
}

Tensor Builder::sum(algorithm f, const Tensor& a, const Tensor& b) {
  Tensor y = make_tensor(a.desc());
  const dnnl::binary::desc desc(f, a.desc(), b.desc(), y.desc());
  call(dnnl::binary({desc, engine_}),
       {{DNNL_ARG_SRC_0, a.memory}, {DNNL_ARG_SRC_1, b.memory}, {DNNL_ARG_DST, y.memory}});
  return y;
}

void Builder::add_binary(const Node& node, algorithm f) {
  if (graph_.value(node.inputs[0]).is_constant() || graph_.value(node.inputs[1]).is_constant() ||
      shape_of(node.inputs[0]) != shape_of(node.inputs[1]))
    throw Refused(graph_, node, "operands of two shapes, or a constant");
  const Tensor a = tensor(node.inputs[0]);
  set(node.output, sum(f, a, in_layout(tensor(node.inputs[1]), a.desc())));
}

void Builder::add_concat(const Node& node) {
  std::vector<Desc> descs;
  std::unordered_map<int, memory> arguments;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Tensor& x = tensor(node.inputs[i]);
    descs.push_back(x.desc());
    arguments[DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i)] = x.memory;
  }
  const dnnl::concat::primitive_desc description(node.axis, descs, engine_);
  Tensor y = make_tensor(description.dst_desc());
  arguments[DNNL_ARG_DST] = y.memory;
  call(dnnl::concat(description), std::move(arguments));
  set(node.output, std::move(y));
}

void Builder::add_pool(const Node& node) {
  const Shape &x = shape_of(node.inputs[0]), &y = shape_of(node.output);
  Window w = node.window;
  const bool global = node.op == Op::global_max_pool || node.op == Op::global_average_pool;
  if (global) {
    w = {};
    w.kernel_h = static_cast<int32_t>(x[2]);
    w.kernel_w = static_cast<int32_t>(x[3]);
  }
  const bool max = node.op == Op::max_pool || node.op == Op::global_max_pool;
  const algorithm average =
      w.count_include_pad ? algorithm::pooling_avg_include_padding : algorithm::pooling_avg_exclude_padding;
  // The padding at the end that gives this output, whatever the rounding was.
  const auto end = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation, int64_t in, int64_t begin) {
    return (out - 1) * stride + (kernel - 1) * dilation + 1 - in - begin;
  };
  const Dims ends = {end(y[2], w.stride_h, w.kernel_h, w.dilation_h, x[2], w.pad_top),
                     end(y[3], w.stride_w, w.kernel_w, w.dilation_w, x[3], w.pad_left)};
  const Tensor from = tensor(node.inputs[0]);
  const dnnl::pooling_v2_forward::desc desc(prop_kind::forward_inference, max ? algorithm::pooling_max : average,
                                            from.desc(), any_desc(dims_of(y)), {w.stride_h, w.stride_w},
                                            {w.kernel_h, w.kernel_w}, {w.dilation_h - 1, w.dilation_w - 1},
                                            {w.pad_top, w.pad_left}, ends);
  const dnnl::pooling_v2_forward::primitive_desc description(desc, engine_);
  Tensor to = make_tensor(description.dst_desc());
  call(dnnl::pooling_v2_forward(description), {{DNNL_ARG_SRC, from.memory}, {DNNL_ARG_DST, to.memory}});
  set(node.output, std::move(to));
}

void Builder::add_resize(const Node& node) {
  const Shape &x = shape_of(node.inputs[0]), &y = shape_of(node.output);
  const int64_t* source = node.ints.data();
  for (int axis = 2; axis < 4; source += y[axis], ++axis)
    for (int64_t i = 0; i < y[axis]; ++i)
      if (source[i] != (2 * i + 1) * x[axis] / (2 * y[axis])) throw Refused(graph_, node, "another rule of nearest");
  const Tensor from = tensor(node.inputs[0]);
  const dnnl::resampling_forward::desc desc(prop_kind::forward_inference, algorithm::resampling_nearest, from.desc(),
                                            any_desc(dims_of(y)));
  const dnnl::resampling_forward::primitive_desc description(desc, engine_);
  Tensor to = make_tensor(description.dst_desc());
  call(dnnl::resampling_forward(description), {{DNNL_ARG_SRC, from.memory}, {DNNL_ARG_DST, to.memory}});
  set(node.output, std::move(to));
}

void Builder::add_softmax(const Node& node) {
  const Tensor from = plain(node.inputs[0]);
  Tensor to = make_tensor(from.desc());
  const dnnl::softmax_forward::desc desc(prop_kind::forward_inference, from.desc(), node.axis);
  call(dnnl::softmax_forward({desc, engine_}), {{DNNL_ARG_SRC, from.memory}, {DNNL_ARG_DST, to.memory}});
  set(node.output, std::move(to));
}

void Builder::add_l2_normalize(const Node& node) {
  const Tensor from = plain(node.inputs[0]);
  Dims dims = dims_of(shape_of(node.inputs[0]));
  dims[static_cast<size_t>(node.axis)] = 1;
  Tensor norm = make_tensor(plain_desc(dims));
  const dnnl::reduction::desc desc(algorithm::reduction_norm_lp_max, from.desc(), norm.desc(), 2, node.a * node.a);
  call(dnnl::reduction({desc, engine_}), {{DNNL_ARG_SRC, from.memory}, {DNNL_ARG_DST, norm.memory}});
  set(node.output, sum(algorithm::binary_div, from, norm));
}

void Builder::add_reshape(const Node& node) {
  // A fully connected layer reads the picture as it lies.
  const int reader = near_.only_consumer_of(node.output);
  const bool row = reader >= 0 && graph_.nodes[static_cast<size_t>(reader)].op == Op::fully_connected;
  if (row && shape_of(node.inputs[0]).rank == 4) return;
  Tensor x = plain(node.inputs[0]);
  x.memory = memory(plain_desc(dims_of(shape_of(node.output))), engine_, x.floats.get());
  set(node.output, std::move(x));
}

// The same bytes under another description.
void Builder::add_transpose(const Node& node) {
  Tensor x = tensor(node.inputs[0]);
  std::vector<int> place(node.ints.size());
  for (size_t i = 0; i < node.ints.size(); ++i) place[static_cast<size_t>(node.ints[i])] = static_cast<int>(i);
  x.memory = memory(x.desc().permute_axes(place), engine_, x.floats.get());
  set(node.output, std::move(x));
}

}  // namespace mien::peers
