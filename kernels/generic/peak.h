// The yardstick: multiply-adds on registers only.
// Thread-safety: pure function.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// Twelve independent chains: more than latency times throughput of every core met (4 cycles x 2 per cycle), fewer than
// the 16 registers of AVX2. A chain runs to x = x * 0.5 + 1, whose limit is 2: no overflow and no denormal.
double peak(int64_t steps) {
  constexpr int kChains = 12;
  V acc[kChains];
  MIEN_UNROLL for (int i = 0; i < kChains; ++i) acc[i] = broadcast(static_cast<float>(i));
  V half = broadcast(0.5f), one = broadcast(1.0f);
  for (int64_t s = 0; s < steps; ++s) {
    MIEN_UNROLL for (int i = 0; i < kChains; ++i) acc[i] = fma(acc[i], half, one);
  }
  // The result must depend on every chain, or the compiler drops them: no chain passes 12, so this adds 0.
  V sum = acc[0];
  MIEN_UNROLL for (int i = 1; i < kChains; ++i) sum = sum + acc[i];
  alignas(64) float lanes[kLanes];
  store_aligned(lanes, sum);
  return 2.0 * kChains * kLanes * static_cast<double>(steps) + (lanes[0] > 1e6f ? 1 : 0);
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
