// The kernels of kernels.inc that touch each element once: what counts for them is bytes, so buffers are of the size
// of a MobileFaceNet layer (64 channels, 56x56: 0.8 MB) and the column to read is GB/s.
#include <memory>
#include <string>
#include <vector>

#include "bench/row.h"
#include "engine/aligned.h"

namespace mien::bench {
namespace {

using kernels::kBlock;
using kernels::Kernels;

constexpr int kChannels = 64, kSide = 56;
constexpr int64_t kPixels = int64_t{kSide} * kSide, kElements = kChannels * kPixels;
constexpr double kCopyBytes = 8.0 * kElements;  // read once, written once
constexpr const char* kShape = "64x56x56";

struct Buffers {
  AlignedFloats x{kElements}, x2{kElements}, y{2 * kElements}, per_channel{kBlock};
  std::vector<int32_t> rows = std::vector<int32_t>(2 * kSide), cols = std::vector<int32_t>(2 * kSide);
};

std::shared_ptr<Buffers> make_buffers() {
  auto b = std::make_shared<Buffers>();
  for (int64_t i = 0; i < kElements; ++i) {
    b->x[i] = static_cast<float>(i % 113) * 0.02f - 1.0f;
    b->x2[i] = static_cast<float>(i % 71) * 0.02f + 0.1f;
  }
  for (int i = 0; i < 2 * kSide; ++i) b->rows[static_cast<size_t>(i)] = b->cols[static_cast<size_t>(i)] = i / 2;
  return b;
}

// A row over the buffers above; body(buffers) is one run.
template <class Run>
void add(const Kernels& k, const std::string& kernel, double bytes, Run run) {
  add_row(k, kernel, kShape, Work{0, bytes}, [run]() -> Body {
    auto b = make_buffers();
    return [b, run] { run(*b); };
  });
}

void add_channel_affine(const Kernels& k) {
  add(k, "channel_affine", kCopyBytes, [fn = k.channel_affine](Buffers& b) {
    for (int64_t block = 0; block < kChannels / kBlock; ++block) {
      const int64_t at = block * kPixels * kBlock;
      const float* c = b.per_channel.data();
      fn({b.x.data() + at, b.y.data() + at, kPixels, c, c, c, 0, 0, kernels::Act::prelu});
    }
  });
}

void add_unary(const Kernels& k) {
#define MIEN_UNARY(f)             \
  add(k, "unary_" #f, kCopyBytes, \
      [fn = k.unary](Buffers& b) { fn(kernels::Unary::f, b.x.data(), b.y.data(), kElements, 0.2f, 0.5f); });
#include "kernels/kernels.inc"
}

void add_binary(const Kernels& k) {
#define MIEN_BINARY(f)                   \
  add(k, "binary_" #f, 1.5 * kCopyBytes, \
      [fn = k.binary](Buffers& b) { fn(kernels::Binary::f, b.x.data(), 1, b.x2.data(), 1, b.y.data(), kElements); });
#include "kernels/kernels.inc"
}

void add_softmax(const Kernels& k) {
  add(k, "softmax", kCopyBytes, [fn = k.softmax](Buffers& b) { fn(b.x.data(), b.y.data(), kPixels, kChannels); });
}

void add_l2_normalize(const Kernels& k) {
  add(k, "l2_normalize", kCopyBytes,
      [fn = k.l2_normalize](Buffers& b) { fn(b.x.data(), b.y.data(), kPixels, kChannels, 1e-12f); });
}

void add_all_finite(const Kernels& k) {
  add(k, "all_finite", kCopyBytes / 2, [fn = k.all_finite](Buffers& b) { b.y[0] = fn(b.x.data(), kElements) ? 1 : 0; });
}

// 512 numbers per row, as embeddings have; one probe, and as many as a search takes at a time.
template <class Element>
void add_dot_rows(const Kernels& k, const std::string& name, kernels::DotRowsFn fn) {
  constexpr int kCols = 512, kRows = 64, kProbes = 48;
  for (const int probes : {1, kProbes}) {
    const Work work{2.0 * kCols * kRows * probes, double{kCols} * kRows * sizeof(Element)};
    add_row(k, name, "64x512_probes" + std::to_string(probes), work, [fn, probes]() -> Body {
      auto b = make_buffers();
      return [b, fn, probes] {
        const float* rows = b->x2.data();  // read as float16 too: the time does not depend on the numbers
        fn({b->x.data(), probes, kCols, rows, kRows, kCols, kCols, b->y.data(), kRows});
      };
    });
  }
}

void add_pack(const Kernels& k) {
  add(k, "pack", kCopyBytes, [fn = k.pack](Buffers& b) { fn(b.x.data(), b.y.data(), kChannels, kPixels); });
}

void add_unpack(const Kernels& k) {
  add(k, "unpack", kCopyBytes, [fn = k.unpack](Buffers& b) { fn(b.x.data(), b.y.data(), kChannels, kPixels); });
}

void add_pack_narrow(const Kernels& k) {
  add(k, "pack_narrow_3ch", kCopyBytes / kChannels * 3, [fn = k.pack_narrow](Buffers& b) {
    fn({b.x.data(), b.y.data(), 3, kSide * kSide, kSide, kSide, 1, 1, 1, 1});
  });
}

void add_pad_block(const Kernels& k) {
  add(k, "pad_block_16ch", kCopyBytes / kChannels * kBlock, [fn = k.pad_block](Buffers& b) {
    fn({b.x.data(), b.y.data(), kBlock, kSide * kSide, kSide, kSide, 1, 1, 1, 1});
  });
}

void add_resize_nearest(const Kernels& k) {
  add(k, "resize_nearest_x2_16ch", kCopyBytes / kChannels * kBlock * 2.5, [fn = k.resize_nearest](Buffers& b) {
    fn(b.x.data(), kSide, b.y.data(), 2 * kSide, 2 * kSide, b.rows.data(), b.cols.data());
  });
}

// Blocked to plain by hand: a transpose of the two last axes.
void add_strided_copy(const Kernels& k) {
  kernels::CopyArgs args{};
  args.rank = 2;
  args.dims[0] = kChannels, args.dims[1] = kPixels;
  args.x_stride[0] = 1, args.x_stride[1] = kChannels;
  args.y_stride[0] = kPixels, args.y_stride[1] = 1;
  add(k, "strided_copy_transpose", kCopyBytes, [fn = k.strided_copy, args](Buffers& b) {
    kernels::CopyArgs copy = args;
    copy.x = b.x.data();
    copy.y = b.y.data();
    fn(copy);
  });
}

void add_peak(const Kernels& k) {
  constexpr int64_t kSteps = 100000;
  add_row(k, "peak", "registers", Work{k.peak(kSteps), 0}, [fn = k.peak]() -> Body { return [fn] { fn(kSteps); }; });
}

}  // namespace

void add_elementwise_rows(const kernels::Kernels& kernels) {
#define MIEN_DEPTHWISE(field)
#define MIEN_GROUPED_PAIRS(field)
#define MIEN_POOL(field)
#define MIEN_WINOGRAD(m)
#define MIEN_DOT_ROWS(field, element) add_dot_rows<element>(kernels, #field, kernels.field);
#define MIEN_KERNEL(field) add_##field(kernels);
#include "kernels/kernels.inc"
}

}  // namespace mien::bench
