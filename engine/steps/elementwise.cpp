#include <algorithm>
#include <string>

#include "engine/steps/arithmetic.h"
#include "engine/steps/layout.h"

namespace mien {
namespace {

using kernels::kBlock;

const char* name_of(kernels::Unary f) {
  switch (f) {
    case kernels::Unary::relu:
      return "relu";
    case kernels::Unary::clip:
      return "clip";
    case kernels::Unary::leaky_relu:
      return "leaky_relu";
    case kernels::Unary::sigmoid:
      return "sigmoid";
    case kernels::Unary::tanh_:
      return "tanh";
    case kernels::Unary::exp_:
      return "exp";
    case kernels::Unary::sqrt_:
      return "sqrt";
    case kernels::Unary::abs_:
      return "abs";
    case kernels::Unary::neg:
      return "neg";
    case kernels::Unary::reciprocal:
      return "reciprocal";
    case kernels::Unary::elu:
      return "elu";
    case kernels::Unary::hard_sigmoid:
      return "hard_sigmoid";
    case kernels::Unary::hard_swish:
      return "hard_swish";
  }
  return "?";
}

const char* name_of(kernels::Binary f) {
  switch (f) {
    case kernels::Binary::add:
      return "add";
    case kernels::Binary::sub:
      return "sub";
    case kernels::Binary::mul:
      return "mul";
    case kernels::Binary::div:
      return "div";
    case kernels::Binary::max:
      return "max";
    case kernels::Binary::min:
      return "min";
  }
  return "?";
}

class UnaryStep final : public PerSampleStep {
 public:
  UnaryStep(const kernels::Kernels& table, kernels::Unary f, float a, float b, int64_t floats, BufferId x, BufferId y)
      : kernel_(table.unary), f_(f), a_(a), b_(b), lines_((floats + kBlock - 1) / kBlock), floats_(floats), x_(x) {
    reads = {x};
    writes = y;
    chunks_ = chunks_for(floats * kElementWork, lines_);
    info.op = name_of(f);
    info.kernel = std::string("f32_unary_") + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const int64_t first = part_begin(lines_, chunks_, chunk) * kBlock;
    const int64_t last = std::min(floats_, part_begin(lines_, chunks_, chunk + 1) * kBlock);
    kernel_(f_, context.read(x_, sample) + first, context.write(writes, sample) + first, last - first, a_, b_);
  }

  kernels::UnaryFn kernel_;
  kernels::Unary f_;
  float a_, b_;
  int64_t lines_, floats_;
  BufferId x_;
};

class BinaryStep final : public PerSampleStep {
 public:
  BinaryStep(const kernels::Kernels& table, kernels::Binary f, const Shape& a_shape, const Shape& b_shape,
             const Shape& y_shape, BufferId a, BufferId b, BufferId y)
      : kernel_(table.binary), f_(f), a_(a), b_(b) {
    reads = {a, b};
    writes = y;
    merge(a_shape, b_shape, y_shape);
    rows_ = 1;
    for (int i = 0; i + 1 < dims_.rank; ++i) rows_ *= dims_[i];
    chunks_ = chunks_for(y_shape.elements() * kElementWork, rows_);
    info.op = name_of(f);
    info.kernel = std::string("f32_binary_") + table.name;
  }

 private:
  // Strides with 0 where an operand is stretched, then neighbouring axes joined where both operands allow it.
  void merge(const Shape& a_shape, const Shape& b_shape, const Shape& y_shape) {
    int64_t a_strides[kMaxRank], b_strides[kMaxRank];
    stretched(a_shape, y_shape, a_strides);
    stretched(b_shape, y_shape, b_strides);
    dims_ = Shape{1};
    a_stride_[0] = b_stride_[0] = 0;
    for (int i = 0; i < y_shape.rank; ++i) {
      if (y_shape[i] == 1) continue;
      const int last = dims_.rank - 1;
      const bool first = dims_[last] == 1;
      if (first || (a_stride_[last] == a_strides[i] * y_shape[i] && b_stride_[last] == b_strides[i] * y_shape[i])) {
        dims_[last] *= y_shape[i];
        a_stride_[last] = a_strides[i];
        b_stride_[last] = b_strides[i];
      } else {
        dims_.rank++;
        dims_[last + 1] = y_shape[i];
        a_stride_[last + 1] = a_strides[i];
        b_stride_[last + 1] = b_strides[i];
      }
    }
  }

  static void stretched(const Shape& shape, const Shape& y, int64_t* strides) {
    int64_t own[kMaxRank] = {};
    plain_strides(shape, own);
    for (int i = 0; i < y.rank; ++i) {
      const int axis = i - (y.rank - shape.rank);
      strides[i] = axis < 0 || shape[axis] == 1 ? 0 : own[axis];
    }
  }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const float *a = context.read(a_, sample), *b = context.read(b_, sample);
    const int last = dims_.rank - 1;
    const int64_t n = dims_[last];
    float* y = context.write(writes, sample);
    for (int64_t row = part_begin(rows_, chunks_, chunk); row < part_begin(rows_, chunks_, chunk + 1); ++row) {
      int64_t a_at = 0, b_at = 0, rest = row;
      for (int i = last - 1; i >= 0; --i) {
        a_at += rest % dims_[i] * a_stride_[i];
        b_at += rest % dims_[i] * b_stride_[i];
        rest /= dims_[i];
      }
      // The innermost stride of a plain operand is 1, or 0 where it is stretched.
      kernel_(f_, a + a_at, static_cast<int32_t>(a_stride_[last]), b + b_at, static_cast<int32_t>(b_stride_[last]),
              y + row * n, n);
    }
  }

  kernels::BinaryFn kernel_;
  kernels::Binary f_;
  BufferId a_, b_;
  Shape dims_;
  int64_t a_stride_[kMaxRank] = {}, b_stride_[kMaxRank] = {};
  int64_t rows_;
};

class AffineStep final : public PerSampleStep {
 public:
  AffineStep(const kernels::Kernels& table, const AffineSpec& spec, BufferId x, BufferId y, Tail tail)
      : table_(table), tail_(std::move(tail)), blocked_(spec.blocked), x_(x) {
    reads = {x};
    writes = y;
    channels_ = spec.shape[1];
    blocks_ = round_up(channels_, kBlock) / kBlock;
    pixels_ = spec.shape.elements() / (spec.shape[0] * channels_);
    units_ = spec.shape[0] * (blocked_ ? blocks_ : channels_);
    chunks_ = chunks_for(spec.shape.elements() * kElementWork, units_);
    const int64_t padded = blocks_ * kBlock;
    if (spec.scale) scale_ = padded_copy(spec.scale, channels_, padded, spec.allocator);
    if (spec.shift) shift_ = padded_copy(spec.shift, channels_, padded, spec.allocator);
    if (tail_.act == kernels::Act::prelu)
      slope_ = padded_copy(tail_.slope.data(), channels_, padded, spec.allocator);
    out_of_memory = scale_.failed() || shift_.failed() || slope_.failed();
    info.op = std::string(spec.scale || spec.shift ? "affine" : "activation") + tail_.text();
    info.kernel = std::string(blocked_ ? "f32_channel_affine_" : "f32_binary_") + table.name;
  }

  std::vector<const AlignedFloats*> packed() const override { return {&scale_, &shift_, &slope_}; }
  Region written(int item) const override { return units(item); }
  Region needed(int item, size_t read) const override { return read == 0 ? units(item) : Region(); }

 private:
  Region units(int item) const {
    Region region;
    if (!blocked_) return region;
    region.first_unit = part_begin(units_, chunks_, item);
    region.last_unit = part_begin(units_, chunks_, item + 1);
    return region;
  }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const float* x = context.read(x_, sample);
    float* y = context.write(writes, sample);
    for (int64_t u = part_begin(units_, chunks_, chunk); u < part_begin(units_, chunks_, chunk + 1); ++u) {
      if (blocked_) {
        block(x + u * pixels_ * kBlock, y + u * pixels_ * kBlock, u % blocks_ * kBlock);
      } else {
        channel(x + u * pixels_, y + u * pixels_, u % channels_);
      }
    }
  }

  void block(const float* x, float* y, int64_t first_channel) const {
    kernels::ChannelAffineArgs args{};
    args.x = x;
    args.y = y;
    args.pixels = pixels_;
    args.scale = scale_.data() ? scale_.data() + first_channel : nullptr;
    args.shift = shift_.data() ? shift_.data() + first_channel : nullptr;
    args.slope = slope_.data() ? slope_.data() + first_channel : nullptr;
    args.lo = tail_.lo;
    args.hi = tail_.hi;
    args.act = tail_.act;
    table_.channel_affine(args);
  }

  void channel(const float* x, float* y, int64_t c) const {
    using kernels::Binary;
    using kernels::Unary;
    if (scale_.data()) table_.binary(Binary::mul, x, 1, scale_.data() + c, 0, y, pixels_), x = y;
    if (shift_.data()) table_.binary(Binary::add, x, 1, shift_.data() + c, 0, y, pixels_), x = y;
    switch (tail_.act) {
      case kernels::Act::none:
        break;
      case kernels::Act::relu:
        table_.unary(Unary::relu, x, y, pixels_, 0, 0);
        break;
      case kernels::Act::clip:
        table_.unary(Unary::clip, x, y, pixels_, tail_.lo, tail_.hi);
        break;
      case kernels::Act::prelu:
        table_.unary(Unary::leaky_relu, x, y, pixels_, slope_.data()[c], 0);
        break;
    }
  }

  const kernels::Kernels& table_;
  Tail tail_;
  bool blocked_;
  BufferId x_;
  int64_t channels_, blocks_, pixels_, units_;
  AlignedFloats scale_, shift_, slope_;
};

}  // namespace

std::unique_ptr<Step> make_unary(const kernels::Kernels& table, kernels::Unary f, float a, float b, int64_t floats,
                                 BufferId x, BufferId y) {
  return std::make_unique<UnaryStep>(table, f, a, b, floats, x, y);
}
std::unique_ptr<Step> make_binary(const kernels::Kernels& table, kernels::Binary f, const Shape& a_shape,
                                  const Shape& b_shape, const Shape& y_shape, BufferId a, BufferId b, BufferId y) {
  return std::make_unique<BinaryStep>(table, f, a_shape, b_shape, y_shape, a, b, y);
}
std::unique_ptr<Step> make_affine(const kernels::Kernels& table, const AffineSpec& spec, BufferId x, BufferId y,
                                  Tail tail) {
  return std::make_unique<AffineStep>(table, spec, x, y, std::move(tail));
}

}  // namespace mien
