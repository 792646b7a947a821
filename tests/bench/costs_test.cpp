// Costs of every network that can be built by name, against bench/guard/costs.tsv: a change that moves one of them
// shows its new row. MIEN_RECORD_COSTS=1 writes the table instead; MIEN_LONG=1 runs the large networks and no others.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>

#include "engine/aligned.h"
#include "models/networks.h"
#include "tests/bench/costs.h"
#include "tests/counted_memory.h"

namespace mien::costs {
namespace {

const char* const kHowTo =
    "If that is meant, record it and commit the difference: scripts/bench-guard.sh --record-costs";

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value && std::string(value) != "0";
}

const std::vector<Row>& table() {
  static const Result<std::vector<Row>> kTable = read_table();
  static const std::vector<Row> kNone;
  EXPECT_TRUE(kTable.ok()) << kTable.status().message() << "\n" << kHowTo;
  return kTable.ok() ? *kTable : kNone;
}

// By the recorded parameters, so that a large network is not built to find that out.
bool is_large(const std::string& network) {
  for (const Row& row : table())
    if (row.network == network) return row.params() > MIEN_LARGE_PARAMS;
  return false;
}

bool is_for_the_other_run(const std::string& network) {
  return is_set("MIEN_RECORD_COSTS") || is_large(network) != is_set("MIEN_LONG");
}

class Costs : public testing::TestWithParam<std::string> {};

TEST_P(Costs, AreAsRecorded) {
  const std::string& network = GetParam();
  if (is_for_the_other_run(network)) GTEST_SKIP();
  const auto rows = measure(network);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  ASSERT_FALSE(rows->empty());
  for (const Row& now : *rows) {
    const Row* recorded = find(table(), network, now.isa);
    if (!recorded) {
      ADD_FAILURE() << network << " on " << now.isa << " is not in " << table_path() << ".\n" << kHowTo;
      continue;
    }
    const std::string moved = difference(*recorded, now);
    EXPECT_EQ(moved, "") << "Costs of " << network << " on " << now.isa << " moved:\n" << moved << kHowTo;
  }
}

Parallel one_by_one(int width) {
  Parallel parallel;
  parallel.width = width;
  parallel.run = [](void*, int bodies, void (*body)(void*, int), void* arg) {
    for (int i = 0; i < bodies; ++i) body(arg, i);
  };
  return parallel;
}

int64_t allocations_of_run(const std::shared_ptr<const Model>& model, int threads) {
  SessionOptions options;
  if (threads > 1) options.parallel = one_by_one(threads);
  const auto session = Session::create(model, options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  const std::vector<float> x = golden_input(1, model->input(0).shape.elements(), -1, 1);
  std::vector<std::vector<float>> y;
  for (int i = 0; i < model->outputs(); ++i) y.emplace_back(static_cast<size_t>(model->output(i).shape.elements()));
  std::vector<float*> out;
  for (auto& output : y) out.push_back(output.data());
  const float* in[] = {x.data()};
  const int64_t before = testing_support::allocations();
  const Status status = (*session)->run(1, in, out.data());
  const int64_t made = testing_support::allocations() - before;
  EXPECT_TRUE(status.ok()) << status.message();
  return made;
}

TEST_P(Costs, ARunAllocatesNothing) {
  const std::string& network = GetParam();
  if (is_for_the_other_run(network)) GTEST_SKIP();
  auto package = simplified(network);
  ASSERT_TRUE(package.ok()) << package.status().message();
  const auto model = Model::create(std::move(*package));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(allocations_of_run(*model, 1), 0);
  EXPECT_EQ(allocations_of_run(*model, 2), 0);
}

std::string test_name(const testing::TestParamInfo<std::string>& network) {
  std::string name = network.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Networks, Costs, testing::ValuesIn(network_names()), test_name);

TEST(CostTable, Record) {
  if (!is_set("MIEN_RECORD_COSTS")) GTEST_SKIP() << "MIEN_RECORD_COSTS is not set";
  std::vector<Row> all;
  for (const std::string& network : network_names()) {
    const auto rows = measure(network);
    ASSERT_TRUE(rows.ok()) << rows.status().message();
    all.insert(all.end(), rows->begin(), rows->end());
  }
  const Status status = record(all);
  ASSERT_TRUE(status.ok()) << status.message();
}

// Of the folded networks, as published for them or computed from the tables of their layers. r100's figure there is
// 65,131,968 (65.132 M): it leaves the BatchNorm before the flatten as two vectors of 512, which are in the dense layer
// here.
TEST(CostTable, HoldsThePublishedFigures) {
  constexpr struct {
    const char* network;
    int64_t macs, params;
  } kPublished[] = {
      {"mobilefacenet_0.45g", 437520896, 2047616},        // 0.4375 G
      {"facenet", 1417662304, 23467824},                  // 2.835 G operations in convolutions, 23.468 M
      {"arcface_r50", 6309330944, 43576128},              // 6.309 G
      {"arcface_r100", 12089606144, 65131968 - 2 * 512},  // 12.09 G, 65.13 M
      {"retinaface_mobilenet025", 981145600, 423264},     // 0.981 G
      {"retinaface_resnet50", 44264652800, 27264608},     // 88.53 G operations, 27.2646 M
  };
  if (is_set("MIEN_RECORD_COSTS")) GTEST_SKIP();
  for (const auto& figures : kPublished) {
    int rows = 0;
    for (const Row& row : table()) {
      if (row.network != figures.network) continue;
      ++rows;
      EXPECT_EQ(row.figures[0], figures.macs) << row.network << " on " << row.isa;
      EXPECT_EQ(row.params(), figures.params) << row.network << " on " << row.isa;
    }
    EXPECT_GT(rows, 0) << figures.network;
  }
}

// The guards must be able to fail.
TEST(CostTable, ADifferenceIsSeenAndNamed) {
  const Row was{"a", "avx2", {100, 1, 2, 3, 4, 5, 6, 7}};
  Row now = was;
  EXPECT_EQ(difference(was, now), "");
  now.figures[0] = 99;
  EXPECT_NE(difference(was, now).find("macs"), std::string::npos);
  EXPECT_NE(difference(was, now).find("-1 (-1.00 %)"), std::string::npos) << difference(was, now);
}

TEST(CostTable, AllocationsAreSeen) {
  const int64_t before = testing_support::allocations();
  const std::vector<int> one(100);
  EXPECT_EQ(testing_support::allocations(), before + 1) << one.size();
  const AlignedFloats two(100);
  EXPECT_EQ(testing_support::allocations(), before + 2) << two.size();
}

}  // namespace
}  // namespace mien::costs
