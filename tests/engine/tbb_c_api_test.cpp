// The C interface of the oneTBB back end.
#include <gtest/gtest.h>
#include <mien/tbb.h>

#include <atomic>
#include <vector>

namespace {

struct Threads {
  int32_t width = 0;
  mien_parallel_for_fn run = nullptr;
  void* context = nullptr;
};

Threads threads_of(int32_t width) {
  Threads threads;
  threads.width = mien_tbb_parallel(width, &threads.run, &threads.context);
  return threads;
}

TEST(TbbCApi, OneThreadIsTheCallersOwn) {
  Threads threads{0, [](void*, int, void (*)(void*, int), void*) {}, &threads};
  threads.width = mien_tbb_parallel(1, &threads.run, &threads.context);
  EXPECT_EQ(threads.width, 1);
  EXPECT_EQ(threads.run, nullptr);
  EXPECT_EQ(threads.context, nullptr);
}

TEST(TbbCApi, ZeroAndLessAreTheThreadsThatAreAllowed) {
  EXPECT_EQ(threads_of(0).width, mien_allowed_threads());
  EXPECT_EQ(threads_of(-1).width, mien_allowed_threads());
}

TEST(TbbCApi, RunsEveryBodyOnce) {
  const Threads threads = threads_of(3);
  ASSERT_EQ(threads.width, 3);
  ASSERT_NE(threads.run, nullptr);
  EXPECT_EQ(threads.context, threads_of(3).context) << "an arena for each call";
  EXPECT_NE(threads.context, threads_of(2).context);
  std::vector<std::atomic<int>> calls(7);
  threads.run(
      threads.context, 7, [](void* arg, int i) { ++(*static_cast<std::vector<std::atomic<int>>*>(arg))[i]; }, &calls);
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

}  // namespace
