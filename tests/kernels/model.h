// Plain scalar models of the contracts that the convolution tests share: one float at a time, in the order of
// kernels.h.
#pragma once

#include <cmath>
#include <string>

#include "tests/kernels/support.h"

namespace mien::kernels::test {

// One accumulator of the contract: it begins with the bias, if there is one; runs of at most `run` terms, added in
// order. Exact to the bit, given whether the ISA fuses its multiply-adds.
class Accumulator {
 public:
  Accumulator(bool fused, int run, const float* bias = nullptr) : fused_(fused), run_(run) {
    if (bias == nullptr) return;
    sum_ = *bias;
    exact_ = *bias;
    magnitude_ = std::fabs(*bias);
  }
  void add(float a, float b) {
    if (terms_ == run_) {
      total_ = first_run_ ? sum_ : total_ + sum_;
      first_run_ = false;
      sum_ = 0;
      terms_ = 0;
    }
    ++terms_;
    sum_ = fused_ ? std::fma(a, b, sum_) : a * b + sum_;
    exact_ += double{a} * b;
    magnitude_ += std::fabs(double{a} * b);
  }
  float value() const { return first_run_ ? sum_ : total_ + sum_; }
  double exact() const { return exact_; }
  // Sum of abs(a * b) and abs(bias), the yardstick of the error bound.
  double magnitude() const { return magnitude_; }

 private:
  bool fused_, first_run_ = true;
  int run_, terms_ = 0;
  float sum_ = 0, total_ = 0;
  double exact_ = 0, magnitude_ = 0;
};

// [v += residual]; v = act(v); [v += residual if residual_last], for one output.
template <class T>
T after_epilogue(T v, const Epilogue& e, int channel, ptrdiff_t offset) {
  if (e.residual != nullptr && !e.residual_last) v = v + static_cast<T>(e.residual[offset]);
  if (e.act == Act::relu) v = v < 0 ? T{0} : v;
  if (e.act == Act::prelu) v = v < 0 ? static_cast<T>(e.slope[channel]) * v : v;
  if (e.act == Act::clip) v = v < static_cast<T>(e.lo) ? static_cast<T>(e.lo) : v > static_cast<T>(e.hi) ? e.hi : v;
  if (e.residual != nullptr && e.residual_last) v = v + static_cast<T>(e.residual[offset]);
  return v;
}

// The bits must be those of the scalar model, and the value within 16 * 2^-24 * sum(abs(a * b)) of the exact one (the
// other terms of the epilogue count as terms; no slope here is larger than 1).
inline ::testing::AssertionResult meets_contract(float y, const Accumulator& sum, const Epilogue& e, int channel,
                                                 ptrdiff_t offset) {
  const float model = after_epilogue(sum.value(), e, channel, offset);
  if (!same_bits(y, model)) return ::testing::AssertionFailure() << y << ", the scalar model gives " << model;
  double magnitude = sum.magnitude();
  if (e.residual != nullptr) magnitude += std::fabs(e.residual[offset]);
  const double exact = after_epilogue(sum.exact(), e, channel, offset);
  if (!close(y, exact, 16 * kUlp * magnitude)) return ::testing::AssertionFailure() << y << ", exactly " << exact;
  return ::testing::AssertionSuccess();
}

// A random epilogue over `channels` channels; its arrays live here, against a guard page.
struct RandomEpilogue {
  Guarded bias, slope;
  Epilogue value;
  bool in_place;  // the residual is the output itself
  RandomEpilogue(Random& random, int channels, Side side)
      : bias(random.reals(static_cast<size_t>(channels), -1, 1), side),
        slope(random.reals(static_cast<size_t>(channels), -0.5f, 1), side) {
    if (random.integer(0, 3) != 0) value.bias = bias.data();
    value.act = static_cast<Act>(random.integer(0, 3));
    if (value.act == Act::prelu) value.slope = slope.data();
    value.lo = -0.5f;
    value.hi = 0.75f;
    value.residual_last = random.integer(0, 1) != 0;
    in_place = random.integer(0, 1) != 0;
  }
};

}  // namespace mien::kernels::test
