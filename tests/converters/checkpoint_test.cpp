// Networks out of checkpoints: the rules of names against the published tables, recognition, and what is said of a file
// that does not fit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "converters/checkpoint/build.h"
#include "converters/checkpoint/naming.h"
#include "converters/checkpoint/published.h"
#include "models/seeded_weights.h"
#include "tests/converters/seeded_checkpoint.h"

namespace mien::testing {
namespace {

std::string after(const std::string& name, const std::string& prefix) {
  return name.compare(0, prefix.size(), prefix) == 0 ? name.substr(prefix.size()) : name;
}

const Naming& naming_of(const std::string& network, const std::string& framework, int which = 0) {
  for (const Naming& n : namings())
    if (n.network == network && n.framework.name == framework && which-- == 0) return n;
  ADD_FAILURE() << network << " " << framework;
  return namings()[0];
}

// Every row of every table has the name that the rule gives, and the rule gives no other.
TEST(Naming, RulesAgreeWithTheTables) {
  const struct {
    const char *network, *framework;
    NameTable table;
    const char* prefix;
  } kRows[] = {
      {"deepid", "MindSpore", {"deepid.mindspore.tsv"}, "network.network.net."},
      {"mobilefacenet_0.45g", "MindSpore", {"mobilefacenet_0.45g.mindspore.tsv"}, "_backbone."},
      {"mobilefacenet_0.45g", "PyTorch", {"mobilefacenet_0.45g.torch.tsv"}, ""},
      {"arcface_r50", "MindSpore", {"iresnet50.mindspore.tsv"}, "_backbone."},
      {"arcface_r50", "PyTorch", {"iresnet50.torch.tsv"}, ""},
      {"arcface_r50", "MXNet", {"iresnet50.mxnet.tsv"}, ""},
      {"arcface_r100", "MindSpore", {"iresnet100.mindspore.tsv"}, "_backbone."},
      {"arcface_r100", "PyTorch", {"iresnet100.torch.tsv"}, ""},
      {"arcface_r100", "MXNet", {"iresnet100.mxnet.tsv"}, ""},
      {"gluonface_mobilefacenet", "Gluon", {"gluonface_mobilefacenet.gluon.tsv", 0}, ""},
      {"gluonface_mobilefacenet", "Gluon export", {"gluonface_mobilefacenet.gluon.tsv", 1}, "mobilefacenet0_feature_"},
      {"facenet", "TensorFlow", {"facenet_20180408_102900.tf_torch.tsv", 0}, "InceptionResnetV1/"},
      {"facenet", "PyTorch", {"facenet_20180408_102900.tf_torch.tsv", 2}, ""},
      {"retinaface_mobilenet025", "PyTorch", {"retinaface_mobilenet025.torch_mindspore.tsv", 0}, ""},
      {"retinaface_mobilenet025", "MindSpore", {"retinaface_mobilenet025.torch_mindspore.tsv", 1}, "network."},
      {"retinaface_resnet50", "PyTorch", {"retinaface_resnet50.torch_mindspore.tsv", 0}, ""},
      {"retinaface_resnet50", "MindSpore", {"retinaface_resnet50.torch_mindspore.tsv", 1}, "network."},
  };
  for (const auto& row : kRows) {
    const auto table = read_table(row.table);
    if (table.empty()) GTEST_SKIP() << "no tables in " << MIEN_SHARED_DIR;
    SeededWeights weights(0);
    std::set<std::string> expected;
    const Naming& naming = naming_of(row.network, row.framework);
    for (const Drawn& d : draw_network(row.network, weights))
      if (const auto names = names_of(naming, d.layer, d.role); !names.empty()) expected.insert(names[0]);
    for (const TableRow& t : table) {
      std::string name = t.name;
      if (name.compare(0, 4, "arg:") == 0 || name.compare(0, 4, "aux:") == 0) name = name.substr(4);
      name = after(name, row.prefix);
      // Stored, but the framework computes with 1.
      const bool fixed = name == "fc1_gamma" || name == "features.10.gamma" || name == "batchnorm4_gamma";
      EXPECT_EQ(expected.erase(name), fixed ? 0u : 1u) << row.network << " " << row.framework << ": " << name;
    }
    EXPECT_TRUE(expected.empty()) << row.network << " " << row.framework << ": " << *expected.begin();
  }
}

// A checkpoint of a network under one naming, made by the rules themselves.
Checkpoint checkpoint_of(const std::string& network, const std::string& framework, const std::string& prefix = "",
                         size_t which_name = 0, int which_naming = 0) {
  SeededWeights weights(0);
  Checkpoint checkpoint;
  checkpoint.format = "test";
  const Naming& naming = naming_of(network, framework, which_naming);
  for (Drawn& d : draw_network(network, weights)) {
    const auto names = names_of(naming, d.layer, d.role);
    if (names.empty()) continue;
    const std::string& name = names[std::min(which_name, names.size() - 1)];
    checkpoint.tensors.push_back({prefix + name, d.shape, "float32", std::move(d.values)});
  }
  return checkpoint;
}

NamedTensor& tensor(Checkpoint& checkpoint, const std::string& name) {
  const auto found = std::find_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                  [&](const NamedTensor& t) { return t.name == name; });
  EXPECT_NE(found, checkpoint.tensors.end()) << name;
  return *found;
}

void remove(Checkpoint& checkpoint, const std::string& name) {
  checkpoint.tensors.erase(checkpoint.tensors.begin() + (&tensor(checkpoint, name) - checkpoint.tensors.data()));
}

Status status_of(Checkpoint checkpoint, const std::string& network = "") {
  return build_from_checkpoint(std::move(checkpoint), {network, {}, false}).status();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Recognition, EveryNamingOfEveryNetworkIsToldApart) {
  for (const Naming& naming : namings()) {
    if (naming.framework.transposed || naming.path == path_mobilefacenet_insightface) continue;
    const std::string network = naming.network;
    // The largest take seconds each and differ from their smaller kin in the number of blocks only.
    if (network == "arcface_r100" || network == "retinaface_resnet50") continue;
    const auto built = build_from_checkpoint(checkpoint_of(network, naming.framework.name, "any.prefix."), {});
    ASSERT_TRUE(built.ok()) << network << " " << naming.framework.name << ": " << built.status().message();
    EXPECT_EQ(built->package.graph.name, network);
    ASSERT_FALSE(built->notes.empty());
    EXPECT_TRUE(contains(built->notes[0], network) && contains(built->notes[0], "any.prefix.")) << built->notes[0];
    EXPECT_EQ(built->package.card.license, "");
    EXPECT_EQ(built->package.card.source_format, "test");
  }
}

TEST(Recognition, NamesThatDifferBetweenReleases) {
  // A list that was never wrapped, and both other names of a PReLU's slope.
  const struct {
    const char* prefix;
    size_t name;
  } kCases[] = {{"", 1}, {"", 2}, {"", 3}, {"_backbone.", 1}};
  for (const auto& c : kCases) {
    const auto built = build_from_checkpoint(checkpoint_of("mobilefacenet_0.45g", "MindSpore", c.prefix, c.name), {});
    ASSERT_TRUE(built.ok()) << c.name << ": " << built.status().message();
    EXPECT_EQ(built->package.graph.name, "mobilefacenet_0.45g");
  }
}

TEST(Recognition, OptimiserStateAndHeadsAreIgnoredAndCounted) {
  Checkpoint checkpoint = checkpoint_of("deepid", "MindSpore", "network.net.");
  for (const char* state : {"moments.", "accum."})
    for (NamedTensor& t : checkpoint_of("deepid", "MindSpore", std::string(state) + "network.net.").tensors)
      checkpoint.tensors.push_back(std::move(t));
  checkpoint.tensors.push_back({"global_step", Shape{}, "int32", {}});
  const auto built = build_from_checkpoint(std::move(checkpoint), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  ASSERT_EQ(built->notes.size(), 2u);
  EXPECT_TRUE(contains(built->notes[1], "25 other tensors")) << built->notes[1];
}

TEST(Recognition, DeepidWithAndWithoutAClassHead) {
  Checkpoint other = checkpoint_of("deepid", "MindSpore");
  tensor(other, "class_layer.weight") = {"class_layer.weight", Shape{700, 160}, "float32",
                                         std::vector<float>(700 * 160, 0.5f)};
  tensor(other, "class_layer.bias") = {"class_layer.bias", Shape{700}, "float32", std::vector<float>(700, 0.25f)};
  auto built = build_from_checkpoint(other, {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  ASSERT_EQ(built->package.graph.outputs.size(), 2u);
  EXPECT_EQ(built->package.graph.value(built->package.graph.outputs[1]).shape, (Shape{1, 700}));
  remove(other, "class_layer.weight");
  remove(other, "class_layer.bias");
  built = build_from_checkpoint(other, {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_EQ(built->package.graph.outputs.size(), 1u);
  EXPECT_EQ(cost_of(built->package.graph).total.params, 394920);
}

// The checksum is the card's, and a file is told to be that one or not.
TEST(Recognition, ThePublishedDeepidIsKnownByItsChecksum) {
  std::ifstream in(MIEN_SOURCE_DIR "/models/deepid.md");
  const std::string card{std::istreambuf_iterator<char>(in), {}};
  const size_t at = card.find("sha256 ");
  ASSERT_NE(at, std::string::npos);
  const std::string published = card.substr(at + 7, 64);
  auto built = build_from_checkpoint(checkpoint_of("deepid", "MindSpore"), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  built->package.card.source_format = "mindspore";
  Imported it = *built, another = *built;
  note_published(published, &it);
  EXPECT_TRUE(contains(it.notes.back(), "the published file deepid_ascend_v180")) << it.notes.back();
  EXPECT_TRUE(contains(it.package.card.license, "Apache-2.0"));
  note_published(std::string(64, '0'), &another);
  EXPECT_TRUE(contains(another.notes.back(), "not the published file")) << another.notes.back();
  EXPECT_EQ(another.package.card.license, "");
}

TEST(Recognition, AMobileFaceNetWithADenseLayerOf512) {
  Checkpoint checkpoint = checkpoint_of("mobilefacenet", "PyTorch", "", 0, 1);
  std::vector<float> weights(512 * 512, 0.01f);
  tensor(checkpoint, "linear.weight") = {"linear.weight", Shape{512, 512}, "float32", std::move(weights)};
  for (const char* name : {"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"})
    tensor(checkpoint, name) = {name, Shape{512}, "float32", std::vector<float>(512, 1)};
  const auto built = build_from_checkpoint(std::move(checkpoint), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_EQ(built->package.output.dims, 512);
}

// The kernel of the global convolution is as wide as what is left of the picture.
TEST(Recognition, AMobileFaceNetOfNarrowPictures) {
  const struct {
    const char *network, *kernel;
  } kRows[] = {{"mobilefacenet", "GDC_dw.weight"}, {"mobilefacenet_relu6", "gdconv.depthwise.weight"}};
  for (const auto& row : kRows) {
    Checkpoint checkpoint = checkpoint_of(row.network, "PyTorch");
    NamedTensor& kernel = tensor(checkpoint, row.kernel);
    ASSERT_EQ(kernel.shape, (Shape{512, 1, 7, 7}));
    kernel.shape = Shape{512, 1, 7, 6};
    kernel.values.resize(512 * 7 * 6);
    const auto built = build_from_checkpoint(checkpoint, {});
    ASSERT_TRUE(built.ok()) << built.status().message();
    EXPECT_EQ(built->package.input.height, 112);
    EXPECT_EQ(built->package.input.width, 96);
    const Graph& graph = built->package.graph;
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{1, 128}));
    tensor(checkpoint, row.kernel).shape = Shape{512, 1, 6, 7};
    EXPECT_TRUE(contains(status_of(checkpoint, row.network).message(), "512x1x6x7, expected 512x1x7x7"))
        << status_of(checkpoint, row.network).message();
  }
}

TEST(Recognition, ARelu6MobileFaceNetOf512Numbers) {
  Checkpoint checkpoint = checkpoint_of("mobilefacenet_relu6", "PyTorch");
  tensor(checkpoint, "conv3.weight") = {"conv3.weight", Shape{512, 512, 1, 1}, "float32",
                                        std::vector<float>(512 * 512, 0.01f)};
  for (const char* name : {"conv3.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"})
    tensor(checkpoint, name) = {name, Shape{512}, "float32", std::vector<float>(512, 1)};
  const auto built = build_from_checkpoint(std::move(checkpoint), {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_EQ(built->package.output.dims, 512);
}

TEST(Mismatch, SaysWhatIsMissingLeftOverAndMisshapen) {
  Checkpoint checkpoint = checkpoint_of("deepid", "MindSpore", "net.");
  remove(checkpoint, "net.block2.0.bias");
  tensor(checkpoint, "net.block3.0.bias").shape = Shape{61};
  tensor(checkpoint, "net.block3.0.bias").values.resize(61);
  checkpoint.tensors.push_back({"net.extra.weight", Shape{2}, "float32", {1, 2}});
  for (const char* network : {"", "deepid"}) {
    const Status status = status_of(checkpoint, network);
    EXPECT_EQ(status.code(), Code::bad_argument);
    for (const char* part : {"10 of 12 tensors of deepid", "1 missing: net.block2.0.bias",
                             "net.block3.0.bias is 61, expected 60", "1 left over: net.extra.weight"})
      EXPECT_TRUE(contains(status.message(), part)) << part << " in: " << status.message();
  }
}

TEST(Mismatch, ADeeperNetworkIsNotTakenForAShallowerOne) {
  // Every tensor of r50 is in r100, with the same shape.
  const Status status = status_of(checkpoint_of("arcface_r100", "PyTorch"), "arcface_r50");
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_TRUE(contains(status.message(), "of layers that the network does not have: layer2.4.bn1.running_var"))
      << status.message();
}

TEST(Mismatch, NothingInCommonAndNoSuchNetwork) {
  Checkpoint checkpoint;
  checkpoint.tensors.push_back({"something", Shape{1}, "float32", {1}});
  EXPECT_EQ(status_of(checkpoint).code(), Code::bad_argument);
  EXPECT_EQ(status_of({}).code(), Code::bad_argument);
  EXPECT_TRUE(contains(status_of(checkpoint, "resnet").message(), "deepid"));
  EXPECT_TRUE(contains(status_of(checkpoint, "deepid").message(), "10 missing"));  // and no head
}

TEST(Weights, ThatNoNetworkCanRunWithAreRefusedByName) {
  const float kBad[] = {NAN, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  for (const float bad : kBad) {
    Checkpoint checkpoint = checkpoint_of("gluonface_mobilefacenet", "Gluon");
    tensor(checkpoint, "features.7.0.weight").values.back() = bad;
    const Status status = status_of(std::move(checkpoint));
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_TRUE(contains(status.message(), "features.7.0.weight")) << status.message();
  }
  for (const float variance : {-1.1e-5f, -3.0f}) {
    Checkpoint checkpoint = checkpoint_of("gluonface_mobilefacenet", "Gluon");
    tensor(checkpoint, "features.7.1.running_var").values[5] = variance;
    const Status status = status_of(std::move(checkpoint));
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_TRUE(contains(status.message(), "features.7.1.running_var")) << status.message();
  }
  // A variance of zero is one that never moved.
  Checkpoint checkpoint = checkpoint_of("gluonface_mobilefacenet", "Gluon");
  tensor(checkpoint, "features.7.1.running_var").values[5] = 0;
  EXPECT_TRUE(status_of(std::move(checkpoint)).ok());
}

TEST(Weights, NegativeSlopesOfMindSporeAreReportedOnlyWhereThereAreSome) {
  Checkpoint checkpoint = checkpoint_of("mobilefacenet_0.45g", "MindSpore");
  auto built = build_from_checkpoint(checkpoint, {});
  ASSERT_TRUE(built.ok());
  EXPECT_TRUE(built->repairs.empty());
  tensor(checkpoint, "layers.0.layers.2.w").values[3] = -0.25f;
  built = build_from_checkpoint(checkpoint, {});
  ASSERT_TRUE(built.ok());
  ASSERT_EQ(built->repairs.size(), 1u);
  EXPECT_TRUE(contains(built->repairs[0], "1 negative PReLU slopes in 1 layers")) << built->repairs[0];
  built = build_from_checkpoint(checkpoint, {"", {}, true});
  ASSERT_TRUE(built.ok());
  EXPECT_TRUE(built->repairs.empty());
}

// A gamma that fine-tuning moved counts, though the network was published without one.
TEST(Weights, AGammaThatThePublishedFileDoesNotTrainIsUsedWhereThereIsOne) {
  Checkpoint checkpoint = checkpoint_of("facenet", "PyTorch");
  const auto scale = [](const Checkpoint& c) {
    const auto built = build_from_checkpoint(c, {});
    EXPECT_TRUE(built.ok()) << built.status().message();
    for (const Value& v : built->package.graph.values)
      if (v.name == "Bottleneck/BatchNorm/bn.scale") return v.constant.data[7];
    return 0.0f;
  };
  const float before = scale(checkpoint);
  tensor(checkpoint, "last_bn.weight").values[7] = 3;
  EXPECT_NEAR(scale(checkpoint), 3 * before, 1e-5 * before);
  remove(checkpoint, "last_bn.weight");
  EXPECT_EQ(scale(checkpoint), before);
}

TEST(Weights, MxnetNamesBringTheirEpsPresetAndFixedGamma) {
  Checkpoint checkpoint = checkpoint_of("arcface_r50", "MXNet");
  const auto built = build_from_checkpoint(checkpoint, {});
  ASSERT_TRUE(built.ok()) << built.status().message();
  EXPECT_EQ(built->package.input.preset, "mxnet");
  const double var = tensor(checkpoint, "fc1_moving_var").values[0];
  for (const Value& v : built->package.graph.values)
    if (v.name == "features/bn.scale") {
      EXPECT_EQ(v.constant.data[0], static_cast<float>(1 / std::sqrt(var + 2e-5)));
    }
}

}  // namespace
}  // namespace mien::testing
