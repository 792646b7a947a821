// Depthwise convolutions, Winograd transforms and pools of kernels.inc on the layers of the networks of models/.
#include <cmath>
#include <memory>
#include <string>

#include "bench/row.h"
#include "bench/shapes.h"
#include "engine/aligned.h"
#include "engine/steps/step.h"

namespace mien::bench {
namespace {

using kernels::DepthwiseArgs;
using kernels::DepthwiseFn;
using kernels::kBlock;
using kernels::Kernels;
using kernels::PoolArgs;
using kernels::PoolFn;

template <class Args>
Args args_of(const WindowShape& s) {
  Args args = window_args<Args>(s.window, Shape{1, s.in, s.in_h, s.in_w}, Shape{1, s.out, s.out_h, s.out_w});
  args.row_end = s.out_h;
  return args;
}

struct Buffers {
  AlignedFloats x, w, y, per_channel;
  int64_t x_block, w_block, y_block;
  int blocks;
};

std::shared_ptr<Buffers> buffers_of(const WindowShape& s) {
  auto b = std::make_shared<Buffers>();
  b->blocks = (s.in + kBlock - 1) / kBlock;
  b->x_block = int64_t{kBlock} * s.in_h * s.in_w;
  b->y_block = int64_t{kBlock} * s.out_h * s.out_w;
  b->w_block = int64_t{kBlock} * s.window.kernel_h * s.window.kernel_w;
  b->x = AlignedFloats(b->x_block * b->blocks);
  b->y = AlignedFloats(b->y_block * b->blocks);
  b->w = AlignedFloats(b->w_block * b->blocks);
  b->per_channel = AlignedFloats(int64_t{kBlock} * b->blocks);
  for (int64_t i = 0; i < b->x.size(); ++i) b->x[i] = static_cast<float>(i % 113) * 0.01f - 0.5f;
  for (int64_t i = 0; i < b->w.size(); ++i) b->w[i] = static_cast<float>(i % 71) * 0.01f - 0.3f;
  return b;
}

// flops_per_tap: of one output, 0 where nothing is multiplied.
Work work_of(const WindowShape& s, double flops_per_tap) {
  const double out = static_cast<double>(s.out_h) * s.out_w * s.out, in = static_cast<double>(s.in_h) * s.in_w * s.in;
  return {flops_per_tap * out * s.window.kernel_h * s.window.kernel_w, 4 * (in + out)};
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
    args.pad_bottom = shape.window.pad_bottom;
    args.pad_right = shape.window.pad_right;
    args.count_include_pad = shape.window.count_include_pad;
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
  const Window& w = s.window;
  return w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == (fn == kernels.depthwise3x3_s1 ? 1 : 2);
}

void add_depthwise(const Kernels& kernels, const char* name, DepthwiseFn fn) {
  for (const WindowShape& shape : layer_shapes().depthwise)
    if (takes(kernels, fn, shape))
      add_row(kernels, name, shape.name, work_of(shape, 2), [=, &shape] { return make_depthwise(fn, shape, 1); });
}

void add_grouped_pairs(const Kernels& kernels, const char* name, DepthwiseFn fn) {
  for (const WindowShape& shape : layer_shapes().pairs)
    add_row(kernels, name, shape.name, work_of(shape, 4), [=, &shape] { return make_depthwise(fn, shape, 2); });
}

void add_pool(const Kernels& kernels, const char* name, PoolFn fn) {
  for (const WindowShape& shape : layer_shapes().pools)
    add_row(kernels, name, shape.name, work_of(shape, 0), [=, &shape] { return make_pool(fn, shape); });
}

// Both transforms of every block of a 3x3 layer; no arithmetic is credited to them, their bytes say how fast they are.
struct WinogradBuffers {
  AlignedFloats x, planes, y, bias;
};

struct Winograd {
  int m;
  kernels::WinogradInputFn input;
  kernels::WinogradOutputFn output;
};

Body make_winograd(const Winograd& winograd, const WindowShape& s, bool back) {
  const int m = winograd.m, planes = (m + 2) * (m + 2), blocks = s.in / kBlock;
  const int down = (s.in_h + m - 1) / m, across = (s.in_w + m - 1) / m;
  const int64_t plane = int64_t{blocks} * down * across * kBlock + kBlock;
  const int64_t picture = int64_t{s.in_h} * s.in_w * kBlock;
  auto b = std::make_shared<WinogradBuffers>();
  b->x = AlignedFloats(picture * blocks);
  b->y = AlignedFloats(picture * blocks);
  b->planes = AlignedFloats(plane * planes);
  b->bias = AlignedFloats(kBlock);
  return [=] {
    for (int i = 0; i < blocks; ++i) {
      for (int row = 0; row < down; ++row) {
        float* at = b->planes.data() + (int64_t{i} * down + row) * across * kBlock;
        if (back) {
          kernels::WinogradOutputArgs args{at, plane, b->y.data() + i * picture, s.in_h, s.in_w, row, 0, across, {}};
          args.epilogue.bias = b->bias.data();
          winograd.output(args);
        } else {
          winograd.input(
              {b->x.data() + i * picture, at, plane, s.in_h, s.in_w, 1, 1, row, 0, across, nullptr, nullptr});
        }
      }
    }
  };
}

void add_winograd(const Kernels& kernels, const std::string& name, const Winograd& winograd) {
  for (const WindowShape& s : layer_shapes().winograd) {
    const double m = winograd.m, tiles = std::ceil(s.in_h / m) * std::ceil(s.in_w / m);
    const Work work{0, 4.0 * s.in * (s.in_h * s.in_w + tiles * (m + 2) * (m + 2))};
    for (const bool back : {false, true})
      add_row(kernels, name + (back ? "_output" : "_input"), s.name, work,
              [=, &s] { return make_winograd(winograd, s, back); });
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
