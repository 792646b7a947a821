// NEON of AArch64: 4 lanes, 32 registers, fused multiply-add.
#define MIEN_ISA_NAMESPACE neon
#include <xsimd/xsimd.hpp>

namespace mien::kernels::neon {
namespace {
using Arch = xsimd::neon64;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
// xsimd 8.1 approximates both of these, and makes a NaN of sqrt(inf).
inline V divide(V a, V b) { return vdivq_f32(a, b); }
inline V square_root(V v) { return vsqrtq_f32(v); }
inline V even_twice(V v) { return vtrn1q_f32(v, v); }
inline V odd_twice(V v) { return vtrn2q_f32(v, v); }
constexpr int kDepthwisePixels = 7;
}  // namespace
}  // namespace mien::kernels::neon

#include "kernels/generic/table.h"
