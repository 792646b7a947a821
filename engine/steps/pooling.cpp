#include <string>

#include "engine/steps/arithmetic.h"

namespace mien {
namespace {

using kernels::kBlock;

class Pool final : public PerSampleStep {
 public:
  Pool(const kernels::Kernels& table, bool max, const Window& w, const Shape& x_shape, const Shape& y_shape, BufferId x,
       BufferId y)
      : kernel_(max ? table.max_pool : table.average_pool), x_(x) {
    reads = {x};
    writes = y;
    args_ = window_args<kernels::PoolArgs>(w, x_shape, y_shape);
    args_.pad_bottom = w.pad_bottom;
    args_.pad_right = w.pad_right;
    args_.count_include_pad = w.count_include_pad;
    args_.row_begin = 0;
    args_.row_end = args_.out_h;
    units_ = x_shape[0] * (round_up(x_shape[1], kBlock) / kBlock);
    x_unit_ = x_shape[2] * x_shape[3] * kBlock;
    y_unit_ = y_shape[2] * y_shape[3] * kBlock;
    chunks_ = chunks_for(units_ * y_unit_ * w.kernel_h * w.kernel_w, units_);
    const std::string name = max ? "max_pool" : "average_pool";
    info.op = name + " " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w);
    info.kernel = "f32_" + name + "_" + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    kernels::PoolArgs args = args_;
    for (int64_t u = part_begin(units_, chunks_, chunk); u < part_begin(units_, chunks_, chunk + 1); ++u) {
      args.x = context.read(x_, sample) + u * x_unit_;
      args.y = context.write(writes, sample) + u * y_unit_;
      kernel_(args);
    }
  }

  kernels::PoolFn kernel_;
  kernels::PoolArgs args_;
  BufferId x_;
  int64_t units_, x_unit_, y_unit_;
};

}  // namespace

std::unique_ptr<Step> make_pool(const kernels::Kernels& table, bool max, const Window& window, const Shape& x_shape,
                                const Shape& y_shape, BufferId x, BufferId y) {
  return std::make_unique<Pool>(table, max, window, x_shape, y_shape, x, y);
}

}  // namespace mien
