// NEON of AArch64: 4 lanes, 32 registers, fused multiply-add.
#define MIEN_ISA_NAMESPACE neon
#include <xsimd/xsimd.hpp>

namespace mien::kernels::neon {
namespace {
using Arch = xsimd::neon64;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
inline void accumulate(V& sum, V a, V b) { sum = fma(a, b, sum); }
// xsimd 8.1 approximates both of these, and makes a NaN of sqrt(inf).
inline V divide(V a, V b) { return vdivq_f32(a, b); }
inline V square_root(V v) { return vsqrtq_f32(v); }
inline V even_twice(V v) { return vtrn1q_f32(v, v); }
inline V odd_twice(V v) { return vtrn2q_f32(v, v); }
inline V exact_fma(V a, V b, V c) { return fma(a, b, c); }
inline V load_half(const uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
constexpr int kTapSteps = 1;
constexpr int kDepthwisePixels = 7;
constexpr int kDotRows = 2, kDotProbes = 3, kDotRowsAlone = 4;
}  // namespace
}  // namespace mien::kernels::neon

#include "kernels/generic/table.h"
