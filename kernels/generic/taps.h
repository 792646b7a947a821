// Which taps of a window lie inside the picture; shared by pooling and depthwise convolution.
// Thread-safety: pure functions.
#pragma once

#include "kernels/generic/simd.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

// Taps begin <= k < end of a window; tap k lies at first + k * dilation.
struct TapRange {
  int32_t begin, end;
};

// The taps that lie in 0..size. The divisions run only where a window leaves the picture.
MIEN_INLINE TapRange taps_inside(int64_t first, int32_t kernel, int32_t dilation, int64_t size) {
  TapRange r{0, kernel};
  if (first < 0) r.begin = static_cast<int32_t>((-first + dilation - 1) / dilation);
  if (first + int64_t{kernel - 1} * dilation >= size) {
    r.end = first < size ? static_cast<int32_t>((size - first + dilation - 1) / dilation) : 0;
  }
  if (r.begin > r.end) r.begin = r.end;
  return r;
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
