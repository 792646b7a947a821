// AVX2 and FMA: 8 lanes, 16 registers.
#define MIEN_ISA_NAMESPACE avx2
#include <xsimd/xsimd.hpp>

namespace mien::kernels::avx2 {
namespace {
using Arch = xsimd::fma3<xsimd::avx2>;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
// gcc 12 copies and spills the sums of a convolution as soon as a loop body has two steps; as operands they stay put.
inline void accumulate(V& sum, V a, V b) { asm("vfmadd231ps %2, %1, %0" : "+x"(sum.data) : "x"(a.data), "x"(b.data)); }
inline V divide(V a, V b) { return a / b; }
inline V square_root(V v) { return _mm256_sqrt_ps(v); }
inline V even_twice(V v) { return _mm256_moveldup_ps(v); }
inline V odd_twice(V v) { return _mm256_movehdup_ps(v); }
inline V exact_fma(V a, V b, V c) { return fma(a, b, c); }
inline V load_half(const uint16_t* p) { return _mm256_cvtph_ps(_mm_load_si128(reinterpret_cast<const __m128i*>(p))); }
// With one step per turn the front end is what binds a core whose other hardware thread is busy: 23 instructions and a
// jump for 12 multiply-adds took 15 % longer than 20.
constexpr int kTapSteps = 16;
constexpr int kDepthwisePixels = 4;
constexpr int kDotRows = 2, kDotProbes = 3, kDotRowsAlone = 4;
}  // namespace
}  // namespace mien::kernels::avx2

#include "kernels/generic/table.h"
