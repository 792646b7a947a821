// The caller's allocator: every large array goes through it, to the byte, and each may be refused.
#include <gtest/gtest.h>
#include <mien/mien.h>

#include <cstring>
#include <thread>

#include "models/networks.h"
#include "tests/engine/counting_allocator.h"
#include "tests/engine/graph_cases.h"
#include "tests/engine/picture_model.h"
#include "tests/file/sample.h"

namespace mien {
namespace {

using testing_support::Builder;
using testing_support::CountingAllocator;
using testing_support::window;

void run_bodies(void*, int bodies, void (*body)(void*, int), void* arg) {
  std::vector<std::thread> others;
  for (int i = 1; i < bodies; ++i) others.emplace_back(body, arg, i);
  body(arg, 0);
  for (std::thread& other : others) other.join();
}

// Every kind of step that has memory of its own: narrow, grouped and dense convolutions, both forms of Winograd's with
// an affine in front, depthwise, affine, prelu, a constant in blocked layout, fully connected.
Graph every_kind() {
  Builder b(3);
  const ValueId x = b.input({1, 3, 32, 32});
  ValueId v = b.prelu(b.conv(x, 32, window(3, 1, 1)));
  v = b.conv(b.batch_norm(v), 48, window(3, 1, 1));
  v = b.prelu(b.conv(v, 48, window(3, 2, 1, 48)));
  v = b.prelu(b.conv(v, 48, window(3, 2, 1, 4)));
  v = b.prelu(b.batch_norm(b.conv(b.relu(v), 64, window(3, 1, 1))));
  v = b.node(Op::mul, {v, b.constant({1, 64, 8, 8})});
  v = b.node(Op::global_average_pool, {v});
  v = b.prelu(b.fully_connected(b.reshape(v, {1, 64}), 24));
  return b.done({v});
}

Package package_of(const Graph& graph) {
  Package package;
  package.graph = graph;
  return package;
}

TEST(AnAllocator, GetsEveryByteOfAModelAndItsSessions) {
  CountingAllocator allocator;
  ModelOptions options;
  options.allocator = allocator.engine();
  for (const char* network : {"mobilefacenet", "every kind"}) {
    SCOPED_TRACE(network);
    Package package = std::strcmp(network, "every kind") == 0 ? package_of(every_kind()) : *build_network(network, 1);
    auto model = Model::create(std::move(package), options);
    ASSERT_TRUE(model.ok()) << model.status().message();
    EXPECT_EQ(allocator.bytes(), (*model)->packed_weight_bytes());
    for (int width : {1, 3}) {
      const int64_t before = allocator.bytes();
      SessionOptions session_options;
      session_options.max_batch = 2;
      session_options.parallel = {width, run_bodies, nullptr};
      auto session = Session::create(*model, session_options);
      ASSERT_TRUE(session.ok()) << session.status().message();
      EXPECT_EQ(allocator.bytes() - before, (*model)->session_bytes(2, width));
    }
  }
}

TEST(AnAllocator, ChangesNoBitOfAResult) {
  const Graph graph = every_kind();
  const auto inputs = testing_support::random_inputs(graph, 5, 2);
  const auto expected = testing_support::run_model(testing_support::model_of(graph), inputs, 2);
  CountingAllocator allocator;
  ModelOptions options;
  options.allocator = allocator.engine();
  auto model = Model::create(package_of(graph), options);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(testing_support::run_model(*model, inputs, 2), expected);
  EXPECT_EQ(testing_support::run_model(*model, inputs, 2, {3, run_bodies, nullptr}), expected);
}

TEST(AnAllocator, EachOfItsRefusalsIsOutOfMemory) {
  const Graph graph = every_kind();
  CountingAllocator allocator;
  ModelOptions options;
  options.allocator = allocator.engine();
  int refused = 0;
  for (int n = 0;; ++n) {
    allocator.fail(n);
    auto model = Model::create(package_of(graph), options);
    if (allocator.failures() == 0) {
      ASSERT_TRUE(model.ok()) << model.status().message();
      break;
    }
    ++refused;
    ASSERT_EQ(model.status().code(), Code::out_of_memory) << n;
    ASSERT_EQ(allocator.bytes(), 0) << n;
  }
  EXPECT_GE(refused, 20);  // weights, biases, slopes, scales and shifts of eight layers
  allocator.fail_never();
}

// The C interface.
class CAllocator : public ::testing::Test {
 protected:
  void SetUp() override {
    load_.allocator = &c_;
    session_options_.max_batch = 3;
  }
  // From memory that lies `shift` bytes behind a multiple of 64, and a session; frees both.
  mien_code load_and_open(size_t shift, int64_t* model_bytes, int64_t* session_bytes) {
    testing::AlignedBytes bytes(file_, shift);
    mien_model* model = nullptr;
    mien_session* session = nullptr;
    mien_code code = mien_model_load_memory(bytes.data(), bytes.size(), &load_, &model, &error_);
    *model_bytes = allocator_.bytes();
    if (code == MIEN_OK) code = mien_session_create(model, &session_options_, &session, &error_);
    *session_bytes = allocator_.bytes() - *model_bytes;
    if (code == MIEN_OK) check(model, session, shift, *model_bytes, *session_bytes);
    mien_model_free(model);
    mien_session_free(session);
    return code;
  }
  void check(const mien_model* model, mien_session* session, size_t shift, int64_t model_bytes, int64_t session_bytes) {
    mien_model_info info = MIEN_MODEL_INFO_INIT;
    ASSERT_EQ(mien_model_get_info(model, &info, &error_), MIEN_OK);
    const int64_t copied = shift == 0 ? 0 : (static_cast<int64_t>(file_.size()) + 63) / 64 * 64;
    EXPECT_EQ(model_bytes, info.packed_weight_bytes + copied);
    int64_t told = -1;
    ASSERT_EQ(mien_model_get_session_memory(model, &session_options_, &told, &error_), MIEN_OK) << error_.message;
    EXPECT_EQ(session_bytes, told);
    if (session_options_.width == 1) {
      EXPECT_EQ(told, mien_model_session_bytes(model, 3));
    }
    const int calls = allocator_.calls();
    std::vector<uint8_t> rgb;
    for (int i = 0; i < 3; ++i) {
      const std::vector<uint8_t> one = testing::picture(i);
      rgb.insert(rgb.end(), one.begin(), one.end());
    }
    float output[3][testing::kOut];
    ASSERT_EQ(mien_session_run_pictures(session, 3, rgb.data(), output[0], &error_), MIEN_OK) << error_.message;
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR(output[i][1], testing::expected(testing::normalized(testing::picture(i)), 1), 1e-4);
    EXPECT_EQ(allocator_.calls(), calls) << "a run allocates";
  }

  const std::vector<uint8_t> file_ = testing::bytes_of(testing::picture_package());
  CountingAllocator allocator_;
  const mien_allocator c_ = allocator_.c();
  mien_load_options load_ = MIEN_LOAD_OPTIONS_INIT;
  mien_session_options session_options_ = MIEN_SESSION_OPTIONS_INIT;
  mien_error error_ = MIEN_ERROR_INIT;
};

TEST_F(CAllocator, CountsToTheByte) {
  int64_t model = 0, session = 0;
  for (size_t shift : {0, 1, 4, 32}) EXPECT_EQ(load_and_open(shift, &model, &session), MIEN_OK) << error_.message;
  session_options_.width = 2;
  session_options_.parallel_for = run_bodies;
  EXPECT_EQ(load_and_open(0, &model, &session), MIEN_OK) << error_.message;
  EXPECT_EQ(allocator_.bytes(), 0);
}

TEST_F(CAllocator, FailsEachInTurn) {
  session_options_.width = 2;
  session_options_.parallel_for = run_bodies;
  int refused = 0;
  for (int n = 0;; ++n, ++refused) {
    int64_t model = 0, session = 0;
    allocator_.fail(n);
    const mien_code code = load_and_open(1, &model, &session);
    ASSERT_EQ(allocator_.bytes(), 0) << n;
    if (allocator_.failures() == 0) {
      ASSERT_EQ(code, MIEN_OK) << error_.message;
      break;
    }
    ASSERT_EQ(code, MIEN_OUT_OF_MEMORY) << n;
    EXPECT_STREQ(error_.message, "out of memory");
  }
  EXPECT_GE(refused, 6);  // the copy, weights, bias, arena, flags, pictures
}

TEST_F(CAllocator, ASessionMayBringItsOwn) {
  CountingAllocator own;
  const mien_allocator c = own.c();
  session_options_.allocator = &c;
  testing::AlignedBytes bytes(file_);
  mien_model* model = nullptr;
  ASSERT_EQ(mien_model_load_memory(bytes.data(), bytes.size(), &load_, &model, &error_), MIEN_OK);
  const int64_t of_model = allocator_.bytes();
  mien_session* session = nullptr;
  ASSERT_EQ(mien_session_create(model, &session_options_, &session, &error_), MIEN_OK);
  EXPECT_EQ(allocator_.bytes(), of_model);
  int64_t told = 0;
  ASSERT_EQ(mien_model_get_session_memory(model, &session_options_, &told, &error_), MIEN_OK);
  EXPECT_EQ(own.bytes(), told);
  mien_model_free(model);
  EXPECT_EQ(allocator_.bytes(), of_model);  // the session still needs it
  mien_session_free(session);
  EXPECT_EQ(allocator_.bytes(), 0);
  EXPECT_EQ(own.bytes(), 0);
}

TEST_F(CAllocator, NeedsBothFunctionsAndItsSize) {
  int64_t model = 0, session = 0;
  for (int missing = 0; missing < 3; ++missing) {
    mien_allocator half = allocator_.c();
    if (missing == 0) half.allocate = nullptr;
    if (missing == 1) half.release = nullptr;
    if (missing == 2) half.struct_size = 0;
    load_.allocator = &half;
    EXPECT_EQ(load_and_open(0, &model, &session), MIEN_BAD_ARGUMENT) << missing;
    load_.allocator = &c_;
    session_options_.allocator = &half;
    EXPECT_EQ(load_and_open(0, &model, &session), MIEN_BAD_ARGUMENT) << missing;
    session_options_.allocator = nullptr;
  }
  int64_t bytes = 7;
  EXPECT_EQ(mien_model_get_session_memory(nullptr, nullptr, &bytes, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(bytes, 0);
  EXPECT_EQ(mien_model_get_session_memory(nullptr, nullptr, nullptr, &error_), MIEN_BAD_ARGUMENT);
}

}  // namespace
}  // namespace mien
