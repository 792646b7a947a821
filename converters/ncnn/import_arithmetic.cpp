// Arithmetic of blobs, or of a blob and a number.
#include <cmath>

#include "converters/ncnn/operators.h"

namespace mien::ncnn {
namespace {

constexpr Op kBinary[] = {Op::add, Op::sub, Op::mul, Op::div, Op::max, Op::min};
constexpr int64_t kPow = 6, kReversedSub = 7, kReversedDiv = 8;

void finish_power(Importer& g, LayerView& n, ValueId x, double exponent) {
  if (exponent == 1) return g.bind(n, 0, x);
  if (exponent == 2) return g.finish(n, Op::mul, {x, x});
  if (exponent == 0.5) return g.finish(n, Op::sqrt, {x});
  if (exponent == -1) return g.finish(n, Op::reciprocal, {x});
  g.finish(n, Op::reciprocal, {g.step(n, make_node(Op::sqrt, {x}), "root")});  // -0.5
}

// How ncnn sees a blob of fewer dimensions beside one of more. A vector lies along the first axis if it is as long as
// that, else along the last; what has two dimensions lies along the first two.
Dims beside(const Dims& few, const Dims& many) {
  Dims wanted(many.size(), 1);
  if (few.size() == 2) {
    wanted[few[1] == many[1] ? 1 : many.size() - 1] = few[1];
  } else {
    for (size_t i = 0; i < few.size(); ++i) wanted[i] = few[i];
  }
  return wanted;
}

// Old converters printed six decimals: 1/128 = 0.0078125 became 0.007813, which is 6e-5 away.
void note_lost_digits(Importer& g, LayerView& n, double number) {
  for (double divisor : {127.5, 128.0, 255.0, 256.0}) {
    const double meant = 1 / divisor, printed = std::round(meant * 1e6) / 1e6;
    if (std::fabs(number - printed) > 1e-9 || std::fabs(meant - printed) < 1e-9) continue;
    g.warn(n.label() + ": " + std::to_string(number) + " is taken as it stands; a trained 1/" +
           std::to_string(divisor).substr(0, 5) + " loses its other digits when it is printed so");
  }
}

}  // namespace

void finish_scaled(Importer& g, LayerView& n, Op op, ValueId x, double number) {
  note_lost_digits(g, n, number);
  g.finish(n, op, {x, g.scalar(n, "scalar", number)});
}

void import_binary(Importer& g, LayerView& n) {
  const int64_t op = n.integer(0, 0);
  const bool reversed = op == kReversedSub || op == kReversedDiv;
  ValueId a = g.value(n, 0);
  if (!n.ok()) return;
  if (n.integer(1, 0) != 0) {
    const double number = n.real(2, 0);
    if (op == kPow) return finish_power(g, n, a, number);
    if (!reversed) return finish_scaled(g, n, kBinary[op], a, number);
    const ValueId c = g.scalar(n, "scalar", number);
    return g.finish(n, op == kReversedSub ? Op::sub : Op::div, {c, a});
  }
  ValueId b = g.value(n, 1);
  if (!n.ok()) return;
  const Dims first = g.dims(a), second = g.dims(b);
  if (first.size() < second.size()) a = g.shaped(n, a, beside(first, second), "first");
  if (second.size() < first.size()) b = g.shaped(n, b, beside(second, first), "second");
  if (reversed) return g.finish(n, op == kReversedSub ? Op::sub : Op::div, {b, a});
  g.finish(n, kBinary[op], {a, b});
}

void import_eltwise(Importer& g, LayerView& n) {
  static constexpr Op kOps[] = {Op::mul, Op::add, Op::max};
  const int64_t op = n.integer(0, 0);
  const std::vector<double> factors = op == 1 ? n.reals(1) : std::vector<double>{};
  ValueId all = kNoValue;
  for (int i = 0; i < n.bottoms(); ++i) {
    const std::string number = std::to_string(i);
    ValueId x = g.value(n, i);
    if (!n.ok()) return;
    if (all != kNoValue && g.shape(x) != g.shape(all))
      return n.corrupt("its inputs are " + g.shape(all).text() + " and " + g.shape(x).text());
    if (!factors.empty() && factors[static_cast<size_t>(i)] != 1) {
      const ValueId factor = g.scalar(n, "factor", factors[static_cast<size_t>(i)]);
      x = g.step(n, make_node(Op::mul, {x, factor}), "part" + number);
    }
    if (all == kNoValue) {
      all = x;
    } else if (i + 1 == n.bottoms()) {
      return g.finish(n, kOps[op], {all, x});
    } else {
      all = g.step(n, make_node(kOps[op], {all, x}), "with" + number);
    }
  }
  g.bind(n, 0, all);
}

}  // namespace mien::ncnn
