// Nodes without weights.
#include <algorithm>
#include <cmath>

#include "bench/peers/native/xnnpack/builder.h"

namespace mien::peers {

void Builder::add_node(const Node& node) {
  const Tensor x = tensor(node.inputs[0]);
  switch (node.op) {
    case Op::relu:
    case Op::clip:
    case Op::leaky_relu:
    case Op::prelu:
    case Op::sigmoid:
      return write_dense(node.output, [&](const Tensor& y) { activation(node, x, y); });
    case Op::add:
      if (graph_.value(node.inputs[1]).is_constant() || shape_of(node.inputs[0]) != shape_of(node.inputs[1]))
        throw Refused(graph_, node, "operands of two shapes, or a constant");
      return write_dense(node.output,
                         [&](const Tensor& y) { sum(dense(x), dense(tensor(node.inputs[1])), Limits(), y); });
    case Op::concat:
      return add_concat(node);
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_average_pool:
      return add_pool(node);
    case Op::resize_nearest:
      return add_resize(node);
    case Op::softmax:
      return add_softmax(node);
    case Op::l2_normalize:
      return add_l2_normalize(node);
    case Op::reshape:
    case Op::transpose:
      return add_reshape(node);
    default:
      throw Refused(graph_, node, "not in this executor");
  }
}

void Builder::activation(const Node& node, const Tensor& x, const Tensor& y) {
  const size_t channels = size(x.channels), from = size(x.stride), to = size(y.stride), pixels = size(x.pixels);
  xnn_operator_t made = nullptr;
  Limits limits;
  if (limits_of(node, &limits)) {
    check(xnn_create_clamp_nc_f32(channels, from, to, limits.low, limits.high, 0, &made), "clamp");
    add(made);
    check(xnn_setup_clamp_nc_f32(made, pixels, x.data, y.data, threads_), "clamp");
  } else if (node.op == Op::prelu) {
    const float* slope = constant_input(node, 1);
    std::vector<float> slopes(slope, slope + shape_of(node.inputs[1]).elements());
    if (slopes.size() == 1) slopes.assign(channels, slope[0]);
    check(xnn_create_prelu_nc_f32(channels, from, to, slopes.data(), 0, &made), "prelu");
    add(made);
    check(xnn_setup_prelu_nc_f32(made, pixels, x.data, y.data, threads_), "prelu");
  } else if (node.op == Op::leaky_relu) {
    check(xnn_create_leaky_relu_nc_f32(channels, from, to, node.a, 0, &made), "leaky_relu");
    add(made);
    check(xnn_setup_leaky_relu_nc_f32(made, pixels, x.data, y.data, threads_), "leaky_relu");
  } else {
    check(xnn_create_sigmoid_nc_f32(channels, from, to, 0, &made), "sigmoid");
    add(made);
    check(xnn_setup_sigmoid_nc_f32(made, pixels, x.data, y.data, threads_), "sigmoid");
  }
}

void Builder::sum(const Tensor& a, const Tensor& b, const Limits& limits, const Tensor& y) {
  const size_t shape[] = {size(a.pixels * a.channels)};
  xnn_operator_t made = nullptr;
  check(xnn_create_add_nd_f32(limits.low, limits.high, 0, &made), "add");
  add(made);
  check(xnn_setup_add_nd_f32(made, 1, shape, 1, shape, a.data, b.data, y.data, threads_), "add");
}

void Builder::copy(const Tensor& x, const Tensor& y) {
  xnn_operator_t made = nullptr;
  check(xnn_create_copy_nc_x32(size(x.channels), size(x.stride), size(y.stride), 0, &made), "copy");
  add(made);
  check(xnn_setup_copy_nc_x32(made, size(x.pixels), x.data, y.data, threads_), "copy");
}

// What was not written to its place at once is copied there.
void Builder::add_concat(const Node& node) {
  for (const ValueId id : node.inputs) {
    const Tensor place = part_of_concat(node, id);
    Tensor x = tensor(id);
    if (x.data == place.data) continue;
    if (x.channels != place.channels) {
      x = dense(x);
      x.pixels = place.pixels, x.channels = x.stride = place.channels;
    }
    copy(x, place);
  }
}

void Builder::add_pool(const Node& node) {
  const Shape &s = shape_of(node.inputs[0]), &out = shape_of(node.output);
  const Tensor x = tensor(node.inputs[0]), y = destination(node.output);
  tensor(node.output) = y;
  const Window& w = node.window;
  const Limits none;
  const auto end = [](int64_t o, int64_t stride, int64_t reach, int64_t in, int64_t begin) {
    return static_cast<uint32_t>(std::max<int64_t>(0, (o - 1) * stride + reach - in - begin));
  };
  const uint32_t top = static_cast<uint32_t>(w.pad_top), left = static_cast<uint32_t>(w.pad_left);
  const uint32_t bottom = end(out[2], w.stride_h, (w.kernel_h - 1) * w.dilation_h + 1, s[2], w.pad_top);
  const uint32_t right = end(out[3], w.stride_w, (w.kernel_w - 1) * w.dilation_w + 1, s[3], w.pad_left);
  const uint32_t kh = static_cast<uint32_t>(w.kernel_h), kw = static_cast<uint32_t>(w.kernel_w);
  const uint32_t sh = static_cast<uint32_t>(w.stride_h), sw = static_cast<uint32_t>(w.stride_w);
  xnn_operator_t made = nullptr;
  if (node.op == Op::max_pool) {
    check(
        xnn_create_max_pooling2d_nhwc_f32(top, right, bottom, left, kh, kw, sh, sw, static_cast<uint32_t>(w.dilation_h),
                                          static_cast<uint32_t>(w.dilation_w), size(x.channels), size(x.stride),
                                          size(y.stride), none.low, none.high, 0, &made),
        "max_pooling2d");
    add(made);
    check(xnn_setup_max_pooling2d_nhwc_f32(made, 1, size(s[2]), size(s[3]), x.data, y.data, threads_), "max_pooling2d");
  } else if (node.op == Op::average_pool) {
    if (w.count_include_pad && (top | left | bottom | right)) throw Refused(graph_, node, "the padding is counted");
    check(xnn_create_average_pooling2d_nhwc_f32(top, right, bottom, left, kh, kw, sh, sw, size(x.channels),
                                                size(x.stride), size(y.stride), none.low, none.high, 0, &made),
          "average_pooling2d");
    add(made);
    check(xnn_setup_average_pooling2d_nhwc_f32(made, 1, size(s[2]), size(s[3]), x.data, y.data, threads_),
          "average_pooling2d");
  } else {
    check(xnn_create_global_average_pooling_nwc_f32(size(x.channels), size(x.stride), size(y.stride), none.low,
                                                    none.high, 0, &made),
          "global_average_pooling");
    add(made);
    check(xnn_setup_global_average_pooling_nwc_f32(made, 1, size(x.pixels), x.data, y.data, threads_),
          "global_average_pooling");
  }
}

// Twice as wide and high: every pixel is copied twice side by side, then every row twice.
void Builder::add_resize(const Node& node) {
  const Shape &s = shape_of(node.inputs[0]), &out = shape_of(node.output);
  bool twice = out[2] == 2 * s[2] && out[3] == 2 * s[3];
  for (int64_t i = 0; twice && i < out[2] + out[3]; ++i)
    twice = node.ints[static_cast<size_t>(i)] == (i < out[2] ? i : i - out[2]) / 2;
  if (!twice) throw Refused(graph_, node, "not twice as large");
  const Tensor x = tensor(node.inputs[0]), wide = make_tensor(2 * x.pixels, x.channels);
  const int64_t c = x.channels, row = 2 * s[3] * c;
  for (int64_t i = 0; i < 2; ++i) copy(x, {wide.floats, wide.data + i * c, x.pixels, c, 2 * c});
  write_dense(node.output, [&](const Tensor& y) {
    for (int64_t i = 0; i < 2; ++i)
      copy({wide.floats, wide.data, s[2], row, row}, {y.floats, y.data + i * row, s[2], row, 2 * row});
  });
}

void Builder::add_softmax(const Node& node) {
  if (node.axis != shape_of(node.output).rank - 1) throw Refused(graph_, node, "not over the last axis");
  const Tensor x = tensor(node.inputs[0]), y = destination(node.output);
  tensor(node.output) = y;
  xnn_operator_t made = nullptr;
  check(xnn_create_softmax_nc_f32(size(x.channels), size(x.stride), size(y.stride), 0, &made), "softmax");
  add(made);
  check(xnn_setup_softmax_nc_f32(made, size(x.pixels), x.data, y.data, threads_), "softmax");
}

// The library has none; of one embedding it costs nothing.
void Builder::add_l2_normalize(const Node& node) {
  const Tensor x = tensor(node.inputs[0]), y = new_tensor(node.output);
  if (x.pixels != 1) throw Refused(graph_, node, "of more than one vector");
  tensor(node.output) = y;
  steps.push_back([x = x.data, y = y.data, n = x.channels, eps = node.a] {
    float squares = 0;
    for (int64_t i = 0; i < n; ++i) squares += x[i] * x[i];
    const float norm = std::max(std::sqrt(squares), eps);
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] / norm;
  });
}

// Channels last already, or one pixel: the same bytes. A flattened picture changes its order, unless its one reader is
// a fully connected layer, whose weights change theirs.
void Builder::add_reshape(const Node& node) {
  const Shape &from = shape_of(node.inputs[0]), &to = shape_of(node.output);
  const bool to_last = node.op == Op::transpose && node.ints == std::vector<int64_t>{0, 2, 3, 1};
  if (node.op == Op::transpose && !to_last) throw Refused(graph_, node, "another order than 0, 2, 3, 1");
  const Node* producer = producer_of(node.inputs[0]);
  const bool picture = from.rank == 4 && !(producer && producer->op == Op::transpose);
  const Tensor x = tensor(node.inputs[0]);
  if (!picture || to_last || x.pixels == 1) {
    Tensor same = dense(x);
    same.channels = same.stride = to[to.rank - 1];
    same.pixels = to.elements() / same.channels;
    tensor(node.output) = same;
    return;
  }
  const int reader = near_.only_consumer_of(node.output);
  if (reader >= 0 && graph_.nodes[static_cast<size_t>(reader)].op == Op::fully_connected) return;
  write_dense(node.output, [&](const Tensor& y) {
    steps.push_back([x, y = y.data] {
      for (int64_t p = 0; p < x.pixels; ++p)
        for (int64_t c = 0; c < x.channels; ++c) y[c * x.pixels + p] = x.data[p * x.stride + c];
    });
  });
}

}  // namespace mien::peers
