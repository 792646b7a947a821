// What a step says of the items it depends on is enough: every item of every step of several networks is computed again
// with nothing of the step before but the items that it asks for, and gives the same bits.
#include "engine/dependencies.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "engine/passes/passes.h"
#include "engine/plan.h"
#include "kernels/kernels.h"
#include "models/networks.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

// A plan whose buffers share no memory, so that each can be looked at after the run.
class Bench {
 public:
  Bench(const Plan& plan, const Graph& graph) : plan_(plan) {
    int64_t floats = 0;
    for (const Buffer& b : plan.buffers) {
      offsets_.push_back(floats);
      if (b.where == Buffer::Where::arena) floats += b.floats;
    }
    arena_ = AlignedFloats(floats);
    scratch_ = AlignedFloats(plan.scratch_floats);
    inputs_ = random_inputs(graph, 3);
    for (const auto& input : inputs_) input_pointers_.push_back(input.data());
    for (ValueId id : graph.outputs) outputs_.emplace_back(static_cast<size_t>(graph.value(id).shape.elements()), 0.0f);
    for (auto& output : outputs_) output_pointers_.push_back(output.data());
    context_.buffers = plan.buffers.data();
    context_.offsets = offsets_.data();
    context_.arena = arena_.data();
    context_.scratch = scratch_.data();
    context_.inputs = input_pointers_.data();
    context_.outputs = output_pointers_.data();
    for (const auto& step : plan.steps) run(*step, 0, step->items(1));
  }

  // The items of `step` one by one, each with what it needs of `before` and NaN in place of the rest.
  void check(const Step& before, const Step& step) {
    const std::vector<float> made = contents(before), expected = contents(step);
    std::vector<bool> written(expected.size());
    const std::vector<ItemRange> ranges = dependencies(before, step);
    for (int item = 0; item < step.items(1); ++item) {
      const ItemRange range = ranges[static_cast<size_t>(item) % ranges.size()];
      fill(before);
      run(before, range.first, std::min(range.last, before.items(1)));
      fill(step);
      run(step, item, item + 1);
      const std::vector<float> actual = contents(step);
      for (size_t i = 0; i < actual.size(); ++i) {
        if (same(actual[i], mark())) continue;
        written[i] = true;
        ASSERT_TRUE(same(actual[i], expected[i]))
            << "after '" << before.info.name << "': '" << step.info.name << "' item " << item << " at " << i;
      }
    }
    for (size_t i = 0; i < written.size(); ++i) ASSERT_TRUE(written[i] || same(expected[i], 0)) << step.info.name;
    std::copy(made.begin(), made.end(), data(before));
    std::copy(expected.begin(), expected.end(), data(step));
  }

 private:
  static float mark() { return std::nanf("0x12345"); }
  static bool same(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  float* data(const Step& step) { return context_.write(step.writes, 0); }
  int64_t size(const Step& step) const { return plan_.buffers[static_cast<size_t>(step.writes)].floats; }
  std::vector<float> contents(const Step& step) { return {data(step), data(step) + size(step)}; }
  void fill(const Step& step) { std::fill(data(step), data(step) + size(step), mark()); }
  void run(const Step& step, int first, int last) {
    for (int item = first; item < last; ++item) step.run(context_, item);
  }

  const Plan& plan_;
  std::vector<int64_t> offsets_;
  AlignedFloats arena_, scratch_;
  std::vector<std::vector<float>> inputs_, outputs_;
  std::vector<const float*> input_pointers_;
  std::vector<float*> output_pointers_;
  RunContext context_;
};

void check_all(Graph graph) {
  auto plan = Plan::make(graph, *kernels::best_kernels());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  Bench bench(**plan, graph);
  for (size_t s = 1; s < (*plan)->steps.size(); ++s) bench.check(*(*plan)->steps[s - 1], *(*plan)->steps[s]);
}

TEST(Dependencies, AreEnoughInEveryNetwork) {
  for (const char* name : {"mobilefacenet", "mobilefacenet_0.45g", "facenet", "deepid", "retinaface_mobilenet025"}) {
    auto package = build_network(name, 0);
    ASSERT_TRUE(package.ok()) << package.status().message();
    ASSERT_TRUE(simplify(package->graph).ok());
    SCOPED_TRACE(name);
    check_all(package->graph);
  }
}

// Layers large enough to be cut into many items, with windows, strides and borders that the networks do not have.
TEST(Dependencies, AreEnoughForOddWindows) {
  Builder b(7);
  ValueId x = b.input({1, 3, 131, 97});
  x = b.relu(b.conv(x, 32, window(5, 2, 2)));
  x = b.conv(x, 32, window(5, 1, 2, 32));
  x = b.conv(x, 48, window(3, 1, 1));
  Window dilated = window(3, 1, 2);
  dilated.dilation_h = dilated.dilation_w = 2;
  x = b.conv(x, 64, dilated);
  x = b.node(Op::max_pool, {x}, [](Node& n) { n.window = window(3, 2, 1); });
  x = b.conv(x, 64, window(1, 2));
  Window uneven = window(3, 1, 0);
  uneven.pad_bottom = 2, uneven.pad_left = 1;
  check_all(b.done({b.conv(x, 64, uneven)}));
}

// The first step that does not read the one before: nothing to wait for.
TEST(Dependencies, NoneOnAnotherBranch) {
  Builder b(9);
  const ValueId x = b.input({1, 16, 8, 8});
  const ValueId left = b.conv(x, 16, window(1)), right = b.conv(x, 16, window(1));
  Graph graph = b.done({b.node(Op::concat, {left, right}, [](Node& n) { n.axis = 1; })});
  auto plan = Plan::make(graph, *kernels::best_kernels());
  ASSERT_TRUE(plan.ok());
  int independent = 0;
  for (size_t s = 1; s < (*plan)->steps.size(); ++s) {
    for (const ItemRange& range : dependencies(*(*plan)->steps[s - 1], *(*plan)->steps[s]))
      independent += range.first == range.last;
  }
  EXPECT_GT(independent, 0);
}

}  // namespace
}  // namespace mien
