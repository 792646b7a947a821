// Any processor: 4 lanes of the compiler's own vectors, which become SSE2 on x86-64 and scalars where there is nothing
// better. No fused multiply-add: the same bits as SSE4.1 on every machine.
#define MIEN_ISA_NAMESPACE generic
#define MIEN_PORTABLE_VECTOR
#include "kernels/generic/portable_vector.h"

namespace mien::kernels::generic {
namespace {
inline V fma(V a, V b, V c) { return a * b + c; }
inline void accumulate(V& sum, V a, V b) { sum = fma(a, b, sum); }
inline V divide(V a, V b) { return a.v / b.v; }
inline V square_root(V v) {
  MIEN_EACH_LANE(i) v.v[i] = __builtin_sqrtf(v.v[i]);
  return v;
}
inline V even_twice(V v) { return __builtin_shufflevector(v.v, v.v, 0, 0, 2, 2); }
inline V odd_twice(V v) { return __builtin_shufflevector(v.v, v.v, 1, 1, 3, 3); }

// a * b + c with the one rounding of a fused multiply-add. The product of two floats is exact in double; the sum is
// rounded to odd (Boldo and Melquiond 2008), after which rounding to float is as if it were exact.
inline float exact_fma(float a, float b, float c) {
#ifdef __FP_FAST_FMAF
  return __builtin_fmaf(a, b, c);
#else
  const double product = double{a} * b, addend = c;
  double sum = product + addend;
  const double other = sum - product;  // what Knuth's TwoSum says was lost: error
  const double error = (product - (sum - other)) + (addend - other);
  int64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  // An even sum moves by one towards the error; infinity and NaN, whose error is NaN, stay.
  if ((error < 0 || error > 0) && (bits & 1) == 0) bits += (error < 0) == (bits < 0) ? 1 : -1;
  memcpy(&sum, &bits, sizeof sum);
  return static_cast<float>(sum);
#endif
}
inline V exact_fma(V a, V b, V c) {
  MIEN_EACH_LANE(i) c.v[i] = exact_fma(a.v[i], b.v[i], c.v[i]);
  return c;
}

// A denormal is its integer times 2^-24, so that no float here is one.
inline V load_half(const uint16_t* p) {
  const Ints half = {p[0], p[1], p[2], p[3]};
  const Ints sign = (half & 0x8000) << 16, size = half & 0x7FFF;
  const Ints tiny = size < 0x400, special = size > 0x7BFF;  // special: infinity and NaN
  const Ints normal = (size << 13) + (112 << 23) + (special & (112 << 23));
  const Floats denormal = __builtin_convertvector(size, Floats) * 0x1p-24f;
  return from_bits((tiny & bits_of(denormal).v) | (~tiny & normal) | sign);
}
constexpr int kTapSteps = 1;
constexpr int kDepthwisePixels = 2;
constexpr int kDotRows = 1, kDotProbes = 2, kDotRowsAlone = 2;
}  // namespace
}  // namespace mien::kernels::generic

#include "kernels/generic/table.h"
