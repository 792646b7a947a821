// The kernels' contracts: plain structs of pointers and strides, and one table of functions per ISA.
// Thread-safety: every function is pure on its arguments; tables are immutable.
//
// Words used below:
//   block    16 channels that lie side by side in memory ("nChw16c"); a channel count is padded to whole blocks
//   C16      ceil(C / 16), the number of blocks
//   blocked  [C16][H][W][16] floats; channels past C in the last block hold finite values that no result depends on
//   plain    row-major, no padding (NCHW for pictures)
//
// Every pointer to a block is 64-byte aligned; plain pointers need only float alignment. Strides are in elements
// (floats), never in bytes. Unless a contract says so, output and inputs do not overlap. Nothing is read or written
// outside the extents that a contract names.
//
// Accuracy: every output has one accumulator, summed in the order written in the contract, and a sum longer than 256
// terms is cut into runs of at most 256 that are then added in order; the error is at most
// 16 * 2^-24 * sum(abs(a * b)) against exact arithmetic. The lane is always an output channel or an output element,
// so AVX2, AVX-512 and NEON (which all have a fused multiply-add) return the same bits. SSE4.1 and `generic` have none:
// they differ from those, not from one another. NEON of 32-bit ARM always takes denormal numbers for 0: its bounds are
// those of inputs in which they are 0, and what would be below 2^-126 is 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu.h"

namespace mien::kernels {

inline constexpr int kBlock = 16;    // channels in a block
inline constexpr int kMaxRun = 256;  // longest run of terms in one accumulator
inline constexpr int kMaxRank = 6;   // of a strided copy

// What an activation does to v; NaN stays NaN in all of them.
enum class Act : int32_t {
  none,
  relu,   // v < 0 ? 0 : v
  prelu,  // v < 0 ? slope[c] * v : v          (He et al. 2015, "Delving deep into rectifiers")
  clip,   // v < lo ? lo : v > hi ? hi : v
};

// What happens to a sum before it is stored:
//   [v += residual]; v = act(v); [v += residual if residual_last].
// The bias is where the sum of a convolution begins; the Winograd outputs add it first of all.
// Pointers are already advanced to the first channel (bias, slope) or first element (residual) of the output at
// hand. bias and slope have as many readable floats as the kernel writes channels; residual has exactly the layout
// and the strides of y, and may be y itself.
struct Epilogue {
  const float* bias = nullptr;      // null: no bias
  const float* slope = nullptr;     // used by Act::prelu only
  const float* residual = nullptr;  // null: none
  float lo = 0, hi = 0;             // used by Act::clip only
  Act act = Act::none;
  bool residual_last = false;
};

// --- Convolution tile -------------------------------------------------------------------------------------------
// The one micro-kernel of every convolution and fully connected layer: mr output pixels x nt output channels, one run
// of their sums. A window is a list of steps, (block 0, tap 0), (block 0, tap 1) .. (block 1, tap 0) ..; a run is
// `steps` of them from tap first_tap of the block at x on:
//   sum(p, o) = over s < steps, k < k_per_tap (in this order), with t = first_tap + s:
//               x[p * x_pixel + t / n_taps * x_block + taps[t % n_taps] + k] * w[(s * k_per_tap + k) * nt + o]
// w is that part of a packed panel [blocks][n_taps][k_per_tap][nt], 64-byte aligned. y(p, o) is at
// y[(o / 16) * y_block + p * 16 + o % 16]; with nt < 16 y points inside a block. `resumed`: sum = y + sum, y as an
// earlier run left it. `unfinished`: the sum is stored as it is, for a later run; otherwise through the epilogue.
// REQUIRES: steps * k_per_tap <= kMaxRun, or one step; with resumed or unfinished the residual does not overlap y.
struct ConvTileArgs {
  const float* x;
  ptrdiff_t x_pixel;  // from one output pixel's window to the next one's (16 * stride in blocked input)
  ptrdiff_t x_block;  // between input blocks
  int32_t first_tap;
  int32_t steps;
  int32_t n_taps;       // kernel positions
  int32_t k_per_tap;    // contiguous inputs per tap: 16 for blocked input, kw * C for a narrow first layer
  const int32_t* taps;  // offset of each tap in x
  const float* w;
  float* y;
  ptrdiff_t y_block;  // between output blocks
  bool resumed, unfinished;
  // Fetched towards the cache in passing, prefetch_lines of 64 bytes per step: weights of later calls. 0 for none.
  const float* prefetch;
  int32_t prefetch_lines;
  Epilogue epilogue;
};
using ConvTileFn = void (*)(const ConvTileArgs&);

// Tile widths the ISA has. fn[mr - 1] computes mr pixels, 1 <= mr <= mr_max. The widths of a table are 16 times a
// power of two or three, or a divisor of 16 (then several tiles share a block).
struct ConvTile {
  int32_t nt = 0;
  int32_t mr_max = 0;
  const ConvTileFn* fn = nullptr;
  const char* name = nullptr;  // "f32_conv_14x32_avx512"
};

// --- Depthwise convolution --------------------------------------------------------------------------------------
// One block of 16 channels, output rows row_begin <= r < row_end. Taps in order ky, kx; taps that fall into the zero
// padding are left out. x is [in_h][in_w][16], y is [out_h][out_w][16] (both point at row 0), w is
// [kernel_h][kernel_w][16]. There is no stored border.
struct DepthwiseArgs {
  const float* x;
  const float* w;
  float* y;
  int32_t in_h, in_w, out_h, out_w;
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t row_begin, row_end;
  Epilogue epilogue;  // residual points at row 0 of its block
};
using DepthwiseFn = void (*)(const DepthwiseArgs&);
// Groups of two inputs and two outputs have the same arguments, but w is [kernel_h][kernel_w][2][16]: output o of the
// block sums, for each tap, x[o & ~1] * w[..][0][o] and then x[o | 1] * w[..][1][o].

// --- Winograd transforms ----------------------------------------------------------------------------------------
// F(2x2, 3x3) and F(4x4, 3x3) of a stride-1 convolution with a 3x3 window (Lavin and Gray 2016). With m outputs per
// tile and axis a tile reads (m + 2)^2 inputs and there are (m + 2)^2 planes: V = B^T d B, then per plane a product
// with the transformed weights (conv tiles with one tap), then y = A^T M A. The points are 0, +-1, infinity for m = 2
// and 0, +-1/sqrt(2), +-sqrt(2), infinity for m = 4; the caller transforms the weights to match. Accuracy of the whole
// layer: the error is at most 16 * 2^-24 (m = 2) or 64 * 2^-24 (m = 4) times the sum over channels of (largest absolute
// input of the tile) * (sum of absolute weights).

// One block of 16 channels, `tiles` tiles side by side in row tile_row from column tile_col on. x is
// [in_h][in_w][16]; tile (r, c) begins at input (r * m - pad_top, c * m - pad_left), zeros outside. Tile t, plane p,
// lane l goes to v[p * v_plane + t * 16 + l]. With scale and shift (both or none) a pixel inside the picture is fma(x,
// scale[c], shift[c]) first.
struct WinogradInputArgs {
  const float* x;
  float* v;
  ptrdiff_t v_plane;
  int32_t in_h, in_w, pad_top, pad_left;
  int32_t tile_row, tile_col, tiles;
  const float* scale;
  const float* shift;
};
using WinogradInputFn = void (*)(const WinogradInputArgs&);

// The way back: m[p * m_plane + t * 16 + l] to outputs (tile_row * m.., (tile_col + t) * m..) of y, [out_h][out_w][16],
// as far as they exist, through the epilogue (residual points at row 0 of its block).
struct WinogradOutputArgs {
  const float* m;
  ptrdiff_t m_plane;
  float* y;
  int32_t out_h, out_w;
  int32_t tile_row, tile_col, tiles;
  Epilogue epilogue;
};
using WinogradOutputFn = void (*)(const WinogradOutputArgs&);

// --- Pooling ----------------------------------------------------------------------------------------------------
// Same geometry as DepthwiseArgs without weights. Max: the padding never wins, a NaN in the window gives NaN.
// Average: sum in order ky, kx divided by the number of taps inside the picture, or by kernel_h * kernel_w (counting
// at most the padded extent) with count_include_pad. A global pool is a window of the size of the picture.
struct PoolArgs {
  const float* x;
  float* y;
  int32_t in_h, in_w, out_h, out_w;
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, pad_bottom, pad_right;
  int32_t row_begin, row_end;
  bool count_include_pad;
};
using PoolFn = void (*)(const PoolArgs&);

// --- Per-channel affine (BatchNorm, PReLU alone, per-channel Mul and Add) ---------------------------------------
// One block: y[p][c] = act(fma(x[p][c], scale[c], shift[c])), p < pixels. scale null means 1, shift null means 0
// (both null: only the activation). x and y may be the same.
struct ChannelAffineArgs {
  const float* x;
  float* y;
  int64_t pixels;
  const float* scale;
  const float* shift;
  const float* slope;
  float lo, hi;
  Act act;
};
using ChannelAffineFn = void (*)(const ChannelAffineArgs&);

// --- Elementwise ------------------------------------------------------------------------------------------------
// y[i] = f(x[i]), i < n, x and y may be the same. a and b are the function's parameters.
enum class Unary : int32_t {
  relu,        // v < 0 ? 0 : v
  clip,        // limits a (low) and b (high)
  leaky_relu,  // v < 0 ? a * v : v
  sigmoid,     // 1 / (1 + exp(-v))
  tanh_,
  exp_,  // relative error <= 2 ulp, 0 below -104, inf above 88.73
  sqrt_,
  abs_,
  neg,
  reciprocal,    // 1 / v, a true division
  elu,           // v < 0 ? a * (exp(v) - 1) : v
  hard_sigmoid,  // max(0, min(1, a * v + b))
  hard_swish,    // v * max(0, min(1, v / 6 + 0.5))
};
using UnaryFn = void (*)(Unary f, const float* x, float* y, int64_t n, float a, float b);

// y[i] = f(a[i * a_step], b[i * b_step]), i < n; a step is 0 (one scalar) or 1. y may be a or b.
enum class Binary : int32_t { add, sub, mul, div, max, min };  // max, min: NaN if either is NaN
using BinaryFn = void (*)(Binary f, const float* a, int32_t a_step, const float* b, int32_t b_step, float* y,
                          int64_t n);

// --- Rows -------------------------------------------------------------------------------------------------------
// Softmax over each of `rows` contiguous rows of `cols` floats: exp(v - max) / sum. x and y may be the same.
using SoftmaxFn = void (*)(const float* x, float* y, int64_t rows, int64_t cols);
// y = x / max(norm2(x), eps) for each row; a row of norm 0 gives 0. x and y may be the same.
using L2NormalizeFn = void (*)(const float* x, float* y, int64_t rows, int64_t cols, float eps);
// True if no element is NaN or infinite.
using AllFiniteFn = bool (*)(const float* x, int64_t n);

// Every probe times every row: y[p * y_stride + r] = sum over c < cols of probes[p * probe_stride + c] * row r [c].
// Rows are floats (dot_rows_f32) or IEEE float16 (dot_rows_f16), converted exactly. Element c goes to lane c % 16, each
// lane is summed in the order of c with a fused multiply-add, beginning with 0, and the lanes are added as
// l[i] + l[i + 8], then i + 4, i + 2, i + 1. So all ISAs give the same bits, SSE4.1 and `generic` included (they
// emulate the fused multiply-add, several times slower); these do not depend on how many probes and rows there are.
// Accuracy: the error is at most (cols / 16 + 5) * 2^-24 * sum(abs(probe * row)).
// REQUIRES: cols is a multiple of 16, at most 16 * kMaxRun; rows and probes are 64-byte aligned, the strides (in
// elements) multiples of 16.
struct DotRowsArgs {
  const float* probes;
  int32_t n_probes;
  ptrdiff_t probe_stride;
  const void* rows;
  int32_t n_rows;
  ptrdiff_t row_stride;
  int32_t cols;
  float* y;
  ptrdiff_t y_stride;
};
using DotRowsFn = void (*)(const DotRowsArgs&);

// --- Layout -----------------------------------------------------------------------------------------------------
// plain [channels][pixels] -> blocked [C16][pixels][16], channels past the end set to 0.
using PackFn = void (*)(const float* x, float* y, int32_t channels, int64_t pixels);
// blocked -> plain, the inverse.
using UnpackFn = void (*)(const float* x, float* y, int32_t channels, int64_t pixels);
// plain [channels][h][w], channels <= 16 -> [h + top + bottom][w + left + right][channels] with a border of zeros:
// what the first layer reads.
struct BorderArgs {
  const float* x;
  float* y;
  int32_t channels;  // PadBlockFn: not used
  int64_t x_plane;   // floats between the channels of x; PadBlockFn: not used
  int32_t h, w, top, left, bottom, right;
};
using PackNarrowFn = void (*)(const BorderArgs&);
// One block [h][w][16] -> [h + top + bottom][w + left + right][16] with a border of zeros.
using PadBlockFn = void (*)(const BorderArgs&);
// One block, nearest: y[r][c] = x[row_of[r]][col_of[c]], r < out_h, c < out_w.
using ResizeNearestFn = void (*)(const float* x, int32_t in_w, float* y, int32_t out_h, int32_t out_w,
                                 const int32_t* row_of, const int32_t* col_of);
// y[i . y_stride] = x[i . x_stride] for every index i of dims[0..rank): transpose, slice, concat, expand.
struct CopyArgs {
  const float* x;
  float* y;
  int32_t rank;  // 1..kMaxRank
  int64_t dims[kMaxRank];
  int64_t x_stride[kMaxRank];
  int64_t y_stride[kMaxRank];
};
using StridedCopyFn = void (*)(const CopyArgs&);

// --- Peak -------------------------------------------------------------------------------------------------------
// `steps` rounds of independent multiply-adds on registers; returns the floating-point operations done (two per
// multiply-add). What the clock says about it is the FMA peak of this core.
using PeakFn = double (*)(int64_t steps);

// All kernels of one ISA. No pointer is null.
struct Kernels {
  Isa isa;
  const char* name;  // "avx512"
  int32_t n_conv;    // convolution tiles, widest first
  ConvTile conv[4];
  ConvTile fc;                  // wide panels, few rows: fully connected layers (a pixel is a picture of the batch)
  DepthwiseFn depthwise3x3_s1;  // kernel 3x3, stride 1, dilation 1, pads 0 or 1 on each side
  DepthwiseFn depthwise3x3_s2;  // the same with stride 2
  DepthwiseFn depthwise;        // any geometry
  DepthwiseFn grouped_pairs;    // two inputs and two outputs per group, any geometry
  WinogradInputFn winograd2_input, winograd4_input;  // F(2x2, 3x3), F(4x4, 3x3)
  WinogradOutputFn winograd2_output, winograd4_output;
  PoolFn max_pool;
  PoolFn average_pool;
  ChannelAffineFn channel_affine;
  UnaryFn unary;
  BinaryFn binary;
  SoftmaxFn softmax;
  L2NormalizeFn l2_normalize;
  AllFiniteFn all_finite;
  DotRowsFn dot_rows_f32, dot_rows_f16;
  PackFn pack;
  UnpackFn unpack;
  PackNarrowFn pack_narrow;
  PadBlockFn pad_block;
  ResizeNearestFn resize_nearest;
  StridedCopyFn strided_copy;
  PeakFn peak;
};

// The table of an ISA that this build has, or null. Does not ask whether the CPU can run it: see cpu.h.
const Kernels* kernels_of(Isa isa);
// The table of the best ISA that is both built in and usable on this CPU. Never null on a supported CPU.
const Kernels* best_kernels();

}  // namespace mien::kernels
