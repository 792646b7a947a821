// What the kernels use of xsimd, so that generated code needs no other header than the compiler's own: batch<float>
// and batch<int32_t> with arithmetic, comparisons, select and bitwise_cast. Same names, same instructions, same bits.
// Only ever compiled as part of generated code (and of the test that compares it with xsimd), for the one instruction
// set that the compiler's flags say. Thread-safety: pure functions.
//
// Arithmetic is that of GCC's and Clang's vector types; the rest is what each instruction set has its own word for.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

namespace xsimd {

#define MIEN_VECTOR inline __attribute__((always_inline))

// Architectures, by the names that the files of the instruction sets use.
struct sse4_1;
struct avx2;
struct avx512f;
struct neon64;
template <class A>
struct fma3;

// Registers and their operations.
template <class A>
struct Native;

#if defined(__AVX512F__)
template <>
struct Native<avx512f> {
  using Float = __m512;
  using Mask = __mmask16;
  typedef int32_t Int __attribute__((vector_size(64)));
  static MIEN_VECTOR Float load(const float* p) { return _mm512_load_ps(p); }
  static MIEN_VECTOR Float load_any(const float* p) { return _mm512_loadu_ps(p); }
  static MIEN_VECTOR void store(float* p, Float v) { _mm512_store_ps(p, v); }
  static MIEN_VECTOR void store_any(float* p, Float v) { _mm512_storeu_ps(p, v); }
  static MIEN_VECTOR Float broadcast(float v) { return _mm512_set1_ps(v); }
  static MIEN_VECTOR Mask less(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static MIEN_VECTOR Mask equal(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
  static MIEN_VECTOR Float select(Mask c, Float yes, Float no) { return _mm512_mask_blend_ps(c, no, yes); }
};
#endif

#if defined(__AVX2__)
template <>
struct Native<fma3<avx2>> {
  using Float = __m256;
  using Mask = __m256;
  typedef int32_t Int __attribute__((vector_size(32)));
  static MIEN_VECTOR Float load(const float* p) { return _mm256_load_ps(p); }
  static MIEN_VECTOR Float load_any(const float* p) { return _mm256_loadu_ps(p); }
  static MIEN_VECTOR void store(float* p, Float v) { _mm256_store_ps(p, v); }
  static MIEN_VECTOR void store_any(float* p, Float v) { _mm256_storeu_ps(p, v); }
  static MIEN_VECTOR Float broadcast(float v) { return _mm256_set1_ps(v); }
  static MIEN_VECTOR Mask less(Float a, Float b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
  static MIEN_VECTOR Mask equal(Float a, Float b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
  static MIEN_VECTOR Float select(Mask c, Float yes, Float no) { return _mm256_blendv_ps(no, yes, c); }
};
#endif

#if defined(__SSE4_1__)
template <>
struct Native<sse4_1> {
  using Float = __m128;
  using Mask = __m128;
  typedef int32_t Int __attribute__((vector_size(16)));
  static MIEN_VECTOR Float load(const float* p) { return _mm_load_ps(p); }
  static MIEN_VECTOR Float load_any(const float* p) { return _mm_loadu_ps(p); }
  static MIEN_VECTOR void store(float* p, Float v) { _mm_store_ps(p, v); }
  static MIEN_VECTOR void store_any(float* p, Float v) { _mm_storeu_ps(p, v); }
  static MIEN_VECTOR Float broadcast(float v) { return _mm_set1_ps(v); }
  static MIEN_VECTOR Mask less(Float a, Float b) { return _mm_cmplt_ps(a, b); }
  static MIEN_VECTOR Mask equal(Float a, Float b) { return _mm_cmpeq_ps(a, b); }
  static MIEN_VECTOR Float select(Mask c, Float yes, Float no) { return _mm_blendv_ps(no, yes, c); }
};
#endif

#if defined(__aarch64__)
template <>
struct Native<neon64> {
  using Float = float32x4_t;
  using Mask = uint32x4_t;
  typedef int32_t Int __attribute__((vector_size(16)));
  static MIEN_VECTOR Float load(const float* p) { return vld1q_f32(p); }
  static MIEN_VECTOR Float load_any(const float* p) { return vld1q_f32(p); }
  static MIEN_VECTOR void store(float* p, Float v) { vst1q_f32(p, v); }
  static MIEN_VECTOR void store_any(float* p, Float v) { vst1q_f32(p, v); }
  static MIEN_VECTOR Float broadcast(float v) { return vdupq_n_f32(v); }
  static MIEN_VECTOR Mask less(Float a, Float b) { return vcltq_f32(a, b); }
  static MIEN_VECTOR Mask equal(Float a, Float b) { return vceqq_f32(a, b); }
  static MIEN_VECTOR Float select(Mask c, Float yes, Float no) { return vbslq_f32(c, yes, no); }
};
#endif

template <class T, class A>
struct batch;
template <class T, class A>
struct batch_bool;

template <class A>
struct batch_bool<float, A> {
  typename Native<A>::Mask mask;
};

template <class A>
struct batch<float, A> {
  using N = Native<A>;
  using register_type = typename N::Float;
  static constexpr size_t size = sizeof(register_type) / sizeof(float);
  using Bool = batch_bool<float, A>;
  register_type data;

  batch() = default;
  MIEN_VECTOR batch(register_type v) : data(v) {}
  MIEN_VECTOR explicit batch(float v) : data(N::broadcast(v)) {}
  MIEN_VECTOR operator register_type() const { return data; }
  static MIEN_VECTOR batch load_aligned(const float* p) { return N::load(p); }
  static MIEN_VECTOR batch load_unaligned(const float* p) { return N::load_any(p); }
  MIEN_VECTOR void store_aligned(float* p) const { N::store(p, data); }
  MIEN_VECTOR void store_unaligned(float* p) const { N::store_any(p, data); }

  friend MIEN_VECTOR batch operator+(const batch& a, const batch& b) { return a.data + b.data; }
  friend MIEN_VECTOR batch operator-(const batch& a, const batch& b) { return a.data - b.data; }
  friend MIEN_VECTOR batch operator*(const batch& a, const batch& b) { return a.data * b.data; }
  friend MIEN_VECTOR batch operator/(const batch& a, const batch& b) { return a.data / b.data; }
  friend MIEN_VECTOR Bool operator<(const batch& a, const batch& b) { return {N::less(a.data, b.data)}; }
  friend MIEN_VECTOR Bool operator>(const batch& a, const batch& b) { return {N::less(b.data, a.data)}; }
  friend MIEN_VECTOR Bool operator==(const batch& a, const batch& b) { return {N::equal(a.data, b.data)}; }
};

template <class A>
struct batch<int32_t, A> {
  using register_type = typename Native<A>::Int;
  register_type data;

  batch() = default;
  MIEN_VECTOR batch(register_type v) : data(v) {}
  MIEN_VECTOR explicit batch(int32_t v) : data(register_type{} + v) {}
  friend MIEN_VECTOR batch operator+(const batch& a, const batch& b) { return a.data + b.data; }
  friend MIEN_VECTOR batch operator&(const batch& a, const batch& b) { return a.data & b.data; }
  friend MIEN_VECTOR batch operator|(const batch& a, const batch& b) { return a.data | b.data; }
  friend MIEN_VECTOR batch operator^(const batch& a, const batch& b) { return a.data ^ b.data; }
  friend MIEN_VECTOR batch operator<<(const batch& a, int bits) { return a.data << bits; }
};

template <class A>
MIEN_VECTOR batch<float, A> select(const batch_bool<float, A>& c, const batch<float, A>& yes,
                                   const batch<float, A>& no) {
  return Native<A>::select(c.mask, yes.data, no.data);
}

// Registers of one size, whose bits stay.
template <class To, class T, class A>
MIEN_VECTOR To bitwise_cast(const batch<T, A>& v) {
  return (typename To::register_type)v.data;
}

}  // namespace xsimd
