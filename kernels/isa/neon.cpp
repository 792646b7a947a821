// NEON of AArch64: 4 lanes, 32 registers, fused multiply-add.
#define MIEN_ISA_NAMESPACE neon
#include <xsimd/xsimd.hpp>

namespace mien::kernels::neon {
namespace {
using Arch = xsimd::neon64;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
constexpr int kDepthwisePixels = 7;
}  // namespace
}  // namespace mien::kernels::neon

#include "kernels/generic/table.h"
