// Every depthwise kernel of kernels.inc on every usable ISA, against the contract in kernels.h.
#include "tests/kernels/model.h"

namespace mien::kernels::test {
namespace {

size_t floats(int h, int w) {
  return static_cast<size_t>(h) * static_cast<size_t>(w) * kBlock;
}

int outputs(int in, int kernel, int stride, int dilation, int pads) {
  return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

// 3x3 with the given stride and pads of 0 or 1 on each side.
DepthwiseArgs random_3x3(Random& random, int stride) {
  DepthwiseArgs a{};
  a.kernel_h = a.kernel_w = 3, a.stride_h = a.stride_w = stride, a.dilation_h = a.dilation_w = 1;
  a.pad_top = random.integer(0, 1), a.pad_left = random.integer(0, 1);
  const int pad_h = a.pad_top + random.integer(0, 1), pad_w = a.pad_left + random.integer(0, 1);
  a.in_h = random.integer(std::max(1, 3 - pad_h), 12), a.in_w = random.integer(std::max(1, 3 - pad_w), 34);
  a.out_h = outputs(a.in_h, 3, stride, 1, pad_h), a.out_w = outputs(a.in_w, 3, stride, 1, pad_w);
  return a;
}

DepthwiseArgs random_geometry(Random& random) {
  DepthwiseArgs a{};
  a.kernel_h = random.integer(1, 7), a.kernel_w = random.integer(1, 7);
  a.stride_h = random.integer(1, 3), a.stride_w = random.integer(1, 3);
  a.dilation_h = random.integer(1, 3), a.dilation_w = random.integer(1, 3);
  const int span_h = (a.kernel_h - 1) * a.dilation_h + 1, span_w = (a.kernel_w - 1) * a.dilation_w + 1;
  a.pad_top = random.integer(0, span_h), a.pad_left = random.integer(0, span_w);  // whole windows in the padding, too
  const int pad_h = a.pad_top + random.integer(0, span_h), pad_w = a.pad_left + random.integer(0, span_w);
  a.in_h = random.integer(std::max(1, span_h - pad_h), 20), a.in_w = random.integer(std::max(1, span_w - pad_w), 30);
  a.out_h = outputs(a.in_h, a.kernel_h, a.stride_h, a.dilation_h, pad_h);
  a.out_w = outputs(a.in_w, a.kernel_w, a.stride_w, a.dilation_w, pad_w);
  return a;
}

DepthwiseArgs global(int size) {
  DepthwiseArgs a{};
  a.in_h = a.in_w = a.kernel_h = a.kernel_w = size, a.out_h = a.out_w = 1;
  a.stride_h = a.stride_w = a.dilation_h = a.dilation_w = 1;
  return a;
}

// inputs: 1, or 2 for grouped_pairs.
Accumulator window(const DepthwiseArgs& a, const float* x, const float* w, int inputs, int row, int col, int channel,
                   bool fuse) {
  Accumulator sum(fuse, kMaxRun, a.epilogue.bias ? a.epilogue.bias + channel : nullptr);
  for (int ky = 0; ky < a.kernel_h; ++ky) {
    for (int kx = 0; kx < a.kernel_w; ++kx) {
      const int iy = row * a.stride_h - a.pad_top + ky * a.dilation_h;
      const int ix = col * a.stride_w - a.pad_left + kx * a.dilation_w;
      if (iy < 0 || iy >= a.in_h || ix < 0 || ix >= a.in_w) continue;
      for (int i = 0; i < inputs; ++i) {
        const int input = inputs == 1 ? channel : channel / 2 * 2 + i;
        sum.add(x[floats(iy, a.in_w) + static_cast<size_t>(ix * kBlock + input)],
                w[((ky * a.kernel_w + kx) * inputs + i) * kBlock + channel]);
      }
    }
  }
  return sum;
}

void check(DepthwiseFn fn, int inputs, Isa isa, DepthwiseArgs a, Random& random, Side side) {
  Guarded x(random.reals(floats(a.in_h, a.in_w), -1, 1), side);
  Guarded w(random.reals(floats(a.kernel_h, a.kernel_w * inputs), -1, 1), side);
  Guarded y(random.reals(floats(a.out_h, a.out_w), -1, 1), side);
  const std::vector<float> before = y.copy();
  const std::vector<float> other = random.reals(before.size(), -1, 1);
  Guarded residual(other, side);
  RandomEpilogue epilogue(random, kBlock, side);
  const bool has_residual = random.integer(0, 2) != 0;
  if (has_residual) epilogue.value.residual = epilogue.in_place ? y.data() : residual.data();

  a.x = x.data(), a.w = w.data(), a.y = y.data(), a.epilogue = epilogue.value;
  a.row_begin = random.integer(0, a.out_h - 1);
  a.row_end = random.integer(a.row_begin, a.out_h);
  if (random.integer(0, 1) == 0) a.row_begin = 0, a.row_end = a.out_h;
  fn(a);

  std::vector<float> after = y.copy();
  Epilogue e = epilogue.value;
  if (has_residual) e.residual = epilogue.in_place ? before.data() : other.data();
  for (int row = a.row_begin; row < a.row_end; ++row) {
    for (int i = 0; i < a.out_w * kBlock; ++i) {
      const size_t at = floats(row, a.out_w) + static_cast<size_t>(i);
      const Accumulator sum = window(a, x.data(), w.data(), inputs, row, i / kBlock, i % kBlock, fuses(isa));
      EXPECT_TRUE(meets_contract(after[at], sum, e, i % kBlock, static_cast<ptrdiff_t>(at)))
          << "row " << row << " column " << i / kBlock << " channel " << i % kBlock;
      after[at] = before[at];
    }
  }
  EXPECT_TRUE(same_bits(after, before)) << "written outside the rows";
}

void check_many(DepthwiseFn fn, int inputs, const char* name, const Kernels& table,
                DepthwiseArgs (*geometry)(Random&)) {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    const DepthwiseArgs a = geometry(random);
    SCOPED_TRACE(testing::Message() << name << " " << table.name << " in " << a.in_h << "x" << a.in_w << " out "
                                    << a.out_h << "x" << a.out_w << " kernel " << a.kernel_h << "x" << a.kernel_w
                                    << " pads " << a.pad_top << "," << a.pad_left);
    check(fn, inputs, table.isa, a, random, kSides[round % 2]);
    if (testing::Test::HasFailure()) return;
  }
}

// What each row of the list may be given.
struct Geometries {
  static DepthwiseArgs depthwise3x3_s1(Random& random) { return random_3x3(random, 1); }
  static DepthwiseArgs depthwise3x3_s2(Random& random) { return random_3x3(random, 2); }
  static DepthwiseArgs depthwise(Random& random) { return random_geometry(random); }
};

#define MIEN_DEPTHWISE(field)                                                                                    \
  TEST(Depthwise, field) {                                                                                       \
    for (const Kernels* table : usable_tables()) check_many(table->field, 1, #field, *table, Geometries::field); \
  }
#define MIEN_GROUPED_PAIRS(field)                                                                                    \
  TEST(GroupedPairs, field) {                                                                                        \
    for (const Kernels* table : usable_tables()) check_many(table->field, 2, #field, *table, Geometries::depthwise); \
  }
#include "kernels/kernels.inc"

TEST(Depthwise, GlobalAndLongerThanOneRun) {
  for (const Kernels* table : usable_tables()) {
    Random random(3);
    for (int size : {1, 7, 16, 17, 23}) {
      check(table->depthwise, 1, table->isa, global(size), random, Side::after);
      check(table->grouped_pairs, 2, table->isa, global(size), random, Side::after);
    }
  }
}

// Both forms answer to the same scalar model bit by bit, so they may stand in for each other.
TEST(Depthwise, GeneralFormDoesTheSpecialOnes) {
  for (const Kernels* table : usable_tables()) {
    check_many(table->depthwise, 1, "depthwise", *table, Geometries::depthwise3x3_s1);
    check_many(table->depthwise, 1, "depthwise", *table, Geometries::depthwise3x3_s2);
  }
}

}  // namespace
}  // namespace mien::kernels::test
