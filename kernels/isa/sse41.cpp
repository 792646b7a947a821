// SSE4.1: 4 lanes, 16 registers, no fused multiply-add (results differ in the last bits from the other ISAs).
#define MIEN_ISA_NAMESPACE sse41
#include <xsimd/xsimd.hpp>

namespace mien::kernels::sse41 {
namespace {
using Arch = xsimd::sse4_1;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return a * b + c; }
inline void accumulate(V& sum, V a, V b) { sum = fma(a, b, sum); }
inline V divide(V a, V b) { return a / b; }
inline V square_root(V v) { return _mm_sqrt_ps(v); }
inline V even_twice(V v) { return _mm_moveldup_ps(v); }
inline V odd_twice(V v) { return _mm_movehdup_ps(v); }
// The low two lanes of a * b + c with the one rounding of a fused multiply-add. The product of two floats is exact in
// double; the sum is rounded to odd (Boldo and Melquiond 2008), after which rounding to float is as if it were exact.
inline __m128 exact_fma_low(__m128 a, __m128 b, __m128 c) {
  const __m128d product = _mm_mul_pd(_mm_cvtps_pd(a), _mm_cvtps_pd(b)), addend = _mm_cvtps_pd(c);
  const __m128d sum = _mm_add_pd(product, addend);
  const __m128d other = _mm_sub_pd(sum, product);  // what Knuth's TwoSum says was lost: error
  const __m128d error = _mm_add_pd(_mm_sub_pd(product, _mm_sub_pd(sum, other)), _mm_sub_pd(addend, other));
  const __m128i bits = _mm_castpd_si128(sum), one = _mm_set1_epi64x(1);
  const __m128i inexact = _mm_castpd_si128(_mm_cmpneq_pd(error, _mm_setzero_pd()));
  const __m128i even = _mm_cmpeq_epi64(_mm_and_si128(bits, one), _mm_setzero_si128());
  // An even sum moves by one towards the error: +1 if both have one sign, -1 if not.
  const __m128i opposed = _mm_srai_epi32(_mm_shuffle_epi32(_mm_castpd_si128(_mm_xor_pd(sum, error)), 0xF5), 31);
  const __m128i step = _mm_and_si128(_mm_or_si128(opposed, one), _mm_and_si128(inexact, even));
  const __m128i finite = _mm_castpd_si128(_mm_cmpord_pd(error, error));  // infinity and NaN are not to be moved
  return _mm_cvtpd_ps(_mm_castsi128_pd(_mm_add_epi64(bits, _mm_and_si128(step, finite))));
}
inline V exact_fma(V a, V b, V c) {
  const __m128 low = exact_fma_low(a, b, c);
  const __m128 high = exact_fma_low(_mm_movehl_ps(a, a), _mm_movehl_ps(b, b), _mm_movehl_ps(c, c));
  return _mm_movelh_ps(low, high);
}
// float16 without F16C. A denormal is its integer times 2^-24, so that no float here is one.
inline V load_half(const uint16_t* p) {
  const __m128i half = _mm_cvtepu16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  const __m128i sign = _mm_slli_epi32(_mm_and_si128(half, _mm_set1_epi32(0x8000)), 16);
  const __m128i size = _mm_and_si128(half, _mm_set1_epi32(0x7FFF));
  const __m128i tiny = _mm_cmplt_epi32(size, _mm_set1_epi32(0x400));
  const __m128i special = _mm_cmpgt_epi32(size, _mm_set1_epi32(0x7BFF));  // infinity and NaN
  const __m128i bias = _mm_add_epi32(_mm_set1_epi32(112 << 23), _mm_and_si128(special, _mm_set1_epi32(112 << 23)));
  const __m128 normal = _mm_castsi128_ps(_mm_add_epi32(_mm_slli_epi32(size, 13), bias));
  const __m128 denormal = _mm_mul_ps(_mm_cvtepi32_ps(size), _mm_set1_ps(0x1p-24f));
  return _mm_or_ps(_mm_blendv_ps(normal, denormal, _mm_castsi128_ps(tiny)), _mm_castsi128_ps(sign));
}
constexpr int kTapSteps = 1;
constexpr int kDepthwisePixels = 4;
constexpr int kDotRows = 1, kDotProbes = 2, kDotRowsAlone = 2;
}  // namespace
}  // namespace mien::kernels::sse41

#include "kernels/generic/table.h"
