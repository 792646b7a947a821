// The golden networks written as checkpoints of their frameworks, read back and recognised: the same checksums, layers
// and outputs as the original definitions gave, signed slopes and MindSpore's reading of them included.
#include "converters/checkpoint/build.h"
#include "converters/mindspore/mindspore.h"
#include "converters/mxnet/params.h"
#include "converters/pytorch/pytorch.h"
#include "converters/read_input.h"
#include "tests/converters/mindspore_writer.h"
#include "tests/converters/mxnet_writer.h"
#include "tests/converters/pytorch_writer.h"
#include "tests/converters/seeded_checkpoint.h"
#include "tests/models/golden_suite.h"
#include "tests/models/signed_slopes.h"

namespace mien {
namespace {

using testing::NameTable;
using Tensors = std::vector<NamedTensor>;

// The seeded tensors of a golden case by the names of the table.
Result<Tensors> tensors_of(const std::string& network, bool signed_slopes, const NameTable& table,
                           bool transposed = false) {
  const auto rows = testing::read_table(table);
  if (rows.empty()) return Status(Code::unreadable, std::string("no table ") + table.file);
  SeededWeights plain(0);
  SignedSlopes with_signs;
  WeightSource& weights = signed_slopes ? with_signs : plain;
  return testing::name_tensors(testing::draw_network(network, weights), rows, transposed);
}

// The tables of a network's names, by framework.
NameTable mindspore_table(const std::string& network) {
  if (network == "deepid") return {"deepid.mindspore.tsv"};
  if (network == "mobilefacenet_0.45g") return {"mobilefacenet_0.45g.mindspore.tsv"};
  if (network == "arcface_r50") return {"iresnet50.mindspore.tsv"};
  if (network == "arcface_r100") return {"iresnet100.mindspore.tsv"};
  if (network == "retinaface_mobilenet025") return {"retinaface_mobilenet025.torch_mindspore.tsv", 1};
  return {"retinaface_resnet50.torch_mindspore.tsv", 1};
}

NameTable torch_table(const std::string& network) {
  if (network == "mobilefacenet_0.45g") return {"mobilefacenet_0.45g.torch.tsv"};
  if (network == "arcface_r50") return {"iresnet50.torch.tsv"};
  if (network == "arcface_r100") return {"iresnet100.torch.tsv"};
  if (network == "facenet") return {"facenet_20180408_102900.tf_torch.tsv", 2};
  if (network == "retinaface_mobilenet025") return {"retinaface_mobilenet025.torch_mindspore.tsv"};
  return {"retinaface_resnet50.torch_mindspore.tsv"};
}

NameTable mxnet_table(const std::string& network) {
  if (network == "arcface_r50") return {"iresnet50.mxnet.tsv"};
  if (network == "arcface_r100") return {"iresnet100.mxnet.tsv"};
  return {"gluonface_mobilefacenet.gluon.tsv", 0};
}
NameTable mxnet_export_table(const std::string&) {
  return {"gluonface_mobilefacenet.gluon.tsv", 1};
}

// Tensors through a file of each kind and its reader.

// A training checkpoint: the parameters, what the optimiser keeps of each, and numbers of other types.
Result<Checkpoint> through_mindspore(const Tensors& tensors) {
  std::string file = testing::write_mindspore(tensors);
  for (const NamedTensor& t : {tensors.front(), tensors.back()})
    for (const char* state : {"moments.", "moment2.", "accum."})
      file += testing::mindspore_entry(state + t.name, {1}, "Float32", std::string(4, '\0'));
  file += testing::mindspore_entry("learning_rate", {}, "Float32", std::string(4, '\0'));
  file += testing::mindspore_entry("global_step", {1}, "Int32", std::string(4, '\0'));
  file = testing::with_checksum(file);
  return read_mindspore(testing::bytes_in(file), file.size());
}
// As a module that several devices trained.
Result<Checkpoint> through_torch(const Tensors& tensors) {
  Tensors wrapped = tensors;
  for (NamedTensor& t : wrapped) t.name = "module." + t.name;
  const auto file = testing::write_pytorch(wrapped, testing::PytorchLayout::zip);
  return read_pytorch(file.data(), file.size());
}
Result<Checkpoint> through_mxnet(const Tensors& tensors) {
  const auto file = testing::mxnet_params(tensors);
  return read_mxnet_params(file.data(), file.size());
}
// Names and layouts only: the readers of TensorFlow's files have a test of their own.
Result<Checkpoint> in_memory(const Tensors& tensors) {
  Checkpoint checkpoint;
  checkpoint.tensors = tensors;
  return checkpoint;
}

Result<Package> built(Result<Checkpoint> checkpoint, const BuildOptions& options, bool keep_negative_slopes = false) {
  if (!checkpoint.ok()) return checkpoint.status();
  Result<Imported> imported = build_from_checkpoint(std::move(*checkpoint), {"", options, keep_negative_slopes});
  if (!imported.ok()) return imported.status();
  return std::move(imported->package);
}

// The wrapper that trained the network stands before its names in a file of MindSpore's.
Tensors renamed(Tensors tensors, const std::string& from, const std::string& to) {
  for (NamedTensor& t : tensors)
    if (t.name.rfind(from, 0) == 0) t.name = to + t.name.substr(from.size());
  return tensors;
}

Result<Package> from_mindspore(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mindspore_table(c.network));
  return tensors.ok() ? built(through_mindspore(*tensors), options, true) : tensors.status();
}
Result<Package> from_mindspore_clamped(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mindspore_table(c.network));
  return tensors.ok() ? built(through_mindspore(*tensors), options) : tensors.status();
}
Result<Package> from_wrapped_mindspore(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mindspore_table(c.network));
  if (!tensors.ok()) return tensors.status();
  return built(through_mindspore(renamed(*tensors, "_backbone.", "train.network._backbone.")), options, true);
}
Result<Package> from_unwrapped_mindspore(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mindspore_table(c.network));
  if (!tensors.ok()) return tensors.status();
  return built(through_mindspore(renamed(*tensors, "_backbone.", "")), options, true);
}
Result<Package> from_mindspore_without_head(const Case& c, const BuildOptions& options) {
  auto tensors = tensors_of(c.network, false, mindspore_table(c.network));
  if (!tensors.ok()) return tensors.status();
  const auto is_head = [&](const NamedTensor& t) { return t.name.find(c.without) != std::string::npos; };
  const auto end = std::remove_if(tensors->begin(), tensors->end(), is_head);
  EXPECT_NE(end, tensors->end());
  tensors->erase(end, tensors->end());
  return built(through_mindspore(*tensors), options, true);
}
Result<Package> from_torch(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), torch_table(c.network));
  return tensors.ok() ? built(through_torch(*tensors), options) : tensors.status();
}
Result<Package> from_gluon(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mxnet_table(c.network));
  return tensors.ok() ? built(through_mxnet(*tensors), options) : tensors.status();
}
Result<Package> from_gluon_export(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, c.signed_slopes(), mxnet_export_table(c.network));
  return tensors.ok() ? built(through_mxnet(*tensors), options) : tensors.status();
}
Result<Package> from_tensorflow(const Case& c, const BuildOptions& options) {
  const auto tensors = tensors_of(c.network, false, {"facenet_20180408_102900.tf_torch.tsv", 0}, true);
  return tensors.ok() ? built(in_memory(*tensors), options) : tensors.status();
}
// Trained weights, whose golden file tests/generate makes.
Result<Package> from_trained_torch(const Case& c, const BuildOptions& options) {
  const auto file = read_input(std::string(MIEN_SHARED_DIR "/data/models/") + c.network + ".pth");
  return file.ok() ? built(read_pytorch(file->data(), file->size()), options) : file.status();
}

Case of(const char* network, const char* file, const std::map<std::string, std::string>& outputs, size_t not_layers,
        Builder build, const char* from) {
  return {network, file, outputs, not_layers, build, from};
}

Case clamped(const char* network, const char* file) {
  Case c = of(network, file, kEmbedding, 0, from_mindspore_clamped, "MindSpore 1.x");
  c.variant.outputs = "outputs_slopes_clamped_at_zero";
  return c;
}

// A picture whose sides are no multiple of 32, by the definition of one of the frameworks.
Case odd_size(const char* network, const char* file, Builder build, const char* from, const char* definition) {
  Case c = of(network, file, kRawDetection, 0, build, from);
  c.of_own_size = true;
  c.variant.definition = definition;
  return c;
}

// The golden file is the project's own.
Case trained(const char* network, const char* file, bool of_own_size) {
  Case c = of(network, file, kRawDetection, 0, from_trained_torch, "trained PyTorch");
  c.of_own_size = of_own_size;
  c.folder = MIEN_SOURCE_DIR "/tests/converters/golden/";
  return c;
}

Case without_head() {
  Case c = of("deepid", "deepid", kEmbedding, 2, from_mindspore_without_head, "MindSpore without head");
  c.without = "class_layer";
  return c;
}

const char kMindface[] = "mindface-source", kTorch[] = "biubug6-torch";

const Case kSmall[] = {
    of("deepid", "deepid", kDeepid, 2, from_mindspore, "MindSpore"),
    without_head(),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_mindspore, "MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_wrapped_mindspore, "wrapped MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_unwrapped_mindspore, "unwrapped MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_torch, "PyTorch"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", kEmbedding, 1, from_mindspore, "MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", kEmbedding, 1, from_torch, "PyTorch"),
    clamped("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet", kEmbedding, 1, from_gluon, "Gluon"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet", kEmbedding, 1, from_gluon_export, "Gluon export"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", kEmbedding, 1, from_gluon, "Gluon"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", kEmbedding, 1, from_gluon_export,
       "Gluon export"),
    of("retinaface_mobilenet025", "retinaface_mobilenet025", kDetection, 0, from_mindspore, "MindSpore"),
    of("retinaface_mobilenet025", "retinaface_mobilenet025", kDetection, 0, from_torch, "PyTorch"),
    odd_size("retinaface_mobilenet025", "retinaface_mobilenet025.203x250", from_mindspore, "MindSpore", kMindface),
    odd_size("retinaface_mobilenet025", "retinaface_mobilenet025.203x250", from_torch, "PyTorch", kTorch),
    odd_size("retinaface_resnet50", "retinaface_resnet50.203x250", from_mindspore, "MindSpore", kMindface),
    odd_size("retinaface_resnet50", "retinaface_resnet50.203x250", from_torch, "PyTorch", kTorch),
    trained("retinaface_mobilenet025", "retinaface_mobilenet025.trained", false),
    trained("retinaface_mobilenet025", "retinaface_mobilenet025.trained.203x250", true),
    of("facenet", "facenet_20180408", kFacenet, 1, from_tensorflow, "TensorFlow"),
    of("facenet", "facenet_20180408", kFacenet, 1, from_torch, "PyTorch"),
};
const Case kLarge[] = {
    of("arcface_r50", "arcface_r50", kEmbedding, 2, from_mindspore, "MindSpore"),
    of("arcface_r50", "arcface_r50", kEmbedding, 2, from_torch, "PyTorch"),
    of("arcface_r50", "arcface_r50.signed_slopes", kEmbedding, 2, from_mindspore, "MindSpore"),
    of("arcface_r50", "arcface_r50.signed_slopes", kEmbedding, 2, from_torch, "PyTorch"),
    clamped("arcface_r50", "arcface_r50.signed_slopes"),
    of("arcface_r100", "arcface_r100", kEmbedding, 2, from_mindspore, "MindSpore"),
    of("arcface_r100", "arcface_r100", kEmbedding, 2, from_torch, "PyTorch"),
    of("retinaface_resnet50", "retinaface_resnet50", kDetection, 0, from_mindspore, "MindSpore"),
    of("retinaface_resnet50", "retinaface_resnet50", kDetection, 0, from_torch, "PyTorch"),
};

INSTANTIATE_TEST_SUITE_P(Small, GoldenNetworks, ::testing::ValuesIn(kSmall), name_of_case);
INSTANTIATE_TEST_SUITE_P(Small, GoldenReference, ::testing::ValuesIn(kSmall), name_of_case);
INSTANTIATE_TEST_SUITE_P(Long, GoldenNetworks, ::testing::ValuesIn(kLarge), name_of_case);
INSTANTIATE_TEST_SUITE_P(Long, GoldenReference, ::testing::ValuesIn(kLarge), name_of_case);

// Every tensor that a reader hands out is the golden one, by its checksum: BatchNorm's four vectors too, which a graph
// holds as two others.
struct Reading {
  const char* network;
  const char* file;  // the golden table of tensors
  NameTable (*table)(const std::string& network);
  Result<Checkpoint> (*through)(const Tensors& tensors);
  const char* prefix;  // that the route puts before names
};
void PrintTo(const Reading& r, std::ostream* os) {
  *os << r.file;
}

class GoldenTensors : public ::testing::TestWithParam<Reading> {};

TEST_P(GoldenTensors, AsReadHaveTheGoldenChecksums) {
  const Reading& r = GetParam();
  GoldenFile golden;
  const bool is_signed = std::string(r.file).find("signed_slopes") != std::string::npos;
  const auto tensors = tensors_of(r.network, is_signed, r.table(r.network));
  if (!read_golden(std::string(MIEN_SHARED_DIR "/golden/") + r.file, &golden) || !tensors.ok())
    GTEST_SKIP() << "no golden files in " << MIEN_SHARED_DIR;
  const Result<Checkpoint> checkpoint = r.through(*tensors);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  std::map<std::string, const NamedTensor*> by_name;
  for (const NamedTensor& t : checkpoint->tensors) by_name[t.name] = &t;
  std::map<std::string, std::string> names;
  for (const testing::TableRow& row : testing::read_table(r.table(r.network)))
    names[row.layer + "/" + row.role] = r.prefix + row.name;
  ASSERT_FALSE(golden.tensors.empty());
  for (const GoldenTensor& tensor : golden.tensors) {
    const auto found = by_name.find(names[tensor.key]);
    ASSERT_NE(found, by_name.end()) << tensor.key << " as " << names[tensor.key];
    const std::vector<float>& values = found->second->values;
    ASSERT_EQ(static_cast<int64_t>(values.size()), tensor.elements) << tensor.key;
    EXPECT_EQ(crc32(values.data(), values.size() * sizeof(float)), tensor.crc) << tensor.key;
  }
}

const Reading kSmallReadings[] = {
    {"deepid", "deepid", mindspore_table, through_mindspore, ""},
    {"mobilefacenet_0.45g", "mobilefacenet_0.45g", mindspore_table, through_mindspore, ""},
    {"mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", mindspore_table, through_mindspore, ""},
    {"mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", torch_table, through_torch, "module."},
    {"gluonface_mobilefacenet", "gluonface_mobilefacenet", mxnet_table, through_mxnet, ""},
    {"gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", mxnet_export_table, through_mxnet, ""},
    {"retinaface_mobilenet025", "retinaface_mobilenet025", mindspore_table, through_mindspore, ""},
    {"retinaface_mobilenet025", "retinaface_mobilenet025", torch_table, through_torch, "module."},
    {"facenet", "facenet_20180408", torch_table, through_torch, "module."},
};
const Reading kLargeReadings[] = {
    {"arcface_r50", "arcface_r50", mindspore_table, through_mindspore, ""},
    {"arcface_r50", "arcface_r50.signed_slopes", torch_table, through_torch, "module."},
    {"arcface_r50", "arcface_r50", mxnet_table, through_mxnet, ""},
    {"arcface_r100", "arcface_r100", mindspore_table, through_mindspore, ""},
    {"arcface_r100", "arcface_r100", torch_table, through_torch, "module."},
    {"arcface_r100", "arcface_r100", mxnet_table, through_mxnet, ""},
    {"retinaface_resnet50", "retinaface_resnet50", mindspore_table, through_mindspore, ""},
    {"retinaface_resnet50", "retinaface_resnet50", torch_table, through_torch, "module."},
};
INSTANTIATE_TEST_SUITE_P(Small, GoldenTensors, ::testing::ValuesIn(kSmallReadings));
INSTANTIATE_TEST_SUITE_P(Long, GoldenTensors, ::testing::ValuesIn(kLargeReadings));

}  // namespace
}  // namespace mien
