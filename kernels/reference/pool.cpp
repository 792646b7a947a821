#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reference/reference.h"

namespace mien::reference {
namespace {

// Maximum in which a NaN wins and stays.
double nan_max(double a, double b) { return std::isnan(a) || a > b ? a : b; }

// Calls use(value) for each input of the window of output (r, c) that lies inside the picture.
template <class Use>
void each_tap(const double* plane, const Geometry& g, int64_t r, int64_t c, Use use) {
  for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
    const int64_t in_r = r * g.stride_h - g.pad_top + ky * g.dilation_h;
    for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
      const int64_t in_c = c * g.stride_w - g.pad_left + kx * g.dilation_w;
      if (in_r >= 0 && in_r < g.in_h && in_c >= 0 && in_c < g.in_w) {
        use(plane[in_r * g.in_w + in_c]);
      }
    }
  }
}

// Taps of one window along one axis that lie inside the padded extent, which begins where the first window does.
int64_t taps_in_padded(int64_t out, int64_t stride, int64_t kernel, int64_t dilation, int64_t padded) {
  int64_t taps = 0;
  for (int64_t k = 0; k < kernel; ++k) {
    taps += out * stride + k * dilation < padded;
  }
  return taps;
}

// Calls one(plane of x, r, c) for each output in order and stores what it returns.
template <class One>
void each_output(const double* x, double* y, int64_t planes, const Geometry& g, One one) {
  for (int64_t p = 0; p < planes; ++p) {
    for (int64_t r = 0; r < g.out_h; ++r) {
      for (int64_t c = 0; c < g.out_w; ++c) {
        *y++ = one(x + p * g.in_h * g.in_w, r, c);
      }
    }
  }
}

}  // namespace

void max_pool(const double* x, double* y, int64_t planes, const Geometry& g) {
  each_output(x, y, planes, g, [&g](const double* plane, int64_t r, int64_t c) {
    double best = -std::numeric_limits<double>::infinity();
    each_tap(plane, g, r, c, [&best](double v) { best = nan_max(best, v); });
    return best;
  });
}

void average_pool(const double* x, double* y, int64_t planes, const Geometry& g, bool count_include_pad) {
  const int64_t padded_h = g.in_h + g.pad_top + g.pad_bottom;
  const int64_t padded_w = g.in_w + g.pad_left + g.pad_right;
  each_output(x, y, planes, g, [=, &g](const double* plane, int64_t r, int64_t c) {
    double sum = 0;
    int64_t count = 0;
    each_tap(plane, g, r, c, [&sum, &count](double v) {
      sum += v;
      ++count;
    });
    if (count_include_pad) {
      count = taps_in_padded(r, g.stride_h, g.kernel_h, g.dilation_h, padded_h) *
              taps_in_padded(c, g.stride_w, g.kernel_w, g.dilation_w, padded_w);
    }
    return count == 0 ? 0.0 : sum / static_cast<double>(count);
  });
}

void global_average_pool(const double* x, double* y, int64_t planes, int64_t pixels) {
  for (int64_t p = 0; p < planes; ++p) {
    double sum = 0;
    for (int64_t i = 0; i < pixels; ++i) {
      sum += x[p * pixels + i];
    }
    y[p] = sum / static_cast<double>(pixels);
  }
}

void global_max_pool(const double* x, double* y, int64_t planes, int64_t pixels) {
  for (int64_t p = 0; p < planes; ++p) {
    double best = x[p * pixels];
    for (int64_t i = 1; i < pixels; ++i) {
      best = nan_max(best, x[p * pixels + i]);
    }
    y[p] = best;
  }
}

}  // namespace mien::reference
