#include <algorithm>
#include <string>

#include "engine/steps/convolution.h"
#include "engine/steps/packing.h"
#include "engine/steps/panel_runs.h"

namespace mien {
namespace {

using kernels::kBlock;

// A row of the batch is a pixel of the tile, so that the weights of a panel are read once for several samples.
class FullyConnected final : public Step {
 public:
  FullyConnected(const kernels::Kernels& table, const FullyConnectedSpec& spec, BufferId x, BufferId y, Tail tail)
      : tile_(table.fc),
        copy_(table.strided_copy),
        tail_(std::move(tail)),
        x_(x),
        rows_(spec.rows),
        outputs_(spec.outputs) {
    reads = {x};
    writes = y;
    inputs_ = spec.channels > 0 ? round_up(spec.channels, kBlock) * spec.pixels : round_up(spec.inputs, kBlock);
    panels_ = (outputs_ + tile_.nt - 1) / tile_.nt;
    chunks_ = chunks_for(inputs_ * outputs_ * rows_, panels_);
    pack(spec);
    info.op = "fully_connected " + std::to_string(spec.inputs) + "x" + std::to_string(outputs_) + tail_.text();
    info.kernel = tile_.name;
  }

  int items(int) const override { return chunks_; }
  int64_t scratch_floats() const override { return kMostRows * round_up(tile_.nt, kBlock); }
  std::vector<const AlignedFloats*> packed() const override { return {&weights_, &bias_, &slope_}; }

  void run(const RunContext& context, int item) const override {
    const int64_t rows = rows_ * context.batch;
    for (int64_t panel = part_begin(panels_, chunks_, item); panel < part_begin(panels_, chunks_, item + 1); ++panel) {
      // As many rows at once as the sums of a panel have room for.
      for (int64_t row = 0; row < rows; row += kMostRows)
        run_panel(context, panel, row, std::min(kMostRows, rows - row));
    }
  }

 private:
  static constexpr int64_t kMostRows = 32;

  void run_panel(const RunContext& context, int64_t panel, int64_t first_row, int64_t rows) const {
    static const int32_t kOneTap = 0;
    float* sums = context.scratch;  // [blocks of the panel][rows][16]
    const int64_t groups = (rows + tile_.mr_max - 1) / tile_.mr_max;
    kernels::ConvTileArgs args{};
    args.x_pixel = inputs_;
    args.x_block = kBlock;
    args.n_taps = 1;
    args.k_per_tap = kBlock;
    args.taps = &kOneTap;
    args.w = weights_.data() + panel * inputs_ * tile_.nt;
    args.y_block = rows * kBlock;
    args.epilogue = tail_.epilogue();
    args.epilogue.bias = bias_.data() + panel * tile_.nt;
    args.epilogue.slope = slope_.data() ? slope_.data() + panel * tile_.nt : nullptr;
    // The rows of all samples lie one after the other.
    const float* x = context.read(x_, 0) + first_row * inputs_;
    for_each_run(args, {inputs_ / kBlock, tile_.nt, groups, true}, [&](PanelRun& run) {
      for (int64_t g = 0; g < groups; ++g) {
        const int64_t row = part_begin(rows, groups, g), mr = part_begin(rows, groups, g + 1) - row;
        run.args.x = x + row * inputs_ + run.x_offset;
        run.args.y = sums + row * kBlock;
        run.call(tile_.fn[mr - 1]);
      }
    });
    const int64_t width = std::min<int64_t>(tile_.nt, outputs_ - panel * tile_.nt);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t at = first_row + r;
      float* y = context.write(writes, static_cast<int>(at / rows_)) + at % rows_ * outputs_ + panel * tile_.nt;
      const int64_t whole = width / kBlock;
      copy_blocks(sums + r * kBlock, rows, whole, kBlock, y);
      copy_blocks(sums + (whole * rows + r) * kBlock, rows, 1, width % kBlock, y + whole * kBlock);
    }
  }

  // The first `channels` floats of each of `blocks` blocks that lie `rows` blocks apart, side by side to y.
  void copy_blocks(const float* x, int64_t rows, int64_t blocks, int64_t channels, float* y) const {
    if (blocks * channels == 0) return;
    kernels::CopyArgs args{};
    args.x = x;
    args.y = y;
    args.rank = 2;
    args.dims[0] = blocks;
    args.dims[1] = channels;
    args.x_stride[0] = rows * kBlock;
    args.y_stride[0] = channels;
    args.x_stride[1] = args.y_stride[1] = 1;
    copy_(args);
  }

  void pack(const FullyConnectedSpec& spec) {
    const int64_t padded = panels_ * tile_.nt;
    weights_ = AlignedFloats(inputs_ * padded, spec.allocator, AlignedFloats::Zeros::untouched);
    bias_ = padded_copy(spec.bias, outputs_, padded, spec.allocator);
    if (tail_.act == kernels::Act::prelu)
      slope_ = padded_copy(tail_.slope.data(), outputs_, padded, spec.allocator);
    out_of_memory = weights_.failed() || bias_.failed() || slope_.failed();
    if (out_of_memory) return;
    // A flattened picture: blocks of channels, in each the pixels, in each the channels of the block.
    const int64_t channels = spec.channels > 0 ? spec.channels : spec.inputs;
    const int64_t pitch = spec.channels > 0 ? kBlock : inputs_;
    // Few rows at once: while they are packed they are in memory twice.
    const int64_t at_once = std::min<int64_t>(tile_.nt, 32);
    for (int64_t first = 0; first < outputs_; first += at_once) {
      const int64_t panel = first / tile_.nt * tile_.nt, end = std::min(first + at_once, outputs_);
      for (int64_t c = 0; c < channels; c += pitch) {
        WeightRows rows;
        rows.data = spec.weights + first * spec.inputs + c * spec.pixels;
        rows.row = spec.inputs;
        rows.outputs = end - first;
        rows.channels = std::min(pitch, channels - c);
        rows.positions = spec.pixels;
        float* to = weights_.data() + panel * inputs_ + c * spec.pixels * tile_.nt + (first - panel);
        pack_rows(rows, to, pitch, tile_.nt);
      }
      if (spec.memory) spec.memory->read_until(spec.weights + end * spec.inputs);
    }
  }

  kernels::ConvTile tile_;
  kernels::StridedCopyFn copy_;
  Tail tail_;
  BufferId x_;
  int64_t rows_, inputs_ = 0, outputs_, panels_ = 0;
  int chunks_ = 1;
  AlignedFloats weights_, bias_, slope_;
};

}  // namespace

std::unique_ptr<Step> make_fully_connected(const kernels::Kernels& table, const FullyConnectedSpec& spec, BufferId x,
                                           BufferId y, Tail tail) {
  return std::make_unique<FullyConnected>(table, spec, x, y, std::move(tail));
}

}  // namespace mien
