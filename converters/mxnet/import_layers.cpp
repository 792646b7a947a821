// The layers that have a window or weights.
#include <algorithm>

#include "converters/batch_norm.h"
#include "converters/mxnet/operators.h"

namespace mien::mxnet {
namespace {

constexpr int64_t kLargestWindow = 4096;

bool is_picture(Importer& g, NodeView& n, ValueId x) {
  if (n.ok() && g.shape(x).rank != 4) n.refuse("input is " + g.shape(x).text() + "; only N x C x H x W is supported");
  return n.ok();
}

// One attribute of a window, height and width.
bool pair(NodeView& n, const char* name, const Dims& fallback, int64_t least, int32_t* h, int32_t* w) {
  const Dims values = n.tuple(name, fallback);
  if (!n.ok()) return false;
  if (values.size() != 2) {
    n.refuse(std::string(name) + " of " + std::to_string(values.size()) + " axes; only 2-D windows are supported");
    return false;
  }
  for (int64_t v : values) {
    if (v >= least && v <= kLargestWindow) continue;
    n.corrupt(std::string(name) + " holds " + std::to_string(v));
    return false;
  }
  *h = static_cast<int32_t>(values[0]), *w = static_cast<int32_t>(values[1]);
  return true;
}

bool read_window(NodeView& n, Window* w) {
  // Empty tuples are how some versions print a default.
  const auto given = [&](const char* name) { return n.has(name) && !n.tuple(name, {}).empty(); };
  if (!n.has("kernel")) n.corrupt("has no kernel");
  if (!pair(n, "kernel", {1, 1}, 1, &w->kernel_h, &w->kernel_w)) return false;
  if (given("stride") && !pair(n, "stride", {1, 1}, 1, &w->stride_h, &w->stride_w)) return false;
  if (given("dilate") && !pair(n, "dilate", {1, 1}, 1, &w->dilation_h, &w->dilation_w)) return false;
  if (given("pad") && !pair(n, "pad", {0, 0}, 0, &w->pad_top, &w->pad_left)) return false;
  w->pad_bottom = w->pad_top, w->pad_right = w->pad_left;
  return n.ok();
}

// The vector of one number per channel that is input i; null data if there is none or it has another length.
Parameter per_channel(Importer& g, NodeView& n, int i, const char* suffix, int64_t channels) {
  const Parameter found = g.parameter(n, i, suffix);
  if (found && found.count() != channels) {
    n.corrupt(std::string(suffix) + " " + found.shape.text() + " for " + std::to_string(channels) + " channels");
    return {};
  }
  return found;
}

void add_bias(Importer& g, NodeView& n, int64_t outputs, Node* node) {
  if (n.flag("no_bias", false)) return;
  const Parameter bias = per_channel(g, n, 2, "bias", outputs);
  if (n.ok()) node->inputs.push_back(g.constant_of(n, bias, {outputs}));
}

// Output extent of a pool that may end in the padding, which the graph's operator does not let it.
bool reaches_past(int64_t in, int64_t kernel, int64_t stride, int64_t pad) {
  const int64_t room = in + 2 * pad - kernel;
  if (room < 0 || room % stride == 0) return false;
  return (room / stride + 1) * stride >= in + pad;
}

// The stored gamma is not looked at when it is fixed: it is 1.
void note_fixed_gamma(Importer& g, NodeView& n) {
  const Parameter gamma = g.optional_parameter(n, 1, "gamma");
  if (!gamma || std::all_of(gamma.data, gamma.data + gamma.count(), [](float v) { return v == 1; })) return;
  g.repair(n.label() + ": fix_gamma is set: gamma is 1, whatever the parameter file holds");
}

}  // namespace

void import_convolution(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!is_picture(g, n, x)) return;
  Node conv = make_node(Op::conv, {x});
  const std::string layout = n.text("layout", "NCHW");
  if (layout != "NCHW") return n.refuse("layout other than NCHW");
  if (!read_window(n, &conv.window)) return;
  const int64_t groups = n.integer("num_group", 1), channels = g.shape(x)[1], outputs = n.integer("num_filter", 0);
  if (n.ok() && (groups < 1 || channels % groups != 0 || outputs < 1 || outputs % groups != 0))
    return n.corrupt("num_filter " + std::to_string(outputs) + " and num_group " + std::to_string(groups) + " for " +
                     std::to_string(channels) + " channels");
  const Parameter weight = g.parameter(n, 1, "weight");
  if (!n.ok()) return;
  const Shape expected{outputs, channels / groups, conv.window.kernel_h, conv.window.kernel_w};
  if (weight.shape != expected) return n.corrupt("weight is " + weight.shape.text() + "; expected " + expected.text());
  conv.window.groups = static_cast<int32_t>(groups);
  conv.inputs.push_back(g.constant_of(n, weight, expected));
  add_bias(g, n, outputs, &conv);
  g.finish(n, std::move(conv));
}

void import_fully_connected(Importer& g, NodeView& n) {
  ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  Dims in = g.dims(x);
  if (in.empty()) return n.corrupt("input is a scalar");
  if (n.flag("flatten", true) && in.size() != 2) {
    int64_t k = 1;
    for (size_t i = 1; i < in.size(); ++i) k *= in[i];
    in = {in[0], k};
    x = g.step(n, make_reshape(x, in), "flat");
  }
  const Parameter weight = g.parameter(n, 1, "weight");
  if (!n.ok()) return;
  const Shape expected{n.integer("num_hidden", weight.shape.rank > 0 ? weight.shape[0] : 0), in.back()};
  if (weight.shape != expected)
    return n.corrupt("weight is " + weight.shape.text() + "; expected " + expected.text() + " for an input " +
                     dims_text(in));
  Node fc = make_node(Op::fully_connected, {x, g.constant_of(n, weight, expected)});
  add_bias(g, n, expected[0], &fc);
  g.finish(n, std::move(fc));
}

void import_batch_norm(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() < 2) return n.corrupt("input " + dims_text(in) + " has no channel axis");
  if (n.axis("axis", 1, static_cast<int>(in.size())) != 1) return n.refuse("along another axis than the second");
  const int64_t channels = in[1];
  const bool fixed = n.flag("fix_gamma", true);  // the default says so
  if (fixed) note_fixed_gamma(g, n);
  const Parameter gamma = fixed ? Parameter{} : per_channel(g, n, 1, "gamma", channels);
  const Parameter beta = per_channel(g, n, 2, "beta", channels);
  const Parameter mean = per_channel(g, n, 3, "moving_mean", channels);
  const Parameter variance = per_channel(g, n, 4, "moving_var", channels);
  const double eps = n.real("eps", 1e-3);
  if (!n.ok()) return;
  std::vector<double> scale, shift;
  const Status status = batch_norm_vectors(gamma.data, beta.data, mean.data, variance.data,
                                           static_cast<size_t>(channels), eps, &scale, &shift);
  if (!status.ok()) return n.corrupt(status.message());
  g.finish(n, Op::batch_norm,
           {x, g.made_constant(n, "scale", {channels}, scale), g.made_constant(n, "shift", {channels}, shift)});
}

void import_pooling(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!is_picture(g, n, x)) return;
  const std::string type = n.text("pool_type", "max"), convention = n.text("pooling_convention", "valid");
  if (type != "max" && type != "avg" && type != "sum") return n.refuse("pool_type other than max, avg and sum");
  const Shape in = g.shape(x);
  Node pool = make_node(type == "max" ? Op::max_pool : Op::average_pool, {x});
  double area = static_cast<double>(in[2] * in[3]);
  if (n.flag("global_pool", false)) {
    pool.op = type == "max" ? Op::global_max_pool : Op::global_average_pool;
  } else {
    Window& w = pool.window;
    if (!read_window(n, &w)) return;
    if (convention != "valid" && convention != "full") return n.refuse("pooling_convention other than valid and full");
    w.ceil_mode = convention == "full";
    w.count_include_pad = n.flag("count_include_pad", true);
    if (w.ceil_mode && (reaches_past(in[2], w.kernel_h, w.stride_h, w.pad_top) ||
                        reaches_past(in[3], w.kernel_w, w.stride_w, w.pad_left)))
      return n.refuse("its last window lies in the padding alone");
    if (type == "sum" && (w.pad_top + w.pad_left > 0 || w.ceil_mode)) return n.refuse("a sum with padding");
    area = static_cast<double>(w.kernel_h) * w.kernel_w;
  }
  if (type != "sum") return g.finish(n, std::move(pool));
  const ValueId average = g.step(n, std::move(pool), "average");
  g.finish(n, Op::mul, {average, g.made_constant(n, "area", {}, {area})});
}

void import_up_sampling(Importer& g, NodeView& n) {
  const ValueId x = g.value(n, 0);
  if (!is_picture(g, n, x)) return;
  const int64_t scale = n.integer("scale", 1);
  if (n.text("sample_type", "nearest") != "nearest" || n.inputs() != 1)
    return n.refuse("anything but nearest of one input");
  const Shape in = g.shape(x);
  if (scale < 1 || scale > 64 || in[2] * scale > kLargestWindow || in[3] * scale > kLargestWindow)
    return n.corrupt("scale " + std::to_string(scale) + " of " + in.text());
  Node resize = make_node(Op::resize_nearest, {x});
  resize.axis = static_cast<int32_t>(in[2] * scale);
  for (int64_t i = 0; i < in[2] * scale; ++i) resize.ints.push_back(i / scale);
  for (int64_t i = 0; i < in[3] * scale; ++i) resize.ints.push_back(i / scale);
  g.finish(n, std::move(resize));
}

}  // namespace mien::mxnet
