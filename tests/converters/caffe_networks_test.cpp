// Whole networks from Caffe files: MobileFaceNet in its variants answers as the network built directly.
#include <cmath>
#include <fstream>

#include "converters/convert.h"
#include "engine/passes/passes.h"
#include "models/mobilefacenet.h"
#include "models/mobilefacenet_relu6.h"
#include "models/networks.h"
#include "models/seeded_weights.h"
#include "tests/converters/caffe_model.h"
#include "tests/converters/caffe_network.h"

namespace mien::testing {
namespace {

// The weights of seed 0, with an embedding of another width.
class Weights : public RecordedWeights {
 public:
  explicit Weights(int64_t dims) : dims_(dims) {}
  int64_t outputs_of(const std::string&, Role, int64_t usual) const override { return dims_ > 0 ? dims_ : usual; }

 private:
  int64_t dims_;
};

// Pictures of 112 x 96 leave 7 x 6 for the last depthwise layer: its windows lose a column.
void narrow(Graph* graph, Weights* weights) {
  graph->value(graph->inputs[0]).shape[3] = 96;
  for (Node& node : graph->nodes) {
    if (node.op != Op::conv || node.window.kernel_w != 7) continue;
    const std::string key = graph->value(node.inputs[1]).name;
    NamedTensor& tensor = weights->tensors.at(key);
    std::vector<float> kept;
    for (size_t i = 0; i < tensor.values.size(); ++i)
      if (i % 7 != 6) kept.push_back(tensor.values[i]);
    tensor.shape[3] = 6, tensor.values = kept;
    node.inputs[1] = graph->add_constant(key + " narrow", tensor.shape, kept);
    weights->tensors[graph->value(node.inputs[1]).name] = tensor;
    node.window.kernel_w = 6;
  }
  ASSERT_TRUE(infer_shapes(*graph).ok());
}

struct Case {
  const char* name;
  const char* network;
  int64_t dims;
  int width;
  CaffeWriting writing;
};
void PrintTo(const Case& c, std::ostream* os) {
  *os << c.name;
}

CaffeWriting of_old_files() {
  CaffeWriting writing;
  writing.style.legacy_shapes = true;
  writing.input_layer = false;
  writing.in_place = false;
  return writing;
}
CaffeWriting of_forks() {
  CaffeWriting writing;
  writing.depthwise_layers = true;
  writing.style.unpacked = true;
  return writing;
}

class CaffeNetworks : public ::testing::TestWithParam<Case> {};

TEST_P(CaffeNetworks, AnswerAsTheNetworkItself) {
  Weights weights(GetParam().dims);
  Result<Package> package = build_network(GetParam().network, weights);
  ASSERT_TRUE(package.ok()) << package.status().message();
  Graph& direct = package->graph;
  if (GetParam().width == 96) narrow(&direct, &weights);
  const CaffeNet net = caffe_network(direct, weights, GetParam().writing);
  const Result<Imported> imported = import_net(net);
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  EXPECT_TRUE(imported->warnings.empty());
  const Package& found = imported->package;
  EXPECT_TRUE(found.output.embedding);
  EXPECT_EQ(found.card.source_format, "caffe");
  EXPECT_EQ(found.input.width, GetParam().width);
  EXPECT_EQ(cost_of(found.graph).total.macs, cost_of(direct).total.macs);
  V x(static_cast<size_t>(direct.value(direct.inputs[0]).shape.elements()));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(mix(i) % 256) / 127.5 - 1;
  const auto expected = run_reference(direct, {x}), y = run_reference(found.graph, {x});
  ASSERT_TRUE(expected.ok() && y.ok());
  const V &a = (*expected)[0], &b = (*y)[0];
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(a.size(), static_cast<size_t>(GetParam().dims > 0 ? GetParam().dims : 128));
  double product = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) product += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  printf("  %s: 1 - cosine %.2g, norm %.6g\n", GetParam().name, 1 - product / std::sqrt(aa * bb), std::sqrt(bb / aa));
  EXPECT_GE(product / std::sqrt(aa * bb), 0.9999999);
  EXPECT_NEAR(std::sqrt(bb / aa), 1, 1e-5);
}

const Case kCases[] = {
    {"prelu", "mobilefacenet", 0, 112, {}},
    {"relu6", "mobilefacenet_relu6", 0, 112, of_forks()},
    {"of_112x96", "mobilefacenet", 0, 96, of_old_files()},
    {"of_512_numbers", "mobilefacenet", 512, 112, of_forks()},
};
INSTANTIATE_TEST_SUITE_P(Variants, CaffeNetworks, ::testing::ValuesIn(kCases),
                         [](const auto& of) { return std::string(of.param.name); });

std::vector<std::string> written(const CaffeNet& net) {
  const std::string folder = ::testing::TempDir();
  std::vector<std::string> paths{folder + "/net.txt", folder + "/net.bin"};
  const Bytes files[] = {net.text(), net.model()};
  for (size_t i = 0; i < 2; ++i)
    std::ofstream(paths[i], std::ios::binary)
        .write(reinterpret_cast<const char*>(files[i].data()), static_cast<std::streamsize>(files[i].size()));
  return paths;
}

CaffeNet small(bool v1, bool named) {
  CaffeNet net;
  net.style.v1 = v1;
  if (!named) net.model_start.clear();
  net.raw("input: \"data\" input_dim: [10, 3, 8, 8]\n");
  net.layer(v1 ? "CONVOLUTION" : "Convolution", "conv", {"data"}, {"conv"},
            "convolution_param { num_output: 2 kernel_size: 3 stride: 2 }",
            {{{2, 3, 3, 3}, std::vector<float>(54, 0.125f)}, {{2}, {0.5f, -0.5f}}});
  net.layer(v1 ? "INNER_PRODUCT" : "InnerProduct", "fc", {"conv"}, {"fc"},
            "inner_product_param { num_output: 4 bias_term: false }", {{{4, 18}, std::vector<float>(72, 0.25f)}});
  return net;
}

// From files on disk, as the command does it: told by their content, in any order, proven.
TEST(CaffeFiles, ConvertInAnyOrder) {
  for (const CaffeNet& net : {small(false, true), small(true, true), small(false, false)}) {
    const std::vector<std::string> paths = written(net);
    for (const std::vector<std::string>& inputs : {paths, std::vector<std::string>{paths[1], paths[0]}}) {
      ConvertReport report;
      const Result<Package> package = convert(inputs, {}, &report);
      ASSERT_TRUE(package.ok()) << package.status().message();
      EXPECT_EQ(report.format, "caffe");
      EXPECT_EQ(package->card.source_file, "net.bin");
      EXPECT_EQ(package->input.height, 8);
    }
  }
}

TEST(CaffeFiles, NeitherIsEnough) {
  for (const std::string& alone : written(small(false, true))) {
    ConvertReport report;
    const Status status = convert({alone}, {}, &report).status();
    EXPECT_EQ(status.code(), Code::bad_argument);
    EXPECT_NE(status.message().find("give the other one too"), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace mien::testing
