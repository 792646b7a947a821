// Transposes and interleaves in registers, of any vector width, from permutations that the compiler picks.
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

using Register = V::register_type;

// A list of lane numbers 0..kLanes-1 as a type, made without <utility>, whose templates the linker could merge.
template <int... I>
struct Lanes {};
template <int N, int... I>
struct MakeLanes : MakeLanes<N - 1, N - 1, I...> {};
template <int... I>
struct MakeLanes<0, I...> {
  using type = Lanes<I...>;
};
using AllLanes = MakeLanes<kLanes>::type;

// a[kFrom], b[kFrom], a[kFrom + 1], b[kFrom + 1], ...
template <int kFrom, int... I>
MIEN_INLINE V interleave(V a, V b, Lanes<I...>) {
  const Register ra = a, rb = b;
  return V(__builtin_shufflevector(ra, rb, (kFrom + I / 2 + (I % 2) * kLanes)...));
}

// r[i][j] becomes r[j][i]. Each round interleaves row i with row i + kLanes / 2; log2(kLanes) of them make a transpose.
MIEN_INLINE void transpose(V (&r)[kLanes]) {
  MIEN_UNROLL for (int round = 1; round < kLanes; round *= 2) {
    V s[kLanes];
    MIEN_UNROLL for (int i = 0; i < kLanes / 2; ++i) {
      s[2 * i] = interleave<0>(r[i], r[i + kLanes / 2], AllLanes());
      s[2 * i + 1] = interleave<kLanes / 2>(r[i], r[i + kLanes / 2], AllLanes());
    }
    MIEN_UNROLL for (int i = 0; i < kLanes; ++i) r[i] = s[i];
  }
}

// The k-th of the three vectors a[0] b[0] c[0] a[1] b[1] c[1] ... : first a and b to their places, then c.
template <int k, int... I>
MIEN_INLINE V interleave3(V a, V b, V c, Lanes<I...>) {
  const Register ra = a, rb = b, rc = c;
  const Register ab = __builtin_shufflevector(
      ra, rb, ((k * kLanes + I) / 3 + ((k * kLanes + I) % 3 == 1 ? kLanes : 0))...);
  return V(__builtin_shufflevector(
      ab, rc, ((k * kLanes + I) % 3 == 2 ? kLanes + (k * kLanes + I) / 3 : I)...));
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
