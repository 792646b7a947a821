// The elementwise kernels (UnaryFn and BinaryFn in kernels.h), which work on any layout.
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/math.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// A whole vector, or the first `left` floats if there are fewer: nothing past them is touched.
MIEN_INLINE V load_left(const float* p, int64_t left) {
  return left >= kLanes ? load(p) : load_first(p, static_cast<int>(left));
}
MIEN_INLINE void store_left(float* p, V v, int64_t left) {
  if (left >= kLanes) {
    store(p, v);
  } else {
    store_first(p, v, static_cast<int>(left));
  }
}

// y[i] = f(x[i]). The tail goes through the same loop: a second call of f would keep gcc from inlining either.
template <class F>
MIEN_INLINE void map(const float* x, float* y, int64_t n, F f) {
  for (int64_t i = 0; i < n; i += kLanes) store_left(y + i, f(load_left(x + i, n - i)), n - i);
}

void unary(Unary f, const float* x, float* y, int64_t n, float a, float b) {
  const V va = broadcast(a), vb = broadcast(b), zero = broadcast(0), one = broadcast(1);
  switch (f) {
    case Unary::relu: return map(x, y, n, [](V v) { return relu(v); });
    case Unary::clip: return map(x, y, n, [=](V v) { return clip(v, va, vb); });
    case Unary::leaky_relu: return map(x, y, n, [=](V v) { return prelu(v, va); });
    case Unary::sigmoid: return map(x, y, n, [](V v) { return vsigmoid(v); });
    case Unary::tanh_: return map(x, y, n, [](V v) { return vtanh(v); });
    case Unary::exp_: return map(x, y, n, [](V v) { return vexp(v); });
    case Unary::sqrt_: return map(x, y, n, [](V v) { return square_root(v); });
    case Unary::abs_: return map(x, y, n, [](V v) { return vabs(v); });
    case Unary::neg: return map(x, y, n, [](V v) { return vneg(v); });
    case Unary::reciprocal: return map(x, y, n, [=](V v) { return divide(one, v); });
    case Unary::elu: return map(x, y, n, [=](V v) { return select(v < zero, va * vexpm1(v), v); });
    case Unary::hard_sigmoid: return map(x, y, n, [=](V v) { return clip(fma(va, v, vb), zero, one); });
    case Unary::hard_swish:
      return map(x, y, n, [=](V v) {
        return v * clip(fma(v, broadcast(1.0f / 6.0f), broadcast(0.5f)), zero, one);
      });
  }
}

// One operand: an array, or one number for all.
template <bool kArray>
struct Operand {
  const float* p;
  V all;

  explicit Operand(const float* first) : p(first), all(broadcast(*first)) {}
  MIEN_INLINE V at(int64_t i, int64_t left) const { return kArray ? load_left(p + i, left) : all; }
};

template <bool kArrayA, bool kArrayB, class F>
MIEN_INLINE void zip(const float* a, const float* b, float* y, int64_t n, F f) {
  const Operand<kArrayA> oa(a);
  const Operand<kArrayB> ob(b);
  for (int64_t i = 0; i < n; i += kLanes) store_left(y + i, f(oa.at(i, n - i), ob.at(i, n - i)), n - i);
}

// NaN if either is NaN: `better` compares false with a NaN, which picks b.
MIEN_INLINE V pick(V a, V b, VBool better) { return select(a == a, select(better, a, b), a); }

template <bool kArrayA, bool kArrayB>
void binary_of(Binary f, const float* a, const float* b, float* y, int64_t n) {
  const auto run = [=](auto g) { zip<kArrayA, kArrayB>(a, b, y, n, g); };
  switch (f) {
    case Binary::add: return run([](V u, V v) { return u + v; });
    case Binary::sub: return run([](V u, V v) { return u - v; });
    case Binary::mul: return run([](V u, V v) { return u * v; });
    case Binary::div: return run([](V u, V v) { return divide(u, v); });
    case Binary::max: return run([](V u, V v) { return pick(u, v, u > v); });
    case Binary::min: return run([](V u, V v) { return pick(u, v, u < v); });
  }
}

void binary(Binary f, const float* a, int32_t a_step, const float* b, int32_t b_step, float* y, int64_t n) {
  if (n <= 0) return;
  if (a_step != 0 && b_step != 0) return binary_of<true, true>(f, a, b, y, n);
  if (a_step != 0) return binary_of<true, false>(f, a, b, y, n);
  if (b_step != 0) return binary_of<false, true>(f, a, b, y, n);
  binary_of<false, false>(f, a, b, y, n);
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
