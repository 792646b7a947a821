// The layers whose weights are vectors or a matrix.
#include <cmath>

#include "converters/batch_norm.h"
#include "converters/caffe/operators.h"

namespace mien::caffe {
namespace {

int64_t product(const Dims& dims, size_t begin, size_t end) {
  int64_t all = 1;
  for (size_t i = begin; i < end; ++i) all *= dims[i];  // of a value of the graph: 2^28 at most
  return all;
}

// scale * x + shift where both have the dimensions `part` of x from `axis` on; either may be empty.
void affine(Importer& g, LayerView& n, ValueId x, int axis, Dims part, std::vector<float> scale,
            std::vector<float> shift) {
  const int rank = g.shape(x).rank;
  if (axis == 1 && part.size() == 1 && rank >= 2) {
    const size_t channels = static_cast<size_t>(part[0]);
    if (scale.empty()) scale.assign(channels, 1.0f);
    if (shift.empty()) shift.assign(channels, 0.0f);
    return g.finish(n, Op::batch_norm,
                    {x, g.constant_of(n, "scale", part, std::move(scale)), g.constant_of(n, "shift", part, shift)});
  }
  // As NumPy broadcasts: ones behind, down to the last axis.
  if (!part.empty()) part.resize(static_cast<size_t>(rank - axis), 1);
  const bool shifts = !shift.empty();
  if (!scale.empty()) {
    Node mul = make_node(Op::mul, {x, g.constant_of(n, "scale", part, std::move(scale))});
    if (!shifts) return g.finish(n, std::move(mul));
    x = g.step(n, std::move(mul), "scaled");
  }
  g.finish(n, Op::add, {x, g.constant_of(n, "shift", part, std::move(shift))});
}

// The dimensions of x that axis and num_axes name. False if they are none.
bool covered(LayerView& n, const Dims& in, int* axis, Dims* part) {
  *axis = n.axis("axis", 1, static_cast<int>(in.size()));
  const int64_t count = n.integer("num_axes", 1), rest = static_cast<int64_t>(in.size()) - *axis;
  if (n.ok() && (count < -1 || count > rest)) n.corrupt("num_axes is " + std::to_string(count));
  if (!n.ok()) return false;
  const auto first = in.begin() + *axis;
  part->assign(first, first + (count < 0 ? rest : count));
  return true;
}

// Bottom 1, with ones behind so that it broadcasts along x from `axis` on.
ValueId broadcast(Importer& g, LayerView& n, const Dims& in, int* axis, Dims* part) {
  const ValueId other = g.value(n, 1);
  if (!n.ok()) return kNoValue;
  *part = g.dims(other);
  *axis = n.axis("axis", 1, static_cast<int>(in.size()));
  n.integer("num_axes", 1);  // Caffe does not look at it here
  if (!n.ok()) return kNoValue;
  Dims wide = *part;
  const size_t begin = static_cast<size_t>(*axis);
  bool fits = begin + wide.size() <= in.size();
  for (size_t i = 0; fits && i < wide.size(); ++i) fits = wide[i] == in[begin + i];
  if (!fits) {
    n.corrupt("bottom 1 is " + dims_text(wide) + ", bottom 0 " + dims_text(in));
    return kNoValue;
  }
  wide.resize(in.size() - begin, 1);
  return wide == *part ? other : g.step(n, make_reshape(other, wide), "wide");
}

}  // namespace

void import_inner_product(Importer& g, LayerView& n) {
  ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const size_t axis = static_cast<size_t>(n.axis("axis", 1, static_cast<int>(in.size())));
  const int64_t outputs = n.integer("num_output", 0);
  const bool bias = n.flag("bias_term", true), transposed = n.flag("transpose", false);
  if (n.ok() && (outputs < 1 || outputs > int64_t{1} << 24)) n.corrupt("num_output is " + std::to_string(outputs));
  if (!n.ok()) return;
  const int64_t columns = product(in, axis, in.size());
  Dims flat(in.begin(), in.begin() + static_cast<int64_t>(axis)), made = flat;
  flat.push_back(columns), made.push_back(outputs);
  std::vector<Expected> expected{{"weight", transposed ? Dims{columns, outputs} : Dims{outputs, columns}}};
  if (bias) expected.push_back({"bias", {outputs}});
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, expected, &blobs)) return g.stand_in(n, made);
  if (transposed) {
    std::vector<float> rows(blobs[0].size());
    const size_t m = static_cast<size_t>(outputs), k = static_cast<size_t>(columns);
    for (size_t i = 0; i < k; ++i)
      for (size_t j = 0; j < m; ++j) rows[j * k + i] = blobs[0][i * m + j];
    blobs[0] = std::move(rows);
  }
  if (flat != in) x = g.step(n, make_reshape(x, flat), "flat");
  Node fc = make_node(Op::fully_connected, {x, g.constant_of(n, "weight", {outputs, columns}, std::move(blobs[0]))});
  if (bias) fc.inputs.push_back(g.constant_of(n, "bias", {outputs}, std::move(blobs[1])));
  g.finish(n, std::move(fc));
}

void import_batch_norm(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() < 2) return n.corrupt("input " + dims_text(in) + " has no channel axis");
  if (!n.flag("use_global_stats", true))
    return n.refuse("use_global_stats is false: it would normalise by the batch at hand; set it to true");
  const double eps = n.real("eps", 1e-5);
  if (!n.ok()) return;
  const int64_t channels = in[1];
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, {{"mean", {channels}}, {"variance", {channels}}, {"scale factor", {1}}}, &blobs))
    return g.stand_in(n, in);
  // The sums are stored with what to divide them by.
  const double factor = blobs[2][0] == 0 ? 0 : 1 / static_cast<double>(blobs[2][0]);
  std::vector<double> mean(blobs[0].begin(), blobs[0].end()), variance(blobs[1].begin(), blobs[1].end());
  for (double& v : mean) v *= factor;
  for (double& v : variance) v *= factor;
  std::vector<double> scale, shift;
  const Status status =
      batch_norm_vectors<double>(nullptr, nullptr, mean.data(), variance.data(), mean.size(), eps, &scale, &shift);
  if (!status.ok()) return n.fail({status.code(), n.label() + ": " + status.message()});
  g.finish(n, Op::batch_norm,
           {x, g.constant_of(n, "scale", {channels}, std::move(scale)),
            g.constant_of(n, "shift", {channels}, std::move(shift))});
}

void import_scale(Importer& g, LayerView& n) {
  const bool two = n.bottoms() == 2, bias = n.flag("bias_term", false);
  ValueId x = g.only_value(n, two ? 2 : 1);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  int axis = 0;
  Dims part;
  std::vector<Expected> expected;
  if (two) {
    const ValueId factor = broadcast(g, n, in, &axis, &part);
    Node mul = make_node(Op::mul, {x, factor});
    if (!bias) return g.finish(n, std::move(mul));
    x = g.step(n, std::move(mul), "scaled");
  } else if (covered(n, in, &axis, &part)) {
    expected.push_back({"scale", part});
  }
  if (bias) expected.push_back({"bias", part});
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, expected, &blobs)) return g.stand_in(n, in);
  std::vector<float> scale = two ? std::vector<float>{} : std::move(blobs.front());
  affine(g, n, x, axis, part, std::move(scale), bias ? std::move(blobs.back()) : std::vector<float>{});
}

void import_bias(Importer& g, LayerView& n) {
  const bool two = n.bottoms() == 2;
  const ValueId x = g.only_value(n, two ? 2 : 1);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  int axis = 0;
  Dims part;
  if (two) return g.finish(n, Op::add, {x, broadcast(g, n, in, &axis, &part)});
  std::vector<std::vector<float>> blobs;
  if (!covered(n, in, &axis, &part)) return;
  if (!g.take(n, {{"bias", part}}, &blobs)) return g.stand_in(n, in);
  affine(g, n, x, axis, part, {}, std::move(blobs[0]));
}

void import_prelu(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  if (in.size() < 2) return n.corrupt("input " + dims_text(in) + " has no channel axis");
  const Dims slopes = n.flag("channel_shared", false) ? Dims{1} : Dims{in[1]};
  std::vector<std::vector<float>> blobs;
  if (!g.take(n, {{"slope", slopes}}, &blobs)) return g.stand_in(n, in);
  g.finish(n, Op::prelu, {x, g.constant_of(n, "slope", slopes, std::move(blobs[0]))});
}

// Of the layer that SSD brought, with a scale; of NormFace, which has neither weights nor parameters. Both add eps
// under the root, the engine's operator bounds the norm from below: the same to 1e-6 for a norm of 0.01 and the
// default, much closer for any embedding.
void import_normalize(Importer& g, LayerView& n) {
  const ValueId x = g.only_value(n);
  if (!n.ok()) return;
  const Dims in = g.dims(x);
  const bool weighted = g.has_weights(n) || n.has_parameters(), whole = n.flag("across_spatial", true);
  const bool shared = n.flag("channel_shared", true);
  const double eps = n.real("eps", 1e-10);
  if (!n.ok()) return;
  if (!(eps >= 0 && eps <= 1e-6)) return n.refuse("eps " + std::to_string(eps));
  if (in.size() < 2) return n.corrupt("input is " + dims_text(in));
  const bool vector = product(in, 2, in.size()) == 1;
  if (!weighted && !vector) return n.refuse("of " + dims_text(in) + " without weights");
  Node l2 = make_node(Op::l2_normalize, {x});
  l2.axis = 1;
  l2.a = static_cast<float>(std::sqrt(eps));
  std::vector<std::vector<float>> blobs;
  const Dims scale = shared ? Dims{} : Dims{in[1]};
  if (weighted && !g.take(n, {{"scale", scale}}, &blobs)) return g.stand_in(n, in);
  const bool flattens = whole && !vector;
  if (flattens) l2.inputs[0] = g.step(n, make_reshape(x, {in[0], product(in, 1, in.size())}), "row");
  const bool scales = weighted && !(shared && blobs[0][0] == 1);
  if (!flattens && !scales) return g.finish(n, std::move(l2));
  ValueId y = g.step(n, std::move(l2), "normalized");
  if (flattens && !scales) return g.finish(n, make_reshape(y, in));
  if (flattens) y = g.step(n, make_reshape(y, in), "picture");
  affine(g, n, y, 1, scale, std::move(blobs[0]), {});
}

}  // namespace mien::caffe
