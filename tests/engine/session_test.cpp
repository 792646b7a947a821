// What a session promises: the same bits for any batch and number of threads, no allocation in run, the caller's
// floating-point state untouched, clear refusals.
#include <atomic>
#include <cstring>
#include <thread>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "tests/counted_memory.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

// A parallel_for that starts its bodies in threads of its own, last body first.
void threads_for(void*, int bodies, void (*body)(void*, int), void* arg) {
  std::vector<std::thread> threads;
  for (int i = bodies - 1; i > 0; --i) threads.emplace_back(body, arg, i);
  body(arg, 0);
  for (std::thread& t : threads) t.join();
}
// One that runs them one after the other, as a parallel_for may.
void one_by_one(void*, int bodies, void (*body)(void*, int), void* arg) {
  for (int i = 0; i < bodies; ++i) body(arg, i);
}

Graph small_network() {
  Builder b(40);
  const ValueId x = b.input({1, 3, 56, 56});
  ValueId y = b.prelu(b.conv(x, 64, window(3, 2, 1)));
  y = b.prelu(b.conv(y, 64, window(3, 1, 1, 64)));
  for (int i = 0; i < 2; ++i) {
    const ValueId wide = b.prelu(b.conv(y, 128, window(1)));
    y = b.add(b.conv(b.prelu(b.conv(wide, 128, window(3, 1, 1, 128))), 64, window(1)), y);
  }
  y = b.conv(y, 64, window(3, 2, 1));
  y = b.conv(y, 64, window(14, 1, 0, 64));
  return b.done({b.fully_connected(b.reshape(y, {1, 64}), 100)});
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Session, BitsDoNotDependOnThreads) {
  const Graph graph = small_network();
  const Tensors inputs = random_inputs(graph, 5);
  for (kernels::Isa isa : usable_isas()) {
    const auto model = model_of(graph, isa);
    const Tensors expected = run_model(model, inputs);
    for (int width : {2, 3, 4, 16}) {
      for (ParallelForFn run : {threads_for, one_by_one}) {
        const Tensors actual = run_model(model, inputs, 1, {width, run, nullptr});
        EXPECT_TRUE(same_bits(actual[0], expected[0])) << kernels::name_of(isa) << " " << width;
      }
    }
  }
}

TEST(Session, BitsDoNotDependOnBatch) {
  const Graph graph = small_network();
  constexpr int kBatch = 9;
  const Tensors inputs = random_inputs(graph, 6, kBatch);
  const int64_t in = graph.value(graph.inputs[0]).shape.elements(),
                out = graph.value(graph.outputs[0]).shape.elements();
  for (kernels::Isa isa : usable_isas()) {
    const auto model = model_of(graph, isa);
    const Tensors together = run_model(model, inputs, kBatch, {2, threads_for, nullptr});
    for (int i = 0; i < kBatch; ++i) {
      const Tensors one{{inputs[0].begin() + i * in, inputs[0].begin() + (i + 1) * in}};
      const std::vector<float> expected(together[0].begin() + i * out, together[0].begin() + (i + 1) * out);
      EXPECT_TRUE(same_bits(run_model(model, one)[0], expected)) << kernels::name_of(isa) << " sample " << i;
    }
  }
}

TEST(Session, IsasThatFuseAgreeBitForBitAndSoDoTheOthers) {
  const Graph graph = small_network();
  const Tensors inputs = random_inputs(graph, 7);
  for (const bool fused : {true, false}) {
    std::vector<float> first;
    for (kernels::Isa isa : usable_isas()) {
      if (kernels::fuses(isa) != fused) continue;
      const Tensors outputs = run_model(model_of(graph, isa), inputs);
      if (first.empty()) first = outputs[0];
      EXPECT_TRUE(same_bits(outputs[0], first)) << kernels::name_of(isa);
    }
  }
}

TEST(Session, RunAllocatesNothing) {
  const Graph graph = small_network();
  const auto model = model_of(graph);
  auto session = Session::create(model);
  ASSERT_TRUE(session.ok());
  const Tensors inputs = random_inputs(graph, 8);
  Tensors outputs = room_for_outputs(graph);
  const auto in = pointers(inputs);
  const auto out = pointers(outputs);
  const int64_t before = allocations();
  for (int i = 0; i < 3; ++i) {
    const Status status = (*session)->run(1, in.data(), out.data());
    if (!status.ok()) FAIL() << status.message();
  }
  EXPECT_EQ(allocations(), before);
}

TEST(Session, ManySessionsShareAModel) {
  const Graph graph = small_network();
  const auto model = model_of(graph);
  const Tensors inputs = random_inputs(graph, 9);
  const Tensors expected = run_model(model, inputs);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) wrong += !same_bits(run_model(model, inputs)[0], expected[0]);
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong.load(), 0);
}

// The floating-point control state of this thread: rounding, denormals, exceptions.
#if defined(__x86_64__)
uint64_t float_state() {
  return _mm_getcsr() & 0xffc0u;
}
void set_float_state(uint64_t state) {
  _mm_setcsr(static_cast<unsigned>(state));
}
constexpr uint64_t kRounding = 0x6000, kDown = 0x2000;
#elif defined(__aarch64__)
uint64_t float_state() {
  uint64_t state;
  asm volatile("mrs %0, fpcr" : "=r"(state));
  return state;
}
void set_float_state(uint64_t state) {
  asm volatile("msr fpcr, %0" : : "r"(state));
}
constexpr uint64_t kRounding = 3u << 22, kDown = 2u << 22;
#elif defined(__arm__)
uint64_t float_state() {
  uint32_t state;
  asm volatile("vmrs %0, fpscr" : "=r"(state));
  return state & ~0xf000009fu;  // but for the flags of comparisons and exceptions
}
void set_float_state(uint64_t state) {
  asm volatile("vmsr fpscr, %0" : : "r"(static_cast<uint32_t>(state)));
}
constexpr uint64_t kRounding = 3u << 22, kDown = 2u << 22;
#elif defined(__riscv)
uint64_t float_state() {
  unsigned long state;
  asm volatile("frrm %0" : "=r"(state));
  return state;
}
void set_float_state(uint64_t state) {
  asm volatile("fsrm %0" : : "r"(static_cast<unsigned long>(state)));
}
constexpr uint64_t kRounding = 7, kDown = 2;
#endif

TEST(Session, KeepsTheCallersFloatingPointState) {
  const auto model = model_of(small_network());
  const Tensors inputs = random_inputs(model->graph(), 10), expected = run_model(model, inputs);
  const uint64_t saved = float_state();
  const uint64_t mine = (saved & ~kRounding) | kDown;  // denormals kept
  set_float_state(mine);
  const Tensors outputs = run_model(model, inputs);
  const uint64_t after = float_state();
  set_float_state(saved);
  EXPECT_EQ(after, mine);
  EXPECT_TRUE(same_bits(outputs[0], expected[0]));
}

TEST(Session, RefusesWhatItCannotRun) {
  const Graph graph = small_network();
  const auto model = model_of(graph);
  auto session = Session::create(model);
  ASSERT_TRUE(session.ok());
  Tensors inputs = random_inputs(graph, 11), outputs = room_for_outputs(graph);
  EXPECT_EQ((*session)->run(0, pointers(inputs).data(), pointers(outputs).data()).code(), Code::bad_argument);
  EXPECT_EQ((*session)->run(2, pointers(inputs).data(), pointers(outputs).data()).code(), Code::bad_argument);
  EXPECT_EQ((*session)->run(1, nullptr, pointers(outputs).data()).code(), Code::bad_argument);
  EXPECT_EQ((*session)->run(1, pointers(inputs).data(), nullptr).code(), Code::bad_argument);
  inputs[0][100] = std::nanf("");
  EXPECT_EQ((*session)->run(1, pointers(inputs).data(), pointers(outputs).data()).code(), Code::bad_argument);
  inputs[0][100] = HUGE_VALF;
  EXPECT_EQ((*session)->run(1, pointers(inputs).data(), pointers(outputs).data()).code(), Code::bad_argument);
  SessionOptions options;
  options.parallel.width = 2;
  EXPECT_EQ(Session::create(model, options).status().code(), Code::bad_argument);
  options = {};
  options.max_batch = 0;
  EXPECT_EQ(Session::create(model, options).status().code(), Code::bad_argument);
  EXPECT_EQ(Session::create(nullptr).status().code(), Code::bad_argument);
}

TEST(Session, NaNReachesTheOutputWhenAllowed) {
  const Graph graph = small_network();
  SessionOptions options;
  options.allow_nonfinite = true;
  auto session = Session::create(model_of(graph), options);
  ASSERT_TRUE(session.ok());
  Tensors inputs = random_inputs(graph, 12), outputs = room_for_outputs(graph);
  inputs[0][1000] = std::nanf("");
  outputs[0].assign(outputs[0].size(), 0.0f);
  ASSERT_TRUE((*session)->run(1, pointers(inputs).data(), pointers(outputs).data()).ok());
  for (float v : outputs[0]) EXPECT_TRUE(std::isnan(v));
}

TEST(Session, ObserverSeesWhatTheReferenceComputes) {
  const Graph graph = small_network();
  const auto model = model_of(graph);
  auto session = Session::create(model);
  ASSERT_TRUE(session.ok());
  const Tensors inputs = random_inputs(graph, 13);
  Tensors outputs = room_for_outputs(graph);
  std::vector<std::vector<double>> wide{{inputs[0].begin(), inputs[0].end()}};
  std::vector<std::pair<std::string, std::vector<double>>> expected;
  auto reference = run_reference(graph, wide, [&](const Node& node, const std::vector<double>& output) {
    expected.emplace_back(graph.value(node.output).name, output);
  });
  ASSERT_TRUE(reference.ok());
  int seen = 0;
  const auto steps = model->steps();
  std::vector<double> seconds;
  const Status status = (*session)->run_observed(
      1, pointers(inputs).data(), pointers(outputs).data(),
      [&](int step, const float* values, int64_t n) {
        for (const auto& [name, output] : expected) {
          if (name != steps[static_cast<size_t>(step)].value) continue;
          EXPECT_LE(relative_error(std::vector<float>(values, values + n), output), 1e-5) << name;
          ++seen;
        }
      },
      &seconds);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(seconds.size(), steps.size());
  EXPECT_GE(seen, 10);
}

}  // namespace
}  // namespace mien
