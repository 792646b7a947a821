// Nearest-neighbour Resize and Upsample as lists of source rows and columns.
#include <algorithm>
#include <cmath>

#include "converters/onnx/operators.h"
#include "converters/text.h"

namespace mien::onnx {
namespace {

// The rule of one node; coordinates are computed in float32, as the runtimes do, because a tie decides a whole row.
struct Nearest {
  std::string coordinates = "half_pixel", rounding = "round_prefer_floor";

  float source(int64_t out, int64_t in_size, int64_t out_size, float scale) const {
    const float x = static_cast<float>(out), in = static_cast<float>(in_size), n = static_cast<float>(out_size);
    if (coordinates == "asymmetric") return x / scale;
    if (coordinates == "align_corners") return out_size == 1 ? 0 : x * (in - 1) / (n - 1);
    if (coordinates == "tf_half_pixel_for_nn") return (x + 0.5f) / scale;
    if (coordinates == "pytorch_half_pixel" && out_size == 1) return 0;
    if (coordinates == "half_pixel_symmetric") {
      const float adjustment = n / (scale * in);
      return in / 2 * (1 - adjustment) + (x + 0.5f) / scale - 0.5f;
    }
    return (x + 0.5f) / scale - 0.5f;
  }
  int64_t round(float x) const {
    float r = std::floor(x);
    if (rounding == "ceil") r = std::ceil(x);
    if (rounding == "round_prefer_floor") r = std::ceil(x - 0.5f);
    if (rounding == "round_prefer_ceil") r = std::floor(x + 0.5f);
    return static_cast<int64_t>(r);
  }
};

bool read_rule(NodeView& n, Nearest* rule) {
  const std::string mode = n.text("mode", "nearest");
  if (mode != "nearest") n.refuse("mode " + printable(mode) + "; only nearest is supported");
  if (n.op() == "Upsample" || n.opset() < 11) {
    *rule = {"asymmetric", "floor"};
    return n.ok();
  }
  rule->coordinates = n.text("coordinate_transformation_mode", rule->coordinates);
  rule->rounding = n.text("nearest_mode", rule->rounding);
  const std::vector<std::string> known = {"asymmetric",         "align_corners",        "half_pixel",
                                          "pytorch_half_pixel", "tf_half_pixel_for_nn", "half_pixel_symmetric"};
  if (std::find(known.begin(), known.end(), rule->coordinates) == known.end())
    n.refuse("coordinates " + printable(rule->coordinates));
  if (rule->rounding != "floor" && rule->rounding != "ceil" && rule->rounding != "round_prefer_floor" &&
      rule->rounding != "round_prefer_ceil")
    n.refuse("nearest_mode " + printable(rule->rounding));
  if (n.integer("antialias", 0) != 0) n.refuse("antialias");
  if (n.text("keep_aspect_ratio_policy", "stretch") != "stretch") n.refuse("keep_aspect_ratio_policy");
  return n.ok();
}

// Scale of every axis; `sizes` is filled too if the node gives sizes.
bool read_scales(NodeView& n, size_t rank, std::vector<double>* scales, Dims* sizes) {
  const Tensor* given = nullptr;
  const bool old = n.op() == "Upsample" ? n.opset() < 9 : false;
  if (old && n.has("scales")) {
    const std::vector<float> list = n.reals("scales");
    scales->assign(list.begin(), list.end());
  } else if (old) {
    *scales = {1, 1, n.real("height_scale", 1), n.real("width_scale", 1)};
  } else {
    const int at = n.op() == "Resize" && n.opset() >= 11 ? 2 : 1;
    given = n.has_input(at) ? n.required_constant(at, "scales") : nullptr;
    if (given && given->floating()) *scales = given->reals;
  }
  if (n.ok() && scales->empty() && n.has_input(3) && n.op() == "Resize") {
    const Tensor* list = n.required_constant(3, "sizes");
    if (list && !list->floating()) *sizes = list->ints;
  }
  if (n.ok() && scales->empty() == sizes->empty()) n.corrupt("needs either scales or sizes");
  if (!n.ok()) return false;
  if (n.opset() >= 18 && n.has("axes")) {
    std::vector<double> all_scales(scales->empty() ? 0 : rank, 1.0);
    Dims all_sizes(sizes->empty() ? 0 : rank, -1);
    const Dims axes = n.integers("axes");
    if (axes.size() != std::max(scales->size(), sizes->size())) n.corrupt("axes do not fit scales or sizes");
    for (size_t i = 0; n.ok() && i < axes.size(); ++i) {
      int axis = 0;
      if (!resolve_axis(n, axes[i], static_cast<int>(rank), &axis)) return false;
      if (!scales->empty()) all_scales[static_cast<size_t>(axis)] = (*scales)[i];
      if (!sizes->empty()) all_sizes[static_cast<size_t>(axis)] = (*sizes)[i];
    }
    *scales = all_scales, *sizes = all_sizes;
  }
  return n.ok();
}

}  // namespace

void import_resize(Importer& g, NodeView& n) {
  Nearest rule;
  std::vector<double> scales;
  Dims sizes;
  Node node;
  node.op = Op::resize_nearest;
  node.inputs = {g.value(n, 0)};
  if (!n.ok() || !read_rule(n, &rule)) return;
  const Dims in = g.dims(node.inputs[0]);
  if (in.size() != 4) return n.refuse("input is " + dims_text(in) + "; only N x C x H x W is supported");
  if (!read_scales(n, in.size(), &scales, &sizes)) return;
  if (std::max(scales.size(), sizes.size()) != in.size())
    return n.corrupt("scales or sizes do not fit " + dims_text(in));
  for (size_t axis = 0; axis < in.size(); ++axis) {
    const int64_t size = in[axis];
    if (!scales.empty() && !(scales[axis] > 0 && scales[axis] < 4096))
      return n.corrupt("scale " + std::to_string(scales[axis]));
    int64_t out = size;
    if (scales.empty()) {
      if (sizes[axis] != -1) out = sizes[axis];
    } else {
      out = static_cast<int64_t>(std::floor(static_cast<float>(size) * static_cast<float>(scales[axis])));
    }
    if (out < 1 || out > (1 << 16)) return n.corrupt("output size " + std::to_string(out));
    if (axis < 2) {
      if (out != size) return n.refuse("resizes the batch or the channels");
      continue;
    }
    const float scale =
        scales.empty() ? static_cast<float>(out) / static_cast<float>(size) : static_cast<float>(scales[axis]);
    if (axis == 2) node.axis = static_cast<int32_t>(out);
    for (int64_t i = 0; i < out; ++i)
      node.ints.push_back(std::clamp<int64_t>(rule.round(rule.source(i, size, out, scale)), 0, size - 1));
  }
  g.finish(n, std::move(node));
}

}  // namespace mien::onnx
