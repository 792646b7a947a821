#include <Eigen/Core>
#include <algorithm>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Map = Eigen::Map<Matrix>;

// One kernel position of one channel for every output pixel: a row of the matrix that im2col makes.
void gather_tap(const double* x, const Geometry& g, int64_t ky, int64_t kx, double* row) {
  for (int64_t r = 0; r < g.out_h; ++r) {
    const int64_t in_r = r * g.stride_h - g.pad_top + ky * g.dilation_h;
    for (int64_t c = 0; c < g.out_w; ++c) {
      const int64_t in_c = c * g.stride_w - g.pad_left + kx * g.dilation_w;
      const bool inside = in_r >= 0 && in_r < g.in_h && in_c >= 0 && in_c < g.in_w;
      *row++ = inside ? x[in_r * g.in_w + in_c] : 0.0;
    }
  }
}

// [channels * kh * kw][out_h * out_w] from x [channels][H][W] (Chellapilla et al. 2006).
Matrix im2col(const double* x, int64_t channels, const Geometry& g) {
  Matrix columns(channels * g.kernel_h * g.kernel_w, g.out_h * g.out_w);
  double* row = columns.data();
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
        gather_tap(x + c * g.in_h * g.in_w, g, ky, kx, row);
        row += g.out_h * g.out_w;
      }
    }
  }
  return columns;
}

}  // namespace

void conv(const double* x, const double* w, const double* bias, double* y, const ConvShape& shape) {
  const Geometry& g = shape.geometry;
  const int64_t pixels = g.out_h * g.out_w;
  const int64_t group_in = shape.channels / shape.groups;
  const int64_t group_out = shape.out_channels / shape.groups;
  const int64_t terms = group_in * g.kernel_h * g.kernel_w;
  for (int64_t n = 0; n < shape.pictures; ++n) {
    for (int64_t group = 0; group < shape.groups; ++group) {
      const int64_t first_out = group * group_out;
      const double* picture = x + (n * shape.channels + group * group_in) * g.in_h * g.in_w;
      Map out(y + (n * shape.out_channels + first_out) * pixels, group_out, pixels);
      out.noalias() = ConstMap(w + first_out * terms, group_out, terms) * im2col(picture, group_in, g);
      if (bias != nullptr) {
        out.colwise() += Eigen::Map<const Eigen::VectorXd>(bias + first_out, group_out);
      }
    }
  }
}

void fully_connected(const double* x, const double* w, const double* bias, double* y, int64_t rows, int64_t k,
                     int64_t m) {
  Map out(y, rows, m);
  out.noalias() = ConstMap(x, rows, k) * ConstMap(w, m, k).transpose();
  if (bias != nullptr) {
    out.rowwise() += Eigen::Map<const Eigen::RowVectorXd>(bias, m);
  }
}

}  // namespace mien::reference
