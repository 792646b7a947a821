// FaceNet through each of TensorFlow's files, against the golden embeddings of the original definition.
#include "tests/converters/tensorflow_facenet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "converters/checkpoint/build.h"
#include "engine/model.h"
#include "engine/normalize.h"
#include "engine/passes/passes.h"
#include "engine/reference.h"
#include "models/networks.h"
#include "tests/file/counted_new.h"
#include "tests/models/golden_file.h"

namespace mien::testing {
namespace {

const TfFacenet& written() {
  static const TfFacenet kFacenet = write_facenet();
  return kFacenet;
}

// Prepares pictures as the network of models/ says: a frozen graph does not know it.
InputRecord facenet_input() {
  const Result<Package> package = build_network("facenet", uint64_t{0});
  EXPECT_TRUE(package.ok());
  return package.ok() ? package->input : InputRecord();
}

struct Difference {
  double worst = 0, cosine = 0;
};

template <class T>
Difference compare(const std::vector<T>& found, const std::vector<double>& expected) {
  EXPECT_EQ(found.size(), expected.size());
  Difference d;
  double product = 0, square = 0, golden_square = 0;
  for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    const double v = static_cast<double>(found[i]);
    d.worst = std::max(d.worst, std::abs(v - expected[i]));
    product += v * expected[i], square += v * v, golden_square += expected[i] * expected[i];
  }
  d.cosine = product / std::sqrt(square * golden_square);
  return d;
}

class TensorFlowFacenet : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string stem = MIEN_SHARED_DIR "/golden/facenet_20180408";
    if (!read_golden(stem, &golden_)) GTEST_SKIP() << "no " << stem << ".json";
  }

  std::vector<float> input(const GoldenPicture& picture) const {
    const std::vector<uint8_t> pixels = golden_picture(picture.salt, 160, 160);
    std::vector<float> values(pixels.size());
    const Status status = normalize_pixels(pixels.data(), facenet_input(), values.data());
    EXPECT_TRUE(status.ok()) << status.message();
    return values;
  }

  void expect_golden_reference(const Graph& graph) {
    const std::vector<float> x = input(golden_.pictures[0]);
    const auto y = run_reference(graph, {std::vector<double>(x.begin(), x.end())});
    ASSERT_TRUE(y.ok()) << y.status().message();
    const Difference d = compare((*y)[0], golden_.pictures[0].outputs.at("embedding").values);
    printf("  reference: largest error %.2g, 1 - cosine %.2g\n", d.worst, 1 - d.cosine);
    EXPECT_LE(d.worst, 1e-5);
  }

  void expect_golden_session(Package package) {
    ASSERT_TRUE(simplify(package.graph).ok());
    const auto model = Model::create(package);
    ASSERT_TRUE(model.ok()) << model.status().message();
    const auto session = Session::create(*model);
    ASSERT_TRUE(session.ok()) << session.status().message();
    for (const GoldenPicture& picture : golden_.pictures) {
      const std::vector<float> x = input(picture);
      std::vector<float> y(512);
      const float* inputs[] = {x.data()};
      float* outputs[] = {y.data()};
      const Status status = (*session)->run(1, inputs, outputs);
      ASSERT_TRUE(status.ok()) << status.message();
      const Difference d = compare(y, picture.outputs.at("embedding").values);
      printf("  %s: largest error %.2g, 1 - cosine %.2g\n", picture.salt.c_str(), d.worst, 1 - d.cosine);
      EXPECT_LE(d.worst, 1e-5);
      EXPECT_GE(d.cosine, 0.9999999);
    }
  }

  GoldenFile golden_;
};

TEST_F(TensorFlowFacenet, FrozenGraph) {
  const Result<Imported> imported = import_graph(written().graph.bytes());
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  const Package& p = imported->package;
  EXPECT_EQ(p.graph.value(p.graph.inputs[0]).name, "input");
  EXPECT_EQ(p.graph.value(p.graph.inputs[0]).shape.text(), "1x3x160x160");
  EXPECT_EQ(p.graph.value(p.graph.outputs[0]).name, "embeddings");
  EXPECT_EQ(p.input.height, 160);
  EXPECT_EQ(p.input.width, 160);
  EXPECT_TRUE(p.output.embedding);
  EXPECT_TRUE(p.output.normalized);
  EXPECT_EQ(p.output.dims, 512);
  ASSERT_EQ(imported->repairs.size(), 1u);
  EXPECT_NE(imported->repairs[0].find("'phase_train' read as false"), std::string::npos);
  expect_golden_reference(p.graph);
  expect_golden_session(p);
}

// The counts that were published for the original file.
TEST(TensorFlowFacenetFile, IsBuiltAsTheOriginal) {
  std::map<std::string, int> ops;
  for (const tf_pb::Node& node : written().graph.graph.node()) ++ops[node.op()];
  EXPECT_EQ(ops["Conv2D"], 132);
  EXPECT_EQ(ops["MatMul"], 1);
  EXPECT_EQ(ops["Switch"], 18 * 112 + 3);
  EXPECT_EQ(ops["Merge"], 4 * 112 + 1);
  int64_t parameters = 0;
  for (const TfVariable& v : written().variables) parameters += static_cast<int64_t>(v.values.size());
  EXPECT_EQ(parameters, 23497424);
}

TEST(TensorFlowFacenetFile, ImportSimplifiesToTheNetworkOfModels) {
  Result<Imported> imported = import_graph(written().graph.bytes());
  Result<Package> built = build_network("facenet", uint64_t{0});
  ASSERT_TRUE(imported.ok() && built.ok());
  ASSERT_TRUE(simplify(imported->package.graph).ok() && simplify(built->graph).ok());
  std::map<Op, int> found, expected;
  for (const Node& node : imported->package.graph.nodes) ++found[node.op];
  for (const Node& node : built->graph.nodes) ++expected[node.op];
  EXPECT_EQ(found[Op::conv], expected[Op::conv]);
  EXPECT_EQ(found[Op::batch_norm], 0);
  EXPECT_EQ(found[Op::transpose], 0);
  EXPECT_EQ(found[Op::add], expected[Op::add]);
  EXPECT_EQ(cost_of(imported->package.graph).total.macs, cost_of(built->graph).total.macs);
}

TEST(TensorFlowFacenetFile, ImportTakesThreeTimesTheFileAtMost) {
  const std::string bytes = written().graph.bytes();
  const size_t before = bytes_in_use();
  reset_peak();
  ASSERT_TRUE(import_graph(bytes).ok());
  const size_t peak = peak_bytes() - before + bytes.size();
  printf("  file %.1f MiB, peak %.1f MiB\n", static_cast<double>(bytes.size()) / 1048576,
         static_cast<double>(peak) / 1048576);
  EXPECT_LE(peak, 3 * bytes.size() + (64 << 20));
}

void expect_variables(const Checkpoint& checkpoint) {
  std::map<std::string, const NamedTensor*> found;
  for (const NamedTensor& tensor : checkpoint.tensors) found[tensor.name] = &tensor;
  EXPECT_EQ(found.size(), written().variables.size());
  for (const TfVariable& v : written().variables) {
    ASSERT_EQ(found.count(v.name), 1u) << v.name;
    EXPECT_EQ(found[v.name]->shape, Shape::of(v.dims)) << v.name;
    EXPECT_EQ(found[v.name]->values, v.values) << v.name;
  }
}

// The bytes in use at most while the checkpoint is read, over what was in use before, and what it held.
Result<Checkpoint> read_measured(const std::string& path, const std::string& bytes, size_t* peak) {
  const size_t before = bytes_in_use();
  reset_peak();
  Result<Checkpoint> checkpoint = read_table_at(path, bytes);
  *peak = peak_bytes() - before;
  return checkpoint;
}

Result<Checkpoint> through_bundle(size_t* peak) {
  const std::string prefix = std::string(MIEN_BINARY_DIR) + "/facenet_bundle";
  TfBundle bundle(3);
  for (const TfVariable& v : written().variables) bundle.add(v);
  const std::string path = bundle.save(prefix, {true, 100});
  Result<Checkpoint> checkpoint = read_measured(path, contents_of(path), peak);
  for (const char* tail : {".index", ".data-00000-of-00003", ".data-00001-of-00003", ".data-00002-of-00003"})
    std::filesystem::remove(prefix + tail);
  return checkpoint;
}

Result<Checkpoint> through_version_one(size_t* peak) {
  const std::string bytes = write_v1(written().variables, {false, 50});
  Result<Checkpoint> checkpoint = read_measured("model.ckpt", bytes, peak);
  *peak += bytes.size();
  return checkpoint;
}

using Route = Result<Checkpoint> (*)(size_t* peak);
constexpr Route kRoutes[] = {through_bundle, through_version_one};
constexpr size_t kBytes = size_t{4} * 23497424;

TEST(TensorFlowFacenetFile, CheckpointsHoldEveryVariable) {
  for (Route route : kRoutes) {
    size_t peak = 0;
    const Result<Checkpoint> checkpoint = route(&peak);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    expect_variables(*checkpoint);
    EXPECT_LE(peak, 3 * kBytes + (64 << 20));
  }
}

TEST_F(TensorFlowFacenet, Checkpoints) {
  for (Route route : kRoutes) {
    size_t peak = 0;
    Result<Checkpoint> checkpoint = route(&peak);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    const Result<Imported> imported = build_from_checkpoint(std::move(*checkpoint), {});
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    expect_golden_reference(imported->package.graph);
    expect_golden_session(imported->package);
  }
}

}  // namespace
}  // namespace mien::testing
