// The vector type that every kernel is written over, in the namespace of one ISA.
// Thread-safety: pure functions.
//
// An ISA file (kernels/isa/<isa>.cpp) defines MIEN_ISA_NAMESPACE and, in that namespace, Arch (an xsimd architecture,
// always named: the default of batch<float> depends on the compiler's flags) and
//   inline V fma(V a, V b, V c);   // a * b + c, with one rounding where the ISA has it
//   inline void accumulate(V& sum, V a, V b);   // sum = fma(a, b, sum), in its register
//   constexpr int kTapSteps;   // steps in the body of a convolution's loop; divides kBlock (conv_tile.h)
//   inline V divide(V a, V b);     // correctly rounded, as IEEE 754 says
//   inline V square_root(V v);     // correctly rounded
//   inline V exact_fma(V a, V b, V c);   // fma with one rounding on every ISA, however slow
//   inline V load_half(const uint16_t* p);   // kLanes float16 numbers as floats; p is aligned to all of them
//   inline V even_twice(V v), odd_twice(V v);   // lanes 0 0 2 2 .., lanes 1 1 3 3 ..
// (`generic`: portable_vector.h, no Arch) and then includes the generic headers. Rules for all of them: all stands
// in the ISA's namespace and is inline, static or anonymous; no std container, no algorithm, no dynamic initialiser. A
// function that the linker can merge between two ISAs runs the wrong instructions on an old CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

// For a loop over an array of accumulators: without it gcc 12 keeps the array in memory, six times slower.
#define MIEN_UNROLL _Pragma("GCC unroll 64")
#define MIEN_INLINE inline __attribute__((always_inline))

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

#ifndef MIEN_PORTABLE_VECTOR
using VBool = xsimd::batch_bool<float, Arch>;
using VInt = xsimd::batch<int32_t, Arch>;
MIEN_INLINE V select(VBool c, V yes, V no) { return xsimd::select(c, yes, no); }
MIEN_INLINE VInt bits_of(V v) { return xsimd::bitwise_cast<VInt>(v); }
MIEN_INLINE V from_bits(VInt v) { return xsimd::bitwise_cast<V>(v); }
#endif

constexpr int kLanes = static_cast<int>(V::size);
constexpr int kVecs = kBlock / kLanes;  // vectors in a block: 1, 2 or 4

MIEN_INLINE V load(const float* p) { return V::load_unaligned(p); }
MIEN_INLINE V load_aligned(const float* p) { return V::load_aligned(p); }
MIEN_INLINE void store(float* p, V v) { v.store_unaligned(p); }
MIEN_INLINE void store_aligned(float* p, V v) { v.store_aligned(p); }
MIEN_INLINE V broadcast(float v) { return V(v); }

// The first n <= kLanes floats; the other lanes are 0. Nothing past them is touched.
MIEN_INLINE V load_first(const float* p, int n) {
  alignas(64) float lanes[kLanes] = {};
  for (int i = 0; i < n; ++i) lanes[i] = p[i];
  return load_aligned(lanes);
}
MIEN_INLINE void store_first(float* p, V v, int n) {
  alignas(64) float lanes[kLanes];
  store_aligned(lanes, v);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

// The activations of Act. They compare and select: a NaN compares false and so passes, and -0 stays -0 on every ISA,
// where the ISAs' own max and min disagree about both.
MIEN_INLINE V relu(V v) { return select(v < broadcast(0), broadcast(0), v); }
MIEN_INLINE V prelu(V v, V slope) { return select(v < broadcast(0), slope * v, v); }
MIEN_INLINE V clip(V v, V lo, V hi) { return select(v < lo, lo, select(v > hi, hi, v)); }

// 16 floats that lie side by side: one pixel of a block.
struct V16 {
  V v[kVecs];
};

#define MIEN_EACH(i) MIEN_UNROLL for (int i = 0; i < kVecs; ++i)

MIEN_INLINE V16 broadcast16(float x) {
  V16 r;
  MIEN_EACH(i) r.v[i] = broadcast(x);
  return r;
}
// p is 64-byte aligned.
MIEN_INLINE V16 load16_aligned(const float* p) {
  V16 r;
  MIEN_EACH(i) r.v[i] = load_aligned(p + i * kLanes);
  return r;
}
MIEN_INLINE V16 load16(const float* p) {
  V16 r;
  MIEN_EACH(i) r.v[i] = load(p + i * kLanes);
  return r;
}
MIEN_INLINE void store16_aligned(float* p, V16 x) { MIEN_EACH(i) store_aligned(p + i * kLanes, x.v[i]); }
MIEN_INLINE void store16(float* p, V16 x) { MIEN_EACH(i) store(p + i * kLanes, x.v[i]); }
MIEN_INLINE V16 fma(V16 a, V16 b, V16 c) {
  MIEN_EACH(i) c.v[i] = fma(a.v[i], b.v[i], c.v[i]);
  return c;
}
MIEN_INLINE V16 operator+(V16 a, V16 b) {
  MIEN_EACH(i) a.v[i] = a.v[i] + b.v[i];
  return a;
}
MIEN_INLINE V16 operator*(V16 a, V16 b) {
  MIEN_EACH(i) a.v[i] = a.v[i] * b.v[i];
  return a;
}
MIEN_INLINE V16 relu(V16 x) {
  MIEN_EACH(i) x.v[i] = relu(x.v[i]);
  return x;
}
MIEN_INLINE V16 prelu(V16 x, V16 slope) {
  MIEN_EACH(i) x.v[i] = prelu(x.v[i], slope.v[i]);
  return x;
}
MIEN_INLINE V16 clip(V16 x, V16 lo, V16 hi) {
  MIEN_EACH(i) x.v[i] = clip(x.v[i], lo.v[i], hi.v[i]);
  return x;
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
