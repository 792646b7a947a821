#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

double clamp(double v, double lo, double hi) { return v < lo ? lo : v > hi ? hi : v; }

// Strides that walk `dims` along the dimensions of the broadcast shape: 0 where it is repeated.
Dims broadcast_strides(const Dims& dims, size_t rank) {
  Dims strides(rank, 0);
  int64_t stride = 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    const size_t from_end = dims.size() - 1 - i;
    strides[rank - 1 - i] = dims[from_end] == 1 ? 0 : stride;
    stride *= dims[from_end];
  }
  return strides;
}

}  // namespace

double unary(Unary f, double v, double a, double b) {
  switch (f) {
    case Unary::relu: return v < 0 ? 0 : v;
    case Unary::clip: return clamp(v, a, b);
    case Unary::leaky_relu: return v < 0 ? a * v : v;
    case Unary::sigmoid: return 1 / (1 + std::exp(-v));
    case Unary::tanh_: return std::tanh(v);
    case Unary::exp_: return std::exp(v);
    case Unary::sqrt_: return std::sqrt(v);
    case Unary::abs_: return std::fabs(v);
    case Unary::neg: return -v;
    case Unary::reciprocal: return 1 / v;
    case Unary::elu: return v < 0 ? a * std::expm1(v) : v;
    case Unary::hard_sigmoid: return clamp(a * v + b, 0, 1);
    case Unary::hard_swish: return v * clamp(v / 6 + 0.5, 0, 1);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double binary(Binary f, double a, double b) {
  switch (f) {
    case Binary::add: return a + b;
    case Binary::sub: return a - b;
    case Binary::mul: return a * b;
    case Binary::div: return a / b;
    case Binary::max: return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case Binary::min: return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void unary(Unary f, const double* x, double* y, int64_t n, double a, double b) {
  for (int64_t i = 0; i < n; ++i) {
    y[i] = unary(f, x[i], a, b);
  }
}

Dims broadcast_dims(const Dims& a, const Dims& b) {
  Dims out(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    out[out.size() - 1 - i] = da == 1 ? db : da;
  }
  return out;
}

void binary(Binary f, const double* a, const Dims& a_dims, const double* b, const Dims& b_dims, double* y) {
  const Dims out = broadcast_dims(a_dims, b_dims);
  const Dims a_strides = broadcast_strides(a_dims, out.size());
  const Dims b_strides = broadcast_strides(b_dims, out.size());
  const int64_t n = elements(out);
  for (int64_t i = 0; i < n; ++i) {
    int64_t rest = i, ia = 0, ib = 0;
    for (size_t d = out.size(); d-- > 0;) {
      ia += rest % out[d] * a_strides[d];
      ib += rest % out[d] * b_strides[d];
      rest /= out[d];
    }
    y[i] = binary(f, a[ia], b[ib]);
  }
}

void batch_norm(const double* x, const double* scale, const double* shift, double* y, int64_t outer, int64_t channels,
                int64_t inner) {
  for (int64_t row = 0; row < outer * channels; ++row) {
    const int64_t c = row % channels;
    for (int64_t i = row * inner; i < (row + 1) * inner; ++i) {
      y[i] = scale[c] * x[i] + shift[c];
    }
  }
}

void prelu(const double* x, const double* slope, double* y, int64_t outer, int64_t channels, int64_t inner) {
  for (int64_t row = 0; row < outer * channels; ++row) {
    const int64_t c = row % channels;
    for (int64_t i = row * inner; i < (row + 1) * inner; ++i) {
      y[i] = x[i] < 0 ? slope[c] * x[i] : x[i];
    }
  }
}

}  // namespace mien::reference
