// SSE4.1: 4 lanes, 16 registers, no fused multiply-add (results differ in the last bits from the other ISAs).
#define MIEN_ISA_NAMESPACE sse41
#include <xsimd/xsimd.hpp>

namespace mien::kernels::sse41 {
namespace {
using Arch = xsimd::sse4_1;
using V = xsimd::batch<float, Arch>;
inline V fma(V a, V b, V c) { return a * b + c; }
inline V divide(V a, V b) { return a / b; }
inline V square_root(V v) { return _mm_sqrt_ps(v); }
inline V even_twice(V v) { return _mm_moveldup_ps(v); }
inline V odd_twice(V v) { return _mm_movehdup_ps(v); }
constexpr int kDepthwisePixels = 4;
}  // namespace
}  // namespace mien::kernels::sse41

#include "kernels/generic/table.h"
