#include <algorithm>
#include <functional>
#include <numeric>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

Dims strides_of(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t d = dims.size(); d-- > 1;) {
    strides[d - 1] = strides[d] * dims[d];
  }
  return strides;
}

// Calls one(i, offset) for the i-th index of dims in row-major order, with offset = index . strides.
template <class One>
void each_index(const Dims& dims, const Dims& strides, One one) {
  const int64_t n = elements(dims);
  for (int64_t i = 0; i < n; ++i) {
    int64_t rest = i, offset = 0;
    for (size_t d = dims.size(); d-- > 0;) {
      offset += rest % dims[d] * strides[d];
      rest /= dims[d];
    }
    one(i, offset);
  }
}

int64_t dot(const Dims& a, const Dims& b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

int64_t product(Dims::const_iterator first, Dims::const_iterator last) {
  return std::accumulate(first, last, int64_t{1}, std::multiplies<int64_t>());
}

}  // namespace

int64_t elements(const Dims& dims) { return product(dims.begin(), dims.end()); }

void concat(const std::vector<Part>& parts, int64_t axis, double* y) {
  int64_t width = 0;  // elements of y per outer index
  int64_t outer = 1;
  for (const Part& part : parts) {
    const auto split = part.dims.begin() + axis;
    width += product(split, part.dims.end());
    outer = product(part.dims.begin(), split);
  }
  int64_t begin = 0;
  for (const Part& part : parts) {
    const int64_t run = product(part.dims.begin() + axis, part.dims.end());
    for (int64_t o = 0; o < outer; ++o) {
      std::copy_n(part.data + o * run, run, y + o * width + begin);
    }
    begin += run;
  }
}

void slice(const double* x, const Dims& dims, const Dims& starts, const Dims& ends, const Dims& steps, double* y) {
  const Dims x_strides = strides_of(dims);
  Dims out(dims.size()), strides(dims.size());
  for (size_t d = 0; d < dims.size(); ++d) {
    out[d] = (ends[d] - starts[d] + steps[d] - 1) / steps[d];
    strides[d] = x_strides[d] * steps[d];
  }
  const double* first = x + dot(starts, x_strides);
  each_index(out, strides, [=](int64_t i, int64_t offset) { y[i] = first[offset]; });
}

void transpose(const double* x, const Dims& dims, const Dims& permutation, double* y) {
  const Dims x_strides = strides_of(dims);
  Dims out(dims.size()), strides(dims.size());
  for (size_t d = 0; d < dims.size(); ++d) {
    out[d] = dims[static_cast<size_t>(permutation[d])];
    strides[d] = x_strides[static_cast<size_t>(permutation[d])];
  }
  each_index(out, strides, [=](int64_t i, int64_t offset) { y[i] = x[offset]; });
}

void pad(const double* x, const Dims& dims, const Dims& begins, const Dims& ends, double value, double* y) {
  Dims out(dims.size());
  for (size_t d = 0; d < dims.size(); ++d) {
    out[d] = begins[d] + dims[d] + ends[d];
  }
  const Dims y_strides = strides_of(out);
  std::fill_n(y, elements(out), value);
  double* first = y + dot(begins, y_strides);
  each_index(dims, y_strides, [=](int64_t i, int64_t offset) { first[offset] = x[i]; });
}

void resize_nearest(const double* x, int64_t planes, int64_t in_h, int64_t in_w, const Dims& row_of,
                    const Dims& col_of, double* y) {
  for (int64_t p = 0; p < planes; ++p) {
    for (int64_t row : row_of) {
      for (int64_t col : col_of) {
        *y++ = x[(p * in_h + row) * in_w + col];
      }
    }
  }
}

}  // namespace mien::reference
