#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

// Calls one(index of the row's first element) for each row along the axis.
template <class One>
void each_row(int64_t outer, int64_t axis, int64_t inner, One one) {
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      one(o * axis * inner + i);
    }
  }
}

}  // namespace

void softmax(const double* x, double* y, int64_t outer, int64_t axis, int64_t inner) {
  each_row(outer, axis, inner, [=](int64_t first) {
    const int64_t end = first + axis * inner;
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t i = first; i < end; i += inner) {
      largest = std::max(largest, x[i]);  // a NaN is skipped here and spreads through the sum
    }
    double sum = 0;
    for (int64_t i = first; i < end; i += inner) {
      y[i] = std::exp(x[i] - largest);
      sum += y[i];
    }
    for (int64_t i = first; i < end; i += inner) {
      y[i] /= sum;
    }
  });
}

void l2_normalize(const double* x, double* y, int64_t outer, int64_t axis, int64_t inner, double eps) {
  each_row(outer, axis, inner, [=](int64_t first) {
    const int64_t end = first + axis * inner;
    double sum = 0;
    for (int64_t i = first; i < end; i += inner) {
      sum += x[i] * x[i];
    }
    const double norm = std::sqrt(sum);
    const double divisor = norm < eps ? eps : norm;
    for (int64_t i = first; i < end; i += inner) {
      y[i] = divisor == 0 ? 0.0 : x[i] / divisor;
    }
  });
}

double half_value(uint16_t bits) {
  const double sign = bits >> 15 ? -1 : 1;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

}  // namespace mien::reference
