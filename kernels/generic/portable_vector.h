// V, VBool and VInt without xsimd and without intrinsics, for the ISA `generic`: what simd.h and the kernels use of
// xsimd's, over the vectors that gcc and clang have on every processor.
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

using Floats = float __attribute__((vector_size(16)));
using Ints = int32_t __attribute__((vector_size(16)));

#define MIEN_EACH_LANE(i) _Pragma("GCC unroll 4") for (int i = 0; i < 4; ++i)

struct VBool {
  Ints v;  // per lane 0 or -1
};

struct VInt {
  Ints v;
  VInt(Ints lanes) : v(lanes) {}
  explicit VInt(int32_t all) : v{all, all, all, all} {}
};
inline VInt operator&(VInt a, VInt b) { return a.v & b.v; }
inline VInt operator|(VInt a, VInt b) { return a.v | b.v; }
inline VInt operator^(VInt a, VInt b) { return a.v ^ b.v; }
inline VInt operator+(VInt a, VInt b) { return a.v + b.v; }
inline VInt operator<<(VInt a, int bits) { return a.v << bits; }

struct V {
  using register_type = Floats;
  static constexpr size_t size = 4;
  Floats v;

  V() = default;
  V(Floats lanes) : v(lanes) {}
  explicit V(float all) : v{all, all, all, all} {}
  operator Floats() const { return v; }

  static V load_aligned(const float* p) {
    Floats v;
    memcpy(&v, __builtin_assume_aligned(p, sizeof v), sizeof v);
    return v;
  }
  static V load_unaligned(const float* p) {
    Floats v;
    memcpy(&v, p, sizeof v);
    return v;
  }
  void store_aligned(float* p) const { memcpy(__builtin_assume_aligned(p, sizeof v), &v, sizeof v); }
  void store_unaligned(float* p) const { memcpy(p, &v, sizeof v); }
};
inline V operator+(V a, V b) { return a.v + b.v; }
inline V operator-(V a, V b) { return a.v - b.v; }
inline V operator*(V a, V b) { return a.v * b.v; }
inline VBool operator<(V a, V b) { return {a.v < b.v}; }
inline VBool operator>(V a, V b) { return {a.v > b.v}; }
inline VBool operator==(V a, V b) { return {a.v == b.v}; }

inline VInt bits_of(V v) { return reinterpret_cast<Ints>(v.v); }
inline V from_bits(VInt v) { return reinterpret_cast<Floats>(v.v); }
inline V select(VBool c, V yes, V no) {
#if defined(__wasm_simd128__)
  // Of the other form clang 14 makes a maximum where it can, and between it and node a relu of -0 comes out as +0.
  return from_bits(reinterpret_cast<Ints>(__builtin_wasm_bitselect(bits_of(yes).v, bits_of(no).v, c.v)));
#else
  return from_bits((c.v & bits_of(yes).v) | (~c.v & bits_of(no).v));
#endif
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
