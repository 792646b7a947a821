// CPU detection and the tables it chooses from.
#include <cstddef>
#include <set>
#include <string>

#include "tests/kernels/support.h"

namespace mien::kernels::test {
namespace {

TEST(Cpu, NamesGoBothWays) {
  for (Isa isa : kAllIsas) {
    Isa found{};
    EXPECT_TRUE(isa_from_name(name_of(isa), &found));
    EXPECT_EQ(found, isa);
  }
  Isa found{};
  EXPECT_FALSE(isa_from_name("", &found));
  EXPECT_FALSE(isa_from_name("avx", &found));
  EXPECT_FALSE(isa_from_name("avx5122", &found));
}

#if defined(__x86_64__)
// The compiler's run-time library asks the CPU and the operating system independently of us.
TEST(Cpu, AgreesWithTheCompilersRuntime) {
  __builtin_cpu_init();
  const CpuFeatures cpu = detect_cpu();
  EXPECT_EQ(usable(Isa::sse41, cpu), __builtin_cpu_supports("sse4.1") != 0);
  EXPECT_EQ(usable(Isa::avx2, cpu), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  EXPECT_EQ(usable(Isa::avx512, cpu), __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
}
#endif

TEST(Cpu, EveryFlagOfAnIsaCounts) {
  CpuFeatures all;
  bool CpuFeatures::*const avx2[] = {&CpuFeatures::sse41, &CpuFeatures::avx2, &CpuFeatures::fma, &CpuFeatures::f16c,
                                     &CpuFeatures::os_ymm};
  bool CpuFeatures::*const avx512[] = {&CpuFeatures::avx512f, &CpuFeatures::avx512bw, &CpuFeatures::avx512dq,
                                       &CpuFeatures::avx512vl, &CpuFeatures::os_zmm};
  for (auto flag : avx2) all.*flag = true;
  for (auto flag : avx512) all.*flag = true;
  EXPECT_TRUE(usable(Isa::avx512, all));
  for (auto flag : avx2) {
    CpuFeatures less = all;
    less.*flag = false;
    EXPECT_FALSE(usable(Isa::avx2, less));
    EXPECT_FALSE(usable(Isa::avx512, less));
  }
  for (auto flag : avx512) {
    CpuFeatures less = all;
    less.*flag = false;
    EXPECT_TRUE(usable(Isa::avx2, less));
    EXPECT_FALSE(usable(Isa::avx512, less));
  }
  EXPECT_FALSE(usable(Isa::sse41, CpuFeatures{}));
  EXPECT_FALSE(usable(Isa::neon, CpuFeatures{}));
  CpuFeatures arm;
  arm.neon = true;
  EXPECT_FALSE(usable(Isa::neon32, arm)) << "a Cortex-A9 has NEON without the fused multiply-add";
  arm.vfpv4 = true;
  EXPECT_TRUE(usable(Isa::neon32, arm));
  arm.neon = false;
  EXPECT_FALSE(usable(Isa::neon32, arm));
  EXPECT_TRUE(usable(Isa::generic, CpuFeatures{}));
}

// Each flag is one member, and each member that is a bool has one.
TEST(Cpu, FlagsNameEveryFeatureOnce) {
  CpuFeatures cpu;
  std::set<std::string> names;
  for (const CpuFlag& flag : kCpuFlags) {
    EXPECT_FALSE(cpu.*flag.is_on) << flag.name << " is there twice";
    cpu.*flag.is_on = true;
    EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
  }
  const CpuFeatures none;
  size_t on = 0;
  for (size_t i = 0; i < offsetof(CpuFeatures, brand); ++i)
    on += reinterpret_cast<const unsigned char*>(&cpu)[i] != reinterpret_cast<const unsigned char*>(&none)[i];
  EXPECT_EQ(on, offsetof(CpuFeatures, brand)) << "a feature without a name";
}

TEST(Tables, BestIsUsableAndLast) {
  const std::vector<const Kernels*> tables = usable_tables();
  ASSERT_FALSE(tables.empty());
  EXPECT_EQ(best_kernels(), tables.back());
}

// What kernels.inc says, table by table. Pointers and names need no CPU that can run them.
TEST(Tables, HoldWhatTheListSays) {
  struct Row {
    Isa isa;
    std::string role;
    int mr, nt;
    std::string name;
  };
#define MIEN_CONV_TILE(isa, role, mr, nt) {Isa::isa, #role, mr, nt, "f32_" #role "_" #mr "x" #nt "_" #isa},
  const Row rows[] = {
#include "kernels/kernels.inc"
  };
  for (Isa isa : kAllIsas) {
    const Kernels* table = kernels_of(isa);
    if (table == nullptr) continue;
    EXPECT_EQ(table->isa, isa);
    EXPECT_STREQ(table->name, name_of(isa));
#define MIEN_KERNEL(field) EXPECT_NE(table->field, nullptr) << #field;
#include "kernels/kernels.inc"
    int n = 0;
    for (const Row& row : rows) {
      if (row.isa != isa) continue;
      const ConvTile& tile = row.role == "fc" ? table->fc : table->conv[n++];
      EXPECT_EQ(tile.name, row.name);
      EXPECT_EQ(tile.nt, row.nt);
      EXPECT_EQ(tile.mr_max, row.mr);
      std::set<ConvTileFn> distinct;
      for (int mr = 1; mr <= tile.mr_max; ++mr) distinct.insert(tile.fn[mr - 1]);
      EXPECT_EQ(distinct.size(), static_cast<size_t>(tile.mr_max)) << tile.name;
      EXPECT_EQ(distinct.count(nullptr), 0u) << tile.name;
    }
    EXPECT_EQ(table->n_conv, n);
    for (int i = 1; i < n; ++i) EXPECT_LT(table->conv[i].nt, table->conv[i - 1].nt);
  }
}

TEST(Tables, PeakCountsItsOperations) {
  for (const Kernels* table : usable_tables()) {
    EXPECT_GT(table->peak(1), 0);
    EXPECT_EQ(table->peak(1000), 1000 * table->peak(1)) << table->name;
  }
}

}  // namespace
}  // namespace mien::kernels::test
