// Layers with weights, and the post-ops that oneDNN fuses into them.
#include <string>

#include "bench/peers/native/onednn/builder.h"

namespace mien::peers {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

std::vector<PostOp> Builder::post_ops_of(const Chain& chain) const {
  std::vector<PostOp> ops;
  const PostOp sum{nullptr, chain.residual};
  if (chain.residual != kNoValue && !chain.residual_last) ops.push_back(sum);
  if (chain.activation >= 0) ops.push_back({&graph_.nodes[static_cast<size_t>(chain.activation)], kNoValue});
  if (chain.residual != kNoValue && chain.residual_last) ops.push_back(sum);
  return ops;
}

dnnl::primitive_attr Builder::attributes(const std::vector<PostOp>& ops, size_t fused) const {
  dnnl::post_ops post;
  for (size_t i = 0; i < fused; ++i) {
    const Node* node = ops[i].activation;
    if (!node) {
      post.append_sum();
    } else if (is_per_channel(*node)) {
      post.append_prelu(1 << 1);
    } else if (node->op == Op::clip) {
      post.append_eltwise(1, algorithm::eltwise_clip, node->a, node->b);
    } else {
      post.append_eltwise(1, algorithm::eltwise_relu, slope_of(*node), 0);
    }
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post);
  return attributes;
}

namespace {

// The library's plain loops, hundreds of times slower than its kernels: no post-op and no layout is worth that.
template <class Description>
bool is_reference(const Description& description) {
  return std::string(description.impl_info_str()).find("ref") != std::string::npos;
}

}  // namespace

template <class Make>
auto Builder::best_form(const std::vector<PostOp>& ops, const Make& make, size_t* fused) {
  for (*fused = ops.size(); *fused > 0; --*fused) {
    try {
      auto description = make(attributes(ops, *fused));
      if (!is_reference(description)) return description;
    } catch (const dnnl::error&) {
    }
  }
  return make(dnnl::primitive_attr());
}

void Builder::add_slopes(const std::vector<PostOp>& ops, size_t fused, std::unordered_map<int, memory>* arguments) {
  for (size_t i = 0; i < fused; ++i) {
    const Node* node = ops[i].activation;
    if (!node || !is_per_channel(*node)) continue;
    Dims dims(static_cast<size_t>(shape_of(node->output).rank), 1);
    dims[1] = shape_of(node->inputs[1]).elements();
    (*arguments)[DNNL_ARG_ATTR_MULTIPLE_POST_OP(static_cast<int>(i)) | DNNL_ARG_WEIGHTS] =
        constant(constant_input(*node, 1), dims);
  }
}

// A sum is added to what the destination holds: the residual itself, where nothing reads it afterwards.
Tensor Builder::destination(const std::vector<PostOp>& ops, size_t fused, const Desc& desc) {
  for (size_t i = 0; i < fused; ++i) {
    if (ops[i].activation) continue;
    const Tensor& residual = tensor(ops[i].residual);
    const bool dead = last_reads_[static_cast<size_t>(ops[i].residual)] == static_cast<int>(unit_);
    if (dead && residual.desc() == desc && residual.floats.use_count() == 1) return residual;
    Tensor copy = make_tensor(desc);
    call(dnnl::reorder(residual.memory, copy.memory), {{DNNL_ARG_FROM, residual.memory}, {DNNL_ARG_TO, copy.memory}});
    return copy;
  }
  return make_tensor(desc);
}

Tensor Builder::after(const PostOp& op, const Tensor& x) {
  if (op.activation) return activated(*op.activation, x);
  return sum(algorithm::binary_add, x, in_layout(tensor(op.residual), x.desc()));
}

template <class Description>
void Builder::finish_layer(const Description& description, size_t fused, std::unordered_map<int, memory> arguments,
                           const Chain& chain) {
  const std::vector<PostOp> ops = post_ops_of(chain);
  add_slopes(ops, fused, &arguments);
  Tensor y = destination(ops, fused, description.dst_desc());
  arguments[DNNL_ARG_DST] = y.memory;
  call(dnnl::primitive(description.get()), std::move(arguments));
  for (size_t i = fused; i < ops.size(); ++i) y = after(ops[i], y);
  set(graph_.nodes[static_cast<size_t>(chain.last)].output, std::move(y));
}

Builder::Desc Builder::activation_desc(const Shape& shape, Layout layout) {
  const bool blocked = layout == Layout::blocked && shape[1] >= 16;
  const auto tag = blocked ? memory::format_tag::nChw16c : memory::format_tag::any;
  return Desc(dims_of(shape), memory::data_type::f32, tag);
}

void Builder::add_convolution(const Node& node, const Chain& chain) {
  const Window& w = node.window;
  const Shape &x = shape_of(node.inputs[0]), &y = shape_of(node.output);
  Dims weights = {y[1], x[1] / w.groups, w.kernel_h, w.kernel_w};
  if (w.groups > 1) weights = {w.groups, y[1] / w.groups, x[1] / w.groups, w.kernel_h, w.kernel_w};
  const float* bias = constant_input(node, 2);
  Layout layout = layout_;
  const auto make = [&](const dnnl::primitive_attr& attributes) {
    // The first layer's few channels are read as they come; the library has kernels for that.
    const Desc source = x[1] < 16 ? plain_desc(dims_of(x)) : activation_desc(x, layout);
    const Desc bias_desc = bias ? any_desc({y[1]}) : Desc();
    const dnnl::convolution_forward::desc desc(prop_kind::forward_inference, algorithm::convolution_auto, source,
                                               any_desc(weights), bias_desc, activation_desc(y, layout),
                                               {w.stride_h, w.stride_w}, {w.dilation_h - 1, w.dilation_w - 1},
                                               {w.pad_top, w.pad_left}, {w.pad_bottom, w.pad_right});
    return dnnl::convolution_forward::primitive_desc(desc, attributes, engine_);
  };
  size_t fused = 0;
  auto description = best_form(post_ops_of(chain), make, &fused);
  if (is_reference(description)) {
    layout = Layout::any;
    description = best_form(post_ops_of(chain), make, &fused);
  }
  const Tensor from = in_layout(tensor(node.inputs[0]), description.src_desc());
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, from.memory},
      {DNNL_ARG_WEIGHTS, constant(constant_input(node, 1), weights, description.weights_desc())}};
  if (bias) arguments[DNNL_ARG_BIAS] = constant(bias, {y[1]}, description.bias_desc());
  finish_layer(description, fused, std::move(arguments), chain);
}

void Builder::add_inner_product(const Node& node, const Chain& chain) {
  // A flattened picture has not been flattened: it is read as it lies.
  ValueId x = node.inputs[0];
  if (!tensor(x).floats) x = graph_.nodes[static_cast<size_t>(graph_.producers()[static_cast<size_t>(x)])].inputs[0];
  if (shape_of(x).rank != 4 && shape_of(x).rank != 2) throw Refused(graph_, node, "its input is no row");
  const Dims source = dims_of(shape_of(x)), destination = dims_of(shape_of(node.output));
  Dims weights = source;
  weights[0] = shape_of(node.inputs[1])[0];
  const float* bias = constant_input(node, 2);
  const auto make = [&](const dnnl::primitive_attr& attributes) {
    const dnnl::inner_product_forward::desc desc(prop_kind::forward_inference, any_desc(source), any_desc(weights),
                                                 bias ? any_desc({weights[0]}) : Desc(), any_desc(destination));
    return dnnl::inner_product_forward::primitive_desc(desc, attributes, engine_);
  };
  size_t fused = 0;
  const auto description = best_form(post_ops_of(chain), make, &fused);
  const Tensor from = in_layout(tensor(x), description.src_desc());
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, from.memory},
      {DNNL_ARG_WEIGHTS, constant(constant_input(node, 1), weights, description.weights_desc())}};
  if (bias) arguments[DNNL_ARG_BIAS] = constant(bias, {weights[0]}, description.bias_desc());
  finish_layer(description, fused, std::move(arguments), chain);
}

void Builder::add_batch_norm(const Node& node, const Chain& chain) {
  using dnnl::normalization_flags;
  const Tensor& x = tensor(node.inputs[0]);
  const int64_t channels = shape_of(node.inputs[0])[1];
  const auto make = [&](const dnnl::primitive_attr& attributes) {
    const dnnl::batch_normalization_forward::desc desc(
        prop_kind::forward_inference, x.desc(), 0,
        normalization_flags::use_global_stats | normalization_flags::use_scale | normalization_flags::use_shift);
    return dnnl::batch_normalization_forward::primitive_desc(desc, attributes, engine_);
  };
  size_t fused = 0;
  const auto description = best_form(post_ops_of(chain), make, &fused);
  const std::vector<float> zeros(static_cast<size_t>(channels), 0), ones(static_cast<size_t>(channels), 1);
  finish_layer(description, fused,
               {{DNNL_ARG_SRC, x.memory},
                {DNNL_ARG_MEAN, constant(zeros.data(), {channels})},
                {DNNL_ARG_VARIANCE, constant(ones.data(), {channels})},
                {DNNL_ARG_SCALE, constant(constant_input(node, 1), {channels})},
                {DNNL_ARG_SHIFT, constant(constant_input(node, 2), {channels})}},
               chain);
}

}  // namespace mien::peers
