// channel_affine on every ISA against a fused multiply-add in double and the activation's definition.
#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

struct Case {
  std::vector<float> x, scale, shift, slope;
  bool has_scale, has_shift;
  Act act;
};

float activated(float v, Act act, float slope) {
  switch (act) {
    case Act::none:
      return v;
    case Act::relu:
      return v < 0 ? 0 : v;
    case Act::prelu:
      return v < 0 ? slope * v : v;
    case Act::clip:
      return v < -0.5f ? -0.5f : v > 0.75f ? 0.75f : v;
  }
  return kNan;
}

// y, from guarded memory, in place if asked.
std::vector<float> run(const Kernels& table, const Case& c, Side side, bool in_place) {
  Guarded x(c.x, side), y(c.x.size(), side), scale(c.scale, side), shift(c.shift, side), slope(c.slope, side);
  ChannelAffineArgs a{};
  a.x = x.data();
  a.y = in_place ? x.data() : y.data();
  a.pixels = static_cast<int64_t>(c.x.size() / kBlock);
  a.scale = c.has_scale ? scale.data() : nullptr;
  a.shift = c.has_shift ? shift.data() : nullptr;
  a.slope = c.act == Act::prelu ? slope.data() : nullptr;
  a.lo = -0.5f, a.hi = 0.75f;
  a.act = c.act;
  table.channel_affine(a);
  return in_place ? x.copy() : y.copy();
}

Case make_case(Random& random, int pixels, int variant) {
  Case c;
  const auto n = static_cast<size_t>(pixels) * kBlock;
  c.x = random.reals(n, -2, 2);
  c.scale = random.reals(kBlock, -1, 1), c.shift = random.reals(kBlock, -1, 1), c.slope = random.reals(kBlock, -1, 1);
  c.has_scale = (variant & 1) != 0, c.has_shift = (variant & 2) != 0;
  c.act = static_cast<Act>(variant >> 2);
  return c;
}

TEST(ChannelAffine, AgainstDefinition) {
  Random random(1);
  for (int pixels : {0, 1, 2, 3, 7, 49, 101}) {
    for (int variant = 0; variant < 16; ++variant) {
      Case c = make_case(random, pixels, variant);
      if (pixels > 2) c.x[3] = kNan, c.x[5] = kInf, c.x[20] = -kInf, c.x[21] = -0.0f, c.x[22] = 1e-41f;
      for (const Kernels* table : usable_tables()) {
        const std::vector<float> y = run(*table, c, Side::after, false);
        for (size_t i = 0; i < y.size(); ++i) {
          const size_t ch = i % kBlock;
          const double scale = c.has_scale ? c.scale[ch] : 1, shift = c.has_shift ? c.shift[ch] : 0;
          const double exact = scale * c.x[i] + shift;
          const double least = keeps_denormals(*table) ? 0x1p-149 : 0x1p-126;
          const double bound = 2 * kUlp * (std::fabs(scale * c.x[i]) + std::fabs(shift)) + least;
          const float expected = activated(static_cast<float>(exact), c.act, c.slope[ch]);
          ASSERT_TRUE(close(y[i], expected, bound)) << table->name << " variant " << variant << " [" << i << "] x "
                                                    << c.x[i] << " y " << y[i] << ", not " << expected;
        }
        ASSERT_TRUE(same_bits(run(*table, c, Side::before, false), y));
        ASSERT_TRUE(same_bits(run(*table, c, Side::after, true), y));
      }
    }
  }
}

TEST(ChannelAffine, SameBitsWhetherOrNotAllFuse) {
  Random random(2);
  for (int variant = 0; variant < 16; ++variant) {
    const Case c = make_case(random, 333, variant);
    for (const auto& tables : tables_of_same_bits()) {
      for (const Kernels* table : tables) {
        EXPECT_TRUE(same_bits(run(*tables[0], c, Side::after, false), run(*table, c, Side::after, false)))
            << table->name;
      }
    }
  }
}

TEST(ChannelAffine, AloneAnActivationKeepsNegativeZero) {
  Case c;
  c.x.assign(kBlock, -0.0f);
  c.scale = c.shift = c.slope = std::vector<float>(kBlock, 0.5f);
  c.has_scale = c.has_shift = false;
  for (Act act : {Act::none, Act::relu, Act::prelu}) {
    c.act = act;
    for (const Kernels* table : usable_tables()) {
      EXPECT_TRUE(std::signbit(run(*table, c, Side::after, false)[0])) << table->name << ", activation " << int(act);
    }
  }
}

}  // namespace
}  // namespace mien::kernels::test
