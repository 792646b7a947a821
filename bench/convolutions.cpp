// Every convolution tile of kernels.inc on whole layers of real networks, and the fully connected tile.
#include <algorithm>
#include <memory>
#include <vector>

#include "bench/row.h"
#include "engine/aligned.h"

namespace mien::bench {
namespace {

using kernels::Act;
using kernels::ConvTile;
using kernels::ConvTileArgs;
using kernels::kBlock;
using kernels::Kernels;

// A square layer, padded by kernel / 2. Fewer than 16 inputs: the narrow form of the first layer.
struct ConvShape {
  const char* name;
  int in, out, kernel, stride, side;
};

constexpr ConvShape kShapes[] = {
    // MobileFaceNet
    {"3x3s2_3to64_at112", 3, 64, 3, 2, 112},
    {"1x1_64to128_at56", 64, 128, 1, 1, 56},
    {"1x1_128to64_at28", 128, 64, 1, 1, 28},
    {"1x1_64to256_at28", 64, 256, 1, 1, 28},
    {"1x1_128to256_at14", 128, 256, 1, 1, 14},
    {"1x1_256to128_at14", 256, 128, 1, 1, 14},
    {"1x1_128to512_at14", 128, 512, 1, 1, 14},
    {"1x1_512to128_at7", 512, 128, 1, 1, 7},
    {"1x1_128to512_at7", 128, 512, 1, 1, 7},
    // iresnet50
    {"3x3_64to64_at56", 64, 64, 3, 1, 56},
    {"3x3_256to256_at14", 256, 256, 3, 1, 14},
    {"3x3_512to512_at7", 512, 512, 3, 1, 7},
    {"3x3s2_128to128_at56", 128, 128, 3, 2, 56},
    {"1x1s2_128to256_at28", 128, 256, 1, 2, 28},
};

void fill(AlignedFloats& floats) {
  for (int64_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(i * 37 % 101) * 0.01f - 0.5f;
}

// One layer on one tile: packed weights, a bordered input, bias and PReLU in the epilogue; pixels outside, output
// channels inside, so that the weights stream once per pixel group.
class ConvLayer {
 public:
  ConvLayer(const ConvTile& tile, const ConvShape& shape) : tile_(tile), shape_(shape) {
    const bool narrow = shape.in < kBlock;
    const int pad = shape.kernel / 2, width = shape.side + 2 * pad, pixel = narrow ? shape.in : kBlock;
    out_side_ = (shape.side + 2 * pad - shape.kernel) / shape.stride + 1;
    args_.x_pixel = pixel * shape.stride;
    args_.x_block = static_cast<ptrdiff_t>(width) * width * pixel;
    args_.k_blocks = narrow ? 1 : (shape.in + kBlock - 1) / kBlock;
    args_.k_per_tap = narrow ? shape.kernel * shape.in : kBlock;
    for (int ky = 0; ky < shape.kernel; ++ky)
      for (int kx = 0; kx < (narrow ? 1 : shape.kernel); ++kx) taps_.push_back((ky * width + kx) * pixel);
    args_.n_taps = static_cast<int32_t>(taps_.size());
    args_.taps = taps_.data();
    args_.y_block = static_cast<ptrdiff_t>(out_side_) * out_side_ * kBlock;
    // A 1x1 layer of stride 1 is one long row of pixels.
    rows_ = shape.kernel == 1 && shape.stride == 1 ? 1 : out_side_;
    pixels_ = out_side_ * out_side_ / rows_;
    row_step_ = static_cast<ptrdiff_t>(width) * pixel * shape.stride;
    panel_ = static_cast<int64_t>(args_.k_blocks) * args_.n_taps * args_.k_per_tap * tile.nt;
    x_ = AlignedFloats(args_.x_block * args_.k_blocks);
    w_ = AlignedFloats(panel_ * (shape.out / tile.nt));
    y_ = AlignedFloats(args_.y_block * (shape.out / kBlock));
    per_channel_ = AlignedFloats(shape.out);
    fill(x_), fill(w_), fill(per_channel_);
    args_.epilogue.act = Act::prelu;
  }

  void run() {
    const int groups = (pixels_ + tile_.mr_max - 1) / tile_.mr_max;
    for (int row = 0; row < rows_; ++row)
      for (int g = 0; g < groups; ++g) run_group(row, pixels_ * g / groups, pixels_ * (g + 1) / groups);
  }

  static bool fits(const ConvTile& tile, const ConvShape& shape) { return shape.out % tile.nt == 0; }

 private:
  void run_group(int row, int begin, int end) {
    ConvTileArgs args = args_;
    args.x = x_.data() + row * row_step_ + begin * args.x_pixel;
    const ptrdiff_t y = (static_cast<ptrdiff_t>(row) * pixels_ + begin) * kBlock;
    for (int c = 0; c < shape_.out; c += tile_.nt) {
      args.w = w_.data() + c / tile_.nt * panel_;
      args.y = y_.data() + c / kBlock * args.y_block + y + c % kBlock;
      args.epilogue.bias = args.epilogue.slope = per_channel_.data() + c;
      tile_.fn[end - begin - 1](args);
    }
  }

  ConvTile tile_;
  ConvShape shape_;
  ConvTileArgs args_{};
  std::vector<int32_t> taps_;
  int out_side_, rows_, pixels_;
  ptrdiff_t row_step_;
  int64_t panel_;
  AlignedFloats x_, w_, y_, per_channel_;
};

Work work_of(const ConvShape& s) {
  const double pixels = static_cast<double>(s.side / s.stride) * (s.side / s.stride);
  return {2 * pixels * s.out * s.in * s.kernel * s.kernel, 0};
}

void add_conv_tile(const Kernels& kernels, const ConvTile& tile) {
  for (const ConvShape& shape : kShapes) {
    if (!ConvLayer::fits(tile, shape)) continue;
    add_row(kernels, tile.name, shape.name, work_of(shape), [tile, shape]() -> Body {
      auto layer = std::make_shared<ConvLayer>(tile, shape);
      return [layer] { layer->run(); };
    });
  }
}

// inputs -> outputs for `rows` pictures of a batch at once.
Body make_fully_connected(const ConvTile& tile, int inputs, int outputs, int rows) {
  struct Buffers {
    AlignedFloats x, w, y;
    int32_t tap = 0;
  };
  auto b = std::make_shared<Buffers>();
  b->x = AlignedFloats(static_cast<int64_t>(inputs) * rows);
  b->w = AlignedFloats(static_cast<int64_t>(inputs) * outputs);
  b->y = AlignedFloats(static_cast<int64_t>(outputs) * rows);
  fill(b->x), fill(b->w);
  ConvTileArgs args{};
  args.x = b->x.data();
  args.x_pixel = inputs;
  args.x_block = args.k_per_tap = kBlock;
  args.k_blocks = inputs / kBlock;
  args.n_taps = 1;
  args.taps = &b->tap;
  args.y_block = static_cast<ptrdiff_t>(rows) * kBlock;
  return [=]() mutable {
    for (int c = 0; c < outputs; c += tile.nt) {
      args.w = b->w.data() + static_cast<int64_t>(c) * inputs;
      args.y = b->y.data() + c / kBlock * args.y_block;
      tile.fn[rows - 1](args);
    }
  };
}

void add_fc_tile(const Kernels& kernels, const ConvTile& tile) {
  const struct {
    const char* name;
    int inputs, outputs;
  } shapes[] = {{"512to128", 512, 128}, {"25088to512", 25088, 512}};
  for (const auto& shape : shapes)
    for (const int rows : {1, static_cast<int>(tile.mr_max)}) {
      const Work work{2.0 * shape.inputs * shape.outputs * rows, 4.0 * shape.inputs * shape.outputs};
      add_row(kernels, tile.name, std::string(shape.name) + "_rows" + std::to_string(rows), work,
              [=] { return make_fully_connected(tile, shape.inputs, shape.outputs, rows); });
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
