// Between plain and blocked layout, borders, nearest resize (kernels.h, "Layout").
// Thread-safety: pure functions.
#pragma once

#include <cstring>

#include "kernels/generic/strided_copy.h"
#include "kernels/generic/transpose.h"

namespace mien::kernels::MIEN_ISA_NAMESPACE {
namespace {

MIEN_INLINE void copy_floats(float* y, const float* x, int64_t n) {
  memcpy(y, x, static_cast<size_t>(n) * sizeof(float));
}
MIEN_INLINE void zero_floats(float* y, int64_t n) {
  memset(y, 0, static_cast<size_t>(n) * sizeof(float));
}

MIEN_INLINE int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

// kLanes channels of `n` <= kLanes pixels of which `channels` exist: x [channel][pixels] -> y [pixel][16].
MIEN_INLINE void pack_tile(const float* x, float* y, int64_t channels, int64_t pixels, int64_t n) {
  V r[kLanes];
  if (channels >= kLanes && n == kLanes) {
    MIEN_UNROLL for (int c = 0; c < kLanes; ++c) r[c] = load(x + c * pixels);
  } else {
    MIEN_UNROLL for (int c = 0; c < kLanes; ++c) {
      r[c] = c < channels ? load_first(x + c * pixels, static_cast<int>(n)) : broadcast(0);
    }
  }
  transpose(r);
  MIEN_UNROLL for (int p = 0; p < kLanes; ++p) {
    if (p < n) store_aligned(y + p * kBlock, r[p]);
  }
}

// Every tile of kLanes channels x kLanes pixels, 16 pixels of all channels of a block before the next 16: a cache line
// of each plain row is then used up at once. Calls tile(first channel, first pixel, pixels of the tile).
template <class Tile>
MIEN_INLINE void each_tile(int64_t channels, int64_t pixels, Tile tile) {
  for (int64_t block = 0; block < channels; block += kBlock) {
    for (int64_t p16 = 0; p16 < pixels; p16 += kBlock) {
      for (int64_t c = block; c < block + kBlock; c += kLanes) {
        for (int64_t p = p16; p < least(p16 + kBlock, pixels); p += kLanes) tile(c, p, least(kLanes, pixels - p));
      }
    }
  }
}

// Where channel c, a multiple of kLanes, of pixel p lies in blocked layout.
MIEN_INLINE int64_t blocked_at(int64_t c, int64_t p, int64_t pixels) {
  return (c / kBlock * pixels + p) * kBlock + c % kBlock;
}

void pack(const float* x, float* y, int32_t channels, int64_t pixels) {
  if (pixels == 1) {
    copy_floats(y, x, channels);
    zero_floats(y + channels, (kBlock - channels % kBlock) % kBlock);
    return;
  }
  each_tile(channels, pixels, [=](int64_t c, int64_t p, int64_t n) {
    pack_tile(x + c * pixels + p, y + blocked_at(c, p, pixels), channels - c, pixels, n);
  });
}

// The inverse of pack_tile.
MIEN_INLINE void unpack_tile(const float* x, float* y, int64_t channels, int64_t pixels, int64_t n) {
  V r[kLanes];
  MIEN_UNROLL for (int p = 0; p < kLanes; ++p) r[p] = p < n ? load_aligned(x + p * kBlock) : broadcast(0);
  transpose(r);
  if (channels >= kLanes && n == kLanes) {
    MIEN_UNROLL for (int c = 0; c < kLanes; ++c) store(y + c * pixels, r[c]);
  } else {
    MIEN_UNROLL for (int c = 0; c < kLanes; ++c) {
      if (c < channels) store_first(y + c * pixels, r[c], static_cast<int>(n));
    }
  }
}

void unpack(const float* x, float* y, int32_t channels, int64_t pixels) {
  if (pixels == 1) return copy_floats(y, x, channels);
  each_tile(channels, pixels, [=](int64_t c, int64_t p, int64_t n) {
    if (c < channels) unpack_tile(x + blocked_at(c, p, pixels), y + c * pixels + p, channels - c, pixels, n);
  });
}

// One row of a picture: x [channels][plane] -> y [w][channels].
MIEN_INLINE void interleave_row(const float* x, float* y, int64_t channels, int64_t plane, int64_t w) {
  int64_t i = 0;
  if (channels == 1) {
    copy_floats(y, x, w);
    return;
  }
  if (channels == 3) {
    for (; i + kLanes <= w; i += kLanes) {
      const V r = load(x + i), g = load(x + plane + i), b = load(x + 2 * plane + i);
      store(y + 3 * i, interleave3<0>(r, g, b, AllLanes()));
      store(y + 3 * i + kLanes, interleave3<1>(r, g, b, AllLanes()));
      store(y + 3 * i + 2 * kLanes, interleave3<2>(r, g, b, AllLanes()));
    }
  }
  for (; i < w; ++i) {
    for (int64_t c = 0; c < channels; ++c) y[i * channels + c] = x[c * plane + i];
  }
}

// A picture of `pixel` floats per pixel with a border of zeros; inner(row, y) writes the w pixels of one row.
template <class Inner>
MIEN_INLINE void with_border(const BorderArgs& a, int64_t pixel, Inner inner) {
  const int64_t row = (int64_t{a.left} + a.w + a.right) * pixel;
  float* y = a.y;
  zero_floats(y, a.top * row);
  y += a.top * row;
  for (int32_t r = 0; r < a.h; ++r, y += row) {
    zero_floats(y, a.left * pixel);
    inner(r, y + a.left * pixel);
    zero_floats(y + (int64_t{a.left} + a.w) * pixel, a.right * pixel);
  }
  zero_floats(y, a.bottom * row);
}

void pack_narrow(const BorderArgs& a) {
  with_border(a, a.channels,
              [&](int32_t r, float* y) { interleave_row(a.x + int64_t{r} * a.w, y, a.channels, a.x_plane, a.w); });
}

void pad_block(const BorderArgs& a) {
  const int64_t row = int64_t{a.w} * kBlock;
  with_border(a, kBlock, [&](int32_t r, float* y) { copy_floats(y, a.x + r * row, row); });
}

void resize_nearest(const float* x, int32_t in_w, float* y, int32_t out_h, int32_t out_w, const int32_t* row_of,
                    const int32_t* col_of) {
  const int64_t row = int64_t{out_w} * kBlock;
  for (int32_t r = 0; r < out_h; ++r, y += row) {
    if (r > 0 && row_of[r] == row_of[r - 1]) {
      copy_floats(y, y - row, row);
      continue;
    }
    const float* from = x + int64_t{row_of[r]} * in_w * kBlock;
    for (int32_t c = 0; c < out_w; ++c)
      store16_aligned(y + c * kBlock, load16_aligned(from + int64_t{col_of[c]} * kBlock));
  }
}

}  // namespace
}  // namespace mien::kernels::MIEN_ISA_NAMESPACE
