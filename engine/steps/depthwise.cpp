#include <algorithm>
#include <string>

#include "engine/steps/convolution.h"

namespace mien {
namespace {

using kernels::kBlock;

class Depthwise final : public PerSampleStep {
 public:
  Depthwise(const kernels::Kernels& table, const ConvolutionSpec& spec, BufferId x, BufferId y, Tail tail)
      : tail_(std::move(tail)), x_(x) {
    reads = {x};
    if (tail_.residual != kNoBuffer) reads.push_back(tail_.residual);
    writes = y;
    inputs_ = spec.x[1] / spec.window.groups;
    choose_kernel(table, spec);
    set_geometry(spec);
    pack(spec);
  }

  std::vector<const AlignedFloats*> packed() const override { return {&weights_, &bias_, &slope_}; }

  Region written(int item) const override { return bands_.region(item, args_.out_w); }
  Region needed(int item, size_t read) const override {
    if (read > 0) return written(item);
    Region region = window_rows(window_, args_.in_h, args_.in_w, bands_.first_row(item), bands_.last_row(item));
    region.first_unit = bands_.first_unit(item);
    region.last_unit = bands_.last_unit(item);
    return region;
  }

 private:
  void choose_kernel(const kernels::Kernels& table, const ConvolutionSpec& spec) {
    const Window& w = spec.window;
    const bool small = w.kernel_h == 3 && w.kernel_w == 3 && w.dilation_h == 1 && w.dilation_w == 1 &&
                       std::max({w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}) <= 1;
    std::string name = "depthwise";
    kernel_ = table.depthwise;
    const bool pairs = inputs_ == 2;
    if (pairs) kernel_ = table.grouped_pairs, name = "grouped_pairs";
    if (!pairs && small && w.stride_h == 1 && w.stride_w == 1)
      kernel_ = table.depthwise3x3_s1, name = "depthwise3x3_s1";
    if (!pairs && small && w.stride_h == 2 && w.stride_w == 2)
      kernel_ = table.depthwise3x3_s2, name = "depthwise3x3_s2";
    info.kernel = "f32_" + name + "_" + table.name;
    info.op = (pairs ? "conv pairs " : "depthwise ") + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w) +
              (w.stride_h != 1 ? " s" + std::to_string(w.stride_h) : "") + tail_.text();
  }

  void set_geometry(const ConvolutionSpec& spec) {
    const Window& w = spec.window;
    window_ = w;
    args_ = window_args<kernels::DepthwiseArgs>(w, spec.x, spec.y);
    args_.epilogue = tail_.epilogue();
    blocks_ = round_up(spec.x[1], kBlock) / kBlock;
    units_ = spec.x[0] * blocks_;
    x_unit_ = spec.x[2] * spec.x[3] * kBlock;
    y_unit_ = spec.y[2] * spec.y[3] * kBlock;
    // A multiply-add of a depthwise layer costs about twice one of a dense layer.
    const int64_t work = 2 * units_ * y_unit_ * w.kernel_h * w.kernel_w * inputs_;
    // The kernels work on pairs of rows.
    bands_ = Bands(spec.y[2], 2, units_, chunks_for(work, units_ * ((spec.y[2] + 1) / 2)));
    chunks_ = bands_.chunks();
  }

  void pack(const ConvolutionSpec& spec) {
    const int64_t channels = spec.x[1], padded = blocks_ * kBlock;
    const int64_t taps = int64_t{spec.window.kernel_h} * spec.window.kernel_w;
    weights_ = AlignedFloats(padded * taps * inputs_, spec.allocator);
    bias_ = padded_copy(spec.bias, channels, padded, spec.allocator);
    if (tail_.act == kernels::Act::prelu)
      slope_ = padded_copy(tail_.slope.data(), channels, padded, spec.allocator);
    out_of_memory = weights_.failed() || bias_.failed() || slope_.failed();
    if (out_of_memory) return;
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < inputs_; ++i) {
        for (int64_t t = 0; t < taps; ++t)
          weights_[((c / kBlock * taps + t) * inputs_ + i) * kBlock + c % kBlock] =
              spec.weights[(c * inputs_ + i) * taps + t];
      }
    }
    weights_unit_ = taps * inputs_ * kBlock;
  }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const float* x = context.read(x_, sample);
    float* y = context.write(writes, sample);
    const float* residual = tail_.residual == kNoBuffer ? nullptr : context.read(tail_.residual, sample);
    kernels::DepthwiseArgs args = args_;
    args.row_begin = static_cast<int32_t>(bands_.first_row(chunk));
    args.row_end = static_cast<int32_t>(bands_.last_row(chunk));
    for (int64_t unit = bands_.first_unit(chunk); unit < bands_.last_unit(chunk); ++unit) {
      const int64_t block = unit % blocks_;
      args.x = x + unit * x_unit_;
      args.y = y + unit * y_unit_;
      args.w = weights_.data() + block * weights_unit_;
      args.epilogue.bias = bias_.data() + block * kBlock;
      args.epilogue.slope = slope_.data() ? slope_.data() + block * kBlock : nullptr;
      args.epilogue.residual = residual ? residual + unit * y_unit_ : nullptr;
      kernel_(args);
    }
  }

  Tail tail_;
  BufferId x_;
  int64_t inputs_ = 1;  // per output
  kernels::DepthwiseFn kernel_ = nullptr;
  kernels::DepthwiseArgs args_;
  int64_t blocks_ = 0, units_ = 0, x_unit_ = 0, y_unit_ = 0, weights_unit_ = 0;
  Window window_;
  Bands bands_;
  AlignedFloats weights_, bias_, slope_;
};

}  // namespace

bool is_depthwise(const Window& window, const Shape& x, const Shape& y) {
  return window.groups > 1 && x[1] == y[1] && (window.groups == x[1] || 2 * int64_t{window.groups} == x[1]);
}

std::unique_ptr<Step> make_depthwise(const kernels::Kernels& table, const ConvolutionSpec& spec, BufferId x, BufferId y,
                                     Tail tail) {
  return std::make_unique<Depthwise>(table, spec, x, y, std::move(tail));
}

}  // namespace mien
