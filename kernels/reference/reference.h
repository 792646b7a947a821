// The double-precision reference: one plain function per operator, which defines what the fast kernels must compute.
// Thread-safety: every function is pure on its arguments.
//
// Every tensor is row-major without padding. Letters: N pictures, C channels, M output channels, H x W pixels. Unless a
// contract says so, y does not overlap an input. Every function writes the whole of y. Sizes may be 0; then nothing is
// written. NaN follows IEEE arithmetic; where a comparison decides, the contract says what a NaN gives.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"

namespace mien::reference {

using kernels::Binary;
using kernels::Unary;
using Dims = std::vector<int64_t>;

// Product of the dimensions; 1 for rank 0.
int64_t elements(const Dims& dims);

// Where the windows of a convolution or a pool lie: output (r, c) looks at input rows r * stride_h - pad_top + i *
// dilation_h, i < kernel_h, and columns likewise; rows and columns outside 0..in_h, 0..in_w are padding.
struct Geometry {
  int64_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// --- Convolution (ONNX Conv; the cross-correlation of deep learning, the kernel is not flipped) --------------------
// x [N,C,H,W], w [M,C/groups,kh,kw], bias [M] or null, y [N,M,out_h,out_w]. Padding is zero. Output channel m reads the
// input channels of group m / (M / groups). REQUIRES: groups divides C and M.
struct ConvShape {
  int64_t pictures = 1, channels = 1, out_channels = 1, groups = 1;
  Geometry geometry;
};
void conv(const double* x, const double* w, const double* bias, double* y, const ConvShape& shape);

// x [rows,K], w [M,K], bias [M] or null, y [rows,M]: y = x * transpose(w) + bias (ONNX Gemm with transB = 1).
void fully_connected(const double* x, const double* w, const double* bias, double* y, int64_t rows, int64_t k,
                     int64_t m);

// --- Per channel: x and y are [outer][channels][inner] and may be the same ------------------------------------------
// scale[c] * x + shift[c]: BatchNorm at inference (Ioffe and Szegedy 2015) with its four vectors folded to two.
void batch_norm(const double* x, const double* scale, const double* shift, double* y, int64_t outer, int64_t channels,
                int64_t inner);
// x < 0 ? slope[c] * x : x (He et al. 2015, "Delving deep into rectifiers"). NaN stays NaN.
void prelu(const double* x, const double* slope, double* y, int64_t outer, int64_t channels, int64_t inner);

// --- Elementwise ------------------------------------------------------------------------------------------------
// The functions that kernels.h lists beside each name, for one number; NaN gives NaN.
double unary(Unary f, double v, double a, double b);
double binary(Binary f, double a, double b);

// y[i] = f(x[i]), i < n; x and y may be the same.
void unary(Unary f, const double* x, double* y, int64_t n, double a, double b);

// NumPy's broadcasting: dimensions are aligned at the last one, and 1 repeats. y has the shape broadcast_dims returns.
void binary(Binary f, const double* a, const Dims& a_dims, const double* b, const Dims& b_dims, double* y);
// REQUIRES: the shapes agree (equal, 1 or missing in each place).
Dims broadcast_dims(const Dims& a, const Dims& b);

// --- Pooling: x [planes][in_h][in_w] -> y [planes][out_h][out_w] (ONNX MaxPool, AveragePool) ------------------------
// Maximum of the inputs inside the picture, NaN if one of them is; a window without any gives -inf.
void max_pool(const double* x, double* y, int64_t planes, const Geometry& geometry);
// Sum of the inputs inside the picture, divided by their number, or with count_include_pad by the number of taps
// inside the padded picture (0..in + both pads). A window without any gives 0.
void average_pool(const double* x, double* y, int64_t planes, const Geometry& geometry, bool count_include_pad);
// x [planes][pixels] -> y [planes]. REQUIRES: pixels >= 1.
void global_average_pool(const double* x, double* y, int64_t planes, int64_t pixels);
void global_max_pool(const double* x, double* y, int64_t planes, int64_t pixels);

// --- Along one axis: x and y are [outer][axis][inner] and may be the same ------------------------------------------
// exp(v - max) / sum(exp(v - max)).
void softmax(const double* x, double* y, int64_t outer, int64_t axis, int64_t inner);
// v / max(norm2, eps) (torch.nn.functional.normalize); norm 0 gives 0, also for eps = 0.
void l2_normalize(const double* x, double* y, int64_t outer, int64_t axis, int64_t inner, double eps);

// The value of an IEEE float16.
double half_value(uint16_t bits);

// --- Data movement --------------------------------------------------------------------------------------------------
// Inputs have the same dimensions but for `axis`, where they are laid one after the other.
struct Part {
  const double* data;
  Dims dims;
};
void concat(const std::vector<Part>& parts, int64_t axis, double* y);
// y[i] = x[starts + i * steps], where y's dimensions are ceil((ends - starts) / steps).
void slice(const double* x, const Dims& dims, const Dims& starts, const Dims& ends, const Dims& steps, double* y);
// Dimension d of y is dimension permutation[d] of x.
void transpose(const double* x, const Dims& dims, const Dims& permutation, double* y);
// y's dimensions are begins + dims + ends, and what x does not cover is `value`.
void pad(const double* x, const Dims& dims, const Dims& begins, const Dims& ends, double value, double* y);
// y[p][r][c] = x[p][row_of[r]][col_of[c]]; the size of y is that of row_of and col_of.
void resize_nearest(const double* x, int64_t planes, int64_t in_h, int64_t in_w, const Dims& row_of,
                    const Dims& col_of, double* y);

}  // namespace mien::reference
