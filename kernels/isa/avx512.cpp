// AVX-512 (F, BW, DQ, VL): 16 lanes, 32 registers.
#define MIEN_ISA_NAMESPACE avx512
#include <xsimd/xsimd.hpp>

namespace mien::kernels::avx512 {
namespace {
using Arch = xsimd::avx512f;
using V = xsimd::batch<float, Arch>;
// xsimd 8.1 has no AVX-512 fma: its own multiplies and then adds.
inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
inline void accumulate(V& sum, V a, V b) { sum = fma(a, b, sum); }
inline V divide(V a, V b) { return a / b; }
inline V square_root(V v) { return _mm512_sqrt_ps(v); }
inline V even_twice(V v) { return _mm512_moveldup_ps(v); }
inline V odd_twice(V v) { return _mm512_movehdup_ps(v); }
inline V exact_fma(V a, V b, V c) { return fma(a, b, c); }
inline V load_half(const uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
}
constexpr int kTapSteps = 1;
constexpr int kDepthwisePixels = 7;
constexpr int kDotRows = 4, kDotProbes = 4, kDotRowsAlone = 8;
}  // namespace
}  // namespace mien::kernels::avx512

#include "kernels/generic/table.h"
