// A step: one unit of the plan, a kernel with its packed weights and the buffers it reads and writes. Immutable once
// made; run() may be called from several threads at once for different items.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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
  int64_t offset = 0;  // in the arena, per sample of the batch (arena.h)
  const float* constant = nullptr;
  bool blocked = false;  // [N][C16][H][W][16] of `shape`, else row-major
  Shape shape;           // of the value it holds
};

// The addresses of one run.
struct RunContext {
  const Buffer* buffers = nullptr;
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
    return arena + b.offset * max_batch + sample * b.floats;
  }
  float* write(BufferId id, int sample) const {
    const Buffer& b = buffers[id];
    if (b.where == Buffer::Where::output) return outputs[b.index] + sample * b.floats;
    return arena + b.offset * max_batch + sample * b.floats;
  }
};

class Step {
 public:
  virtual ~Step() = default;
  // How many independent items the step has for this batch. A function of shapes only, so that the same item always
  // computes the same outputs whoever runs it.
  virtual int items(int batch) const = 0;
  virtual void run(const RunContext& context, int item) const = 0;
  virtual int64_t packed_bytes() const { return 0; }
  // Floats of RunContext::scratch that an item uses; whole cache lines.
  virtual int64_t scratch_floats() const { return 0; }

  StepInfo info;
  std::vector<BufferId> reads;
  BufferId writes = kNoBuffer;
};

// A step whose items are the same number of chunks for each sample.
class PerSampleStep : public Step {
 public:
  int items(int batch) const final { return batch * chunks_; }
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
  constexpr int64_t kWorkPerChunk = 400'000;
  int64_t chunks = work / kWorkPerChunk;
  if (chunks > 16) chunks = 16;
  if (chunks > most) chunks = most;
  if (chunks > 1) chunks -= chunks % 2;
  return chunks < 1 ? 1 : static_cast<int>(chunks);
}
// Elements moved by a copy or an elementwise kernel cost about as much as this many multiply-adds.
inline constexpr int64_t kElementWork = 16;

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
