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
    units_ = x_shape[0] * (round_up(x_shape[1], kBlock) / kBlock);
    x_unit_ = x_shape[2] * x_shape[3] * kBlock;
    y_unit_ = y_shape[2] * y_shape[3] * kBlock;
    window_ = w;
    bands_ = Bands(y_shape[2], 1, units_, chunks_for(units_ * y_unit_ * w.kernel_h * w.kernel_w, units_ * y_shape[2]));
    chunks_ = bands_.chunks();
    const std::string name = max ? "max_pool" : "average_pool";
    info.op = name + " " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w);
    info.kernel = "f32_" + name + "_" + table.name;
  }

  Region written(int item) const override { return bands_.region(item, args_.out_w); }
  Region needed(int item, size_t) const override {
    Region region = window_rows(window_, args_.in_h, args_.in_w, bands_.first_row(item), bands_.last_row(item));
    region.first_unit = bands_.first_unit(item);
    region.last_unit = bands_.last_unit(item);
    return region;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    kernels::PoolArgs args = args_;
    args.row_begin = static_cast<int32_t>(bands_.first_row(chunk));
    args.row_end = static_cast<int32_t>(bands_.last_row(chunk));
    for (int64_t u = bands_.first_unit(chunk); u < bands_.last_unit(chunk); ++u) {
      args.x = context.read(x_, sample) + u * x_unit_;
      args.y = context.write(writes, sample) + u * y_unit_;
      kernel_(args);
    }
  }

  kernels::PoolFn kernel_;
  kernels::PoolArgs args_;
  BufferId x_;
  Window window_;
  Bands bands_;
  int64_t units_, x_unit_, y_unit_;
};

}  // namespace

std::unique_ptr<Step> make_pool(const kernels::Kernels& table, bool max, const Window& window, const Shape& x_shape,
                                const Shape& y_shape, BufferId x, BufferId y) {
  return std::make_unique<Pool>(table, max, window, x_shape, y_shape, x, y);
}

}  // namespace mien
