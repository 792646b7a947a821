// Probes times rows on every ISA, float32 and float16.
#include "kernels/reference/reference.h"
#include "tests/kernels/model.h"
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

constexpr int kCols[] = {16, 32, 48, 128, 512, 4096};

double value_of(float v) {
  return v;
}
double value_of(uint16_t v) {
  return reference::half_value(v);
}

void set(Random& random, float* v) {
  *v = random.real(-1, 1);
}
// Of either sign, from denormals (exponent 0) to just below 2.
void set(Random& random, uint16_t* v) {
  *v = static_cast<uint16_t>(random.integer(0, 0x3FFF) | random.integer(0, 1) << 15);
}

// A case in guarded memory. `gap`: elements between rows (and probes) that must not matter; they are NaN.
template <class E>
struct Case {
  Case(Random& random, int n_probes, int n_rows, int n_cols, int gap, Side side)
      : probes_(n_probes),
        rows_(n_rows),
        cols_(n_cols),
        stride_(n_cols + gap),
        probe_(size_of(n_probes), side),
        row_((size_of(n_rows) * sizeof(E) + 3) / sizeof(float), side) {
    std::fill_n(probe_.data(), size_of(n_probes), kNan);
    std::fill_n(reinterpret_cast<uint16_t*>(row_.data()), size_of(n_rows) * sizeof(E) / 2, uint16_t{0x7FFF});
    for (int p = 0; p < n_probes; ++p) {
      for (int c = 0; c < n_cols; ++c) set(random, &probe(p)[c]);
    }
    for (int r = 0; r < n_rows; ++r) {
      for (int c = 0; c < n_cols; ++c) set(random, &row(r)[c]);
    }
  }
  size_t size_of(int n) const { return n == 0 ? 0 : static_cast<size_t>((n - 1) * stride_ + cols_); }
  float* probe(int p) { return probe_.data() + p * stride_; }
  E* row(int r) { return reinterpret_cast<E*>(row_.data()) + r * stride_; }

  std::vector<float> run(DotRowsFn fn, Side side) {
    Guarded y(static_cast<size_t>(probes_ * rows_), side);
    fn({probe_.data(), probes_, stride_, row_.data(), rows_, stride_, cols_, y.data(), rows_});
    return y.copy();
  }
  // The contract in scalars: the lanes, then the tree.
  float model(int p, int r) {
    float lanes[kBlock] = {};
    for (int c = 0; c < cols_; ++c) {
      lanes[c % kBlock] = std::fma(static_cast<float>(value_of(row(r)[c])), probe(p)[c], lanes[c % kBlock]);
    }
    for (int half = kBlock / 2; half >= 1; half /= 2) {
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }
  void check(const std::vector<float>& y, const char* name) {
    for (int p = 0; p < probes_; ++p) {
      for (int r = 0; r < rows_; ++r) {
        double exact = 0, magnitude = 0;
        for (int c = 0; c < cols_; ++c) {
          const double term = value_of(probe(p)[c]) * value_of(row(r)[c]);
          exact += term;
          magnitude += std::fabs(term);
        }
        const float v = y[static_cast<size_t>(p * rows_ + r)];
        ASSERT_TRUE(close(v, exact, (cols_ / 16 + 5) * kUlp * magnitude))
            << name << " cols " << cols_ << " probe " << p << " row " << r << ": " << v << ", not " << exact;
        ASSERT_TRUE(same_bits(v, model(p, r)))
            << name << " cols " << cols_ << " probe " << p << " row " << r << ": " << v << ", not " << model(p, r);
      }
    }
  }

  int probes_, rows_, cols_, stride_;
  Guarded probe_, row_;
};

// The bits of the scalar model, on every ISA: the emulated multiply-add of SSE4.1 is held to them too.
template <class E>
void check_all(const char* field, DotRowsFn Kernels::*fn) {
  Random random(11);
  for (const int cols : kCols) {
    for (const Kernels* table : usable_tables()) {
      for (const Side side : kSides) {
        const int most = cols > 1000 ? 4 : 40;
        Case<E> c(random, random.integer(1, 9), random.integer(1, most), cols, 32 * random.integer(0, 1), side);
        c.check(c.run(table->*fn, side), table->name);
      }
    }
  }
  for (const Kernels* table : usable_tables()) {
    for (int probes = 0; probes <= 9; ++probes) {
      for (int rows = 0; rows <= 34; ++rows) {
        Case<E> c(random, probes, rows, 32, 32, Side::after);
        c.check(c.run(table->*fn, Side::after), (std::string(table->name) + " " + field).c_str());
      }
    }
  }
}

#define MIEN_DOT_ROWS(field, element)            \
  TEST(DotRows, field##_againstReference) {      \
    check_all<element>(#field, &Kernels::field); \
  }
#include "kernels/kernels.inc"

// Every float16 there is, alone in its row.
TEST(DotRows, EveryHalfIsConvertedExactly) {
  alignas(64) float probe[16] = {1};
  for (const Kernels* table : usable_tables()) {
    for (int bits = 0; bits < 0x10000; ++bits) {
      alignas(64) uint16_t row[16] = {static_cast<uint16_t>(bits)};
      float y = 0;
      table->dot_rows_f16({probe, 1, 16, row, 1, 16, 16, &y, 1});
      ASSERT_TRUE(close(y, reference::half_value(static_cast<uint16_t>(bits)), 0))
          << table->name << " " << bits << " " << y;
    }
  }
}

// Sums whose rounding shows whether the multiply-add is fused: products that need 48 bits, cancellation, halves.
TEST(DotRows, MultiplyAddRoundsOnce) {
  Random random(12);
  for (const Kernels* table : usable_tables()) {
    for (int i = 0; i < 200000; ++i) {
      alignas(64) float probe[32] = {}, row[32] = {};
      for (const int c : {0, 16}) {
        probe[c] = std::ldexp(random.real(-1, 1), random.integer(-20, 20));
        row[c] = random.integer(0, 3) == 0 ? 1 : std::ldexp(random.real(-1, 1), random.integer(-20, 20));
      }
      if (random.integer(0, 3) == 0) probe[16] = -probe[0] * row[0], row[16] = 1;  // leaves the product's low bits
      float y = 0;
      table->dot_rows_f32({probe, 1, 32, row, 1, 32, 32, &y, 1});
      const float expected = std::fma(probe[16], row[16], probe[0] * row[0]);
      ASSERT_TRUE(y == expected) << table->name << ": " << y << ", not " << expected << " at " << i;
    }
  }
}

// A product just below, at and just above half a unit of the addend: rounding to double on the way makes a tie of all
// three, and only rounding to odd keeps them apart.
TEST(DotRows, MultiplyAddOfNearTies) {
  const float up = 1 + 0x1p-23f, down = 1 - 0x1p-23f;
  for (const Kernels* table : usable_tables()) {
    for (const float addend : {1.0f, up, -1.0f, -up}) {
      for (const float factor : {0x1p-24f, -0x1p-24f, 0x1p-25f, -0x1p-25f}) {
        for (const float by : {down * down, down, 1.0f, up}) {
          alignas(64) float probe[32] = {addend}, row[32] = {1};
          probe[16] = up * factor;
          row[16] = by;
          float y = 0;
          table->dot_rows_f32({probe, 1, 32, row, 1, 32, 32, &y, 1});
          EXPECT_EQ(y, std::fma(probe[16], row[16], addend)) << table->name << " " << addend << " " << factor;
        }
      }
    }
  }
}

TEST(DotRows, NanAndInfinityStay) {
  for (const Kernels* table : usable_tables()) {
    alignas(64) float probe[16] = {1, 2}, rows[4][16] = {{kNan}, {kInf}, {-kInf, 1}, {kInf, -kInf}};
    float y[4];
    table->dot_rows_f32({probe, 1, 16, rows, 4, 16, 16, y, 4});
    EXPECT_TRUE(std::isnan(y[0]) && y[1] == kInf && y[2] == -kInf && std::isnan(y[3])) << table->name;
  }
}

}  // namespace
}  // namespace mien::kernels::test
