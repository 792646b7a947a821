#include "engine/steps/winograd.h"

#include <algorithm>
#include <string>

#include "engine/steps/packing.h"
#include "engine/steps/panel_runs.h"

namespace mien {
namespace {

using kernels::kBlock;

// Multiply-adds that one byte of weights from memory costs, and that the two transforms of one element cost; fitted to
// layers of 64 to 512 channels at 112 to 7 pixels.
constexpr double kByteCost = 3;
// The same where memory is short. A byte that F(2,3) adds saves 500 multiply-adds at 64 channels and 56x56, 130 at 128
// channels and 28x28, 34 at 256 channels and 14x14.
constexpr double kLowMemoryByteCost = 200;
constexpr double kTransformCost = 16;
// Transformed inputs and products of one block of tiles: about the second-level cache.
constexpr int64_t kBlockBytes = 1024 << 10;
constexpr int64_t kMostTiles = 56;
// Weights that come from memory for every block: then all tiles in one, as long as the third-level cache holds them.
constexpr int64_t kLargeWeights = 3 << 20;
constexpr int64_t kLargeBlockBytes = 4 << 20;
// Planes a power of two apart would meet in the same cache sets.
constexpr int64_t kPlanePad = 16;

int64_t tiles_of(const Shape& y, int64_t outputs) {
  return y[0] * ((y[2] + outputs - 1) / outputs) * ((y[3] + outputs - 1) / outputs);
}

// Planes of blocks of tiles: element (plane, block, tile, lane).
struct Planes {
  int64_t plane, block;
  Planes(int64_t blocks, int64_t tiles) : plane(blocks * tiles * kBlock + kPlanePad), block(tiles * kBlock) {}
};

struct Panel {
  int tile;
  int64_t channel, weights;
};

// Geometry, transformed weights and the three phases on ranges of tiles, blocks and planes; shared by the steps.
class Layer {
 public:
  Layer(const kernels::Kernels& table, const WinogradSpec& spec, Tail epilogue)
      : tail(std::move(epilogue)), table_(table), outputs_(spec.outputs), x_shape_(spec.conv.x), y_shape_(spec.conv.y) {
    const Window& w = spec.conv.window;
    pad_top_ = w.pad_top;
    pad_left_ = w.pad_left;
    in_blocks = round_up(x_shape_[1], kBlock) / kBlock;
    out_blocks = round_up(y_shape_[1], kBlock) / kBlock;
    planes = (outputs_ + 2) * (outputs_ + 2);
    tiles = tiles_of(y_shape_, outputs_);
    tile_rows_ = (y_shape_[2] + outputs_ - 1) / outputs_;
    tile_columns_ = (y_shape_[3] + outputs_ - 1) / outputs_;
    set_panels();
    allocate(spec);
    if (out_of_memory()) return;
    pack(spec.conv);
    if ((spec.scale || spec.shift) && !spec.scale) std::fill(scale_.data(), scale_.data() + scale_.size(), 1.0f);
  }

  // It must not be run then.
  bool out_of_memory() const {
    return weights_.failed() || bias_.failed() || slope_.failed() || scale_.failed() || shift_.failed();
  }

  std::vector<const AlignedFloats*> packed() const { return {&weights_, &bias_, &slope_, &scale_, &shift_}; }
  int64_t bytes() const { return weights_.bytes() + bias_.bytes() + slope_.bytes() + scale_.bytes() + shift_.bytes(); }
  std::string describe() const {
    return "conv 3x3 F(" + std::to_string(outputs_) + ",3)" + (scale_.data() ? " affine+" : "") + tail.text();
  }
  std::string kernel() const { return "f32_winograd" + std::to_string(outputs_) + "_" + table_.name; }
  int64_t panels() const { return static_cast<int64_t>(panels_.size()); }

  // The rows that hold tiles [first, last) of the output, and what of x those read; all if there are several images.
  Region tile_rows(int64_t first, int64_t last) const {
    Region region;
    if (y_shape_[0] > 1) return region;
    region.first_pixel = first / tile_columns_ * outputs_ * y_shape_[3];
    region.last_pixel = ((last - 1) / tile_columns_ + 1) * outputs_ * y_shape_[3];
    return region;
  }
  Region tile_inputs(int64_t first, int64_t last) const {
    if (y_shape_[0] > 1) return {};
    Window window;
    window.kernel_h = 3;
    window.pad_top = pad_top_;
    return window_rows(window, x_shape_[2], x_shape_[3], first / tile_columns_ * outputs_,
                       ((last - 1) / tile_columns_ + 1) * outputs_);
  }
  // Blocks [first, last) of the one image.
  Region blocks(int64_t first, int64_t last) const {
    Region region;
    if (y_shape_[0] == 1) region.first_unit = first, region.last_unit = last;
    return region;
  }

  // Tiles [first, first + n) of a sample, blocks [block_begin, block_end), to tile 0.. of v.
  void input(const float* x, int64_t first, int64_t n, int64_t block_begin, int64_t block_end, float* v,
             const Planes& v_stride) const {
    kernels::WinogradInputArgs args{};
    args.v_plane = v_stride.plane;
    args.in_h = static_cast<int32_t>(x_shape_[2]);
    args.in_w = static_cast<int32_t>(x_shape_[3]);
    args.pad_top = pad_top_;
    args.pad_left = pad_left_;
    const auto kernel = outputs_ == 4 ? table_.winograd4_input : table_.winograd2_input;
    const int64_t image_block = x_shape_[2] * x_shape_[3] * kBlock;
    for (int64_t block = block_begin; block < block_end; ++block) {
      args.scale = scale_.data() ? scale_.data() + block * kBlock : nullptr;
      args.shift = scale_.data() ? shift_.data() + block * kBlock : nullptr;
      each_run(first, n, [&](int64_t image, int32_t row, int32_t column, int32_t count, int64_t at) {
        args.x = x + (image * in_blocks + block) * image_block;
        args.v = v + block * v_stride.block + at * kBlock;
        args.tile_row = row;
        args.tile_col = column;
        args.tiles = count;
        kernel(args);
      });
    }
  }

  // One plane: products of n tiles with panels [panel_begin, panel_end).
  void multiply(const float* v, const Planes& v_stride, float* m, const Planes& m_stride, int64_t plane,
                int64_t panel_begin, int64_t panel_end, int64_t n) const {
    static const int32_t kOneTap = 0;
    kernels::ConvTileArgs args{};
    args.x_pixel = kBlock;
    args.x_block = v_stride.block;
    args.n_taps = 1;
    args.k_per_tap = kBlock;
    args.taps = &kOneTap;
    args.y_block = m_stride.block;
    const int64_t groups = (n + mr_max_ - 1) / mr_max_;
    for (int64_t i = panel_begin; i < panel_end; ++i) {
      const Panel& panel = panels_[static_cast<size_t>(i)];
      const kernels::ConvTile& tile = table_.conv[panel.tile];
      args.w = weights_.data() + plane * plane_weights_ + panel.weights;
      float* y = m + plane * m_stride.plane + panel.channel / kBlock * m_stride.block + panel.channel % kBlock;
      for_each_run(args, {in_blocks, tile.nt, groups, true}, [&](PanelRun& run) {
        for (int64_t g = 0; g < groups; ++g) {
          const int64_t t = part_begin(n, groups, g), mr = part_begin(n, groups, g + 1) - t;
          run.args.x = v + plane * v_stride.plane + run.x_offset + t * kBlock;
          run.args.y = y + t * kBlock;
          run.call(tile.fn[mr - 1]);
        }
      });
    }
  }

  // Tile 0.. of m to tiles [first, first + n) of a sample, blocks [block_begin, block_end).
  void output(const float* m, const Planes& m_stride, int64_t first, int64_t n, int64_t block_begin, int64_t block_end,
              float* y, const float* residual) const {
    kernels::WinogradOutputArgs args{};
    args.m_plane = m_stride.plane;
    args.out_h = static_cast<int32_t>(y_shape_[2]);
    args.out_w = static_cast<int32_t>(y_shape_[3]);
    args.epilogue = tail.epilogue();
    const auto kernel = outputs_ == 4 ? table_.winograd4_output : table_.winograd2_output;
    const int64_t image_block = y_shape_[2] * y_shape_[3] * kBlock;
    for (int64_t block = block_begin; block < block_end; ++block) {
      args.epilogue.bias = bias_.data() + block * kBlock;
      args.epilogue.slope = slope_.data() ? slope_.data() + block * kBlock : nullptr;
      each_run(first, n, [&](int64_t image, int32_t row, int32_t column, int32_t count, int64_t at) {
        const int64_t offset = (image * out_blocks + block) * image_block;
        args.m = m + block * m_stride.block + at * kBlock;
        args.y = y + offset;
        args.epilogue.residual = residual ? residual + offset : nullptr;
        args.tile_row = row;
        args.tile_col = column;
        args.tiles = count;
        kernel(args);
      });
    }
  }

  Tail tail;
  int64_t in_blocks = 0, out_blocks = 0, planes = 0, tiles = 0;

 private:
  // Calls f(image, tile row, tile column, count, offset) for each run of tiles in one row of tiles.
  template <class F>
  void each_run(int64_t first, int64_t n, const F& f) const {
    for (int64_t t = first; t < first + n;) {
      const int64_t row = t / tile_columns_, column = t % tile_columns_;
      const int64_t count = std::min(tile_columns_ - column, first + n - t);
      f(row / tile_rows_, static_cast<int32_t>(row % tile_rows_), static_cast<int32_t>(column),
        static_cast<int32_t>(count), t - first);
      t += count;
    }
  }

  void set_panels() {
    mr_max_ = 1 << 20;
    for (int tile : choose_tiles(table_.conv, table_.n_conv, out_blocks)) {
      const kernels::ConvTile& shape = table_.conv[tile];
      const int64_t channel = panels_.empty() ? 0 : panels_.back().channel + table_.conv[panels_.back().tile].nt;
      panels_.push_back({tile, channel, plane_weights_});
      plane_weights_ += in_blocks * kBlock * shape.nt;
      mr_max_ = std::min<int64_t>(mr_max_, shape.mr_max);
    }
  }

  void allocate(const WinogradSpec& spec) {
    const Allocator& allocator = spec.conv.allocator;
    const int64_t inputs = in_blocks * kBlock, outputs = out_blocks * kBlock;
    weights_ = AlignedFloats(planes * plane_weights_, allocator, AlignedFloats::Zeros::untouched);
    bias_ = padded_copy(spec.conv.bias, y_shape_[1], outputs, allocator);
    if (tail.act == kernels::Act::prelu) slope_ = padded_copy(tail.slope.data(), y_shape_[1], outputs, allocator);
    if (!spec.scale && !spec.shift) return;
    scale_ = padded_copy(spec.scale, x_shape_[1], inputs, allocator);
    shift_ = padded_copy(spec.shift, x_shape_[1], inputs, allocator);
  }

  void pack(const ConvolutionSpec& conv) {
    for (const Panel& panel : panels_) {
      const int64_t nt = table_.conv[panel.tile].nt;
      if (panel.channel >= y_shape_[1]) break;  // padding
      WeightRows rows;
      rows.row = x_shape_[1] * 9;
      rows.data = conv.weights + panel.channel * rows.row;
      rows.outputs = std::min(nt, y_shape_[1] - panel.channel);
      rows.channels = x_shape_[1];
      rows.positions = 9;
      pack_winograd(rows, outputs_, weights_.data() + panel.weights, plane_weights_, nt);
      if (conv.memory) conv.memory->read_until(rows.data + rows.outputs * rows.row);
    }
  }

  const kernels::Kernels& table_;
  int outputs_;
  Shape x_shape_, y_shape_;
  int32_t pad_top_ = 0, pad_left_ = 0;
  int64_t tile_rows_ = 0, tile_columns_ = 0, mr_max_ = 0, plane_weights_ = 0;
  std::vector<Panel> panels_;
  AlignedFloats weights_, bias_, slope_, scale_, shift_;
};

using SharedLayer = std::shared_ptr<const Layer>;

// Blocks of tiles, each through all three phases in the scratch memory of its thread.
class Fused final : public PerSampleStep {
 public:
  Fused(SharedLayer layer, int64_t blocks, BufferId x, BufferId y) : layer_(std::move(layer)), x_(x) {
    reads = {x};
    if (layer_->tail.residual != kNoBuffer) reads.push_back(layer_->tail.residual);
    writes = y;
    chunks_ = static_cast<int>(blocks);
    most_tiles_ = (layer_->tiles + blocks - 1) / blocks;
    info.op = layer_->describe();
    info.kernel = layer_->kernel();
  }
  std::vector<const AlignedFloats*> packed() const override { return layer_->packed(); }
  int64_t scratch_floats() const override {
    return v_floats() + layer_->planes * Planes(layer_->out_blocks, most_tiles_).plane;
  }
  Region written(int item) const override { return layer_->tile_rows(first_tile(item), first_tile(item + 1)); }
  Region needed(int item, size_t read) const override {
    return read > 0 ? written(item) : layer_->tile_inputs(first_tile(item), first_tile(item + 1));
  }

 private:
  int64_t v_floats() const { return layer_->planes * Planes(layer_->in_blocks, most_tiles_).plane; }
  int64_t first_tile(int chunk) const { return part_begin(layer_->tiles, chunks_, chunk); }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const Layer& l = *layer_;
    const int64_t first = first_tile(chunk), n = first_tile(chunk + 1) - first;
    const Planes v_stride(l.in_blocks, n), m_stride(l.out_blocks, n);
    float* v = context.scratch;
    float* m = context.scratch + v_floats();
    l.input(context.read(x_, sample), first, n, 0, l.in_blocks, v, v_stride);
    for (int64_t plane = 0; plane < l.planes; ++plane) l.multiply(v, v_stride, m, m_stride, plane, 0, l.panels(), n);
    const float* residual = l.tail.residual == kNoBuffer ? nullptr : context.read(l.tail.residual, sample);
    l.output(m, m_stride, first, n, 0, l.out_blocks, context.write(writes, sample), residual);
  }

  SharedLayer layer_;
  BufferId x_;
  int64_t most_tiles_;
};

// The three phases as steps of their own; the tiles of all samples stand side by side, so that a batch reads the
// transformed weights once.
class Input final : public PerSampleStep {
 public:
  Input(SharedLayer layer, BufferId x, BufferId v) : layer_(std::move(layer)), x_(x) {
    reads = {x};
    writes = v;
    chunks_ = chunks_for(layer_->planes * layer_->tiles * layer_->in_blocks * kBlock * kElementWork, layer_->in_blocks);
    info.op = "winograd input";
    info.kernel = layer_->kernel();
  }
  Region needed(int item, size_t) const override {
    return layer_->blocks(part_begin(layer_->in_blocks, chunks_, item),
                          part_begin(layer_->in_blocks, chunks_, item + 1));
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const Layer& l = *layer_;
    const Planes stride(l.in_blocks, l.tiles * context.batch);
    l.input(context.read(x_, sample), 0, l.tiles, part_begin(l.in_blocks, chunks_, chunk),
            part_begin(l.in_blocks, chunks_, chunk + 1), context.write(writes, 0) + sample * l.tiles * kBlock, stride);
  }
  SharedLayer layer_;
  BufferId x_;
};

class Multiply final : public Step {
 public:
  Multiply(SharedLayer layer, BufferId v, BufferId m) : layer_(std::move(layer)), v_(v) {
    reads = {v};
    writes = m;
    parts_ = std::min<int64_t>(layer_->panels(), layer_->planes < 32 ? 2 : 1);
    info.op = layer_->describe();
    info.kernel = layer_->kernel();
  }
  int items(int) const override { return static_cast<int>(layer_->planes * parts_); }
  std::vector<const AlignedFloats*> packed() const override { return layer_->packed(); }
  void run(const RunContext& context, int item) const override {
    const Layer& l = *layer_;
    const int64_t n = l.tiles * context.batch, part = item % parts_;
    l.multiply(context.read(v_, 0), Planes(l.in_blocks, n), context.write(writes, 0), Planes(l.out_blocks, n),
               item / parts_, part_begin(l.panels(), parts_, part), part_begin(l.panels(), parts_, part + 1), n);
  }

 private:
  SharedLayer layer_;
  BufferId v_;
  int64_t parts_;
};

class Output final : public PerSampleStep {
 public:
  Output(SharedLayer layer, BufferId m, BufferId y) : layer_(std::move(layer)), m_(m) {
    reads = {m};
    if (layer_->tail.residual != kNoBuffer) reads.push_back(layer_->tail.residual);
    writes = y;
    chunks_ =
        chunks_for(layer_->planes * layer_->tiles * layer_->out_blocks * kBlock * kElementWork, layer_->out_blocks);
    info.op = std::string("winograd output") + layer_->tail.text();
    info.kernel = layer_->kernel();
  }
  Region written(int item) const override {
    return layer_->blocks(part_begin(layer_->out_blocks, chunks_, item),
                          part_begin(layer_->out_blocks, chunks_, item + 1));
  }
  Region needed(int item, size_t read) const override { return read > 0 ? written(item) : Region(); }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const Layer& l = *layer_;
    const Planes stride(l.out_blocks, l.tiles * context.batch);
    const float* residual = l.tail.residual == kNoBuffer ? nullptr : context.read(l.tail.residual, sample);
    l.output(context.read(m_, 0) + sample * l.tiles * kBlock, stride, 0, l.tiles,
             part_begin(l.out_blocks, chunks_, chunk), part_begin(l.out_blocks, chunks_, chunk + 1),
             context.write(writes, sample), residual);
  }
  SharedLayer layer_;
  BufferId m_;
};

}  // namespace

int choose_winograd(const Window& w, const Shape& x, const Shape& y, bool low_memory) {
  const bool fits = w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 &&
                    w.dilation_w == 1 && w.groups == 1;
  if (!fits) return 0;
  const double byte_cost = low_memory ? kLowMemoryByteCost : kByteCost;
  const double c = static_cast<double>(round_up(x[1], kBlock)), m = static_cast<double>(round_up(y[1], kBlock));
  const double pixels = static_cast<double>(y[0] * y[2] * y[3]);
  double best = 9 * static_cast<double>(x[1]) * m * pixels + byte_cost * 4 * 9 * c * m;
  int choice = 0;
  for (int outputs : {4, 2}) {
    const double tiles = static_cast<double>(tiles_of(y, outputs)), planes = (outputs + 2) * (outputs + 2);
    const double cost =
        planes * c * m * tiles + kTransformCost * (c + m) * outputs * outputs * tiles + byte_cost * 4 * planes * c * m;
    if (cost >= best) continue;
    best = cost;
    choice = outputs;
  }
  return choice;
}

std::vector<std::unique_ptr<Step>> make_winograd(const kernels::Kernels& table, const WinogradSpec& spec, BufferId x,
                                                 BufferId y, Tail tail,
                                                 const std::function<BufferId(int64_t)>& new_buffer) {
  const auto layer = std::make_shared<const Layer>(table, spec, std::move(tail));
  const int64_t tile_bytes = layer->planes * (layer->in_blocks + layer->out_blocks) * kBlock * 4;
  const int64_t most = std::clamp<int64_t>(kBlockBytes / tile_bytes, 14, kMostTiles);
  const bool weights_once = layer->bytes() > kLargeWeights && layer->tiles * tile_bytes <= kLargeBlockBytes;
  const int64_t blocks = weights_once ? 1 : (layer->tiles + most - 1) / most;
  std::vector<std::unique_ptr<Step>> steps;
  if (blocks > 1) {
    steps.push_back(std::make_unique<Fused>(layer, blocks, x, y));
    steps.back()->out_of_memory = layer->out_of_memory();
    return steps;
  }
  const BufferId v = new_buffer(layer->planes * Planes(layer->in_blocks, layer->tiles).plane);
  const BufferId m = new_buffer(layer->planes * Planes(layer->out_blocks, layer->tiles).plane);
  steps.push_back(std::make_unique<Input>(layer, x, v));
  steps.push_back(std::make_unique<Multiply>(layer, v, m));
  steps.push_back(std::make_unique<Output>(layer, m, y));
  steps.back()->out_of_memory = layer->out_of_memory();
  return steps;
}

}  // namespace mien
