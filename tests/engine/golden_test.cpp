// The proof: what it accepts, and above all what it does not.
#include "engine/golden.h"

#include <limits>

#include "engine/make_golden.h"
#include "tests/engine/graph_cases.h"

namespace mien {
namespace {

using namespace testing_support;

TEST(GoldenInput, SameBitsOnEveryHost) {
  const std::vector<float> v = golden_input(0, 3, 0, 1);
  // The first outputs of SplitMix64 seeded with 0 are e220a8397b1dcdaf and, for the next state, other streams: here
  // each element is the first output of a generator of its own.
  EXPECT_EQ(v[0], static_cast<float>(0xe220a8) / 16777216.0f);
  EXPECT_EQ(golden_input(1, 1, 0, 1)[0], v[1]);
  EXPECT_EQ(golden_input(2, 1, 0, 1)[0], v[2]);
  for (float x : golden_input(7, 10000, -3, 5)) {
    EXPECT_GE(x, -3);
    EXPECT_LT(x, 5);
  }
}

TEST(SampleIndex, CoversBothEnds) {
  EXPECT_EQ(sample_index(0, 1, 100), 0);
  EXPECT_EQ(sample_index(0, 16, 1000), 0);
  EXPECT_EQ(sample_index(15, 16, 1000), 999);
  for (int64_t i = 0; i < 7; ++i) EXPECT_EQ(sample_index(i, 7, 7), i);
}

TEST(DigestOf, Figures) {
  const Digest d = digest_of("v", {3, -4, 0, 0}, 16);
  EXPECT_EQ(d.value, "v");
  EXPECT_EQ(d.elements, 4);
  EXPECT_EQ(d.rms, 2.5);
  EXPECT_EQ(d.max_abs, 4);
  EXPECT_EQ(d.samples, (std::vector<float>{3, -4, 0, 0}));
  EXPECT_EQ(digest_of("v", {3, -4, 0, 5}, 2).samples, (std::vector<float>{3, 5}));
}

TEST(Compare, EqualIsPerfect) {
  const Agreement a = compare(digest_of("v", {1, 2, 3}, 16), std::vector<float>{1, 2, 3}.data(), 3);
  EXPECT_NEAR(a.cosine, 1, 1e-15);
  EXPECT_EQ(a.relative_error, 0);
}

TEST(Compare, ErrorAndAngle) {
  const Digest d = digest_of("v", {0, 4}, 16);
  const Agreement off = compare(d, std::vector<float>{1, 4}.data(), 2);
  EXPECT_NEAR(off.relative_error, 0.25, 1e-15);
  EXPECT_NEAR(off.cosine, 4 / std::sqrt(17.0), 1e-15);
  EXPECT_NEAR(compare(d, std::vector<float>{0, -4}.data(), 2).cosine, -1, 1e-15);
  EXPECT_EQ(compare(d, std::vector<float>{0, 0}.data(), 2).cosine, 0);
}

TEST(Compare, SeesWhatIsNotSampled) {
  std::vector<double> tensor(1000, 1.0);
  const Digest d = digest_of("v", tensor, 2);  // the ends only
  std::vector<float> v(1000, 1.0f);
  v[500] = 3;
  EXPECT_NEAR(compare(d, v.data(), 1000).relative_error, 2, 1e-6);
  v[500] = -1;  // neither rms nor the largest value change: this one slips through, and the layers after it tell
  EXPECT_EQ(compare(d, v.data(), 1000).relative_error, 0);
}

TEST(Compare, NanInfinityAndSizeAreNeverRight) {
  const Digest d = digest_of("v", {1, 2, 3}, 1);
  for (float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    for (size_t at = 0; at < 3; ++at) {
      std::vector<float> v = {1, 2, 3};
      v[at] = bad;
      const Agreement a = compare(d, v.data(), 3);
      EXPECT_EQ(a.cosine, 0);
      EXPECT_EQ(a.relative_error, HUGE_VAL);
    }
  }
  EXPECT_EQ(compare(d, std::vector<float>{1, 2}.data(), 2).relative_error, HUGE_VAL);
}

TEST(Compare, ZeroTensors) {
  const Digest zero = digest_of("v", {0, 0}, 16);
  const Agreement right = compare(zero, std::vector<float>{0, 0}.data(), 2);
  EXPECT_EQ(right.cosine, 1);
  EXPECT_EQ(right.relative_error, 0);
  EXPECT_EQ(compare(zero, std::vector<float>{0, 1e-20f}.data(), 2).relative_error, HUGE_VAL);
}

// Samples that are rounding noise beside the tensor's largest value have no direction to compare.
TEST(Compare, NoiseHasNoDirection) {
  const Digest d = digest_of("v", {1e-9, 0, 1000, 0, -1e-9}, 2);
  const Agreement a = compare(d, std::vector<float>{0, 0, 1000, 0, 0}.data(), 5);
  EXPECT_EQ(a.cosine, 1);
  EXPECT_LT(a.relative_error, 1e-11);
}

Graph network() {
  Builder b(5);
  const ValueId x = b.input({1, 3, 12, 12});
  ValueId y = b.prelu(b.conv(x, 20, window(3, 2, 1)));
  y = b.add(b.conv(y, 20, window(1)), y);
  y = b.relu(b.conv(y, 33, window(3, 1, 1)));
  return b.done({b.fully_connected(b.reshape(y, {1, 33 * 36}), 10)});
}

Package package_of(const Graph& graph) {
  Package package;
  package.graph = graph;
  auto golden = make_golden(graph, 2, -1, 1);
  EXPECT_TRUE(golden.ok()) << golden.status().message();
  if (golden.ok()) package.golden = *golden;
  return package;
}

TEST(MakeGolden, OneCaseAndDigestPerNode) {
  const Graph graph = network();
  const Golden golden = package_of(graph).golden;
  ASSERT_EQ(golden.cases.size(), 2u);
  EXPECT_NE(golden.cases[0].seed, golden.cases[1].seed);
  for (const GoldenCase& one : golden.cases) {
    ASSERT_EQ(one.layers.size(), graph.nodes.size());
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      EXPECT_EQ(one.layers[i].value, graph.value(graph.nodes[i].output).name);
      EXPECT_EQ(one.layers[i].samples.size(), std::min<size_t>(kLayerSamples, one.layers[i].elements));
    }
    ASSERT_EQ(one.outputs.size(), 1u);
    EXPECT_EQ(one.outputs[0].samples.size(), 10u);
  }
}

TEST(MakeGolden, RefusesWhatFloatCannotHold) {
  Builder b(6);
  const ValueId x = b.input({1, 4});
  const ValueId y = b.node(Op::exp, {b.node(Op::mul, {x, b.graph.add_constant("big", {1}, {1000})})});
  const auto golden = make_golden(b.done({y}), 1, 1, 2);
  ASSERT_FALSE(golden.ok());
  EXPECT_EQ(golden.status().code(), Code::check_failed);
  EXPECT_NE(golden.status().message().find(b.graph.value(y).name), std::string::npos) << golden.status().message();
}

TEST(Verify, AcceptsTheRightModelOnEveryIsa) {
  for (kernels::Isa isa : usable_isas()) {
    auto model = Model::create(package_of(network()), {isa});
    ASSERT_TRUE(model.ok()) << model.status().message();
    const auto report = verify(*model);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->ok) << kernels::name_of(isa) << " " << report->first_divergent;
    EXPECT_EQ(report->cases, 2);
    EXPECT_GE(report->layers_checked, 2 * 4);
    ASSERT_EQ(report->outputs.size(), 1u);
    EXPECT_GE(report->outputs[0].cosine, 0.9999999);
    EXPECT_LT(report->outputs[0].relative_error, 1e-5);
  }
}

// One weight of the third convolution is off by a hundredth: the report must name that layer and no other.
TEST(Verify, NamesTheFirstLayerThatDiverges) {
  Package package = package_of(network());
  int convs = 0;
  std::string expected;
  for (size_t i = 0; i < package.graph.nodes.size(); ++i) {
    const Node& node = package.graph.nodes[i];
    if (node.op != Op::conv || ++convs != 3) continue;
    Value& weights = package.graph.value(node.inputs[1]);
    std::vector<float> values(weights.constant.data, weights.constant.data + weights.shape.elements());
    for (float& v : values) v += 0.01f;
    weights.constant = make_constant(std::move(values));
    expected = package.graph.value(package.graph.nodes[i + 1].output).name;  // the relu that the plan fuses into it
  }
  auto model = Model::create(std::move(package));
  ASSERT_TRUE(model.ok());
  const auto report = verify(*model);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->ok);
  EXPECT_EQ(report->first_divergent, expected);
  EXPECT_GT(report->divergent.relative_error, 1e-4);
  ProofLimits loose;
  loose.min_cosine = -1;
  loose.max_relative_error = 100;
  const auto loosened = verify(*model, loose);
  ASSERT_TRUE(loosened.ok());
  EXPECT_TRUE(loosened->ok);
}

TEST(Verify, NeedsCasesThatFitTheGraph) {
  Package none;
  none.graph = network();
  auto model = Model::create(none);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(verify(*model).status().code(), Code::bad_argument);
  Package wrong = package_of(network());
  wrong.golden.cases[1].outputs.clear();
  model = Model::create(wrong);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(verify(*model).status().code(), Code::corrupt);
}

}  // namespace
}  // namespace mien
