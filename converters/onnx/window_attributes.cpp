#include "converters/onnx/window_attributes.h"

#include <algorithm>

namespace mien::onnx {
namespace {

constexpr int64_t kLimit = 4096;

bool pair(NodeView& node, const char* name, int64_t least, Dims fallback, int32_t* h, int32_t* w) {
  Dims values = node.has(name) ? node.integers(name) : fallback;
  if (!node.ok()) return false;
  if (values.size() != 2) {
    node.refuse(std::string(name) + " of " + std::to_string(values.size()) + " axes; only 2-D windows are supported");
    return false;
  }
  for (int64_t v : values) {
    if (v < least || v > kLimit) {
      node.corrupt(std::string(name) + " holds " + std::to_string(v));
      return false;
    }
  }
  *h = static_cast<int32_t>(values[0]);
  *w = static_cast<int32_t>(values[1]);
  return true;
}

// SAME: the output has ceil(in / stride) elements; an odd remainder goes to the end (upper) or the start (lower).
void same_padding(int64_t in, int32_t kernel, int32_t stride, int32_t dilation, bool upper, int32_t* before,
                  int32_t* after) {
  const int64_t out = (in + stride - 1) / stride;
  const int64_t span = int64_t{kernel - 1} * dilation + 1;
  const int64_t total = std::max<int64_t>(0, (out - 1) * stride + span - in);
  *before = static_cast<int32_t>(upper ? total / 2 : total - total / 2);
  *after = static_cast<int32_t>(total - *before);
}

bool explicit_padding(NodeView& node, Window* w) {
  if (!node.has("pads")) return true;
  const Dims pads = node.integers("pads");
  if (pads.size() != 4) {
    if (node.ok()) node.corrupt("pads of " + std::to_string(pads.size()) + " numbers; expected 4");
    return false;
  }
  for (int64_t p : pads) {
    if (p >= 0 && p <= kLimit) continue;
    if (p < 0 && p >= -kLimit) node.refuse("negative padding");
    node.corrupt("pads holds " + std::to_string(p));
    return false;
  }
  w->pad_top = static_cast<int32_t>(pads[0]), w->pad_left = static_cast<int32_t>(pads[1]);
  w->pad_bottom = static_cast<int32_t>(pads[2]), w->pad_right = static_cast<int32_t>(pads[3]);
  return true;
}

}  // namespace

bool read_window(NodeView& node, const Dims& in, const Dims& kernel, Window* w) {
  if (!pair(node, "kernel_shape", 1, kernel, &w->kernel_h, &w->kernel_w)) return false;
  if (!pair(node, "strides", 1, {1, 1}, &w->stride_h, &w->stride_w)) return false;
  if (!pair(node, "dilations", 1, {1, 1}, &w->dilation_h, &w->dilation_w)) return false;
  const std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) {
    if (!explicit_padding(node, w)) return false;
  } else if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    const bool upper = mode == "SAME_UPPER";
    same_padding(in[2], w->kernel_h, w->stride_h, w->dilation_h, upper, &w->pad_top, &w->pad_bottom);
    same_padding(in[3], w->kernel_w, w->stride_w, w->dilation_w, upper, &w->pad_left, &w->pad_right);
  } else if (mode != "VALID") {
    node.corrupt("unknown auto_pad");
  }
  return node.ok();
}

}  // namespace mien::onnx
