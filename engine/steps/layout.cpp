#include "engine/steps/layout.h"

#include <algorithm>
#include <string>

namespace mien {
namespace {

using kernels::kBlock;

struct Picture {
  int64_t images, channels, blocks, pixels;
};
Picture picture_of(const Shape& shape) {
  const int64_t pixels = shape.rank == 4 ? shape[2] * shape[3] : 1;
  return {shape[0], shape[1], round_up(shape[1], kBlock) / kBlock, pixels};
}

// pack and unpack, chunked by blocks of channels.
class Relayout final : public PerSampleStep {
 public:
  Relayout(const kernels::Kernels& table, const Shape& shape, bool pack, BufferId x, BufferId y)
      : table_(table), picture_(picture_of(shape)), pack_(pack), x_(x) {
    reads = {x};
    writes = y;
    const int64_t units = picture_.images * picture_.blocks;
    chunks_ = chunks_for(units * picture_.pixels * kBlock * kElementWork, units);
    info.op = pack ? "pack" : "unpack";
    info.kernel = std::string("f32_") + info.op + "_" + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const Picture& p = picture_;
    const float* x = context.read(x_, sample);
    float* y = context.write(writes, sample);
    const int64_t units = p.images * p.blocks;
    for (int64_t u = part_begin(units, chunks_, chunk); u < part_begin(units, chunks_, chunk + 1); ++u) {
      const int64_t image = u / p.blocks, block = u % p.blocks;
      const int64_t plain = (image * p.channels + block * kBlock) * p.pixels, blocked = u * p.pixels * kBlock;
      const int32_t channels = static_cast<int32_t>(std::min<int64_t>(kBlock, p.channels - block * kBlock));
      if (pack_) {
        table_.pack(x + plain, y + blocked, channels, p.pixels);
      } else {
        table_.unpack(x + blocked, y + plain, channels, p.pixels);
      }
    }
  }

  const kernels::Kernels& table_;
  Picture picture_;
  bool pack_;
  BufferId x_;
};

class Border final : public PerSampleStep {
 public:
  Border(const kernels::Kernels& table, const Shape& shape, const Window& w, bool narrow, BufferId x, BufferId y)
      : kernel_(narrow ? table.pack_narrow : table.pad_block), x_(x) {
    reads = {x};
    writes = y;
    args_ = {};
    args_.channels = static_cast<int32_t>(shape[1]);
    args_.x_plane = shape[2] * shape[3];
    args_.w = static_cast<int32_t>(shape[3]);
    args_.left = w.pad_left;
    args_.right = w.pad_right;
    height_ = shape[2];
    top_ = w.pad_top;
    const int64_t rows = height_ + w.pad_top + w.pad_bottom;
    width_ = shape[3] + w.pad_left + w.pad_right;
    const int64_t width = narrow ? shape[1] : kBlock;
    units_ = narrow ? shape[0] : shape[0] * picture_of(shape).blocks;
    x_unit_ = shape[2] * shape[3] * width;
    y_unit_ = rows * width_ * width;
    x_row_ = narrow ? shape[3] : shape[3] * kBlock;
    y_row_ = width_ * width;
    bands_ = Bands(rows, 1, units_, chunks_for(units_ * y_unit_ * kElementWork, units_ * rows));
    chunks_ = bands_.chunks();
    info.op = narrow ? "pack narrow" : "pad";
    info.kernel = std::string(narrow ? "f32_pack_narrow_" : "f32_pad_block_") + table.name;
  }

  Region written(int item) const override { return bands_.region(item, width_); }
  Region needed(int item, size_t) const override {
    return {first_inside(item) * args_.w, last_inside(item) * args_.w, bands_.first_unit(item), bands_.last_unit(item)};
  }

 private:
  // Rows of x inside the chunk's band.
  int64_t first_inside(int chunk) const { return std::clamp<int64_t>(bands_.first_row(chunk) - top_, 0, height_); }
  int64_t last_inside(int chunk) const { return std::clamp<int64_t>(bands_.last_row(chunk) - top_, 0, height_); }

  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const int64_t begin = bands_.first_row(chunk), end = bands_.last_row(chunk);
    const int64_t first = first_inside(chunk), last = last_inside(chunk);
    kernels::BorderArgs args = args_;
    args.h = static_cast<int32_t>(last - first);
    args.top = static_cast<int32_t>(std::min(end, top_) - std::min(begin, top_));
    args.bottom = static_cast<int32_t>(end - begin - args.top - args.h);
    for (int64_t u = bands_.first_unit(chunk); u < bands_.last_unit(chunk); ++u) {
      args.x = context.read(x_, sample) + u * x_unit_ + first * x_row_;
      args.y = context.write(writes, sample) + u * y_unit_ + begin * y_row_;
      kernel_(args);
    }
  }

  void (*kernel_)(const kernels::BorderArgs&);
  kernels::BorderArgs args_;
  BufferId x_;
  Bands bands_;
  int64_t height_, top_, width_, units_, x_unit_, y_unit_, x_row_, y_row_;
};

class Copy final : public PerSampleStep {
 public:
  Copy(const kernels::Kernels& table, std::vector<CopyPart> parts, bool filled, float fill, int64_t y_floats,
       BufferId y)
      : table_(table), parts_(std::move(parts)), filled_(filled), fill_(fill), y_floats_(y_floats) {
    for (const CopyPart& part : parts_) reads.push_back(part.x);
    writes = y;
    info.op = "copy";
    info.kernel = std::string("f32_strided_copy_") + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int) const override {
    float* y = context.write(writes, sample);
    if (filled_) fill_all(y);
    for (const CopyPart& part : parts_) {
      kernels::CopyArgs args = part.args;
      args.x = context.read(part.x, sample) + part.x_offset;
      args.y = y + part.y_offset;
      table_.strided_copy(args);
    }
  }

  // A copy that stays where it is in its source.
  void fill_all(float* y) const {
    kernels::CopyArgs args{};
    args.x = &fill_;
    args.y = y;
    args.rank = 1;
    args.dims[0] = y_floats_;
    args.y_stride[0] = 1;
    table_.strided_copy(args);
  }

  const kernels::Kernels& table_;
  std::vector<CopyPart> parts_;
  bool filled_;
  float fill_;
  int64_t y_floats_;
};

class BlockConcat final : public PerSampleStep {
 public:
  BlockConcat(const kernels::Kernels& table, std::vector<BlockPart> parts, int64_t images, BufferId y)
      : table_(table), parts_(std::move(parts)), images_(images) {
    for (const BlockPart& part : parts_) reads.push_back(part.x);
    writes = y;
    info.op = "concat";
    info.kernel = std::string("f32_strided_copy_") + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int) const override {
    float* y = context.write(writes, sample);
    for (int64_t image = 0; image < images_; ++image) {
      for (const BlockPart& part : parts_) {
        kernels::CopyArgs args{};
        args.x = context.read(part.x, sample) + image * part.floats;
        args.y = y;
        args.rank = 1;
        args.dims[0] = part.floats;
        args.x_stride[0] = args.y_stride[0] = 1;
        table_.strided_copy(args);
        y += part.floats;
      }
    }
  }

  const kernels::Kernels& table_;
  std::vector<BlockPart> parts_;
  int64_t images_;
};

class Resize final : public PerSampleStep {
 public:
  Resize(const kernels::Kernels& table, const Shape& shape, std::vector<int32_t> rows, std::vector<int32_t> columns,
         BufferId x, BufferId y)
      : kernel_(table.resize_nearest), rows_(std::move(rows)), columns_(std::move(columns)), x_(x) {
    reads = {x};
    writes = y;
    in_w_ = static_cast<int32_t>(shape[3]);
    units_ = shape[0] * picture_of(shape).blocks;
    x_unit_ = shape[2] * shape[3] * kBlock;
    y_unit_ = static_cast<int64_t>(rows_.size() * columns_.size()) * kBlock;
    chunks_ = chunks_for(units_ * y_unit_ * kElementWork, units_);
    info.op = "resize_nearest";
    info.kernel = std::string("f32_resize_nearest_") + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    for (int64_t u = part_begin(units_, chunks_, chunk); u < part_begin(units_, chunks_, chunk + 1); ++u) {
      kernel_(context.read(x_, sample) + u * x_unit_, in_w_, context.write(writes, sample) + u * y_unit_,
              static_cast<int32_t>(rows_.size()), static_cast<int32_t>(columns_.size()), rows_.data(), columns_.data());
    }
  }

  kernels::ResizeNearestFn kernel_;
  std::vector<int32_t> rows_, columns_;
  BufferId x_;
  int32_t in_w_;
  int64_t units_, x_unit_, y_unit_;
};

}  // namespace

void plain_strides(const Shape& shape, int64_t strides[kMaxRank]) {
  int64_t stride = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= shape[i];
  }
}

int64_t blocked_floats(const Shape& shape) {
  const Picture p = picture_of(shape);
  return p.images * p.blocks * p.pixels * kBlock;
}

std::unique_ptr<Step> make_pack(const kernels::Kernels& table, const Shape& shape, BufferId x, BufferId y) {
  return std::make_unique<Relayout>(table, shape, true, x, y);
}
std::unique_ptr<Step> make_unpack(const kernels::Kernels& table, const Shape& shape, BufferId x, BufferId y) {
  return std::make_unique<Relayout>(table, shape, false, x, y);
}
std::unique_ptr<Step> make_border(const kernels::Kernels& table, const Shape& shape, const Window& window, bool narrow,
                                  BufferId x, BufferId y) {
  return std::make_unique<Border>(table, shape, window, narrow, x, y);
}
std::unique_ptr<Step> make_copy(const kernels::Kernels& table, std::vector<CopyPart> parts, bool filled, float fill,
                                int64_t y_floats, BufferId y) {
  return std::make_unique<Copy>(table, std::move(parts), filled, fill, y_floats, y);
}
std::unique_ptr<Step> make_block_concat(const kernels::Kernels& table, std::vector<BlockPart> parts, int64_t images,
                                        BufferId y) {
  return std::make_unique<BlockConcat>(table, std::move(parts), images, y);
}
std::unique_ptr<Step> make_resize(const kernels::Kernels& table, const Shape& x_shape, std::vector<int32_t> rows,
                                  std::vector<int32_t> columns, BufferId x, BufferId y) {
  return std::make_unique<Resize>(table, x_shape, std::move(rows), std::move(columns), x, y);
}

}  // namespace mien
