// MobileFaceNets in the ways that ncnn files of them are met, against the networks that models/ builds directly.
#include <cmath>

#include "converters/mxnet/mxnet.h"
#include "converters/mxnet/params.h"
#include "engine/model.h"
#include "engine/passes/passes.h"
#include "models/layers.h"
#include "models/networks.h"
#include "models/seeded_weights.h"
#include "tests/converters/damage.h"
#include "tests/converters/ncnn_network.h"

namespace mien::testing {
namespace {

// A picture of numbers in (-1, 1), or of 0..255 where the network normalises it.
Floats picture(const Shape& shape, uint64_t salt, bool bytes) {
  Floats values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    const double u = static_cast<double>(mix(salt * 1000003 + i) >> 40) / 16777216.0;
    values[i] = static_cast<float>(bytes ? std::floor(256 * u) : 2 * u - 1);
  }
  return values;
}

Floats answer(const Package& original, const Floats& x) {
  Package package = original;
  EXPECT_TRUE(simplify(package.graph).ok());
  const auto model = Model::create(package);
  EXPECT_TRUE(model.ok()) << model.status().message();
  const auto session = Session::create(*model);
  EXPECT_TRUE(session.ok()) << session.status().message();
  Floats y(static_cast<size_t>((*model)->output(0).shape.elements()));
  const float* inputs[] = {x.data()};
  float* outputs[] = {y.data()};
  const Status status = (*session)->run(1, inputs, outputs);
  EXPECT_TRUE(status.ok()) << status.message();
  return y;
}

template <class T>
double cosine(const std::vector<T>& a, const std::vector<T>& b) {
  double product = 0, first = 0, second = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    product += x * y, first += x * x, second += y * y;
  }
  return product / std::sqrt(first * second);
}

// Both on pictures, and where `reference` says so on the double-precision kernels too.
void expect_same(const Package& built, const NcnnModel& file, const PictureSize& size, bool bytes, bool reference) {
  std::vector<std::string> unsupported;
  const Result<Imported> imported = import_model(file, &unsupported, size);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_TRUE(imported->repairs.empty());
  const Graph &mine = built.graph, &theirs = imported->package.graph;
  const Shape& input = mine.value(mine.inputs[0]).shape;
  ASSERT_EQ(theirs.value(theirs.inputs[0]).shape, input);
  ASSERT_EQ(theirs.value(theirs.outputs[0]).shape, mine.value(mine.outputs[0]).shape);
  EXPECT_EQ(cost_of(theirs).total.macs, cost_of(mine).total.macs);
  EXPECT_TRUE(imported->package.output.embedding);
  EXPECT_EQ(imported->package.card.source_format, "ncnn");
  for (uint64_t salt = 1; salt <= 2; ++salt) {
    const Floats x = picture(input, salt, bytes), a = answer(built, x), b = answer(imported->package, x);
    ASSERT_EQ(a.size(), b.size());
    EXPECT_GE(cosine(a, b), 0.9999999);
    printf("  1 - cosine %.2g\n", 1 - cosine(a, b));
  }
  if (!reference) return;
  const Floats x = picture(input, 3, bytes);
  const auto a = run_reference(mine, {V(x.begin(), x.end())}), b = run_reference(theirs, {V(x.begin(), x.end())});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_GE(cosine((*a)[0], (*b)[0]), 0.9999999);
}

// 512 numbers, as many trained files have.
class Wide : public RecordedWeights {
 public:
  int64_t outputs_of(const std::string&, Role, int64_t) const override { return 512; }
};

struct Variant {
  const char* name;
  const char* network;
  bool wide, folded, reference;
};

class NcnnNetworks : public ::testing::TestWithParam<Variant> {};

TEST_P(NcnnNetworks, AnswerAsTheOriginal) {
  RecordedWeights narrow;
  Wide wide;
  RecordedWeights& weights = GetParam().wide ? wide : narrow;
  Result<Package> built = build_network(GetParam().network, weights);
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_EQ(built->graph.value(built->graph.outputs[0]).shape[1] == 512, GetParam().wide);
  NcnnStyle style;
  style.folded = GetParam().folded;
  const NcnnModel file = ncnn_network(built->graph, weights, style);
  expect_same(*built, file, {}, built->input.normalized_inside, GetParam().reference);
}

const Variant kVariants[] = {
    {"Prelu", "mobilefacenet", false, false, true},
    {"PreluFolded", "mobilefacenet", false, true, false},
    {"Prelu512", "mobilefacenet", true, false, false},
    {"Relu6", "mobilefacenet_relu6", false, false, true},
    {"Relu6Folded", "mobilefacenet_relu6", false, true, true},
    {"Gluonface", "gluonface_mobilefacenet", false, false, false},
};
INSTANTIATE_TEST_SUITE_P(Variants, NcnnNetworks, ::testing::ValuesIn(kVariants),
                         [](const auto& of) { return std::string(of.param.name); });

// A MobileFaceNet of 112 x 96 pictures: its global depthwise convolution is 7 x 6.
Package of_112x96(WeightSource& weights, bool relu6) {
  LayerBuilder net("mobilefacenet_112x96", weights);
  const auto unit = [&](const std::string& layer, Features x, int channels, const ConvSpec& spec) {
    x = net.batch_norm(layer, net.conv(layer, x, channels, spec));
    return relu6 ? net.relu6(layer + "/relu6", x) : net.prelu(layer, x);
  };
  const auto bottleneck = [&](const std::string& block, Features x, int t, int c, int stride) {
    Features y = unit(block + ".expand", x, t * x.channels, ConvSpec{1, 1, 0, 1, 1});
    y = unit(block + ".depthwise", y, y.channels, ConvSpec{3, stride, 1, y.channels, 1.8});
    const bool sum = stride == 1 && x.channels == c;
    y = net.batch_norm(block + ".project", net.conv(block + ".project", y, c, ConvSpec{1, 1, 0, 1, sum ? 0.3 : 1.8}));
    return sum ? net.add(block + ".sum", x, y) : y;
  };
  Features x = unit("conv1", net.input("input", 3, 112, 96), 64, ConvSpec{3, 2, 1, 1, 1.8});  // -> 56 x 48
  x = unit("conv2", x, 64, ConvSpec{3, 1, 1, 64, 1.8});
  x = bottleneck("stage1.0", x, 2, 64, 2);  // -> 28 x 24
  x = bottleneck("stage1.1", x, 2, 64, 1);
  x = bottleneck("stage2.0", x, 4, 128, 2);  // -> 14 x 12
  x = bottleneck("stage3.0", x, 2, 128, 1);
  x = bottleneck("stage4.0", x, 4, 128, 2);  // -> 7 x 6
  x = unit("conv3", x, 512, ConvSpec{1, 1, 0, 1, 1});
  Window global;
  global.kernel_h = 7, global.kernel_w = 6, global.groups = 512;
  x = net.batch_norm("gdconv", net.conv_window("gdconv", x, 512, global, 1.8));
  x = net.batch_norm("conv4", net.conv("conv4", x, 512, ConvSpec{1, 1, 0, 1, 1}));
  net.output_vector("embedding", x);
  Package package;
  package.graph = net.take();
  EXPECT_TRUE(infer_shapes(package.graph).ok());
  return package;
}

TEST(Ncnn112x96, AnswersAsTheOriginal) {
  for (const bool relu6 : {false, true}) {
    RecordedWeights weights;
    const Package built = of_112x96(weights, relu6);
    NcnnStyle style;
    style.folded = relu6;
    style.input = "0=96 1=112 2=3";
    expect_same(built, ncnn_network(built.graph, weights, style), {}, false, true);
    // The same without the size in the file: the caller gives it, and the channels are the first convolution's.
    style.input = "";
    expect_same(built, ncnn_network(built.graph, weights, style), {112, 96}, false, false);
  }
}

// A trained one that stands beside some checkouts, as MXNet's: normalisation inside, 128 numbers.
TEST(NcnnRealFile, AnswersAsItsMxnetFile) {
  const std::string stem = std::string(MIEN_SHARED_DIR) + "/data/models/mobilefacenet_y1-";
  const Bytes symbol = bytes_of_file(stem + "symbol.json"), params = bytes_of_file(stem + "0000.params");
  if (symbol.empty() || params.empty()) GTEST_SKIP() << "no real data in " << MIEN_SHARED_DIR;
  Result<Checkpoint> checkpoint = read_mxnet_params(params.data(), params.size());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  std::vector<std::string> unsupported;
  const Result<Imported> original =
      import_mxnet(symbol.data(), symbol.size(), std::move(*checkpoint), {}, &unsupported);
  ASSERT_TRUE(original.ok()) << original.status().message();
  const NcnnModel file = ncnn_network(original->package.graph, RecordedWeights());
  expect_same(original->package, file, {}, true, true);
  EXPECT_TRUE(import_model(file)->package.input.normalized_inside);
}

}  // namespace
}  // namespace mien::testing
