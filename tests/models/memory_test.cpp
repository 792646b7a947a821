// Memory that loading and running a network takes, against Model::peak_bytes: exact where every array is counted, and
// of a process of its own as the system counts it. Tests named Long* take seconds each.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "engine/file/flat_file.h"
#include "engine/model.h"
#include "engine/passes/passes.h"
#include "models/networks.h"
#include "tests/counted_memory.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

Result<Package> simplified(const std::string& network) {
  Result<Package> package = build_network(network, 0);
  if (!package.ok()) return package.status();
  MIEN_RETURN_IF_ERROR(simplify(package->graph));
  return package;
}

// "VmHWM", the most so far, or "VmRSS", now.
int64_t bytes_in_memory(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kilobytes = 0;
    if (word == what + ":" && status >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

// Runs f in a process of its own, whose memory nobody else has touched; false if f was.
bool in_a_child(const std::function<bool()>& f) {
  malloc_trim(0);  // what the heap keeps would be the child's from the start
  const pid_t child = fork();
  if (child == 0) _exit(f() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool run_once(const std::shared_ptr<const Model>& model) {
  const auto session = Session::create(model);
  if (!session.ok()) return false;
  std::vector<float> x(static_cast<size_t>(model->input(0).shape.elements()), 0.25f);
  std::vector<std::vector<float>> y;
  std::vector<float*> out;
  for (int i = 0; i < model->outputs(); ++i) y.emplace_back(static_cast<size_t>(model->output(i).shape.elements()));
  for (auto& output : y) out.push_back(output.data());
  const float* in[] = {x.data()};
  return (*session)->run(1, in, out.data()).ok();
}

// Of the buffers in run_once.
int64_t caller_bytes(const Model& model) {
  int64_t elements = 0;
  for (int i = 0; i < model.inputs(); ++i) elements += model.input(i).shape.elements();
  for (int i = 0; i < model.outputs(); ++i) elements += model.output(i).shape.elements();
  return elements * static_cast<int64_t>(sizeof(float));
}

struct Growth {
  int64_t measured = 0, predicted = 0;
};

// By how much a process grows that loads the file and runs it once. The library's own code is in memory before: a small
// network has been through it.
Growth growth_of(const std::string& path, const std::string& small, bool low_memory) {
  int ends[2];
  Growth growth;
  if (pipe(ends) != 0) return growth;
  const bool ok = in_a_child([&] {
    const auto first = Model::load(small);
    if (!first.ok() || !run_once(*first)) return false;
    Growth child;
    malloc_trim(0);
    const int64_t before = bytes_in_memory("VmRSS");
    ModelOptions options;
    options.low_memory = low_memory;
    const auto model = Model::load(path, options);
    if (!model.ok() || !run_once(*model)) return false;
    child.measured = bytes_in_memory("VmHWM") - before;
    child.predicted = (*model)->peak_bytes(1) + caller_bytes(**model);
    return write(ends[1], &child, sizeof child) == static_cast<ssize_t>(sizeof child);
  });
  close(ends[1]);
  EXPECT_TRUE(ok && read(ends[0], &growth, sizeof growth) == static_cast<ssize_t>(sizeof growth));
  close(ends[0]);
  return growth;
}

Growth growth_of_network(const std::string& network, bool low_memory = false) {
  testing::TemporaryFolder folder;
  const auto store = [&](const std::string& name, const std::string& file) {
    return in_a_child([&] {
      const Result<Package> package = simplified(name);
      return package.ok() && write_file(*package, folder.file(file)).ok();
    });
  };
  if (!store(network, "network.mien") || !store("mobilefacenet", "small.mien")) {
    ADD_FAILURE() << "cannot store " << network;
    return {};
  }
  const Growth growth = growth_of(folder.file("network.mien"), folder.file("small.mien"), low_memory);
  std::printf("%s%s: measured %.1f MB, predicted %.1f MB\n", network.c_str(), low_memory ? ", low memory" : "",
              1e-6 * static_cast<double>(growth.measured), 1e-6 * static_cast<double>(growth.predicted));
  return growth;
}

// 2 % and 1 MB: the graph and the plan, and pages that are used in part.
void expect_as_predicted(const Growth& growth) {
  EXPECT_GT(growth.predicted, 0);
  EXPECT_GE(growth.measured, growth.predicted - growth.predicted / 50 - 1'000'000);
  EXPECT_LE(growth.measured, growth.predicted + growth.predicted / 50 + 1'000'000);
}

#define SKIP_WITH_SANITIZERS() \
  if (testing::kSlow) GTEST_SKIP() << "a sanitizer's own memory is counted with the process's"

TEST(Memory, OfAProcessIsAsPredicted) {
  SKIP_WITH_SANITIZERS();
  expect_as_predicted(growth_of_network("facenet"));
}

TEST(LongMemory, OfIresnet50) {
  SKIP_WITH_SANITIZERS();
  const Growth growth = growth_of_network("arcface_r50");
  expect_as_predicted(growth);
  EXPECT_LE(growth.measured, 320'000'000);
}

TEST(LongMemory, OfIresnet50WithLowMemory) {
  SKIP_WITH_SANITIZERS();
  const Growth growth = growth_of_network("arcface_r50", true);
  expect_as_predicted(growth);
  EXPECT_LE(growth.measured, 200'000'000);
}

TEST(LongMemory, OfRetinaFace) {
  SKIP_WITH_SANITIZERS();
  expect_as_predicted(growth_of_network("retinaface_resnet50"));
}

// Small enough that every array comes from posix_memalign.
TEST(Memory, EveryArrayIsCounted) {
  Result<Package> package = simplified("mobilefacenet");
  ASSERT_TRUE(package.ok());
  const int64_t before = testing_support::aligned_bytes();
  const auto model = Model::create(std::move(*package));
  ASSERT_TRUE(model.ok()) << model.status().message();
  const int64_t loaded = testing_support::aligned_bytes();
  EXPECT_EQ(loaded - before, (*model)->packed_weight_bytes());
  const auto session = Session::create(*model);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(testing_support::aligned_bytes() - loaded, (*model)->arena_bytes(1));
}

TEST(Memory, LowMemoryPacksLessAndComputesTheSame) {
  Result<Package> package = simplified("facenet");
  ASSERT_TRUE(package.ok());
  const auto fast = Model::create(*package);
  ModelOptions options;
  options.low_memory = true;
  const auto small = Model::create(*package, options);
  ASSERT_TRUE(fast.ok() && small.ok());
  const int64_t weights = (*fast)->cost().total.params * static_cast<int64_t>(sizeof(float));
  EXPECT_LT((*small)->packed_weight_bytes(), (*fast)->packed_weight_bytes());
  EXPECT_LT((*small)->packed_weight_bytes(), weights + weights / 50);
  EXPECT_EQ((*small)->cost().total.macs, (*fast)->cost().total.macs);
}

}  // namespace
}  // namespace mien
