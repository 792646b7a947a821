// Layers that look at places of a picture: pools, enlargement, borders.
#include <algorithm>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

constexpr WindowIds kWindow{1, 11, 2, 12, 3, 13, 14, 15};
constexpr int64_t kFull = 0, kValid = 1, kSameUpper = 2;
constexpr int64_t kLongestSide = 4096;

// What "full" adds at the end, so that the last window is whole.
int32_t tail(int64_t in, int64_t before, int64_t after, int64_t kernel, int64_t stride) {
  const int64_t room = in + before + after - kernel;
  return static_cast<int32_t>(room > 0 && room % stride != 0 ? stride - room % stride : 0);
}

// Whether the last window begins behind the picture: it would have no maximum and no average.
bool last_is_empty(int64_t in, int64_t before, int64_t after, int64_t kernel, int64_t stride) {
  const int64_t room = in + before + after - kernel;
  return room >= 0 && room / stride * stride >= in + before;
}

bool read_pool_window(LayerView& n, const Shape& in, Window* w) {
  const int64_t mode = n.integer(5, kFull);
  if (!read_extents(n, kWindow, w)) return false;
  if (mode != kFull && mode != kValid) {
    // The rows that SAME adds count in an average.
    w->count_include_pad = true;
    return set_same_pads(n, mode == kSameUpper, in[2], in[3], w);
  }
  if (!read_pads(n, kWindow, w)) return false;
  w->count_include_pad = n.integer(6, 0) != 0;
  if (mode == kValid) return n.ok();
  w->pad_bottom += tail(in[2], w->pad_top, w->pad_bottom, w->kernel_h, w->stride_h);
  w->pad_right += tail(in[3], w->pad_left, w->pad_right, w->kernel_w, w->stride_w);
  return n.ok();
}

// Row or column i of the larger picture is this one of the smaller; in the float arithmetic of ncnn.
void add_sources(int64_t in, int64_t out, float step, std::vector<int64_t>* sources) {
  for (int64_t i = 0; i < out; ++i)
    sources->push_back(std::min(static_cast<int64_t>(static_cast<float>(i) * step), in - 1));
}

}  // namespace

void import_pooling(Importer& g, LayerView& n) {
  const bool average = n.integer(0, 0) == 1;
  const ValueId x = g.picture(n, 0);
  if (!n.ok()) return;
  const Shape in = g.shape(x);
  const Op global = average ? Op::global_average_pool : Op::global_max_pool;
  if (n.integer(4, 0) != 0) {
    const ValueId pool = g.step(n, make_node(global, {x}), "pool");
    return g.finish(n, make_reshape(pool, {1, in[1]}));
  }
  if (n.integer(7, 0) != 0) return g.finish(n, global, {x});
  Node pool = make_node(average ? Op::average_pool : Op::max_pool, {x});
  Window& w = pool.window;
  if (!read_pool_window(n, in, &w)) return;
  if (last_is_empty(in[2], w.pad_top, w.pad_bottom, w.kernel_h, w.stride_h) ||
      last_is_empty(in[3], w.pad_left, w.pad_right, w.kernel_w, w.stride_w))
    return n.refuse("its last window lies in the padding alone");
  g.finish(n, std::move(pool));
}

void import_interp(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Shape in = g.shape(x);
  if (in.rank != 4) return n.refuse("of an input " + in.text());
  const double down = n.real(1, 1), across = n.real(2, 1);
  int64_t h = n.integer(3, 0), w = n.integer(4, 0);
  if (!(down > 0 && down <= kLongestSide && across > 0 && across <= kLongestSide) || h < 0 || w < 0)
    return n.corrupt("a size or a scale that is not positive, or above 4096");
  const bool sized = h != 0 && w != 0;
  if (!sized) {
    h = static_cast<int64_t>(static_cast<float>(in[2]) * static_cast<float>(down));
    w = static_cast<int64_t>(static_cast<float>(in[3]) * static_cast<float>(across));
  }
  if (h < 1 || w < 1 || h > kLongestSide || w > kLongestSide)
    return n.corrupt("makes " + std::to_string(h) + " x " + std::to_string(w) + " of " + in.text());
  if (!n.ok()) return;
  const auto step = [sized](int64_t from, int64_t to, double scale) {
    return sized ? static_cast<float>(from) / static_cast<float>(to) : 1.0f / static_cast<float>(scale);
  };
  Node resize = make_node(Op::resize_nearest, {x});
  resize.axis = static_cast<int32_t>(h);
  add_sources(in[2], h, step(in[2], h, down), &resize.ints);
  add_sources(in[3], w, step(in[3], w, across), &resize.ints);
  g.finish(n, std::move(resize));
}

void import_padding(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const size_t rank = static_cast<size_t>(g.shape(x).rank);
  if (rank > 4) return n.refuse("of an input " + g.shape(x).text());
  const int64_t top = n.integer(0, 0), bottom = n.integer(1, 0);
  if (rank < 3 && (top != 0 || bottom != 0)) return n.corrupt("pads the rows of " + g.shape(x).text());
  Node pad = make_node(Op::pad, {x});
  pad.ints.assign(2 * rank, 0);
  if (rank >= 3) pad.ints[rank - 2] = top, pad.ints[2 * rank - 2] = bottom;
  pad.ints[rank - 1] = n.integer(2, 0), pad.ints[2 * rank - 1] = n.integer(3, 0);
  pad.a = static_cast<float>(n.real(5, 0));
  g.finish(n, std::move(pad));
}

}  // namespace mien::ncnn
