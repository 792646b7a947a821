#include <Eigen/Core>
#include <algorithm>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Map = Eigen::Map<Matrix>;

// One kernel position of one channel for the output pixels first <= p < last: a row of the matrix that im2col makes.
void gather_tap(const double* x, const Geometry& g, int64_t ky, int64_t kx, int64_t first, int64_t last, double* row) {
  for (int64_t p = first; p < last;) {
    const int64_t r = p / g.out_w, end = std::min(last, (r + 1) * g.out_w);
    const int64_t in_r = r * g.stride_h - g.pad_top + ky * g.dilation_h;
    for (; p < end; ++p) {
      const int64_t in_c = (p - r * g.out_w) * g.stride_w - g.pad_left + kx * g.dilation_w;
      const bool inside = in_r >= 0 && in_r < g.in_h && in_c >= 0 && in_c < g.in_w;
      *row++ = inside ? x[in_r * g.in_w + in_c] : 0.0;
    }
  }
}

// [channels * kh * kw][last - first] from x [channels][H][W] (Chellapilla et al. 2006).
Matrix im2col(const double* x, int64_t channels, const Geometry& g, int64_t first, int64_t last) {
  Matrix columns(channels * g.kernel_h * g.kernel_w, last - first);
  double* row = columns.data();
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
        gather_tap(x + c * g.in_h * g.in_w, g, ky, kx, first, last, row);
        row += last - first;
      }
    }
  }
  return columns;
}

// Pixels for which the matrix of im2col is made at a time: 8 MB of it where a picture's are more, and never so few that
// reading the weights for them anew would show.
int64_t pixels_at_once(int64_t terms) {
  return std::max<int64_t>(128, (int64_t{1} << 20) / std::max<int64_t>(1, terms));
}

}  // namespace

void conv(const double* x, const double* w, const double* bias, double* y, const ConvShape& shape) {
  const Geometry& g = shape.geometry;
  const int64_t pixels = g.out_h * g.out_w;
  const int64_t group_in = shape.channels / shape.groups;
  const int64_t group_out = shape.out_channels / shape.groups;
  const int64_t terms = group_in * g.kernel_h * g.kernel_w, step = pixels_at_once(terms);
  for (int64_t n = 0; n < shape.pictures; ++n) {
    for (int64_t group = 0; group < shape.groups; ++group) {
      const int64_t first_out = group * group_out;
      const double* picture = x + (n * shape.channels + group * group_in) * g.in_h * g.in_w;
      Map out(y + (n * shape.out_channels + first_out) * pixels, group_out, pixels);
      for (int64_t first = 0; first < pixels; first += step) {
        const int64_t last = std::min(pixels, first + step);
        out.middleCols(first, last - first).noalias() =
            ConstMap(w + first_out * terms, group_out, terms) * im2col(picture, group_in, g, first, last);
      }
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
