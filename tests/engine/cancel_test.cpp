// Ending a run from outside, by a callback and from another thread; and pools of threads of all manners. The network is
// a real one, so that there are many steps.
#include <gtest/gtest.h>
#include <mien/mien.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "engine/file/flat_file.h"
#include "models/networks.h"

namespace mien {
namespace {

void on_threads(void*, int bodies, void (*body)(void*, int), void* arg) {
  std::vector<std::thread> others;
  for (int i = 1; i < bodies; ++i) others.emplace_back(body, arg, i);
  body(arg, 0);
  for (std::thread& other : others) other.join();
}
void one_by_one_backwards(void*, int bodies, void (*body)(void*, int), void* arg) {
  for (int i = bodies - 1; i >= 0; --i) body(arg, i);
}
// More bodies than workers: each of two takes every other one.
void on_two(void*, int bodies, void (*body)(void*, int), void* arg) {
  const auto every_other = [&](int first) {
    for (int i = first; i < bodies; i += 2) body(arg, i);
  };
  std::thread other(every_other, 1);
  every_other(0);
  other.join();
}

// Asked `asked` times so far; says stop at the time of number `stop_at`, and may cancel the session instead.
struct Stop {
  std::atomic<int> asked{0};
  int stop_at = -1;
  mien_session* session = nullptr;  // not null: mien_session_cancel, and 0 as the answer
};
int32_t stop(void* context) {
  auto* self = static_cast<Stop*>(context);
  if (self->asked++ != self->stop_at) return 0;
  if (!self->session) return 1;
  mien_session_cancel(self->session);
  return 0;
}

class Cancel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Result<std::vector<uint8_t>> file = serialize(*build_network("mobilefacenet", 1));
    ASSERT_TRUE(file.ok());
    file_ = new std::vector<uint8_t>(std::move(*file));
    ASSERT_EQ(mien_model_load_memory(file_->data(), file_->size(), nullptr, &model_, nullptr), MIEN_OK);
  }
  static void TearDownTestSuite() {
    mien_model_free(model_);
    delete file_;
  }
  void SetUp() override {
    for (size_t i = 0; i < rgb_.size(); ++i) rgb_[i] = static_cast<uint8_t>(i * 37 % 251);
    options_.cancel = stop;
    options_.cancel_context = &stop_;
    open();
    ASSERT_EQ(run(), MIEN_OK) << error_.message;
    expected_ = output_;
    steps_ = stop_.asked;
    ASSERT_GT(steps_, 20);
  }
  void TearDown() override { mien_session_free(session_); }
  void open() {
    mien_session_free(session_);
    session_ = nullptr;
    ASSERT_EQ(mien_session_create(model_, &options_, &session_, &error_), MIEN_OK) << error_.message;
  }
  mien_code run() {
    stop_.asked = 0;
    std::fill(output_.begin(), output_.end(), -9.0f);
    return mien_session_run_pictures(session_, 1, rgb_.data(), output_.data(), &error_);
  }
  void expect_whole_run() {
    stop_.stop_at = -1;
    ASSERT_EQ(run(), MIEN_OK) << error_.message;
    EXPECT_EQ(std::memcmp(output_.data(), expected_.data(), sizeof(float) * output_.size()), 0);
  }

  static std::vector<uint8_t>* file_;
  static mien_model* model_;
  std::vector<uint8_t> rgb_ = std::vector<uint8_t>(112 * 112 * 3);
  std::vector<float> output_ = std::vector<float>(128), expected_;
  Stop stop_;
  int steps_ = 0;
  mien_session_options options_ = MIEN_SESSION_OPTIONS_INIT;
  mien_session* session_ = nullptr;
  mien_error error_ = MIEN_ERROR_INIT;
};
std::vector<uint8_t>* Cancel::file_ = nullptr;
mien_model* Cancel::model_ = nullptr;

TEST_F(Cancel, TheCallbackEndsARunBeforeAnyStep) {
  for (mien_parallel_for_fn pool : {static_cast<mien_parallel_for_fn>(nullptr), &on_threads, &one_by_one_backwards}) {
    options_.width = pool ? 3 : 1;
    options_.parallel_for = pool;
    open();
    for (int at = 0; at < steps_; at += 1 + steps_ / 9) {
      stop_.stop_at = at;
      ASSERT_EQ(run(), MIEN_CANCELLED) << at;
      EXPECT_STREQ(error_.message, "cancelled");
      EXPECT_EQ(error_.code, MIEN_CANCELLED);
      if (!pool) {
        EXPECT_EQ(stop_.asked, at + 1) << "the run went on";
      }
      expect_whole_run();
    }
  }
}

TEST_F(Cancel, ACancelLastsUntilResume) {
  stop_.session = session_;
  stop_.stop_at = 5;
  ASSERT_EQ(run(), MIEN_CANCELLED);
  EXPECT_EQ(stop_.asked, 6);
  stop_.stop_at = -1;
  ASSERT_EQ(run(), MIEN_CANCELLED);
  ASSERT_EQ(run(), MIEN_CANCELLED);
  EXPECT_EQ(stop_.asked, 0) << "something was computed";
  mien_session_resume(session_);
  expect_whole_run();
  mien_session_cancel(session_);
  mien_session_resume(session_);
  expect_whole_run();
  mien_session_cancel(nullptr);
  mien_session_resume(nullptr);
}

TEST_F(Cancel, FromAnotherThread) {
  for (int32_t width : {1, 2}) {
    options_.width = width;
    options_.parallel_for = on_threads;
    open();
    for (int round = 0; round < 5; ++round) {
      std::atomic<bool> started{false};
      std::thread other([&] {
        while (!started) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::microseconds(300 * round));
        mien_session_cancel(session_);
      });
      started = true;
      mien_code code = MIEN_OK;
      while ((code = run()) == MIEN_OK)
        ASSERT_EQ(std::memcmp(output_.data(), expected_.data(), sizeof(float) * output_.size()), 0);
      other.join();
      EXPECT_EQ(code, MIEN_CANCELLED);
      mien_session_resume(session_);
      expect_whole_run();
    }
  }
}

TEST_F(Cancel, EveryPoolGivesTheSameBits) {
  for (mien_parallel_for_fn pool : {&on_threads, &one_by_one_backwards, &on_two}) {
    for (int32_t width : {2, 5}) {
      options_.width = width;
      options_.parallel_for = pool;
      open();
      expect_whole_run();
    }
  }
}

}  // namespace
}  // namespace mien
