// Unary and binary kernels on every ISA: accuracy, special values, tails, in place, bits across ISAs.
#include "kernels/reference/reference.h"
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

struct UnaryCase {
  Unary f;
  const char* name;
};
constexpr UnaryCase kUnary[] = {
#define MIEN_UNARY(f) {Unary::f, #f},
#include "kernels/kernels.inc"
};
struct BinaryCase {
  Binary f;
  const char* name;
};
constexpr BinaryCase kBinary[] = {
#define MIEN_BINARY(f) {Binary::f, #f},
#include "kernels/kernels.inc"
};

constexpr float kA = 0.2f, kB = 0.45f;
constexpr float kSpecial[] = {0.0f,   -0.0f,   1,       -1,      kInf,     -kInf,    kNan,
                              1e-40f, -1e-40f, 1e-45f,  3.4e38f, -3.4e38f, 88.72f,   88.74f,
                              -87.5f, -103.9f, -104.1f, 0.6249f, 0.6251f,  -0.3466f, 1e-20f,
                              1e20f,  -1e20f,  2.5f,    -2.5f,   3.0f,     -3.0f,    16777217.0f};
constexpr int kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 47, 64, 127};

// How far a result may be from the reference, for arguments v, kA, kB.
double unary_bound(Unary f, double v, double expected) {
  const double ulp = 2 * kUlp * std::fabs(expected) + 0x1p-149;
  switch (f) {
    case Unary::exp_:
      return 2 * ulp;
    case Unary::sigmoid:
      return 4 * ulp + 3e-39;  // exp(-v) overflows below -88.73
    case Unary::tanh_:
    case Unary::elu:
      return 4 * ulp;
    case Unary::hard_sigmoid:
      return 2 * kUlp * (std::fabs(kA * v) + kB);
    case Unary::hard_swish:
      return 4 * kUlp * std::fabs(v) * (std::fabs(v) / 6 + 0.5) + 0x1p-149;
    default:
      return ulp / 2;  // exact or rounded once
  }
}

std::vector<float> run_unary(const Kernels& table, Unary f, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  table.unary(f, x.data(), y.data(), static_cast<int64_t>(x.size()), kA, kB);
  return y;
}

void check_unary(const Kernels& table, const UnaryCase& one, const std::vector<float>& x) {
  const std::vector<float> y = run_unary(table, one.f, x);
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = reference::unary(one.f, x[i], kA, kB);
    const bool may_be_zero = !keeps_denormals(table) && std::fabs(expected) < 0x1p-126;
    ASSERT_TRUE(close(y[i], expected, may_be_zero ? 0x1p-126 : unary_bound(one.f, x[i], expected)))
        << table.name << " " << one.name << "(" << x[i] << ") = " << y[i] << ", not " << expected;
  }
}

TEST(Unary, SpecialValues) {
  for (const Kernels* table : usable_tables()) {
    for (const UnaryCase& one : kUnary) {
      check_unary(*table, one, std::vector<float>(std::begin(kSpecial), std::end(kSpecial)));
    }
  }
}

TEST(Unary, RandomValues) {
  Random random(1);
  for (float range : {1e-3f, 1.0f, 10.0f, 110.0f}) {
    const std::vector<float> x = random.reals(20011, -range, range);
    for (const Kernels* table : usable_tables()) {
      for (const UnaryCase& one : kUnary) check_unary(*table, one, x);
    }
  }
}

TEST(Unary, NegativeZeroKeepsItsSign) {
  for (const Kernels* table : usable_tables()) {
    for (Unary f : {Unary::relu, Unary::leaky_relu, Unary::tanh_, Unary::sqrt_, Unary::elu, Unary::hard_swish}) {
      EXPECT_TRUE(std::signbit(run_unary(*table, f, {-0.0f})[0])) << table->name << static_cast<int>(f);
    }
    EXPECT_FALSE(std::signbit(run_unary(*table, Unary::neg, {-0.0f})[0]));
    EXPECT_FALSE(std::signbit(run_unary(*table, Unary::abs_, {-0.0f})[0]));
  }
}

TEST(Unary, ExpIsWithinTwoUlpEverywhere) {
  for (const Kernels* table : usable_tables()) {
    std::vector<float> x;
    for (float v = -87.3f; v < 88.72f; v += 0.00037f) x.push_back(v);
    check_unary(*table, {Unary::exp_, "exp_"}, x);
  }
}

TEST(Unary, TailsInPlaceAndGuards) {
  Random random(2);
  for (int n : kSizes) {
    const std::vector<float> x = random.reals(static_cast<size_t>(n), -5, 5);
    for (const Kernels* table : usable_tables()) {
      for (const UnaryCase& one : kUnary) {
        // One element at a time: the tail's lanes must not depend on their place or neighbours.
        std::vector<float> single;
        for (float v : x) single.push_back(run_unary(*table, one.f, {v})[0]);
        for (Side side : kSides) {
          Guarded in(x, side), out(x.size(), side);
          table->unary(one.f, in.data(), out.data(), n, kA, kB);
          ASSERT_TRUE(same_bits(out.copy(), single)) << table->name << " " << one.name << " n=" << n;
          table->unary(one.f, in.data(), in.data(), n, kA, kB);
          ASSERT_TRUE(same_bits(in.copy(), single)) << table->name << " " << one.name << " in place, n=" << n;
        }
      }
    }
  }
}

TEST(Unary, SameBitsWhetherOrNotAllFuse) {
  Random random(3);
  std::vector<float> x = random.reals(10007, -30, 30);
  x.insert(x.end(), std::begin(kSpecial), std::end(kSpecial));
  for (const auto& tables : tables_of_same_bits()) {
    for (size_t i = 1; i < tables.size(); ++i) {
      for (const UnaryCase& one : kUnary) {
        EXPECT_TRUE(same_bits(run_unary(*tables[0], one.f, x), run_unary(*tables[i], one.f, x)))
            << tables[i]->name << " " << one.name;
      }
    }
  }
}

TEST(Unary, SameBitsOnEveryArchitecture) {
  Random random(5);
  const std::vector<float> x = random.reals(10007, 0.001f, 30),
                           negative = run_unary(*usable_tables()[0], Unary::neg, x);
  for (const Kernels* table : usable_tables()) {
    uint64_t hash = hash_of({});
    for (const UnaryCase& one : kUnary) {
      hash = hash_of(run_unary(*table, one.f, x), hash);
      if (one.f != Unary::sqrt_) hash = hash_of(run_unary(*table, one.f, negative), hash);  // NaN has many bits
    }
    EXPECT_EQ(hash, fuses(table->isa) ? 0xc49a643b896692d4u : 0xa9c7bd3de964721u) << table->name;
  }
}

TEST(Binary, AgainstReference) {
  Random random(4);
  for (int n : kSizes) {
    for (int steps = 0; steps < 4; ++steps) {
      const int a_step = steps & 1, b_step = steps >> 1;
      const std::vector<float> a = random.reals(a_step != 0 ? static_cast<size_t>(n) : 1, -9, 9);
      const std::vector<float> b = random.reals(b_step != 0 ? static_cast<size_t>(n) : 1, -9, 9);
      for (const Kernels* table : usable_tables()) {
        for (const BinaryCase& one : kBinary) {
          for (Side side : kSides) {
            Guarded ga(a, side), gb(b, side), gy(static_cast<size_t>(n), side);
            table->binary(one.f, ga.data(), a_step, gb.data(), b_step, gy.data(), n);
            const std::vector<float> y = gy.copy();
            for (int i = 0; i < n; ++i) {
              const float u = a[static_cast<size_t>(i * a_step)], v = b[static_cast<size_t>(i * b_step)];
              // Both are rounded once from the exact result (double holds it but for division, which is near enough).
              ASSERT_EQ(y[static_cast<size_t>(i)], static_cast<float>(reference::binary(one.f, u, v)))
                  << table->name << " " << one.name << " " << u << " " << v;
            }
            if (a_step != 0) {
              table->binary(one.f, ga.data(), 1, gb.data(), b_step, ga.data(), n);
              ASSERT_TRUE(same_bits(ga.copy(), y)) << table->name << " " << one.name << " onto a";
            } else if (b_step != 0) {
              table->binary(one.f, ga.data(), 0, gb.data(), 1, gb.data(), n);
              ASSERT_TRUE(same_bits(gb.copy(), y)) << table->name << " " << one.name << " onto b";
            }
          }
        }
      }
    }
  }
}

bool is_denormal(double v) {
  return v != 0 && std::fabs(v) < 0x1p-126;
}

TEST(Binary, SpecialValuesAndBits) {
  std::vector<float> a, b;
  for (float u : kSpecial) {
    for (float v : kSpecial) a.push_back(u), b.push_back(v);
  }
  const auto tables = usable_tables();
  for (const BinaryCase& one : kBinary) {
    std::vector<float> first;
    for (const Kernels* table : tables) {
      std::vector<float> y(a.size());
      table->binary(one.f, a.data(), 1, b.data(), 1, y.data(), static_cast<int64_t>(a.size()));
      for (size_t i = 0; i < a.size(); ++i) {
        const double expected = reference::binary(one.f, a[i], b[i]);
        const bool denormal = is_denormal(a[i]) || is_denormal(b[i]) || is_denormal(expected);
        if (denormal && !keeps_denormals(*table)) continue;  // 0 counts in its place
        ASSERT_TRUE(close(y[i], expected, kUlp * std::fabs(expected) + 0x1p-150))
            << table->name << " " << one.name << "(" << a[i] << ", " << b[i] << ") = " << y[i];
      }
      if (!keeps_denormals(*table)) continue;
      if (first.empty()) first = y;
      EXPECT_TRUE(same_bits(first, y)) << table->name << " " << one.name;  // no fma in these: SSE4.1 agrees too
    }
  }
}

TEST(Elementwise, NothingToDo) {
  for (const Kernels* table : usable_tables()) {
    table->unary(Unary::exp_, nullptr, nullptr, 0, 0, 0);
    table->binary(Binary::add, nullptr, 1, nullptr, 0, nullptr, 0);
  }
}

}  // namespace
}  // namespace mien::kernels::test
