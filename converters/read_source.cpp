#include "converters/read_source.h"

#include "converters/checkpoint/build.h"
#include "converters/detect.h"
#include "converters/mindspore/mindspore.h"
#include "converters/onnx/onnx.h"
#include "converters/pytorch/pytorch.h"
#include "converters/read_input.h"
#include "converters/safetensors/safetensors.h"
#include "converters/sha256.h"

namespace mien {
namespace {

struct Source {
  std::string path;
  std::vector<uint8_t> bytes;
  SourceFormat format = SourceFormat::unknown;

  Status named(const Status& status) const { return {status.code(), path + ": " + status.message()}; }
};

// Readers of weights without a graph.
struct CheckpointReader {
  SourceFormat format;
  Result<Checkpoint> (*read)(const uint8_t* data, size_t size);
};
constexpr CheckpointReader kCheckpoints[] = {
    {SourceFormat::mindspore, read_mindspore},
    {SourceFormat::mindspore_encrypted, read_mindspore},
    {SourceFormat::zip, read_pytorch},
    {SourceFormat::pytorch_legacy, read_pytorch},
    {SourceFormat::safetensors, read_safetensors},
};

Status refuse(const Source& source) {
  switch (source.format) {
    case SourceFormat::unknown:
      return source.named({Code::unreadable, "not a weight file of any known format"});
    case SourceFormat::git_lfs:
      return source.named({Code::unreadable, "a Git LFS pointer, not the weights; fetch them with `git lfs pull`"});
    case SourceFormat::mien:
      return source.named({Code::unreadable, "is a .mien file already"});
    default:
      return source.named(
          {Code::unsupported, std::string(name_of(source.format)) + " is recognised, but not converted"});
  }
}

Result<Imported> import_checkpoint(Source* source, Checkpoint checkpoint, const ConvertOptions& options) {
  std::vector<uint8_t>().swap(source->bytes);  // the tensors are out of it: the same memory need not be held twice
  Result<Imported> imported =
      build_from_checkpoint(std::move(checkpoint), {options.network, options.build, options.keep_negative_slopes});
  if (!imported.ok()) return source->named(imported.status());
  return imported;
}

Result<Imported> import_one(Source* source, const ConvertOptions& options, ConvertReport* report) {
  const std::vector<uint8_t>& bytes = source->bytes;
  for (const CheckpointReader& reader : kCheckpoints) {
    if (reader.format != source->format) continue;
    Result<Checkpoint> checkpoint = reader.read(bytes.data(), bytes.size());
    if (!checkpoint.ok()) return source->named(checkpoint.status());
    report->format = checkpoint->format;
    return import_checkpoint(source, std::move(*checkpoint), options);
  }
  if (source->format != SourceFormat::onnx && source->format != SourceFormat::onnx_damaged) return refuse(*source);
  report->format = "onnx";
  Result<Imported> imported = import_onnx(bytes.data(), bytes.size(), folder_of(source->path), &report->unsupported);
  if (!imported.ok()) return source->named(imported.status());
  return imported;
}

void fill_card(const std::string& path, const std::string& sha256, Card* card) {
  card->source_file = base_name_of(path);
  card->source_sha256 = sha256;
  card->name = card->source_file.substr(0, card->source_file.rfind('.'));
}

}  // namespace

Result<Imported> read_source(const std::vector<std::string>& inputs, const ConvertOptions& options,
                             ConvertReport* report) {
  std::vector<Source> sources;
  for (const std::string& path : inputs) {
    Result<std::vector<uint8_t>> bytes = read_input(path);
    if (!bytes.ok()) return bytes.status();
    sources.push_back({path, std::move(*bytes)});
    Source& source = sources.back();
    source.format = detect_format(source.bytes.data(), source.bytes.size());
  }
  if (sources.size() != 1)
    return Status(Code::bad_argument, "this model is one file; got " + std::to_string(sources.size()));
  Source& source = sources[0];
  const std::string sha256 = sha256_hex(source.bytes.data(), source.bytes.size());
  Result<Imported> imported = import_one(&source, options, report);
  if (imported.ok()) fill_card(source.path, sha256, &imported->package.card);
  return imported;
}

}  // namespace mien
