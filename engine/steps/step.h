// A step: one unit of the plan, a kernel with its packed weights and the buffers it reads and writes. Immutable once
// made; run() may be called from several threads at once for different items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/aligned.h"
#include "engine/model.h"

namespace mien {

using BufferId = int32_t;
inline constexpr BufferId kNoBuffer = -1;

// Where a tensor lives and how large one sample of it is.
struct Buffer {
  enum class Where { arena, input, output, constant };
  Where where = Where::arena;
  int index = 0;       // of the graph's input or output
  int64_t floats = 0;  // per sample; whole cache lines in the arena
  const float* constant = nullptr;
  bool blocked = false;  // [N][C16][H][W][16] of `shape`, else row-major
  Shape shape;           // of the value it holds
};

// The addresses of one run.
struct RunContext {
  const Buffer* buffers = nullptr;
  const int64_t* offsets = nullptr;  // of each buffer in the arena, per sample of the batch
  float* arena = nullptr;
  int max_batch = 1;
  int batch = 1;
  const float* const* inputs = nullptr;
  float* const* outputs = nullptr;
  float* scratch = nullptr;  // of this thread, for the time of one item

  const float* read(BufferId id, int sample) const {
    const Buffer& b = buffers[id];
    switch (b.where) {
      case Buffer::Where::input:
        return inputs[b.index] + sample * b.floats;
      case Buffer::Where::output:
        return outputs[b.index] + sample * b.floats;
      case Buffer::Where::constant:
        return b.constant;
      case Buffer::Where::arena:
        break;
    }
    return arena + offsets[id] * max_batch + sample * b.floats;
  }
  float* write(BufferId id, int sample) const {
    const Buffer& b = buffers[id];
    if (b.where == Buffer::Where::output) return outputs[b.index] + sample * b.floats;
    return arena + offsets[id] * max_batch + sample * b.floats;
  }
};

// A part of a tensor: pixels in row-major order, of units, which are the pictures' blocks of channels. In coordinates
// of the buffer as it lies, borders included; by itself all of it.
struct Region {
  int64_t first_pixel = 0, last_pixel = INT64_MAX;  // [first, last)
  int64_t first_unit = 0, last_unit = INT64_MAX;

  bool meets(const Region& other) const {
    return first_pixel < other.last_pixel && other.first_pixel < last_pixel && first_unit < other.last_unit &&
           other.first_unit < last_unit;
  }
};

class Step {
 public:
  virtual ~Step() = default;
  // How many independent items the step has for this batch. A function of shapes only, so that the same item always
  // computes the same outputs whoever runs it.
  virtual int items(int batch) const = 0;
  virtual void run(const RunContext& context, int item) const = 0;
  // True if each item belongs to one sample: those of sample s are [s * items(1), (s + 1) * items(1)).
  virtual bool per_sample() const { return false; }
  // What an item of the first sample writes, and what of reads[read] it must find written. More than that is safe, and
  // the other way round is not. REQUIRES: per_sample().
  virtual Region written(int) const { return {}; }
  virtual Region needed(int, size_t) const { return {}; }
  // The step's own copies of weights, in the order of the kernels. Arrays may be empty.
  virtual std::vector<const AlignedFloats*> packed() const { return {}; }
  int64_t packed_bytes() const;
  // Floats of RunContext::scratch that an item uses; whole cache lines.
  virtual int64_t scratch_floats() const { return 0; }

  StepInfo info;
  bool out_of_memory = false;  // there was none for its weights: it must not be run
  std::vector<BufferId> reads;
  BufferId writes = kNoBuffer;
};

// A step whose items are the same number of chunks for each sample.
class PerSampleStep : public Step {
 public:
  int items(int batch) const final { return batch * chunks_; }
  bool per_sample() const final { return true; }
  void run(const RunContext& context, int item) const final { run_chunk(context, item / chunks_, item % chunks_); }

 protected:
  virtual void run_chunk(const RunContext& context, int sample, int chunk) const = 0;
  int chunks_ = 1;
};

// First element of part `part` when n things are cut into `parts` nearly equal parts.
inline int64_t part_begin(int64_t n, int64_t parts, int64_t part) {
  return n * part / parts;
}

// Into how many chunks to cut `work` (multiply-adds, or elements with a weight): each worth 5 to 10 us of one core,
// which is what handing it to another core must be paid from; at most 16 and at most `most`; even, so that two threads
// have equal shares.
inline int chunks_for(int64_t work, int64_t most) {
  constexpr int64_t kWorkPerChunk = 800'000;
  int64_t chunks = work / kWorkPerChunk;
  if (chunks > 16) chunks = 16;
  if (chunks > most) chunks = most;
  if (chunks > 1) chunks -= chunks % 2;
  return chunks < 1 ? 1 : static_cast<int>(chunks);
}
// Elements moved by a copy or an elementwise kernel cost about as much as this many multiply-adds.
inline constexpr int64_t kElementWork = 16;

// Chunks of a step that works on bands of rows: first cut into bands, and these into ranges of units where there are
// more chunks than bands.
class Bands {
 public:
  Bands() = default;
  // Bands begin at multiples of `step` rows.
  Bands(int64_t rows, int64_t step, int64_t units, int chunks)
      : rows_(rows),
        step_(step),
        units_(units),
        row_parts_(std::min<int64_t>(chunks, (rows + step - 1) / step)),
        unit_parts_(std::min(units, chunks / row_parts_)) {}

  int chunks() const { return static_cast<int>(row_parts_ * unit_parts_); }
  int64_t first_row(int chunk) const { return row(chunk / unit_parts_); }
  int64_t last_row(int chunk) const { return row(chunk / unit_parts_ + 1); }
  int64_t first_unit(int chunk) const { return part_begin(units_, unit_parts_, chunk % unit_parts_); }
  int64_t last_unit(int chunk) const { return part_begin(units_, unit_parts_, chunk % unit_parts_ + 1); }
  Region region(int chunk, int64_t width) const {
    return {first_row(chunk) * width, last_row(chunk) * width, first_unit(chunk), last_unit(chunk)};
  }

 private:
  int64_t row(int64_t part) const {
    return std::min(rows_, step_ * part_begin((rows_ + step_ - 1) / step_, row_parts_, part));
  }
  int64_t rows_ = 0, step_ = 1, units_ = 0, row_parts_ = 1, unit_parts_ = 1;
};

// Rows of its input that a window reads for rows [first, last) of its output, as pixels of all units.
inline Region window_rows(const Window& w, int64_t in_h, int64_t in_w, int64_t first, int64_t last) {
  const int64_t begin = first * w.stride_h - w.pad_top;
  const int64_t end = (last - 1) * w.stride_h - w.pad_top + int64_t{w.dilation_h} * (w.kernel_h - 1) + 1;
  Region region;
  region.first_pixel = std::clamp<int64_t>(begin, 0, in_h) * in_w;
  region.last_pixel = std::clamp<int64_t>(end, 0, in_h) * in_w;
  return region;
}

// The geometry that depthwise and pooling kernels share (kernels.h); all else is zero.
template <class Args>
Args window_args(const Window& w, const Shape& x, const Shape& y) {
  Args args{};
  args.in_h = static_cast<int32_t>(x[2]);
  args.in_w = static_cast<int32_t>(x[3]);
  args.out_h = static_cast<int32_t>(y[2]);
  args.out_w = static_cast<int32_t>(y[3]);
  args.kernel_h = w.kernel_h;
  args.kernel_w = w.kernel_w;
  args.stride_h = w.stride_h;
  args.stride_w = w.stride_w;
  args.dilation_h = w.dilation_h;
  args.dilation_w = w.dilation_w;
  args.pad_top = w.pad_top;
  args.pad_left = w.pad_left;
  return args;
}

// What follows the sum of a convolution or an affine step, resolved from the fused nodes.
struct Tail {
  kernels::Act act = kernels::Act::none;
  float lo = 0, hi = 0;
  std::vector<float> slope;  // per channel, for prelu
  BufferId residual = kNoBuffer;
  bool residual_last = false;
  // act, limits and order; the pointers are each step's to set.
  kernels::Epilogue epilogue() const;
  const char* text() const;  // " +prelu", for reports
};

}  // namespace mien
