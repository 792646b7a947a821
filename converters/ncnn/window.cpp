// Windows of convolutions and pools: their extents, and the ways in which ncnn says how they are padded.
#include <algorithm>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

constexpr int64_t kLargestWindow = 4096;

bool bounded(LayerView& n, const char* what, int64_t value, int64_t least, int32_t* out) {
  if (value < least || value > kLargestWindow) n.corrupt(std::string(what) + " " + std::to_string(value));
  *out = n.ok() ? static_cast<int32_t>(value) : 1;
  return n.ok();
}

// What is missing for ceil(in / stride) outputs; negative where the stride leaves rows out.
int64_t missing(int64_t in, int64_t kernel, int64_t dilation, int64_t stride) {
  return (kernel - 1) * dilation + 1 + (in - 1) / stride * stride - in;
}

}  // namespace

bool read_extents(LayerView& n, const WindowIds& ids, Window* w) {
  const int64_t kernel_w = n.integer(ids.kernel_w, 0), stride_w = n.integer(ids.stride_w, 1);
  return bounded(n, "kernel", kernel_w, 1, &w->kernel_w) &&
         bounded(n, "kernel", n.integer(ids.kernel_h, kernel_w), 1, &w->kernel_h) &&
         bounded(n, "stride", stride_w, 1, &w->stride_w) &&
         bounded(n, "stride", n.integer(ids.stride_h, stride_w), 1, &w->stride_h);
}

bool read_pads(LayerView& n, const WindowIds& ids, Window* w) {
  const int64_t left = n.integer(ids.pad_left, 0), top = n.integer(ids.pad_top, left);
  return bounded(n, "padding", left, 0, &w->pad_left) && bounded(n, "padding", top, 0, &w->pad_top) &&
         bounded(n, "padding", n.integer(ids.pad_right, left), 0, &w->pad_right) &&
         bounded(n, "padding", n.integer(ids.pad_bottom, top), 0, &w->pad_bottom);
}

bool set_same_pads(LayerView& n, bool upper, int64_t h, int64_t w, Window* window) {
  const int64_t rows = missing(h, window->kernel_h, window->dilation_h, window->stride_h);
  const int64_t columns = missing(w, window->kernel_w, window->dilation_w, window->stride_w);
  // ncnn pads both axes or none, and would cut rows off here.
  if ((rows > 0 && columns < -1) || (columns > 0 && rows < -1)) n.refuse("SAME padding that cuts rows or columns off");
  const int32_t r = static_cast<int32_t>(std::max<int64_t>(rows, 0));
  const int32_t c = static_cast<int32_t>(std::max<int64_t>(columns, 0));
  window->pad_top = upper ? r / 2 : r - r / 2, window->pad_bottom = r - window->pad_top;
  window->pad_left = upper ? c / 2 : c - c / 2, window->pad_right = c - window->pad_left;
  return n.ok();
}

}  // namespace mien::ncnn
