// The golden networks written as checkpoints of their frameworks, read back and recognised: the same checksums, layers
// and outputs as the original definitions gave, signed slopes and MindSpore's reading of them included.
#include "converters/checkpoint/build.h"
#include "converters/mindspore/mindspore.h"
#include "converters/pytorch/pytorch.h"
#include "tests/converters/mindspore_writer.h"
#include "tests/converters/pytorch_writer.h"
#include "tests/converters/seeded_checkpoint.h"
#include "tests/models/golden_suite.h"
#include "tests/models/signed_slopes.h"

namespace mien {
namespace {

using testing::NameTable;

// The tensors of a case by the names of the table.
Result<std::vector<NamedTensor>> tensors_of(const Case& c, const NameTable& table, bool transposed = false) {
  const auto rows = testing::read_table(table);
  if (rows.empty()) return Status(Code::unreadable, std::string("no table ") + table.file);
  SeededWeights plain(0);
  SignedSlopes with_signs;
  WeightSource& weights = c.signed_slopes() ? with_signs : plain;
  return testing::name_tensors(testing::draw_network(c.network, weights), rows, transposed);
}

Result<Package> built(Result<Checkpoint> checkpoint, const BuildOptions& options, bool keep_negative_slopes = false) {
  if (!checkpoint.ok()) return checkpoint.status();
  Result<Imported> imported = build_from_checkpoint(std::move(*checkpoint), {"", options, keep_negative_slopes});
  if (!imported.ok()) return imported.status();
  return std::move(imported->package);
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

// A training checkpoint: the parameters, what the optimiser keeps, and numbers of other types.
Result<Package> through_mindspore(const Case& c, const BuildOptions& options, bool keep) {
  const auto tensors = tensors_of(c, mindspore_table(c.network));
  if (!tensors.ok()) return tensors.status();
  std::string file = testing::write_mindspore(*tensors);
  file += testing::mindspore_entry("moments." + tensors->front().name, {1}, "Float32", std::string(4, '\0'));
  file += testing::mindspore_entry("learning_rate", {}, "Float32", std::string(4, '\0'));
  file += testing::mindspore_entry("global_step", {1}, "Int32", std::string(4, '\0'));
  file = testing::with_checksum(file);
  return built(read_mindspore(testing::bytes_in(file), file.size()), options, keep);
}
Result<Package> from_mindspore(const Case& c, const BuildOptions& options) {
  return through_mindspore(c, options, true);
}
Result<Package> from_mindspore_clamped(const Case& c, const BuildOptions& options) {
  return through_mindspore(c, options, false);
}

Result<Package> from_torch(const Case& c, const BuildOptions& options) {
  auto tensors = tensors_of(c, torch_table(c.network));
  if (!tensors.ok()) return tensors.status();
  for (NamedTensor& t : *tensors) t.name = "module." + t.name;
  const auto file = testing::write_pytorch(*tensors, testing::PytorchLayout::zip);
  return built(read_pytorch(file.data(), file.size()), options);
}

// Names and layouts only: the readers of these files have their own tests.
Result<Package> in_memory(const Case& c, const BuildOptions& options, const NameTable& table, bool transposed) {
  auto tensors = tensors_of(c, table, transposed);
  if (!tensors.ok()) return tensors.status();
  Checkpoint checkpoint;
  checkpoint.tensors = std::move(*tensors);
  return built(std::move(checkpoint), options);
}
Result<Package> from_tensorflow(const Case& c, const BuildOptions& options) {
  return in_memory(c, options, {"facenet_20180408_102900.tf_torch.tsv", 0}, true);
}
Result<Package> from_gluon(const Case& c, const BuildOptions& options) {
  return in_memory(c, options, {"gluonface_mobilefacenet.gluon.tsv", 0}, false);
}
Result<Package> from_gluon_export(const Case& c, const BuildOptions& options) {
  return in_memory(c, options, {"gluonface_mobilefacenet.gluon.tsv", 1}, false);
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

const char kMindface[] = "mindface-source", kTorch[] = "biubug6-torch";

const Case kSmall[] = {
    of("deepid", "deepid", kDeepid, 2, from_mindspore, "MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_mindspore, "MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g", kEmbedding, 1, from_torch, "PyTorch"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", kEmbedding, 1, from_mindspore, "MindSpore"),
    of("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes", kEmbedding, 1, from_torch, "PyTorch"),
    clamped("mobilefacenet_0.45g", "mobilefacenet_0.45g.signed_slopes"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet", kEmbedding, 1, from_gluon, "Gluon"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet", kEmbedding, 1, from_gluon_export, "Gluon export"),
    of("gluonface_mobilefacenet", "gluonface_mobilefacenet.signed_slopes", kEmbedding, 1, from_gluon, "Gluon"),
    of("retinaface_mobilenet025", "retinaface_mobilenet025", kDetection, 0, from_mindspore, "MindSpore"),
    of("retinaface_mobilenet025", "retinaface_mobilenet025", kDetection, 0, from_torch, "PyTorch"),
    odd_size("retinaface_mobilenet025", "retinaface_mobilenet025.203x250", from_mindspore, "MindSpore", kMindface),
    odd_size("retinaface_mobilenet025", "retinaface_mobilenet025.203x250", from_torch, "PyTorch", kTorch),
    odd_size("retinaface_resnet50", "retinaface_resnet50.203x250", from_mindspore, "MindSpore", kMindface),
    odd_size("retinaface_resnet50", "retinaface_resnet50.203x250", from_torch, "PyTorch", kTorch),
    of("facenet", "facenet_20180408", kFacenet, 1, from_tensorflow, "TensorFlow"),
    of("facenet", "facenet_20180408", kFacenet, 1, from_torch, "PyTorch"),
};
const Case kLarge[] = {
    of("arcface_r50", "arcface_r50", kEmbedding, 2, from_mindspore, "MindSpore"),
    of("arcface_r50", "arcface_r50", kEmbedding, 2, from_torch, "PyTorch"),
    of("arcface_r50", "arcface_r50.signed_slopes", kEmbedding, 2, from_mindspore, "MindSpore"),
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

}  // namespace
}  // namespace mien
