// Pools on every ISA against the reference over random geometry.
#include "kernels/reference/reference.h"
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

PoolArgs random_geometry(Random& random) {
  PoolArgs a{};
  a.kernel_h = random.integer(1, 4), a.kernel_w = random.integer(1, 4);
  a.stride_h = random.integer(1, 3), a.stride_w = random.integer(1, 3);
  a.dilation_h = random.integer(1, 3), a.dilation_w = random.integer(1, 2);
  const int span_h = (a.kernel_h - 1) * a.dilation_h + 1, span_w = (a.kernel_w - 1) * a.dilation_w + 1;
  a.pad_top = random.integer(0, span_h - 1), a.pad_bottom = random.integer(0, span_h - 1);
  a.pad_left = random.integer(0, span_w - 1), a.pad_right = random.integer(0, span_w - 1);
  a.in_h = random.integer(1, 17), a.in_w = random.integer(1, 17);
  a.in_h = std::max(a.in_h, span_h - a.pad_top - a.pad_bottom);
  a.in_w = std::max(a.in_w, span_w - a.pad_left - a.pad_right);
  // Sometimes the ceil of ONNX's ceil_mode: the last window reaches past the padding.
  const int more = random.integer(0, 3) == 0 ? 1 : 0;
  a.out_h = (a.in_h + a.pad_top + a.pad_bottom - span_h + more * (a.stride_h - 1)) / a.stride_h + 1;
  a.out_w = (a.in_w + a.pad_left + a.pad_right - span_w + more * (a.stride_w - 1)) / a.stride_w + 1;
  a.row_end = a.out_h;
  a.count_include_pad = random.integer(0, 1) != 0;
  return a;
}

reference::Geometry geometry_of(const PoolArgs& a) {
  reference::Geometry g;
  g.in_h = a.in_h, g.in_w = a.in_w, g.out_h = a.out_h, g.out_w = a.out_w;
  g.kernel_h = a.kernel_h, g.kernel_w = a.kernel_w, g.stride_h = a.stride_h, g.stride_w = a.stride_w;
  g.dilation_h = a.dilation_h, g.dilation_w = a.dilation_w;
  g.pad_top = a.pad_top, g.pad_left = a.pad_left, g.pad_bottom = a.pad_bottom, g.pad_right = a.pad_right;
  return g;
}

size_t in_floats(const PoolArgs& a) { return static_cast<size_t>(a.in_h) * static_cast<size_t>(a.in_w) * kBlock; }
size_t out_floats(const PoolArgs& a) { return static_cast<size_t>(a.out_h) * static_cast<size_t>(a.out_w) * kBlock; }

std::vector<float> run(PoolFn pool, PoolArgs a, const std::vector<float>& x, Side side) {
  Guarded in(x, side), out(out_floats(a), side);
  a.x = in.data(), a.y = out.data();
  pool(a);
  return out.copy();
}

// The reference's answer in block layout.
std::vector<double> expected_of(PoolFn pool, const Kernels& table, const PoolArgs& a, const std::vector<float>& x) {
  const std::vector<double> plain = to_double(unblocked(x));
  std::vector<double> y(out_floats(a)), blocked(y.size());
  if (pool == table.max_pool) {
    reference::max_pool(plain.data(), y.data(), kBlock, geometry_of(a));
  } else {
    reference::average_pool(plain.data(), y.data(), kBlock, geometry_of(a), a.count_include_pad);
  }
  const size_t pixels = y.size() / kBlock;
  for (size_t i = 0; i < y.size(); ++i) blocked[i % pixels * kBlock + i / pixels] = y[i];
  return blocked;
}

void check(const char* name, const Kernels& table, PoolFn pool, const PoolArgs& a, const std::vector<float>& x,
           double bound) {
  const std::vector<double> expected = expected_of(pool, table, a, x);
  const std::vector<float> y = run(pool, a, x, Side::after);
  for (size_t i = 0; i < y.size(); ++i) {
    ASSERT_TRUE(close(y[i], expected[i], bound))
        << table.name << " " << name << " in " << a.in_h << "x" << a.in_w << " kernel " << a.kernel_h << "x"
        << a.kernel_w << " stride " << a.stride_h << "," << a.stride_w << " [" << i << "] " << y[i] << ", not "
        << expected[i];
  }
  ASSERT_TRUE(same_bits(run(pool, a, x, Side::before), y));
  for (const Kernels* other : usable_tables()) {  // no fma here: SSE4.1 agrees too
    ASSERT_TRUE(same_bits(run(pool == table.max_pool ? other->max_pool : other->average_pool, a, x, Side::after), y))
        << name << " " << table.name << " and " << other->name;
  }
}

TEST(Pool, RandomGeometry) {
  Random random(1);
  for (int trial = 0; trial < 400; ++trial) {
    const PoolArgs a = random_geometry(random);
    const std::vector<float> x = random.reals(in_floats(a), -3, 3);
    for (const Kernels* table : usable_tables()) {
#define MIEN_POOL(field) \
  check(#field, *table, table->field, a, x, table->field == table->max_pool ? 0.0 : 16 * kUlp * 3);
#include "kernels/kernels.inc"
    }
  }
}

TEST(Pool, GlobalWindowsLongerThanARun) {
  Random random(2);
  for (int size : {1, 7, 16, 17, 56}) {
    PoolArgs a{};
    a.in_h = a.kernel_h = size, a.in_w = a.kernel_w = size + 1;
    a.out_h = a.out_w = a.stride_h = a.stride_w = a.dilation_h = a.dilation_w = 1;
    a.row_end = 1;
    const std::vector<float> x = random.reals(in_floats(a), 0, 1);
    for (const Kernels* table : usable_tables()) {
#define MIEN_POOL(field) check(#field, *table, table->field, a, x, table->field == table->max_pool ? 0.0 : 16 * kUlp);
#include "kernels/kernels.inc"
    }
  }
}

TEST(Pool, NanAndInfinity) {
  Random random(3);
  for (int trial = 0; trial < 50; ++trial) {
    const PoolArgs a = random_geometry(random);
    std::vector<float> x = random.reals(in_floats(a), -3, 3);
    const float tiny = keeps_denormals(*best_kernels()) ? 1e-42f : 1e-30f;
    for (float special : {kNan, kInf, -kInf, -0.0f, tiny}) {
      x[static_cast<size_t>(random.integer(0, static_cast<int>(x.size()) - 1))] = special;
    }
    for (const Kernels* table : usable_tables()) {
#define MIEN_POOL(field) \
  check(#field, *table, table->field, a, x, table->field == table->max_pool ? 0.0 : 16 * kUlp * 3);
#include "kernels/kernels.inc"
    }
  }
}

TEST(Pool, WritesOnlyTheRowsAskedFor) {
  Random random(4);
  for (int trial = 0; trial < 50; ++trial) {
    PoolArgs a = random_geometry(random);
    const std::vector<float> x = random.reals(in_floats(a), -3, 3);
    for (const Kernels* table : usable_tables()) {
      const std::vector<float> whole = run(table->max_pool, a, x, Side::after);
      std::vector<float> y(out_floats(a) + kBlock, kNan);
      float* first = y.data() + (64 - reinterpret_cast<uintptr_t>(y.data()) % 64) % 64 / sizeof(float);
      PoolArgs part = a;
      part.row_begin = random.integer(0, a.out_h), part.row_end = random.integer(part.row_begin, a.out_h);
      Guarded in(x, Side::after);
      part.x = in.data(), part.y = first;
      table->max_pool(part);
      for (int i = 0; i < a.out_h * a.out_w * kBlock; ++i) {
        const int row = i / (a.out_w * kBlock);
        const bool asked = row >= part.row_begin && row < part.row_end;
        ASSERT_TRUE(same_bits(first[i], asked ? whole[static_cast<size_t>(i)] : kNan)) << table->name << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace mien::kernels::test
