// Conv and the pools.
#include "converters/onnx/operators.h"
#include "converters/onnx/window_attributes.h"

namespace mien::onnx {
namespace {

bool picture(Importer& g, NodeView& n, ValueId x) {
  if (!n.ok()) return false;
  if (g.shape(x).rank != 4) n.refuse("input is " + g.shape(x).text() + "; only N x C x H x W is supported");
  return n.ok();
}

ValueId bias(Importer& g, NodeView& n, int64_t channels) {
  const Tensor* b = n.required_constant(2, "the bias");
  if (!b) return kNoValue;
  if (b->count() != channels)
    n.corrupt("bias " + dims_text(b->dims) + " for " + std::to_string(channels) + " channels");
  if (b->dims.size() == 1) return g.value(n, 2);
  return g.constant_value(n, n.base_name() + "/bias", {channels}, b->reals);
}

}  // namespace

void absorb_pad(const Importer& g, ValueId* x, Window* w) {
  // The pad, if there is one, was emitted shortly before.
  for (size_t i = g.graph.nodes.size(); i-- > 0;) {
    const Node& pad = g.graph.nodes[i];
    if (pad.output != *x) continue;
    if (pad.op != Op::pad || pad.a != 0 || pad.ints.size() != 8) return;
    const std::vector<int64_t>& p = pad.ints;
    if (p[0] != 0 || p[1] != 0 || p[4] != 0 || p[5] != 0) return;
    if (p[2] + w->pad_top > 4096 || p[3] + w->pad_left > 4096 || p[6] + w->pad_bottom > 4096 ||
        p[7] + w->pad_right > 4096)
      return;
    w->pad_top += static_cast<int32_t>(p[2]), w->pad_left += static_cast<int32_t>(p[3]);
    w->pad_bottom += static_cast<int32_t>(p[6]), w->pad_right += static_cast<int32_t>(p[7]);
    *x = pad.inputs[0];
    return;
  }
}

void import_conv(Importer& g, NodeView& n) {
  ValueId x = g.value(n, 0);
  const Tensor* w = n.required_constant(1, "the weights");
  if (!w || !picture(g, n, x)) return;
  if (!w->floating()) return n.refuse("weights are not floats");
  if (w->rank() != 4) return n.refuse("weights are " + dims_text(w->dims) + "; only 2-D convolutions are supported");
  Node conv;
  conv.op = Op::conv;
  if (!read_window(n, g.dims(x), {w->dims[2], w->dims[3]}, &conv.window)) return;
  if (conv.window.kernel_h != w->dims[2] || conv.window.kernel_w != w->dims[3])
    return n.corrupt("kernel_shape is not that of the weights " + dims_text(w->dims));
  const int64_t group = n.integer("group", 1), channels = g.shape(x)[1];
  if (group < 1 || channels % group != 0 || w->dims[0] % group != 0 || w->dims[1] != channels / group) {
    return n.corrupt("group " + std::to_string(group) + " and weights " + dims_text(w->dims) + " do not fit " +
                     std::to_string(channels) + " channels");
  }
  conv.window.groups = static_cast<int32_t>(group);
  absorb_pad(g, &x, &conv.window);
  conv.inputs = {x, g.value(n, 1)};
  if (n.has_input(2)) conv.inputs.push_back(bias(g, n, w->dims[0]));
  g.finish(n, std::move(conv));
}

void import_pool(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!picture(g, n, x)) return;
  Node pool;
  pool.op = n.op() == "MaxPool" ? Op::max_pool : Op::average_pool;
  pool.inputs = {x};
  if (!n.has("kernel_shape")) return n.corrupt("has no kernel_shape");
  if (!read_window(n, g.dims(x), {}, &pool.window)) return;
  pool.window.ceil_mode = n.integer("ceil_mode", 0) != 0;
  pool.window.count_include_pad = n.integer("count_include_pad", 0) != 0;
  g.finish(n, std::move(pool));
}

void import_global_pool(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (picture(g, n, x)) g.finish(n, n.op() == "GlobalMaxPool" ? Op::global_max_pool : Op::global_average_pool, {x});
}

}  // namespace mien::onnx
