// Every convolution tile of every usable ISA, every mr, against the contract in kernels.h.
#include "tests/kernels/model.h"

namespace mien::kernels::test {
namespace {

struct Problem {
  int mr, nt, k_blocks, n_taps, k_per_tap, prefetch_lines;
  ptrdiff_t x_pixel, x_block, y_block, y_offset;  // y_offset: first channel inside a block
  std::vector<int32_t> taps;
  size_t x_size() const {
    const int32_t last_tap = *std::max_element(taps.begin(), taps.end());
    return static_cast<size_t>((mr - 1) * x_pixel + (k_blocks - 1) * x_block + last_tap + k_per_tap);
  }
  size_t w_size() const { return static_cast<size_t>(k_blocks) * n_taps * k_per_tap * nt; }
  ptrdiff_t y_at(int p, int o) const { return (o / kBlock) * y_block + p * kBlock + o % kBlock; }
  size_t y_size() const { return static_cast<size_t>(y_at(mr - 1, nt - 1)) + 1; }
};

Problem random_problem(Random& random, int mr, int nt) {
  Problem p{};
  p.mr = mr;
  p.nt = nt;
  const bool blocked = random.integer(0, 2) != 0;
  p.k_per_tap = blocked ? kBlock : random.integer(1, 50);
  const int tap_counts[] = {1, 1, 2, 9, 25};
  p.n_taps = tap_counts[random.integer(0, 4)];
  // One in three is long enough for several runs.
  const int most = random.integer(0, 2) == 0 ? 3 * kMaxRun : kMaxRun;
  p.k_blocks = random.integer(1, std::max(1, most / (p.k_per_tap * p.n_taps)));
  const ptrdiff_t strides[] = {16, 16, 32, 48, 512};
  p.x_pixel = blocked ? strides[random.integer(0, 4)] : random.integer(1, 40);
  p.x_block = random.integer(16, 700);
  p.y_block = mr * kBlock + kBlock * random.integer(0, 3);
  p.prefetch_lines = random.integer(0, 3);
  p.taps.assign(static_cast<size_t>(p.n_taps), 0);
  for (size_t t = 1; t < p.taps.size(); ++t) p.taps[t] = random.integer(0, 300);
  std::shuffle(p.taps.begin(), p.taps.end(), std::mt19937(static_cast<uint32_t>(random.integer(0, 1000))));
  return p;
}

// A panel of weights is 64-byte aligned, so it touches the guard page only where its size allows.
size_t padded(size_t n) {
  return (n + 15) / 16 * 16;
}

void check(const ConvTile& tile, Isa isa, const Problem& p, Random& random, Side side) {
  Guarded x(random.reals(p.x_size(), -1, 1), side), w(random.reals(padded(p.w_size()), -1, 1), side);
  // An output narrower than a block ends inside it; the block's other channels are watched instead of guarded.
  Guarded y(random.reals(padded(p.y_size()), -1, 1), side);
  const std::vector<float> before = y.copy();
  const std::vector<float> other = random.reals(before.size(), -1, 1);
  Guarded residual(other, side);
  RandomEpilogue epilogue(random, p.nt, side);
  const bool has_residual = random.integer(0, 2) != 0;
  const int steps = p.k_blocks * p.n_taps, most = std::max(1, kMaxRun / p.k_per_tap);
  if (steps > most) epilogue.in_place = false;
  if (has_residual) epilogue.value.residual = epilogue.in_place ? y.data() : residual.data();

  ConvTileArgs a{};
  a.x_pixel = p.x_pixel, a.x_block = p.x_block;
  a.n_taps = p.n_taps, a.k_per_tap = p.k_per_tap, a.taps = p.taps.data();
  a.y = y.data(), a.y_block = p.y_block, a.epilogue = epilogue.value;
  a.prefetch = w.data(), a.prefetch_lines = p.prefetch_lines;  // may run past the end: nothing is read
  for (int first = 0; first < steps; first += most) {
    a.steps = std::min(most, steps - first);
    a.x = x.data() + first / p.n_taps * p.x_block;
    a.w = w.data() + static_cast<ptrdiff_t>(first) * p.k_per_tap * p.nt;
    a.first_tap = first % p.n_taps;
    a.resumed = first > 0, a.unfinished = first + a.steps < steps;
    tile.fn[p.mr - 1](a);
  }

  std::vector<float> after = y.copy();
  Epilogue e = epilogue.value;
  if (has_residual) e.residual = epilogue.in_place ? before.data() : other.data();
  const int run = std::max(1, kMaxRun / p.k_per_tap) * p.k_per_tap;
  for (int q = 0; q < p.mr; ++q) {
    for (int o = 0; o < p.nt; ++o) {
      Accumulator sum(fuses(isa), run, e.bias ? e.bias + o : nullptr);
      for (int i = 0; i < p.k_blocks * p.n_taps * p.k_per_tap; ++i) {
        const int kb = i / (p.n_taps * p.k_per_tap), t = i / p.k_per_tap % p.n_taps, k = i % p.k_per_tap;
        sum.add(x.data()[q * p.x_pixel + kb * p.x_block + p.taps[static_cast<size_t>(t)] + k],
                w.data()[static_cast<ptrdiff_t>(i) * p.nt + o]);
      }
      const ptrdiff_t at = p.y_at(q, o);
      EXPECT_TRUE(meets_contract(after[static_cast<size_t>(at)], sum, e, o, at)) << "pixel " << q << " channel " << o;
      after[static_cast<size_t>(at)] = before[static_cast<size_t>(at)];
    }
  }
  EXPECT_TRUE(same_bits(after, before)) << "written outside the tile";
}

void check_all(const ConvTile& tile, const Kernels& table, int rounds, uint32_t seed) {
  Random random(seed);
  for (int mr = 1; mr <= tile.mr_max; ++mr) {
    for (int round = 0; round < rounds; ++round) {
      const Problem p = random_problem(random, mr, tile.nt);
      SCOPED_TRACE(testing::Message() << tile.name << " mr " << mr << " k_blocks " << p.k_blocks << " taps " << p.n_taps
                                      << " x " << p.k_per_tap << " x_pixel " << p.x_pixel);
      check(tile, table.isa, p, random, kSides[round % 2]);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(ConvTile, MeetsItsContract) {
  for (const Kernels* table : usable_tables()) {
    for (int i = 0; i < table->n_conv; ++i) check_all(table->conv[i], *table, 12, 7u + static_cast<uint32_t>(i));
    check_all(table->fc, *table, 12, 77);
  }
}

// A tap of more than kMaxRun inputs is a run of its own.
TEST(ConvTile, LongTap) {
  for (const Kernels* table : usable_tables()) {
    Random random(5);
    Problem p = random_problem(random, 1, table->conv[0].nt);
    p.k_per_tap = 300, p.n_taps = 2, p.k_blocks = 2, p.x_pixel = 300, p.x_block = 900;
    p.taps = {300, 0};
    check(table->conv[0], table->isa, p, random, Side::after);
  }
}

TEST(ConvTile, NanPassesEveryActivation) {
  for (const Kernels* table : usable_tables()) {
    const ConvTile& tile = table->conv[0];
    Guarded x(std::vector<float>(kBlock, kNan), Side::after);
    Guarded w(std::vector<float>(static_cast<size_t>(kBlock * tile.nt), 1), Side::after);
    Guarded slope(std::vector<float>(static_cast<size_t>(tile.nt), 0.25f), Side::after);
    Guarded y(padded(static_cast<size_t>(tile.nt)), Side::after);
    const int32_t tap = 0;
    for (Act act : {Act::none, Act::relu, Act::prelu, Act::clip}) {
      ConvTileArgs a{};
      a.x = x.data(), a.x_pixel = kBlock, a.steps = 1, a.n_taps = 1, a.k_per_tap = kBlock, a.taps = &tap;
      a.w = w.data(), a.y = y.data(), a.y_block = kBlock;
      a.epilogue.act = act, a.epilogue.slope = slope.data(), a.epilogue.hi = 6;
      tile.fn[0](a);
      for (int o = 0; o < tile.nt; ++o) EXPECT_TRUE(std::isnan(y.data()[o])) << tile.name << " " << o;
    }
  }
}

}  // namespace
}  // namespace mien::kernels::test
