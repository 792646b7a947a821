// What binds a step, on made-up machines and on real plans.
#include "app/roofline.h"

#include <gtest/gtest.h>

#include "engine/passes/passes.h"
#include "models/networks.h"

namespace mien::app {
namespace {

const std::vector<MemoryLevel> kLevels = {
    {"L1", 1000, 400}, {"L2", 10000, 200}, {"L3", 100000, 100}, {"memory", INT64_MAX, 10}};

TEST(Roofline, ComputeBindsManyMultiplies) {
  const Roof roof = roof_of({1000000, 1000000, 5000, 0}, 5000, 100, kLevels);
  EXPECT_FALSE(roof.by_memory());
  EXPECT_DOUBLE_EQ(roof.least_ms(), 0.02);  // 2e6 operations at 100e9 per second
  EXPECT_DOUBLE_EQ(roof.memory_ms, 5000 * 1e-6 / 200);
}

TEST(Roofline, WeightsComeFromWhereTheNetworkLies) {
  const Roof small = roof_of({100, 100, 500, 50000}, 50500, 100, kLevels);
  EXPECT_TRUE(small.by_memory());
  EXPECT_EQ(small.level, "L3");
  const Roof large = roof_of({100, 100, 500, 50000}, 1000000, 100, kLevels);
  EXPECT_EQ(large.level, "memory");
  EXPECT_DOUBLE_EQ(large.memory_ms, 50000 * 1e-6 / 10 + 500 * 1e-6 / 400);
}

TEST(Roofline, WinogradStepsMultiplyLess) {
  auto package = build_network("arcface_r50", 0);
  ASSERT_TRUE(package.ok());
  ASSERT_TRUE(simplify(package->graph).ok());
  const auto model = Model::create(std::move(*package));
  ASSERT_TRUE(model.ok());
  const std::vector<StepInfo> steps = (*model)->steps();
  const std::vector<StepWork> work = work_of(**model, 2);
  int seen = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_GE(work[i].activations, 0);
    EXPECT_EQ(work[i].macs, 2 * steps[i].macs);
    if (steps[i].macs == 0) continue;
    // Where the tiles cover the picture exactly F(4,3) saves a factor of 4 and F(2,3) one of 2.25; less at borders.
    const bool four = steps[i].kernel.rfind("f32_winograd4", 0) == 0;
    const bool two = steps[i].kernel.rfind("f32_winograd2", 0) == 0;
    const double saved = static_cast<double>(work[i].macs) / static_cast<double>(work[i].multiplies);
    EXPECT_GE(saved, four ? 3 : two ? 1.7 : 1) << steps[i].kernel;
    EXPECT_LE(saved, four ? 4 : two ? 2.25 : 1) << steps[i].kernel;
    seen += four || two;
  }
  EXPECT_GT(seen, 10);
}

}  // namespace
}  // namespace mien::app
