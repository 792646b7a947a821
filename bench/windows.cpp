// Depthwise convolutions, Winograd transforms and pools of kernels.inc on the layers of MobileFaceNet, ResNets and of
// the detectors.
#include <cmath>
#include <memory>
#include <string>

#include "bench/row.h"
#include "engine/aligned.h"

namespace mien::bench {
namespace {

using kernels::DepthwiseArgs;
using kernels::DepthwiseFn;
using kernels::kBlock;
using kernels::Kernels;
using kernels::PoolArgs;
using kernels::PoolFn;

struct WindowShape {
  const char* name;
  int channels, kernel, stride, pad, side;
  int out() const { return (side + 2 * pad - kernel) / stride + 1; }
};

constexpr WindowShape kDepthwise[] = {
    {"3x3s1_64_at56", 64, 3, 1, 1, 56},   {"3x3s1_128_at28", 128, 3, 1, 1, 28}, {"3x3s1_256_at14", 256, 3, 1, 1, 14},
    {"3x3s1_256_at7", 256, 3, 1, 1, 7},   {"3x3s2_128_at56", 128, 3, 2, 1, 56}, {"3x3s2_256_at28", 256, 3, 2, 1, 28},
    {"3x3s2_512_at14", 512, 3, 2, 1, 14}, {"7x7_512_at7", 512, 7, 1, 0, 7},
};
constexpr WindowShape kPools[] = {
    {"2x2s2_64_at56", 64, 2, 2, 0, 56},
    {"3x3s2_64_at112", 64, 3, 2, 1, 112},
    {"global_512_at7", 512, 7, 1, 0, 7},
};

template <class Args>
Args args_of(const WindowShape& s) {
  Args args{};
  args.in_h = args.in_w = s.side;
  args.out_h = args.out_w = s.out();
  args.kernel_h = args.kernel_w = s.kernel;
  args.stride_h = args.stride_w = s.stride;
  args.dilation_h = args.dilation_w = 1;
  args.pad_top = args.pad_left = s.pad;
  args.row_end = s.out();
  return args;
}

struct Buffers {
  AlignedFloats x, w, y, per_channel;
  int64_t x_block, w_block, y_block;
  int blocks;
};

std::shared_ptr<Buffers> buffers_of(const WindowShape& s) {
  auto b = std::make_shared<Buffers>();
  b->blocks = s.channels / kBlock;
  b->x_block = int64_t{kBlock} * s.side * s.side;
  b->y_block = int64_t{kBlock} * s.out() * s.out();
  b->w_block = int64_t{kBlock} * s.kernel * s.kernel;
  b->x = AlignedFloats(b->x_block * b->blocks);
  b->y = AlignedFloats(b->y_block * b->blocks);
  b->w = AlignedFloats(b->w_block * b->blocks);
  b->per_channel = AlignedFloats(s.channels);
  for (int64_t i = 0; i < b->x.size(); ++i) b->x[i] = static_cast<float>(i % 113) * 0.01f - 0.5f;
  for (int64_t i = 0; i < b->w.size(); ++i) b->w[i] = static_cast<float>(i % 71) * 0.01f - 0.3f;
  return b;
}

Work work_of(const WindowShape& s, double flops_per_tap) {
  const double out = static_cast<double>(s.out()) * s.out() * s.channels;
  const double in = static_cast<double>(s.side) * s.side * s.channels;
  return {flops_per_tap * out * s.kernel * s.kernel, 4 * (in + out)};
}

// inputs: per output, 1 or 2.
Body make_depthwise(DepthwiseFn fn, const WindowShape& shape, int inputs) {
  auto b = buffers_of(shape);
  b->w_block *= inputs;
  b->w = AlignedFloats(b->w_block * b->blocks);
  return [=] {
    DepthwiseArgs args = args_of<DepthwiseArgs>(shape);
    args.epilogue.act = kernels::Act::prelu;
    for (int i = 0; i < b->blocks; ++i) {
      args.x = b->x.data() + i * b->x_block;
      args.w = b->w.data() + i * b->w_block;
      args.y = b->y.data() + i * b->y_block;
      args.epilogue.bias = args.epilogue.slope = b->per_channel.data() + i * kBlock;
      fn(args);
    }
  };
}

Body make_pool(PoolFn fn, const WindowShape& shape) {
  auto b = buffers_of(shape);
  return [=] {
    PoolArgs args = args_of<PoolArgs>(shape);
    args.pad_bottom = args.pad_right = shape.pad;
    for (int i = 0; i < b->blocks; ++i) {
      args.x = b->x.data() + i * b->x_block;
      args.y = b->y.data() + i * b->y_block;
      fn(args);
    }
  };
}

// The specialised kernels take only their own geometry; the general one takes all.
bool takes(const Kernels& kernels, DepthwiseFn fn, const WindowShape& s) {
  if (fn == kernels.depthwise) return true;
  return s.kernel == 3 && s.stride == (fn == kernels.depthwise3x3_s1 ? 1 : 2);
}

void add_depthwise(const Kernels& kernels, const char* name, DepthwiseFn fn) {
  for (const WindowShape& shape : kDepthwise)
    if (takes(kernels, fn, shape))
      add_row(kernels, name, shape.name, work_of(shape, 2), [=] { return make_depthwise(fn, shape, 1); });
}

void add_grouped_pairs(const Kernels& kernels, const char* name, DepthwiseFn fn) {
  constexpr WindowShape kShape = {"3x3s1_128_at56", 128, 3, 1, 1, 56};
  add_row(kernels, name, kShape.name, work_of(kShape, 4), [=] { return make_depthwise(fn, kShape, 2); });
}

void add_pool(const Kernels& kernels, const char* name, PoolFn fn) {
  for (const WindowShape& shape : kPools)
    add_row(kernels, name, shape.name, work_of(shape, 0), [=] { return make_pool(fn, shape); });
}

// Both transforms of every block of a 3x3 layer; no arithmetic is credited to them, their bytes say how fast they are.
constexpr WindowShape kWinograd[] = {
    {"64_at56", 64, 3, 1, 1, 56}, {"128_at28", 128, 3, 1, 1, 28}, {"512_at7", 512, 3, 1, 1, 7}};

struct WinogradBuffers {
  AlignedFloats x, planes, y, bias;
};

struct Winograd {
  int m;
  kernels::WinogradInputFn input;
  kernels::WinogradOutputFn output;
};

Body make_winograd(const Winograd& winograd, const WindowShape& s, bool back) {
  const int m = winograd.m, planes = (m + 2) * (m + 2), side = (s.side + m - 1) / m, blocks = s.channels / kBlock;
  const int64_t plane = int64_t{blocks} * side * side * kBlock + kBlock, picture = int64_t{s.side} * s.side * kBlock;
  auto b = std::make_shared<WinogradBuffers>();
  b->x = AlignedFloats(picture * blocks);
  b->y = AlignedFloats(picture * blocks);
  b->planes = AlignedFloats(plane * planes);
  b->bias = AlignedFloats(kBlock);
  return [=] {
    for (int i = 0; i < blocks; ++i) {
      for (int row = 0; row < side; ++row) {
        float* at = b->planes.data() + (int64_t{i} * side + row) * side * kBlock;
        if (back) {
          kernels::WinogradOutputArgs args{at, plane, b->y.data() + i * picture, s.side, s.side, row, 0, side, {}};
          args.epilogue.bias = b->bias.data();
          winograd.output(args);
        } else {
          winograd.input({b->x.data() + i * picture, at, plane, s.side, s.side, 1, 1, row, 0, side, nullptr, nullptr});
        }
      }
    }
  };
}

void add_winograd(const Kernels& kernels, const std::string& name, const Winograd& winograd) {
  for (const WindowShape& s : kWinograd) {
    const double m = winograd.m, tiles = std::ceil(s.side / m) * std::ceil(s.side / m);
    const Work work{0, 4.0 * s.channels * (s.side * s.side + tiles * (m + 2) * (m + 2))};
    for (const bool back : {false, true})
      add_row(kernels, name + (back ? "_output" : "_input"), s.name, work,
              [=] { return make_winograd(winograd, s, back); });
  }
}

}  // namespace

void add_window_rows(const kernels::Kernels& kernels) {
#define MIEN_DEPTHWISE(field) add_depthwise(kernels, #field, kernels.field);
#define MIEN_GROUPED_PAIRS(field) add_grouped_pairs(kernels, #field, kernels.field);
#define MIEN_POOL(field) add_pool(kernels, #field, kernels.field);
#define MIEN_WINOGRAD(m) \
  add_winograd(kernels, "winograd" #m, {m, kernels.winograd##m##_input, kernels.winograd##m##_output});
#include "kernels/kernels.inc"
}

}  // namespace mien::bench
