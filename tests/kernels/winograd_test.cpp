// Both Winograd forms around the convolution tile on every usable ISA, against a direct sum in double.
#include <array>

#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

struct Form {
  int m;
  WinogradInputFn input;
  WinogradOutputFn output;
  double bound;  // of kernels.h, in units of 2^-24
};

std::vector<Form> forms_of(const Kernels& table) {
  return {{2, table.winograd2_input, table.winograd2_output, 16},
          {4, table.winograd4_input, table.winograd4_output, 64}};
}

// One block in, one block out.
struct Layer {
  int in_h, in_w, out_h, out_w, pad_top, pad_left;
  bool affine;
  std::vector<float> x, w, scale, shift, bias, residual;  // w is [ky][kx][in][out]

  static Layer random(Random& random) {
    Layer l;
    l.pad_top = random.integer(0, 2), l.pad_left = random.integer(0, 2);
    l.in_h = random.integer(3, 14), l.in_w = random.integer(3, 14);
    l.out_h = l.in_h + l.pad_top + random.integer(0, 2) - 2, l.out_w = l.in_w + l.pad_left + random.integer(0, 2) - 2;
    l.affine = random.integer(0, 1) == 1;
    l.x = random.reals(static_cast<size_t>(l.in_h * l.in_w * kBlock), -1, 1);
    l.w = random.reals(9 * kBlock * kBlock, -1, 1);
    l.scale = random.reals(kBlock, 0.5f, 1.5f), l.shift = random.reals(kBlock, -1, 1);
    l.bias = random.reals(kBlock, -1, 1);
    l.residual = random.reals(static_cast<size_t>(l.out_h * l.out_w * kBlock), -1, 1);
    return l;
  }
  double input(int y, int col, int c) const {
    if (y < 0 || y >= in_h || col < 0 || col >= in_w) return 0;
    const double v = x[static_cast<size_t>((y * in_w + col) * kBlock + c)];
    return affine ? v * scale[static_cast<size_t>(c)] + shift[static_cast<size_t>(c)] : v;
  }
  float weight(int ky, int kx, int c, int o) const {
    return w[static_cast<size_t>(((ky * 3 + kx) * kBlock + c) * kBlock + o)];
  }
};

// G g G^T from the points: row i of G evaluates the filter at point i, divided by the product of its distances.
std::vector<std::array<double, 3>> filter_transform(int m) {
  const double s = std::sqrt(2.0);
  if (m == 2) return {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  std::vector<std::array<double, 3>> g{{1, 0, 0}};
  for (double p : {1 / s, -1 / s, s, -s}) {
    // Other finite points: 0 and the three of +-1/sqrt(2), +-sqrt(2).
    double product = p;
    for (double q : {1 / s, -1 / s, s, -s}) product *= q == p ? 1 : p - q;
    g.push_back({1 / product, p / product, p * p / product});
  }
  g.push_back({0, 0, 1});
  return g;
}

std::vector<float> run(const Form& form, const Layer& l, Side side) {
  const int m = form.m, side_tiles = m + 2, planes = side_tiles * side_tiles;
  const int rows = (l.out_h + m - 1) / m, columns = (l.out_w + m - 1) / m, tiles = rows * columns;
  const ptrdiff_t plane = tiles * kBlock + kBlock;
  Guarded x(l.x, side), v(static_cast<size_t>(planes * plane), side), y(l.residual.size(), side);
  Guarded products(static_cast<size_t>(planes * plane), side), residual(l.residual, side);
  const auto g = filter_transform(m);
  for (int r = 0; r < rows; ++r) {
    WinogradInputArgs a{};
    a.x = x.data(), a.v = v.data() + r * columns * kBlock, a.v_plane = plane;
    a.in_h = l.in_h, a.in_w = l.in_w, a.pad_top = l.pad_top, a.pad_left = l.pad_left;
    a.tile_row = r, a.tile_col = 0, a.tiles = columns;
    a.scale = l.affine ? l.scale.data() : nullptr, a.shift = l.affine ? l.shift.data() : nullptr;
    form.input(a);
  }
  for (int p = 0; p < planes; ++p) {
    for (int t = 0; t < tiles; ++t) {
      for (int o = 0; o < kBlock; ++o) {
        float sum = 0;
        for (int c = 0; c < kBlock; ++c) {
          double u = 0;
          for (int ky = 0; ky < 3; ++ky)
            for (int kx = 0; kx < 3; ++kx)
              u += g[static_cast<size_t>(p / side_tiles)][static_cast<size_t>(ky)] *
                   g[static_cast<size_t>(p % side_tiles)][static_cast<size_t>(kx)] * l.weight(ky, kx, c, o);
          sum = std::fma(v.data()[p * plane + t * kBlock + c], static_cast<float>(u), sum);
        }
        products.data()[p * plane + t * kBlock + o] = sum;
      }
    }
  }
  for (int r = 0; r < rows; ++r) {
    WinogradOutputArgs a{};
    a.m = products.data() + r * columns * kBlock, a.m_plane = plane, a.y = y.data();
    a.out_h = l.out_h, a.out_w = l.out_w, a.tile_row = r, a.tile_col = 0, a.tiles = columns;
    a.epilogue.bias = l.bias.data(), a.epilogue.residual = residual.data(), a.epilogue.act = Act::relu;
    form.output(a);
  }
  return y.copy();
}

void check(const Layer& l, const Form& form, const std::vector<float>& y) {
  const int tile = form.m + 2;
  for (int row = 0; row < l.out_h; ++row) {
    for (int col = 0; col < l.out_w; ++col) {
      for (int o = 0; o < kBlock; ++o) {
        double exact = l.bias[static_cast<size_t>(o)], magnitude = std::fabs(exact);
        const int y0 = row / form.m * form.m - l.pad_top, x0 = col / form.m * form.m - l.pad_left;
        for (int c = 0; c < kBlock; ++c) {
          double top = 0, weights = 0;
          for (int i = 0; i < tile; ++i)
            for (int j = 0; j < tile; ++j) top = std::max(top, std::fabs(l.input(y0 + i, x0 + j, c)));
          for (int ky = 0; ky < 3; ++ky)
            for (int kx = 0; kx < 3; ++kx) {
              exact += l.input(row - l.pad_top + ky, col - l.pad_left + kx, c) * double{l.weight(ky, kx, c, o)};
              weights += std::fabs(l.weight(ky, kx, c, o));
            }
          magnitude += top * weights;
        }
        const size_t at = static_cast<size_t>((row * l.out_w + col) * kBlock + o);
        exact += l.residual[at], magnitude += std::fabs(l.residual[at]);
        ASSERT_NEAR(y[at], std::max(exact, 0.0), form.bound * kUlp * magnitude) << row << "," << col << "," << o;
      }
    }
  }
}

TEST(Winograd, WithinItsBoundAndItsBuffers) {
  for (const Kernels* table : usable_tables()) {
    SCOPED_TRACE(table->name);
    Random random(5);
    for (const Form& form : forms_of(*table)) {
      for (int round = 0; round < 20; ++round) {
        const Layer l = Layer::random(random);
        if (l.out_h < 1 || l.out_w < 1) continue;
        for (Side side : kSides) check(l, form, run(form, l, side));
      }
    }
  }
}

TEST(Winograd, SameBitsWhetherOrNotAllFuse) {
  Random random(6);
  for (int round = 0; round < 10; ++round) {
    const Layer l = Layer::random(random);
    if (l.out_h < 1 || l.out_w < 1) continue;
    for (size_t f = 0; f < 2; ++f) {
      for (const auto& tables : tables_of_same_bits()) {
        std::vector<float> first;
        for (const Kernels* table : tables) {
          const std::vector<float> y = run(forms_of(*table)[f], l, Side::after);
          if (first.empty()) first = y;
          EXPECT_TRUE(same_bits(y, first)) << table->name;
        }
      }
    }
  }
}

TEST(Winograd, NaNReachesEveryOutputOfItsTiles) {
  for (const Kernels* table : usable_tables()) {
    for (const Form& form : forms_of(*table)) {
      Random random(7);
      Layer l = Layer::random(random);
      l.x[0] = kNan;
      const std::vector<float> y = run(form, l, Side::after);
      EXPECT_TRUE(std::isnan(y[0])) << table->name;
    }
  }
}

}  // namespace
}  // namespace mien::kernels::test
