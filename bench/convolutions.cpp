// Every convolution tile of kernels.inc on all dense layers of the networks of models/, and the fully connected tile.
#include <algorithm>
#include <memory>
#include <vector>

#include "bench/row.h"
#include "bench/shapes.h"
#include "engine/aligned.h"
#include "engine/steps/convolution.h"
#include "engine/steps/panel_runs.h"

namespace mien::bench {
namespace {

using kernels::Act;
using kernels::ConvTile;
using kernels::ConvTileArgs;
using kernels::kBlock;
using kernels::Kernels;

int padded(int channels) {
  return (channels + kBlock - 1) / kBlock * kBlock;
}

void fill(AlignedFloats& floats) {
  for (int64_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(i * 37 % 101) * 0.01f - 0.5f;
}

// One layer on one tile as the engine runs it: packed weights, a bordered input, bias and PReLU in the epilogue; the
// runs of a panel outside, groups of pixels inside.
class ConvLayer {
 public:
  ConvLayer(const ConvTile& tile, const WindowShape& shape) : tile_(tile), outputs_(padded(shape.out)) {
    const Window& w = shape.window;
    const bool narrow = shape.first && can_be_narrow(w, Shape{1, shape.in, shape.in_h, shape.in_w});
    const int height = shape.in_h + w.pad_top + w.pad_bottom, width = shape.in_w + w.pad_left + w.pad_right;
    const int pixel = narrow ? shape.in : kBlock;
    args_.x_pixel = pixel * w.stride_w;
    args_.x_block = static_cast<ptrdiff_t>(height) * width * pixel;
    const int64_t blocks = narrow ? 1 : padded(shape.in) / kBlock;
    args_.k_per_tap = narrow ? w.kernel_w * shape.in : std::min(shape.in, kBlock);
    for (int ky = 0; ky < w.kernel_h; ++ky)
      for (int kx = 0; kx < (narrow ? 1 : w.kernel_w); ++kx) taps_.push_back((ky * width + kx) * pixel);
    args_.n_taps = static_cast<int32_t>(taps_.size());
    args_.taps = taps_.data();
    args_.y_block = static_cast<ptrdiff_t>(shape.out_h) * shape.out_w * kBlock;
    // A 1x1 layer of stride 1 is one long row of pixels.
    rows_ = w.kernel_h == 1 && w.kernel_w == 1 && w.stride_h == 1 ? 1 : shape.out_h;
    pixels_ = shape.out_h * shape.out_w / rows_;
    row_step_ = static_cast<ptrdiff_t>(width) * pixel * w.stride_h;
    steps_ = blocks * args_.n_taps;
    panel_ = steps_ * args_.k_per_tap * tile.nt;
    x_ = AlignedFloats(args_.x_block * blocks);
    w_ = AlignedFloats(panel_ * (outputs_ / tile.nt));
    y_ = AlignedFloats(args_.y_block * (outputs_ / kBlock));
    per_channel_ = AlignedFloats(outputs_);
    fill(x_), fill(w_), fill(per_channel_);
    args_.epilogue.act = Act::prelu;
  }

  void run() {
    const int groups = (pixels_ + tile_.mr_max - 1) / tile_.mr_max;
    for (int c = 0; c < outputs_; c += tile_.nt) {
      args_.w = w_.data() + c / tile_.nt * panel_;
      args_.epilogue.bias = args_.epilogue.slope = per_channel_.data() + c;
      float* y = y_.data() + c / kBlock * args_.y_block + c % kBlock;
      for_each_run(args_, {steps_, tile_.nt, int64_t{rows_} * groups, false}, [&](PanelRun& run) {
        for (int row = 0; row < rows_; ++row)
          for (int g = 0; g < groups; ++g) call(run, y, row, pixels_ * g / groups, pixels_ * (g + 1) / groups);
      });
    }
  }

  static bool fits(const ConvTile& tile, const WindowShape& shape) { return padded(shape.out) % tile.nt == 0; }

 private:
  void call(PanelRun& run, float* y, int row, int begin, int end) {
    run.args.x = x_.data() + run.x_offset + row * row_step_ + begin * args_.x_pixel;
    run.args.y = y + (static_cast<ptrdiff_t>(row) * pixels_ + begin) * kBlock;
    run.call(tile_.fn[end - begin - 1]);
  }

  ConvTile tile_;
  int outputs_;  // in whole blocks
  ConvTileArgs args_{};
  std::vector<int32_t> taps_;
  int rows_, pixels_;
  ptrdiff_t row_step_;
  int64_t steps_, panel_;
  AlignedFloats x_, w_, y_, per_channel_;
};

Work work_of(const WindowShape& s) {
  const double pixels = static_cast<double>(s.out_h) * s.out_w;
  const double weights = static_cast<double>(s.out) * s.in * s.window.kernel_h * s.window.kernel_w;
  return {2 * pixels * weights, 4 * (weights + pixels * s.out + static_cast<double>(s.in_h) * s.in_w * s.in)};
}

void add_conv_tile(const Kernels& kernels, const ConvTile& tile) {
  for (const WindowShape& shape : layer_shapes().dense) {
    if (!ConvLayer::fits(tile, shape)) continue;
    add_row(kernels, tile.name, shape.name, work_of(shape), [tile, &shape]() -> Body {
      auto layer = std::make_shared<ConvLayer>(tile, shape);
      return [layer] { layer->run(); };
    });
  }
}

// inputs -> outputs for `rows` pictures of a batch at once.
Body make_fully_connected(const ConvTile& tile, const RowShape& shape, int rows) {
  const int inputs = padded(shape.inputs);
  const int panels = (shape.outputs + tile.nt - 1) / tile.nt;
  struct Buffers {
    AlignedFloats x, w, y;
    int32_t tap = 0;
  };
  auto b = std::make_shared<Buffers>();
  b->x = AlignedFloats(static_cast<int64_t>(inputs) * rows);
  b->w = AlignedFloats(static_cast<int64_t>(inputs) * panels * tile.nt);
  b->y = AlignedFloats(static_cast<int64_t>(panels) * tile.nt * rows);
  fill(b->x), fill(b->w);
  ConvTileArgs args{};
  args.x = b->x.data();
  args.x_pixel = inputs;
  args.x_block = args.k_per_tap = kBlock;
  args.n_taps = 1;
  args.taps = &b->tap;
  args.y_block = static_cast<ptrdiff_t>(rows) * kBlock;
  return [=]() mutable {
    for (int c = 0; c < panels * tile.nt; c += tile.nt) {
      args.w = b->w.data() + static_cast<int64_t>(c) * inputs;
      args.y = b->y.data() + c / kBlock * args.y_block;
      for_each_run(args, {inputs / kBlock, tile.nt, 1, true}, [&](PanelRun& run) {
        run.args.x = args.x + run.x_offset;
        run.call(tile.fn[rows - 1]);
      });
    }
  };
}

void add_fc_tile(const Kernels& kernels, const ConvTile& tile) {
  for (const RowShape& shape : layer_shapes().fully_connected)
    for (const int rows : {1, static_cast<int>(tile.mr_max)}) {
      const double weights = static_cast<double>(shape.inputs) * shape.outputs;
      add_row(kernels, tile.name, shape.name + "_rows" + std::to_string(rows), {2 * weights * rows, 4 * weights},
              [tile, &shape, rows] { return make_fully_connected(tile, shape, rows); });
    }
}

enum class Role { conv, fc };

// The table's tile of this role and width; every row of kernels.inc has one.
void add_tile(const Kernels& kernels, Role role, int nt) {
  if (role == Role::fc) return add_fc_tile(kernels, kernels.fc);
  for (int i = 0; i < kernels.n_conv; ++i)
    if (kernels.conv[i].nt == nt) add_conv_tile(kernels, kernels.conv[i]);
}

}  // namespace

void add_convolution_rows(const kernels::Kernels& kernels) {
#define MIEN_CONV_TILE(isa_, role, mr, nt) \
  if (kernels.isa == kernels::Isa::isa_) add_tile(kernels, Role::role, nt);
#include "kernels/kernels.inc"
}

}  // namespace mien::bench
