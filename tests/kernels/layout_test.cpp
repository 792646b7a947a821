// Layout kernels on every ISA: exact copies, checked element by element.
#include "kernels/reference/reference.h"
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

// 0, 1, 2, ...: no two elements are equal, so a wrong place shows.
std::vector<float> counted(size_t n) {
  std::vector<float> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<float>(i + 1);
  return v;
}

TEST(Layout, PackAndUnpack) {
  for (int channels : {1, 2, 3, 8, 15, 16, 17, 33, 48}) {
    for (int pixels : {1, 2, 3, 5, 8, 15, 16, 17, 31, 49, 100}) {
      const std::vector<float> plain = counted(static_cast<size_t>(channels * pixels));
      const int blocks = (channels + kBlock - 1) / kBlock;
      std::vector<float> blocked(static_cast<size_t>(blocks * pixels * kBlock), 0);
      for (int c = 0; c < channels; ++c) {
        for (int p = 0; p < pixels; ++p) {
          blocked[static_cast<size_t>((c / kBlock * pixels + p) * kBlock + c % kBlock)] =
              plain[static_cast<size_t>(c * pixels + p)];
        }
      }
      for (const Kernels* table : usable_tables()) {
        for (Side side : kSides) {
          Guarded x(plain, side), y(blocked.size(), side), back(plain.size(), side);
          table->pack(x.data(), y.data(), channels, pixels);
          ASSERT_TRUE(same_bits(y.copy(), blocked)) << table->name << " pack " << channels << " x " << pixels;
          table->unpack(y.data(), back.data(), channels, pixels);
          ASSERT_TRUE(same_bits(back.copy(), plain)) << table->name << " unpack " << channels << " x " << pixels;
        }
      }
    }
  }
}

// y[(r, c)][k] for a border of zeros around x, whose element is at(k, r, c).
template <class At>
std::vector<float> bordered(const BorderArgs& a, int pixel, At at) {
  const int w = a.left + a.w + a.right;
  std::vector<float> y(static_cast<size_t>((a.top + a.h + a.bottom) * w * pixel), 0);
  for (int r = 0; r < a.h; ++r) {
    for (int c = 0; c < a.w; ++c) {
      for (int k = 0; k < pixel; ++k) y[static_cast<size_t>(((r + a.top) * w + c + a.left) * pixel + k)] = at(k, r, c);
    }
  }
  return y;
}

BorderArgs random_border(Random& random) {
  BorderArgs a{};
  a.h = random.integer(1, 9), a.w = random.integer(1, 70);
  a.top = random.integer(0, 2), a.left = random.integer(0, 3);
  a.bottom = random.integer(0, 2), a.right = random.integer(0, 3);
  a.x_plane = a.h * a.w;
  return a;
}

TEST(Layout, PackNarrow) {
  Random random(1);
  for (int trial = 0; trial < 200; ++trial) {
    BorderArgs a = random_border(random);
    a.channels = trial % 2 == 0 ? 3 : random.integer(1, 16);
    const std::vector<float> x = counted(static_cast<size_t>(a.channels * a.h * a.w));
    const std::vector<float> expected =
        bordered(a, a.channels, [&](int k, int r, int c) { return x[static_cast<size_t>((k * a.h + r) * a.w + c)]; });
    for (const Kernels* table : usable_tables()) {
      for (Side side : kSides) {
        Guarded in(x, side), out(expected.size(), side);
        a.x = in.data(), a.y = out.data();
        table->pack_narrow(a);
        ASSERT_TRUE(same_bits(out.copy(), expected))
            << table->name << " " << a.channels << " x " << a.h << " x " << a.w;
      }
    }
  }
}

TEST(Layout, PadBlock) {
  Random random(2);
  for (int trial = 0; trial < 100; ++trial) {
    BorderArgs a = random_border(random);
    const std::vector<float> x = counted(static_cast<size_t>(a.h * a.w * kBlock));
    const std::vector<float> expected =
        bordered(a, kBlock, [&](int k, int r, int c) { return x[static_cast<size_t>((r * a.w + c) * kBlock + k)]; });
    for (const Kernels* table : usable_tables()) {
      for (Side side : kSides) {
        Guarded in(x, side), out(expected.size(), side);
        a.x = in.data(), a.y = out.data();
        table->pad_block(a);
        ASSERT_TRUE(same_bits(out.copy(), expected)) << table->name;
      }
    }
  }
}

TEST(Layout, ResizeNearest) {
  Random random(3);
  for (int trial = 0; trial < 100; ++trial) {
    const int in_h = random.integer(1, 9), in_w = random.integer(1, 9);
    const int out_h = random.integer(1, 19), out_w = random.integer(1, 19);
    std::vector<int32_t> rows, cols;
    for (int i = 0; i < out_h; ++i) rows.push_back(trial % 2 == 0 ? i * in_h / out_h : random.integer(0, in_h - 1));
    for (int i = 0; i < out_w; ++i) cols.push_back(random.integer(0, in_w - 1));
    const std::vector<float> x = counted(static_cast<size_t>(in_h * in_w * kBlock));
    std::vector<float> expected;
    for (int r : rows) {
      for (int c : cols) {
        const auto first = x.begin() + (r * in_w + c) * kBlock;
        expected.insert(expected.end(), first, first + kBlock);
      }
    }
    for (const Kernels* table : usable_tables()) {
      for (Side side : kSides) {
        Guarded in(x, side), out(expected.size(), side);
        table->resize_nearest(in.data(), in_w, out.data(), out_h, out_w, rows.data(), cols.data());
        ASSERT_TRUE(same_bits(out.copy(), expected)) << table->name;
      }
    }
  }
}

struct CopyCase {
  CopyArgs args{};
  size_t x_size = 0, y_size = 0;  // floats that the copy spans
};

// Random axes; x's strides are those of another order of the axes, y's of a third; some axes are repeated (stride 0 in
// x), some have gaps behind them.
CopyCase random_copy(Random& random) {
  CopyCase c;
  CopyArgs& a = c.args;
  a.rank = random.integer(1, kMaxRank);
  const int longest = a.rank <= 2 ? 40 : a.rank <= 4 ? 9 : 4;
  for (int d = 0; d < a.rank; ++d) a.dims[d] = random.integer(1, longest);
  for (int64_t* strides : {a.x_stride, a.y_stride}) {
    int order[kMaxRank];
    for (int d = 0; d < a.rank; ++d) order[d] = d;
    if (random.integer(0, 2) != 0) {
      for (int d = a.rank - 1; d > 0; --d) std::swap(order[d], order[random.integer(0, d)]);
    }
    int64_t stride = random.integer(0, 4) == 0 ? 2 : 1;
    for (int d = a.rank - 1; d >= 0; --d) {
      strides[order[d]] = stride;
      stride *= a.dims[order[d]] + (random.integer(0, 3) == 0 ? 3 : 0);
    }
  }
  if (random.integer(0, 3) == 0) a.x_stride[random.integer(0, a.rank - 1)] = 0;
  int64_t x_last = 0, y_last = 0;
  for (int d = 0; d < a.rank; ++d) x_last += (a.dims[d] - 1) * a.x_stride[d], y_last += (a.dims[d] - 1) * a.y_stride[d];
  c.x_size = static_cast<size_t>(x_last + 1), c.y_size = static_cast<size_t>(y_last + 1);
  return c;
}

std::vector<float> copied(const CopyCase& c, const std::vector<float>& x, float elsewhere) {
  std::vector<float> y(c.y_size, elsewhere);
  int64_t n = 1;
  for (int d = 0; d < c.args.rank; ++d) n *= c.args.dims[d];
  for (int64_t i = 0; i < n; ++i) {
    int64_t rest = i, from = 0, to = 0;
    for (int d = c.args.rank - 1; d >= 0; --d) {
      const int64_t at = rest % c.args.dims[d];
      rest /= c.args.dims[d];
      from += at * c.args.x_stride[d], to += at * c.args.y_stride[d];
    }
    y[static_cast<size_t>(to)] = x[static_cast<size_t>(from)];
  }
  return y;
}

TEST(Layout, StridedCopy) {
  Random random(4);
  for (int trial = 0; trial < 1500; ++trial) {
    CopyCase c = random_copy(random);
    const std::vector<float> x = counted(c.x_size);
    const std::vector<float> expected = copied(c, x, -1);
    for (const Kernels* table : usable_tables()) {
      for (Side side : kSides) {
        Guarded in(x, side), out(std::vector<float>(c.y_size, -1), side);
        c.args.x = in.data(), c.args.y = out.data();
        table->strided_copy(c.args);
        ASSERT_TRUE(same_bits(out.copy(), expected)) << table->name << " trial " << trial;
      }
    }
  }
}

TEST(Layout, StridedCopyOfNothing) {
  CopyArgs a{};
  a.rank = 2, a.dims[0] = 3, a.dims[1] = 0;
  for (const Kernels* table : usable_tables()) table->strided_copy(a);
}

TEST(Layout, StridedCopyIsTheReferenceTranspose) {
  const reference::Dims dims = {1, 19, 23, 37}, permutation = {0, 2, 3, 1};  // NCHW to NHWC
  const std::vector<float> x = counted(19 * 23 * 37);
  std::vector<double> expected(x.size());
  reference::transpose(to_double(x).data(), dims, permutation, expected.data());
  CopyArgs a{};
  a.rank = 4;
  const int64_t sizes[] = {1, 23, 37, 19}, from[] = {19 * 23 * 37, 37, 1, 23 * 37},
                to[] = {19 * 23 * 37, 37 * 19, 19, 1};
  for (int d = 0; d < 4; ++d) a.dims[d] = sizes[d], a.x_stride[d] = from[d], a.y_stride[d] = to[d];
  for (const Kernels* table : usable_tables()) {
    Guarded in(x, Side::after), out(x.size(), Side::after);
    a.x = in.data(), a.y = out.data();
    table->strided_copy(a);
    EXPECT_EQ(to_double(out.copy()), expected) << table->name;
  }
}

}  // namespace
}  // namespace mien::kernels::test
