// Layers that scale: by stored statistics, by stored numbers, by the norm of what they read.
#include <algorithm>
#include <cmath>

#include "converters/batch_norm.h"
#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

// A number for each place of the blob's first axis.
bool per_channel(Importer& g, LayerView& n, ValueId x, size_t count) {
  if (n.ok() && g.shape(x)[1] != static_cast<int64_t>(count))
    n.corrupt(std::to_string(count) + " numbers for an input " + g.shape(x).text());
  return n.ok();
}

// A graph's l2_normalize bounds the norm from below. To add eps under the root is the same in float32 for any norm
// above 0.1 if eps is no more than this.
constexpr double kNegligible = 2e-10;

// x / sqrt(sum of squares along the last axis + eps), from single steps: a matrix of ones adds up.
ValueId divided_by_root(Importer& g, LayerView& n, ValueId x, double eps) {
  if (!n.ok()) return kNoValue;
  const int64_t length = g.dims(x).back();
  const std::vector<double> ones(static_cast<size_t>(length), 1.0);
  const ValueId squares = g.step(n, make_node(Op::mul, {x, x}), "squares");
  const ValueId row = g.made_constant(n, "ones", {1, length}, ones);
  const ValueId sum = g.step(n, make_node(Op::fully_connected, {squares, row}), "sum");
  const ValueId more = g.step(n, make_node(Op::add, {sum, g.scalar(n, "eps", eps)}), "more");
  const ValueId root = g.step(n, make_node(Op::sqrt, {more}), "root");
  return g.step(n, make_node(Op::div, {x, root}), "divided");
}

// The blob divided by the norms along its last axis. eps_mode as in ncnn: 0 adds eps under the root, 1 bounds the norm
// by it, 2 bounds the sum of squares.
ValueId normalized(Importer& g, LayerView& n, ValueId x) {
  const double eps = n.real(2, static_cast<double>(0.0001f));
  const int64_t mode = n.integer(9, 0);
  if (!(eps >= 0) || mode < 0 || mode > 2) n.corrupt("eps " + std::to_string(eps) + ", mode " + std::to_string(mode));
  if (!n.ok()) return kNoValue;
  if (mode == 0 && eps > kNegligible) return divided_by_root(g, n, x, eps);
  Node l2 = make_node(Op::l2_normalize, {x});
  l2.axis = g.shape(x).rank - 1;
  l2.a = static_cast<float>(mode == 1 ? eps : std::sqrt(eps));
  return g.step(n, std::move(l2), "normalized");
}

}  // namespace

void import_batch_norm(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  const auto &gamma = n.weights[0], &mean = n.weights[1], &variance = n.weights[2], &beta = n.weights[3];
  const double eps = n.real(1, 0);  // what converters leave out is in the variance already
  if (!per_channel(g, n, x, gamma.size())) return;
  std::vector<double> scale, shift;
  const Status status =
      batch_norm_vectors(gamma.data(), beta.data(), mean.data(), variance.data(), gamma.size(), eps, &scale, &shift);
  if (!status.ok()) return n.corrupt(status.message());
  const Shape channels{static_cast<int64_t>(scale.size())};
  g.finish(n, Op::batch_norm,
           {x, g.made_constant(n, "scale", channels, scale), g.made_constant(n, "shift", channels, shift)});
}

void import_scale(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  if (n.bottoms() == 2) {  // the second blob is one number for each channel
    const ValueId by = g.value(n, 1);
    if (!n.ok() || !per_channel(g, n, x, static_cast<size_t>(g.shape(by).elements()))) return;
    Dims wanted(g.dims(x).size(), 1);
    wanted[1] = g.shape(x)[1];
    return g.finish(n, Op::mul, {x, g.shaped(n, by, wanted, "scale")});
  }
  if (!per_channel(g, n, x, n.weights[0].size())) return;
  const Shape channels{g.shape(x)[1]};
  const ValueId scale = g.constant_of(n, 0, "scale", channels);
  const std::vector<double> zeros(static_cast<size_t>(channels[0]), 0.0);
  const ValueId shift =
      n.weights.size() == 2 ? g.constant_of(n, 1, "bias", channels) : g.made_constant(n, "bias", channels, zeros);
  g.finish(n, Op::batch_norm, {x, scale, shift});
}

void import_prelu(Importer& g, LayerView& n) {
  const ValueId x = g.value(n, 0);
  const int64_t slopes = static_cast<int64_t>(n.weights[0].size());
  if (slopes != 1 && !per_channel(g, n, x, n.weights[0].size())) return;
  g.finish(n, Op::prelu, {x, g.constant_of(n, 0, "slope", {slopes})});
}

// The blob is C x (H * W), a vector being one channel. Norms are over both, over one of them, or there is none.
void import_normalize(Importer& g, LayerView& n) {
  const bool space = n.integer(0, 0) != 0, channels = n.integer(4, 1) != 0, shared = n.integer(1, 0) != 0;
  const ValueId x = g.value(n, 0);
  if (!n.ok()) return;
  const Dims original = g.dims(x);
  if (original.size() > 4) return n.refuse("of an input " + dims_text(original));
  const int64_t c = original.size() == 4 ? original[1] : 1, size = g.shape(x).elements() / c;
  if (!shared && c != static_cast<int64_t>(n.weights[0].size()))
    return n.corrupt(std::to_string(n.weights[0].size()) + " scales for " + std::to_string(c) + " channels");
  if (!space && !channels) return g.bind(n, 0, x);  // ncnn does nothing then, and does not scale
  const bool scaled = std::any_of(n.weights[0].begin(), n.weights[0].end(), [](float v) { return v != 1; });
  ValueId y = g.shaped(n, x, space && channels ? Dims{1, c * size} : Dims{1, c, size}, "rows");
  Node turn = make_node(Op::transpose, {y});
  turn.ints = {0, 2, 1};
  if (!space) y = normalized(g, n, g.step(n, turn, "places"));
  if (space) y = normalized(g, n, y);
  turn.inputs = {y};
  if (!space) y = g.step(n, std::move(turn), "channels");
  if (!scaled) {
    y = g.shaped(n, y, original, "shaped");
    return g.bind(n, 0, y);
  }
  if (shared) n.weights[0].resize(1);
  const ValueId by = g.constant_of(n, 0, "scale", shared ? Shape{} : Shape{1, c, 1});
  y = g.step(n, make_node(Op::mul, {g.shaped(n, y, {1, c, size}, "again"), by}), "scaled");
  g.bind(n, 0, g.shaped(n, y, original, "shaped"));
}

}  // namespace mien::ncnn
