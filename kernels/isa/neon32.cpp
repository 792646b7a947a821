// NEON of 32-bit ARM (ARMv7-A with VFPv4): 4 lanes, 16 registers, fused multiply-add. It always takes denormal numbers
// for 0, in what it reads and in what it returns; other results have the bits of the other ISAs with a fused
// multiply-add.
#define MIEN_ISA_NAMESPACE neon32
#include <xsimd/xsimd.hpp>

namespace mien::kernels::neon32 {
namespace {
using Arch = xsimd::neon;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
inline void accumulate(V& sum, V a, V b) { sum = fma(a, b, sum); }
// NEON has only approximations of these two; the scalar unit (VFP) rounds correctly.
inline V divide(V a, V b) {
  const float32x4_t ra = a, rb = b;
  return V(ra / rb);
}
inline V square_root(V v) {
  float32x4_t r = v;
  for (int i = 0; i < 4; ++i) r[i] = __builtin_sqrtf(r[i]);
  return r;
}
inline V even_twice(V v) { return vtrnq_f32(v, v).val[0]; }
inline V odd_twice(V v) { return vtrnq_f32(v, v).val[1]; }
inline V exact_fma(V a, V b, V c) { return fma(a, b, c); }
inline V load_half(const uint16_t* p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
constexpr int kTapSteps = 1;
constexpr int kDepthwisePixels = 4;
constexpr int kDotRows = 1, kDotProbes = 2, kDotRowsAlone = 2;
}  // namespace
}  // namespace mien::kernels::neon32

#include "kernels/generic/table.h"
