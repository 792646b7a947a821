#include "engine/steps/convolution.h"

#include <algorithm>
#include <string>

#include "engine/steps/packing.h"
#include "engine/steps/panel_runs.h"

namespace mien {
namespace {

using kernels::ConvTile;
using kernels::ConvTileArgs;
using kernels::kBlock;

std::string kernel_text(const Window& w) {
  std::string text = std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w);
  if (w.stride_h != 1 || w.stride_w != 1) text += " s" + std::to_string(w.stride_h);
  if (w.dilation_h != 1 || w.dilation_w != 1) text += " d" + std::to_string(w.dilation_h);
  if (w.groups != 1) text += " g" + std::to_string(w.groups);
  return text;
}

// Weights that stay in the second-level cache from one chunk of a layer to the next.
constexpr int64_t kNearBytes = 256 << 10;

// Outputs [channel, channel + width) and the input blocks that they read: all of them, or those of their groups.
struct Panel {
  int tile = 0;
  int64_t channel = 0, width = 0;
  int64_t first_block = 0, blocks = 0;
  int64_t weights = 0;  // offset in the packed array
};

class Convolution final : public PerSampleStep {
 public:
  Convolution(const kernels::Kernels& table, const ConvolutionSpec& spec, BufferId x, BufferId y, Tail tail)
      : tiles_(table.conv), tail_(std::move(tail)), x_(x) {
    reads = {x};
    if (tail_.residual != kNoBuffer) reads.push_back(tail_.residual);
    writes = y;
    set_geometry(spec);
    set_panels(table, spec);
    set_pixels(spec);
    pack(spec);
    describe(spec);
  }

  std::vector<const AlignedFloats*> packed() const override { return {&weights_, &bias_, &slope_}; }
  Region written(int item) const override {
    Region region;
    if (rows_ > rows_per_image_) return region;
    const int64_t groups = rows_ * groups_per_row_, part = item / panel_parts_;
    region.first_pixel = first_pixel(part_begin(groups, group_parts_, part));
    region.last_pixel = first_pixel(part_begin(groups, group_parts_, part + 1));
    return region;
  }
  // x has its borders around it: row r of the output begins at row r * stride of the buffer.
  Region needed(int item, size_t read) const override {
    Region region = written(item);
    if (read > 0 || region.last_pixel == INT64_MAX || pointwise_) return region;
    const int64_t first = region.first_pixel / row_pixels_, last = (region.last_pixel - 1) / row_pixels_;
    region.first_pixel = first * window_rows_step_;
    region.last_pixel = last * window_rows_step_ + window_pixels_;
    return region;
  }

 private:
  void set_geometry(const ConvolutionSpec& spec) {
    const Window& w = spec.window;
    const int64_t padded_w = spec.x[3] + w.pad_left + w.pad_right, padded_h = spec.x[2] + w.pad_top + w.pad_bottom;
    const int64_t channels = spec.x[1];
    blocks_ = round_up(channels, kBlock) / kBlock;
    const int64_t pixel = spec.narrow ? channels : kBlock;
    x_pixel_ = w.stride_w * pixel;
    x_row_ = w.stride_h * padded_w * pixel;
    x_block_ = padded_h * padded_w * pixel;
    x_image_ = spec.narrow ? x_block_ : blocks_ * x_block_;
    // Narrow input: a row of the window is one run of kw * C floats. One block of few channels: only those.
    k_per_tap_ = spec.narrow ? w.kernel_w * channels : blocks_ == 1 ? std::min<int64_t>(channels, kBlock) : kBlock;
    for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < (spec.narrow ? 1 : w.kernel_w); ++kx)
        taps_.push_back(static_cast<int32_t>((ky * w.dilation_h * padded_w + kx * w.dilation_w) * pixel));
    }
    window_rows_step_ = w.stride_h * padded_w;
    window_pixels_ = (int64_t{w.dilation_h} * (w.kernel_h - 1) + 1) * padded_w;
    y_block_ = spec.y[2] * spec.y[3] * kBlock;
    y_image_ = round_up(spec.y[1], kBlock) / kBlock * y_block_;
  }

  void set_panels(const kernels::Kernels& table, const ConvolutionSpec& spec) {
    const int64_t groups = spec.window.groups, in_per_group = spec.x[1] / groups, out_per_group = spec.y[1] / groups;
    int64_t channel = 0, offset = 0;
    mr_max_ = 1 << 20;
    // A tile of several groups multiplies the zeros between them: where groups are small, tiles of one block.
    int first = 0;
    while (groups > 1 && out_per_group < tiles_[first].nt && tiles_[first].nt > kBlock) ++first;
    for (int tile : choose_tiles(table.conv + first, table.n_conv - first, round_up(spec.y[1], kBlock) / kBlock)) {
      Panel panel;
      panel.tile = first + tile;
      panel.channel = channel;
      panel.width = tiles_[panel.tile].nt;
      panel.blocks = blocks_;
      if (groups > 1) {
        const int64_t last = std::min(channel + panel.width, spec.y[1]) - 1;
        if (last >= channel) {
          panel.first_block = channel / out_per_group * in_per_group / kBlock;
          panel.blocks = round_up((last / out_per_group + 1) * in_per_group, kBlock) / kBlock - panel.first_block;
        }
      }
      panel.weights = offset;
      offset += panel.blocks * static_cast<int64_t>(taps_.size()) * k_per_tap_ * panel.width;
      channel += panel.width;
      mr_max_ = std::min<int64_t>(mr_max_, tiles_[panel.tile].mr_max);
      panels_.push_back(panel);
    }
    weights_ = AlignedFloats(offset, spec.allocator, AlignedFloats::Zeros::untouched);
  }

  // Pixels are cut into rows, and rows into nearly equal groups of at most mr_max_. Where a window is one pixel the
  // whole picture is one row.
  void set_pixels(const ConvolutionSpec& spec) {
    const Window& w = spec.window;
    pointwise_ = !spec.narrow && w.kernel_h == 1 && w.kernel_w == 1 && w.stride_h == 1 && w.stride_w == 1 &&
                 (w.pad_top | w.pad_left | w.pad_bottom | w.pad_right) == 0;
    rows_per_image_ = pointwise_ ? 1 : spec.y[2];
    row_pixels_ = pointwise_ ? spec.y[2] * spec.y[3] : spec.y[3];
    rows_ = spec.y[0] * rows_per_image_;
    groups_per_row_ = (row_pixels_ + mr_max_ - 1) / mr_max_;
    for (int64_t part = 0; part <= groups_per_row_; ++part)
      group_begins_.push_back(part_begin(row_pixels_, groups_per_row_, part));
    const int64_t groups = rows_ * groups_per_row_, x_floats = spec.y[0] * x_image_;
    const int64_t panels = static_cast<int64_t>(panels_.size());
    chunks_ = chunks_for(weights_.size() * rows_ * row_pixels_, groups * panels);
    // Every chunk reads all inputs of its pixels and all weights of its panels: cut where less is read twice.
    const bool cut_panels = weights_.size() > x_floats;
    panel_parts_ = cut_panels          ? std::min<int64_t>(panels, chunks_)
                   : groups >= chunks_ ? 1
                                       : std::min(panels, (chunks_ + groups - 1) / groups);
    group_parts_ = std::clamp<int64_t>(chunks_ / panel_parts_, 1, groups);
    chunks_ = static_cast<int>(group_parts_ * panel_parts_);
  }

  int64_t first_pixel(int64_t group) const {
    return group / groups_per_row_ * row_pixels_ + group_begins_[static_cast<size_t>(group % groups_per_row_)];
  }

  void pack(const ConvolutionSpec& spec) {
    const int64_t out_channels = spec.y[1], padded = round_up(out_channels, kBlock);
    bias_ = padded_copy(spec.bias, out_channels, padded, spec.allocator);
    if (tail_.act == kernels::Act::prelu)
      slope_ = padded_copy(tail_.slope.data(), out_channels, padded, spec.allocator);
    out_of_memory = weights_.failed() || bias_.failed() || slope_.failed();
    if (out_of_memory) return;
    for (const Panel& panel : panels_) {
      for (int64_t block = 0; block < panel.blocks; ++block) pack_block(spec, panel, block);
      const int64_t packed = std::min(panel.channel + panel.width, out_channels);
      if (spec.memory) spec.memory->read_until(spec.weights + packed * row_of(spec));
    }
  }

  // Weights of one output.
  static int64_t row_of(const ConvolutionSpec& spec) {
    return spec.x[1] / spec.window.groups * spec.window.kernel_h * spec.window.kernel_w;
  }

  // The weights of a panel for one block of input channels; of each group those that meet it.
  void pack_block(const ConvolutionSpec& spec, const Panel& panel, int64_t block) {
    const Window& w = spec.window;
    const int64_t in_per_group = spec.x[1] / w.groups, out_per_group = spec.y[1] / w.groups;
    const int64_t positions = int64_t{w.kernel_h} * w.kernel_w, pitch = spec.narrow ? spec.x[1] : k_per_tap_;
    const int64_t first = (panel.first_block + block) * kBlock, last = std::min(first + kBlock, spec.x[1]);
    float* to = weights_.data() + panel.weights + block * positions * pitch * panel.width;
    const int64_t end = std::min(panel.channel + panel.width, spec.y[1]);
    for (int64_t o = panel.channel, next; o < end; o = next) {
      const int64_t group = o / out_per_group;
      next = std::min(end, (group + 1) * out_per_group);
      const int64_t begin = std::max(first, group * in_per_group), stop = std::min(last, (group + 1) * in_per_group);
      if (stop <= begin) continue;
      WeightRows rows;
      rows.row = row_of(spec);
      rows.data = spec.weights + o * rows.row + (begin - group * in_per_group) * positions;
      rows.outputs = next - o;
      rows.channels = stop - begin;
      rows.positions = positions;
      pack_rows(rows, to + (begin - first) * panel.width + (o - panel.channel), pitch, panel.width);
    }
  }

  void describe(const ConvolutionSpec& spec) {
    info.op = "conv " + kernel_text(spec.window) + tail_.text();
    info.kernel = tiles_[panels_.front().tile].name;
    for (const Panel& panel : panels_) {
      const std::string name = tiles_[panel.tile].name;
      if (info.kernel.find(name) == std::string::npos) info.kernel += "," + name;
    }
  }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const int64_t groups = rows_ * groups_per_row_, panels = static_cast<int64_t>(panels_.size());
    const int64_t group_part = chunk / panel_parts_, panel_part = chunk % panel_parts_;
    const int64_t first = part_begin(groups, group_parts_, group_part);
    const int64_t last = part_begin(groups, group_parts_, group_part + 1);
    const int64_t last_panel = part_begin(panels, panel_parts_, panel_part + 1);
    const float* x = context.read(x_, sample);
    float* y = context.write(writes, sample);
    const float* residual = tail_.residual == kNoBuffer ? nullptr : context.read(tail_.residual, sample);

    ConvTileArgs args{};
    args.x_pixel = x_pixel_;
    args.x_block = x_block_;
    args.n_taps = static_cast<int32_t>(taps_.size());
    args.k_per_tap = static_cast<int32_t>(k_per_tap_);
    args.taps = taps_.data();
    args.y_block = y_block_;
    args.epilogue = tail_.epilogue();
    // After the first pixels the weights are near, as far as there is room for them.
    const bool fetch = group_part == 0 || weights_.bytes() > kNearBytes;
    for (int64_t i = part_begin(panels, panel_parts_, panel_part); i < last_panel; ++i) {
      const Panel& panel = panels_[static_cast<size_t>(i)];
      const int64_t y_panel = panel.channel / kBlock * y_block_ + panel.channel % kBlock;
      const ConvTile& tile = tiles_[panel.tile];
      args.w = weights_.data() + panel.weights;
      args.epilogue.bias = bias_.data() + panel.channel;
      args.epilogue.slope = slope_.data() ? slope_.data() + panel.channel : nullptr;
      for_each_run(args, {panel.blocks * args.n_taps, tile.nt, last - first, fetch}, [&](PanelRun& run) {
        const float* x_run = x + panel.first_block * x_block_ + run.x_offset;
        each_group(first, last, [&](int64_t x_at, int64_t y_at, int64_t mr) {
          run.args.x = x_run + x_at;
          run.args.y = y + y_at + y_panel;
          run.args.epilogue.residual = residual ? residual + y_at + y_panel : nullptr;
          run.call(tile.fn[mr - 1]);
        });
      });
    }
  }

  // Calls f(offset of its first input, of its first output, pixels) for groups [first, last).
  template <class F>
  void each_group(int64_t first, int64_t last, const F& f) const {
    int64_t row = first / groups_per_row_, part = first % groups_per_row_;
    for (int64_t g = first; g < last; ++row, part = 0) {
      const int64_t image = row / rows_per_image_, row_in_image = row % rows_per_image_;
      const int64_t x_row = image * x_image_ + row_in_image * x_row_;
      const int64_t y_row = image * y_image_ + row_in_image * row_pixels_ * kBlock;
      for (; part < groups_per_row_ && g < last; ++part, ++g) {
        const int64_t p = group_begins_[static_cast<size_t>(part)];
        f(x_row + p * x_pixel_, y_row + p * kBlock, group_begins_[static_cast<size_t>(part) + 1] - p);
      }
    }
  }

  const ConvTile* tiles_;
  Tail tail_;
  BufferId x_;
  int64_t blocks_ = 0, k_per_tap_ = 0, mr_max_ = 1;
  int64_t x_pixel_ = 0, x_row_ = 0, x_block_ = 0, x_image_ = 0, y_block_ = 0, y_image_ = 0;
  int64_t rows_ = 0, rows_per_image_ = 0, row_pixels_ = 0, groups_per_row_ = 0;
  int64_t group_parts_ = 1, panel_parts_ = 1;
  int64_t window_rows_step_ = 0, window_pixels_ = 0;
  bool pointwise_ = false;
  std::vector<int32_t> taps_;
  std::vector<int64_t> group_begins_;  // of a row, and the row's end
  std::vector<Panel> panels_;
  AlignedFloats weights_, bias_, slope_;
};

}  // namespace

bool can_be_narrow(const Window& window, const Shape& x) {
  return window.groups == 1 && window.dilation_w == 1 && x[1] < kBlock && window.kernel_w * x[1] <= kernels::kMaxRun;
}

std::vector<int> choose_tiles(const ConvTile* tiles, int n_tiles, int64_t blocks) {
  // The tile with the most accumulators carries the bulk; what is left over goes into one wider tile rather than a
  // narrow one, which would be bound by its loads.
  int main = 0;
  for (int i = 1; i < n_tiles; ++i) {
    if (tiles[i].nt * tiles[i].mr_max > tiles[main].nt * tiles[main].mr_max) main = i;
  }
  auto of_width = [&](int64_t width) {
    for (int i = 0; i < n_tiles; ++i) {
      if (tiles[i].nt == width) return i;
    }
    return -1;
  };
  const int64_t width = tiles[main].nt, channels = blocks * kBlock;
  const int64_t count = channels / width, rest = channels % width;
  std::vector<int> chosen;
  const int wider = of_width(width + rest);
  if (rest != 0 && count > 0 && wider >= 0) {
    chosen.push_back(wider);
    chosen.insert(chosen.end(), static_cast<size_t>(count - 1), main);
    return chosen;
  }
  chosen.assign(static_cast<size_t>(count), main);
  for (int64_t left = rest; left > 0;) {
    int best = -1;
    for (int i = 0; i < n_tiles; ++i) {
      if (tiles[i].nt <= left && (best < 0 || tiles[i].nt > tiles[best].nt)) best = i;
    }
    chosen.push_back(best);  // a tile of at most one block always fits
    left -= tiles[best].nt;
  }
  return chosen;
}

std::unique_ptr<Step> make_convolution(const kernels::Kernels& table, const ConvolutionSpec& spec, BufferId x,
                                       BufferId y, Tail tail) {
  return std::make_unique<Convolution>(table, spec, x, y, std::move(tail));
}

}  // namespace mien
