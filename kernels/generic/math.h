// exp and what is made of it, over the vector type of one ISA, without any table or libm call.
// Thread-safety: pure functions.
//
// exp(x) = 2^n * exp(r) with n = round(x / ln 2) and r = x - n * ln 2 in two steps (Cody and Waite 1980, "Software
// manual for the elementary functions"): kLn2High has 9 significant bits, so n * kLn2High is exact without fma too.
// The polynomials are minimax fits (Remez exchange) of (exp(r) - 1 - r) / r^2 on |r| <= 0.3475, off by 3.2e-9 relative
// to exp(r), and of (tanh(x) / x - 1) / x^2 on |x| <= 0.625, off by 4.2e-9.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.1219444170128554e-4f;
constexpr float kLog2e = 1.4426950216293335f;
constexpr float kRounder =
    12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits
constexpr float kExpOverflow = 88.73f, kExpUnderflow = -104.0f;

constexpr int32_t kSignBit = -0x7fffffff - 1;

MIEN_INLINE V vabs(V v) {
  return from_bits(bits_of(v) & VInt(0x7fffffff));
}
MIEN_INLINE V vneg(V v) {
  return from_bits(bits_of(v) ^ VInt(kSignBit));
}

// 2^i for t = i + kRounder, -126 <= i <= 127.
MIEN_INLINE V power_of_two(V t) {
  return from_bits((bits_of(t) << 23) + VInt(0x3f800000));
}

struct Reduced {
  V n;        // x = n * ln 2 + r
  V expm1_r;  // exp(r) - 1
};
MIEN_INLINE Reduced reduce_exp(V x) {
  const V n = fma(x, broadcast(kLog2e), broadcast(kRounder)) - broadcast(kRounder);
  const V r = fma(n, broadcast(-kLn2Low), fma(n, broadcast(-kLn2High), x));
  V q = broadcast(1.3814223930239677e-3f);
  q = fma(q, r, broadcast(8.368898183107376e-3f));
  q = fma(q, r, broadcast(4.166840389370918e-2f));
  q = fma(q, r, broadcast(1.666651964187622e-1f));
  q = fma(q, r, broadcast(4.999999403953552e-1f));
  return {n, fma(q * r, r, r)};
}

// v * 2^n for -150 <= n <= 129, in two factors because 2^n alone leaves the range.
MIEN_INLINE V scale_by_power(V v, V n) {
  const V half = fma(n, broadcast(0.5f), broadcast(kRounder));
  const V rest = n - (half - broadcast(kRounder));
  return v * power_of_two(half) * power_of_two(rest + broadcast(kRounder));
}

// Outside the range in which scale_by_power holds: infinity or zero. NaN stays NaN.
MIEN_INLINE V saturate_exp(V x, V result) {
  result = select(x > broadcast(kExpOverflow), broadcast(__builtin_inff()), result);
  return select(x < broadcast(kExpUnderflow), broadcast(0), result);
}

// Relative error <= 2 ulp.
MIEN_INLINE V vexp(V x) {
  const Reduced e = reduce_exp(x);
  return saturate_exp(x, scale_by_power(e.expm1_r + broadcast(1), e.n));
}

// exp(x) - 1 for x <= 0, relative error <= 4 ulp also near 0.
MIEN_INLINE V vexpm1(V x) {
  const Reduced e = reduce_exp(x);
  const V far = saturate_exp(x, scale_by_power(e.expm1_r + broadcast(1), e.n)) - broadcast(1);
  return select(e.n == broadcast(0), e.expm1_r, far);
}

// 1 / (1 + exp(-x)), relative error <= 4 ulp; 0 below -88.73.
MIEN_INLINE V vsigmoid(V x) {
  return divide(broadcast(1), broadcast(1) + vexp(vneg(x)));
}

// Relative error <= 4 ulp. Made for |x|; the sign comes back at the end, so that -0 keeps its own.
MIEN_INLINE V vtanh(V x) {
  const V m = vabs(x);
  const V z = m * m;
  V p = broadcast(-5.716597195714712e-3f);
  p = fma(p, z, broadcast(2.065020613372326e-2f));
  p = fma(p, z, broadcast(-5.37433885037899e-2f));
  p = fma(p, z, broadcast(1.3331490755081177e-1f));
  p = fma(p, z, broadcast(-3.333328366279602e-1f));
  const V near = fma(p * z, m, m);
  const V e = vexp(m * broadcast(-2));
  const V far = divide(broadcast(1) - e, broadcast(1) + e);
  const V result = select(m < broadcast(0.625f), near, far);
  return from_bits(bits_of(result) | (bits_of(x) & VInt(kSignBit)));
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
