// The layers that have a window.
#include <algorithm>

#include "converters/caffe/operators.h"

namespace mien::caffe {
namespace {

constexpr int64_t kLargestWindow = 4096;
constexpr int64_t kMostOutputs = int64_t{1} << 24;

// The one bottom of a layer with a window, N x C x H x W.
ValueId picture(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (n.ok() && g.shape(x).rank != 4) n.refuse("input is " + g.shape(x).text() + "; only N x C x H x W is supported");
  return x;
}

// Names of one property of a window: of both axes together, of each by itself.
struct Names {
  const char *both, *h, *w;
};

// Height and width, at least `least`. Caffe takes no default for the other axis where one stands by itself.
bool pair(LayerView& n, const Names& names, int64_t fallback, int64_t least, int32_t* h, int32_t* w) {
  Dims values = n.integers(names.both);
  const bool split = names.h && (n.has(names.h) || n.has(names.w));
  if (split && !values.empty()) n.corrupt(std::string(names.both) + " stands beside " + names.h + " or " + names.w);
  if (split) values = {n.integer(names.h, 0), n.integer(names.w, 0)};
  if (values.empty()) values = {fallback};
  if (values.size() == 1) values.push_back(values[0]);
  if (!n.ok()) return false;
  if (values.size() != 2) {
    n.refuse(std::string(names.both) + " of " + std::to_string(values.size()) +
             " axes; only 2-D windows are supported");
    return false;
  }
  for (int64_t v : values) {
    if (v >= least && v <= kLargestWindow) continue;
    n.corrupt(std::string(names.both) + " is " + std::to_string(v));
    return false;
  }
  *h = static_cast<int32_t>(values[0]), *w = static_cast<int32_t>(values[1]);
  return true;
}

bool read_window(LayerView& n, bool dilates, Window* w) {
  if (!pair(n, {"kernel_size", "kernel_h", "kernel_w"}, 0, 1, &w->kernel_h, &w->kernel_w)) return false;
  if (!pair(n, {"stride", "stride_h", "stride_w"}, 1, 1, &w->stride_h, &w->stride_w)) return false;
  if (!pair(n, {"pad", "pad_h", "pad_w"}, 0, 0, &w->pad_top, &w->pad_left)) return false;
  if (dilates && !pair(n, {"dilation", nullptr, nullptr}, 1, 1, &w->dilation_h, &w->dilation_w)) return false;
  w->pad_bottom = w->pad_top, w->pad_right = w->pad_left;
  return true;
}

int64_t extent(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  const int64_t room = in + 2 * pad - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : room / stride + 1;
}

// num_output and whether there is a bias.
bool read_outputs(LayerView& n, int64_t* outputs, bool* bias) {
  *outputs = n.integer("num_output", 0);
  *bias = n.flag("bias_term", true);
  if (n.ok() && (*outputs < 1 || *outputs > kMostOutputs)) n.corrupt("num_output is " + std::to_string(*outputs));
  return n.ok();
}

// groups 0: as many as there are channels.
void convolution(Importer& g, LayerView& n, int64_t groups) {
  const ValueId x = picture(g, n);
  if (!n.ok()) return;
  const Shape in = g.shape(x);
  Node conv = make_node(Op::conv, {x});
  Window& w = conv.window;
  int64_t outputs = 0;
  bool bias = false;
  if (!read_outputs(n, &outputs, &bias) || !read_window(n, true, &w)) return;
  if (n.axis("axis", 1, 4) != 1) return n.refuse("along another axis than the second");
  if (groups == 0) groups = in[1];
  if (groups < 1 || in[1] % groups != 0 || outputs % groups != 0)
    return n.corrupt("num_output " + std::to_string(outputs) + " and group " + std::to_string(groups) + " for " +
                     std::to_string(in[1]) + " channels");
  w.groups = static_cast<int32_t>(groups);
  const Dims weight{outputs, in[1] / groups, w.kernel_h, w.kernel_w};
  std::vector<Expected> expected{{"weight", weight}};
  if (bias) expected.push_back({"bias", {outputs}});
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, expected, &blobs))
    return g.stand_in(n, {in[0], outputs, extent(in[2], w.kernel_h, w.stride_h, w.dilation_h, w.pad_top),
                          extent(in[3], w.kernel_w, w.stride_w, w.dilation_w, w.pad_left)});
  conv.inputs.push_back(g.constant_of(n, "weight", weight, std::move(blobs[0])));
  if (bias) conv.inputs.push_back(g.constant_of(n, "bias", {outputs}, std::move(blobs[1])));
  g.finish(n, std::move(conv));
}

// Whether the last window along an axis begins behind the input, where Caffe without padding keeps it and takes the
// maximum or the average of nothing.
bool begins_outside(int64_t in, int64_t kernel, int64_t stride) {
  const int64_t room = in - kernel;
  return room >= 0 && room % stride != 0 && (room / stride + 1) * stride >= in;
}

// Each pixel `rows` times down and `columns` times across.
Node repeated(ValueId x, const Shape& in, int64_t rows, int64_t columns) {
  Node resize = make_node(Op::resize_nearest, {x});
  resize.axis = static_cast<int32_t>(in[2] * rows);
  for (int64_t i = 0; i < in[2] * rows; ++i) resize.ints.push_back(i / rows);
  for (int64_t i = 0; i < in[3] * columns; ++i) resize.ints.push_back(i / columns);
  return resize;
}
bool may_repeat(LayerView& n, const Shape& in, int64_t rows, int64_t columns) {
  if (rows < 1 || columns < 1 || rows > 64 || columns > 64 || in[2] * rows > kLargestWindow ||
      in[3] * columns > kLargestWindow)
    n.corrupt("repeats the pixels of " + in.text() + " " + std::to_string(rows) + " and " + std::to_string(columns) +
              " times");
  return n.ok();
}

}  // namespace

void import_convolution(Importer& g, LayerView& n) {
  const int64_t groups = n.integer("group", 1);
  if (groups < 1) return n.corrupt("group is " + std::to_string(groups));
  convolution(g, n, groups);
}

void import_depthwise(Importer& g, LayerView& n) {
  const int64_t outputs = n.integer("num_output", 0), groups = n.integer("group", 0);
  const ValueId x = picture(g, n);
  if (!n.ok()) return;
  const int64_t channels = g.shape(x)[1];
  // One of the two forks that have such a layer wants the group said, the other ignores it.
  if (outputs != channels || (n.has("group") && groups != channels && groups != 1))
    return n.refuse("num_output " + std::to_string(outputs) + " and group " + std::to_string(groups) + " for " +
                    std::to_string(channels) + " channels");
  convolution(g, n, 0);
}

void import_pooling(Importer& g, LayerView& n) {
  const ValueId x = picture(g, n);
  if (!n.ok()) return;
  const std::string pool = n.word("pool", "MAX"), round = n.word("round_mode", "CEIL");
  const bool max = pool == "MAX" || pool == "0";
  if (!max && pool != "AVE" && pool != "1") return n.refuse("pool " + pool);
  const Shape in = g.shape(x);
  Node node = make_node(max ? Op::max_pool : Op::average_pool, {x});
  Window& w = node.window;
  if (n.flag("global_pooling", false)) {
    if (n.has("kernel_size") || n.has("kernel_h") || n.has("kernel_w"))
      return n.corrupt("a kernel beside global_pooling");
    w.kernel_h = w.kernel_w = 1;
    if (!pair(n, {"stride", "stride_h", "stride_w"}, 1, 1, &w.stride_h, &w.stride_w)) return;
    if (!pair(n, {"pad", "pad_h", "pad_w"}, 0, 0, &w.pad_top, &w.pad_left)) return;
    if (w.stride_h * w.stride_w != 1 || w.pad_top + w.pad_left != 0)
      return n.corrupt("padding or a stride beside global_pooling");
    return g.finish(n, max ? Op::global_max_pool : Op::global_average_pool, {x});
  }
  if (!read_window(n, false, &w)) return;
  if (round != "CEIL" && round != "0" && round != "FLOOR" && round != "1") return n.corrupt("round_mode " + round);
  w.ceil_mode = (round == "CEIL" || round == "0") && n.flag("ceil_mode", true);  // the second is of a fork
  w.count_include_pad = true;
  const bool padded = w.pad_top + w.pad_left > 0;
  if (w.ceil_mode && !padded &&
      (begins_outside(in[2], w.kernel_h, w.stride_h) || begins_outside(in[3], w.kernel_w, w.stride_w)))
    return n.refuse("its last window lies behind the picture");
  g.finish(n, std::move(node));
}

// Exact where every output is one input times one number.
void import_deconvolution(Importer& g, LayerView& n) {
  const ValueId x = picture(g, n);
  if (!n.ok()) return;
  const Shape in = g.shape(x);
  Window w;
  int64_t outputs = 0;
  bool bias = false;
  const int64_t groups = n.integer("group", 1);
  if (!read_outputs(n, &outputs, &bias) || !read_window(n, true, &w)) return;
  if (groups != in[1] || outputs != in[1] || w.kernel_h != w.stride_h || w.kernel_w != w.stride_w ||
      w.pad_top + w.pad_left != 0 || w.dilation_h * w.dilation_w != 1)
    return n.refuse("only one that repeats pixels is supported");
  if (!may_repeat(n, in, w.kernel_h, w.kernel_w)) return;
  std::vector<Expected> expected{{"weight", {outputs, 1, w.kernel_h, w.kernel_w}}};
  if (bias) expected.push_back({"bias", {outputs}});
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, expected, &blobs)) return g.stand_in(n, {in[0], outputs, in[2] * w.kernel_h, in[3] * w.kernel_w});
  std::vector<float> scale, shift(static_cast<size_t>(outputs), 0.0f);
  const int64_t window = int64_t{w.kernel_h} * w.kernel_w;
  for (int64_t c = 0; c < outputs; ++c) {
    const auto first = blobs[0].begin() + c * window;
    if (std::any_of(first, first + window, [first](float v) { return v != *first; }))
      return n.refuse("its filters hold different numbers: only one that repeats pixels is supported");
    scale.push_back(*first);
  }
  if (bias) shift = std::move(blobs[1]);
  const ValueId larger = g.step(n, repeated(x, in, w.kernel_h, w.kernel_w), "larger");
  g.finish(n, Op::batch_norm,
           {larger, g.constant_of(n, "scale", {outputs}, std::move(scale)),
            g.constant_of(n, "shift", {outputs}, std::move(shift))});
}

void import_upsample(Importer& g, LayerView& n) {
  const ValueId x = picture(g, n);
  const int64_t scale = n.integer("scale", 2);
  if (n.ok() && may_repeat(n, g.shape(x), scale, scale)) g.finish(n, repeated(x, g.shape(x), scale, scale));
}

}  // namespace mien::caffe
