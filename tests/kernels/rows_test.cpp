// Softmax, L2 normalisation and the search for NaN on every ISA.
#include "kernels/reference/reference.h"
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

constexpr int kCols[] = {1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 128, 257, 4096, 4099, 9001};

std::vector<float> softmax_of(const Kernels& table, const std::vector<float>& x, int rows, int cols, Side side) {
  Guarded in(x, side), out(x.size(), side);
  table.softmax(in.data(), out.data(), rows, cols);
  table.softmax(in.data(), in.data(), rows, cols);
  EXPECT_TRUE(same_bits(in.copy(), out.copy())) << table.name << " softmax in place";
  return out.copy();
}

std::vector<float> l2_of(const Kernels& table, const std::vector<float>& x, int rows, int cols, float eps,
                         Side side) {
  Guarded in(x, side), out(x.size(), side);
  table.l2_normalize(in.data(), out.data(), rows, cols, eps);
  table.l2_normalize(in.data(), in.data(), rows, cols, eps);
  EXPECT_TRUE(same_bits(in.copy(), out.copy())) << table.name << " l2_normalize in place";
  return out.copy();
}

TEST(Softmax, AgainstReference) {
  Random random(1);
  for (int cols : kCols) {
    const int rows = cols > 1000 ? 2 : cols > 16 ? 5 : 37;
    const std::vector<float> x = random.reals(static_cast<size_t>(rows * cols), -20, 20);
    std::vector<double> expected(x.size());
    reference::softmax(to_double(x).data(), expected.data(), rows, cols, 1);
    for (const Kernels* table : usable_tables()) {
      const std::vector<float> y = softmax_of(*table, x, rows, cols, Side::after);
      for (size_t i = 0; i < y.size(); ++i) {
        // x - max is rounded once and may be 40: 40 * 2^-24 relative, then exp, sum and division.
        ASSERT_TRUE(close(y[i], expected[i], (40 + 24) * kUlp * expected[i]))
            << table->name << " cols " << cols << " [" << i << "] " << y[i] << ", not " << expected[i];
      }
      ASSERT_TRUE(same_bits(softmax_of(*table, x, rows, cols, Side::before), y));
    }
  }
}

// A row's result does not depend on how many rows stand beside it.
TEST(Softmax, RowsAreIndependent) {
  Random random(5);
  const std::vector<float> x = random.reals(2 * 35, -8, 8);
  for (const Kernels* table : usable_tables()) {
    const std::vector<float> all = softmax_of(*table, x, 35, 2, Side::after);
    for (size_t r = 0; r < 35; ++r) {
      EXPECT_TRUE(same_bits(softmax_of(*table, {x[2 * r], x[2 * r + 1]}, 1, 2, Side::after),
                            {all[2 * r], all[2 * r + 1]})) << table->name;
    }
  }
}

TEST(Softmax, SpecialRows) {
  for (const Kernels* table : usable_tables()) {
    EXPECT_TRUE(same_bits(softmax_of(*table, {1000, 1000, -kInf}, 1, 3, Side::after), {0.5f, 0.5f, 0}));
    for (float v : softmax_of(*table, {1, kNan, 2}, 1, 3, Side::after)) EXPECT_TRUE(std::isnan(v)) << table->name;
    for (float v : softmax_of(*table, {kNan, kNan}, 1, 2, Side::after)) EXPECT_TRUE(std::isnan(v)) << table->name;
    for (float v : softmax_of(*table, {-kInf, -kInf}, 1, 2, Side::after)) EXPECT_TRUE(std::isnan(v)) << table->name;
    EXPECT_TRUE(std::isnan(softmax_of(*table, {kInf, 1}, 1, 2, Side::after)[0])) << table->name;
  }
}

TEST(L2Normalize, AgainstReference) {
  Random random(2);
  for (int cols : kCols) {
    for (float range : {1.0f, 1e-30f, 1e30f, 3e38f}) {
      const std::vector<float> x = random.reals(static_cast<size_t>(2 * cols), -range, range);
      std::vector<double> expected(x.size());
      const float eps = 1e-12f;
      reference::l2_normalize(to_double(x).data(), expected.data(), 2, cols, 1, eps);
      for (const Kernels* table : usable_tables()) {
        const std::vector<float> y = l2_of(*table, x, 2, cols, eps, Side::after);
        for (size_t i = 0; i < y.size(); ++i) {
          ASSERT_TRUE(close(y[i], expected[i], 12 * kUlp * std::fabs(expected[i]) + 0x1p-149))
              << table->name << " cols " << cols << " range " << range << " [" << i << "] " << y[i] << ", not "
              << expected[i];
        }
        ASSERT_TRUE(same_bits(l2_of(*table, x, 2, cols, eps, Side::before), y));
      }
    }
  }
}

TEST(L2Normalize, SpecialRows) {
  for (const Kernels* table : usable_tables()) {
    EXPECT_TRUE(same_bits(l2_of(*table, {0, 0, 0, 3, 4, 0}, 2, 3, 0, Side::after), {0, 0, 0, 0.6f, 0.8f, 0}));
    EXPECT_TRUE(same_bits(l2_of(*table, {1e-45f}, 1, 1, 0, Side::after), {keeps_denormals(*table) ? 1.0f : 0.0f}));
    for (float v : l2_of(*table, {1, kNan, 2}, 1, 3, 0, Side::after)) EXPECT_TRUE(std::isnan(v)) << table->name;
    const std::vector<float> y = l2_of(*table, {1, kInf}, 1, 2, 0, Side::after);
    EXPECT_TRUE(y[0] == 0 && std::isnan(y[1])) << table->name;
  }
}

TEST(Rows, SameBitsWhetherOrNotAllFuse) {
  Random random(3);
  for (int cols : kCols) {
    const std::vector<float> x = random.reals(static_cast<size_t>(3 * cols), -8, 8);
    for (const auto& tables : tables_of_same_bits()) {
      for (const Kernels* table : tables) {
        EXPECT_TRUE(same_bits(softmax_of(*tables[0], x, 3, cols, Side::after),
                              softmax_of(*table, x, 3, cols, Side::after))) << table->name << " " << cols;
        EXPECT_TRUE(same_bits(l2_of(*tables[0], x, 3, cols, 0, Side::after),
                              l2_of(*table, x, 3, cols, 0, Side::after))) << table->name << " " << cols;
      }
    }
  }
}

TEST(Rows, SameBitsOnEveryArchitecture) {
  Random random(4);
  const std::vector<float> x = random.reals(9001, -8, 8);
  for (const Kernels* table : usable_tables()) {
    const uint64_t softmax_hash = fuses(table->isa) ? 0xe0d4055df88fcaddu : 0xab901b489079c57eu;
    EXPECT_EQ(hash_of(softmax_of(*table, x, 1, 9001, Side::after)), softmax_hash) << table->name;
    EXPECT_EQ(hash_of(l2_of(*table, x, 1, 9001, 0, Side::after)), 0x8dde757f2eae53du) << table->name;
  }
}

TEST(AllFinite, FindsEveryPosition) {
  for (const Kernels* table : usable_tables()) {
    EXPECT_TRUE(table->all_finite(nullptr, 0));
    for (int n : {1, 5, 16, 17, 63, 64, 65, 131}) {
      std::vector<float> x(static_cast<size_t>(n), 3.4e38f);
      if (n > 2) x[1] = -3.4e38f, x[2] = 1e-45f;
      for (Side side : kSides) {
        Guarded g(x, side);
        ASSERT_TRUE(table->all_finite(g.data(), n)) << table->name << " " << n;
        for (int i = 0; i < n; ++i) {
          for (float bad : {kNan, -kNan, kInf, -kInf}) {
            const float good = g.data()[i];
            g.data()[i] = bad;
            ASSERT_FALSE(table->all_finite(g.data(), n)) << table->name << " " << n << " [" << i << "]";
            g.data()[i] = good;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace mien::kernels::test
