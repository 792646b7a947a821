#include "converters/read_source.h"

#include <algorithm>

#include "converters/caffe/caffe.h"
#include "converters/checkpoint/build.h"
#include "converters/checkpoint/published.h"
#include "converters/detect.h"
#include "converters/mindspore/mindspore.h"
#include "converters/mxnet/mxnet.h"
#include "converters/mxnet/params.h"
#include "converters/ncnn/ncnn.h"
#include "converters/nn_archive/nn_archive.h"
#include "converters/onnx/onnx.h"
#include "converters/picture_size.h"
#include "converters/pytorch/pytorch.h"
#include "converters/read_input.h"
#include "converters/refusals.h"
#include "converters/safetensors/safetensors.h"
#include "converters/sha256.h"
#include "converters/tensorflow/tensorflow.h"

namespace mien {
namespace {

struct Source {
  std::string path;
  std::vector<uint8_t> bytes;
  SourceFormat format = SourceFormat::unknown;

  const uint8_t* data() const { return bytes.data(); }
  size_t size() const { return bytes.size(); }
  Status named(const Status& status) const { return {status.code(), path + ": " + status.message()}; }
};

// What a reader is given besides the files.
struct Call {
  const ConvertOptions& options;
  ConvertReport* report;

  PictureSize asked() const { return {options.build.height, options.build.width}; }
};

// Weights without a graph.

struct CheckpointReader {
  SourceFormat format;
  Result<Checkpoint> (*read)(const Source& source);
};

template <Result<Checkpoint> (*kRead)(const uint8_t* data, size_t size)>
Result<Checkpoint> from_bytes(const Source& source) {
  return kRead(source.data(), source.size());
}

constexpr CheckpointReader kCheckpoints[] = {
    {SourceFormat::mindspore, from_bytes<read_mindspore>},
    {SourceFormat::mindspore_encrypted, from_bytes<read_mindspore>},
    {SourceFormat::zip, from_bytes<read_pytorch>},
    {SourceFormat::pytorch_legacy, from_bytes<read_pytorch>},
    {SourceFormat::safetensors, from_bytes<read_safetensors>},
    {SourceFormat::mxnet_params, from_bytes<read_mxnet_params>},
    {SourceFormat::tensorflow_table, [](const Source& s) { return read_tensorflow_table(s.data(), s.size(), s.path); }},
};

Result<Imported> import_weights(Source* source, const CheckpointReader& reader, const Call& call) {
  Result<Checkpoint> checkpoint = reader.read(*source);
  if (!checkpoint.ok()) return source->named(checkpoint.status());
  std::vector<uint8_t>().swap(source->bytes);  // the tensors are out of it: no need to hold them twice
  call.report->format = checkpoint->format;
  const ConvertOptions& o = call.options;
  Result<Imported> imported =
      build_from_checkpoint(std::move(*checkpoint), {o.network, o.build, o.keep_negative_slopes});
  return imported.ok() ? std::move(imported) : source->named(imported.status());
}

// Graphs, with their weights in the same file or in a second one.

struct GraphReader {
  SourceFormat graph, weights;  // weights: none in a file of their own, or their format
  const char* format;
  Result<Imported> (*read)(const Source& graph, Source* weights, const Call& call);
};
constexpr SourceFormat kNone = SourceFormat::git_lfs;    // no reader takes it
constexpr SourceFormat kUntold = SourceFormat::unknown;  // weights that nothing tells but the graph beside them

// Whether the file may hold the reader's weights. Those without a sign of their own may look like another format's.
bool may_hold_weights(const GraphReader& reader, const Source& source) {
  if (reader.weights != kUntold) return reader.weights == source.format;
  return source.format != SourceFormat::git_lfs && source.format != SourceFormat::mien && source.format != reader.graph;
}

Result<Imported> read_onnx(const Source& graph, Source*, const Call& call) {
  return import_onnx(graph.data(), graph.size(), folder_of(graph.path), &call.report->unsupported, call.asked());
}

Result<Imported> read_graphdef(const Source& graph, Source*, const Call& call) {
  return import_graphdef(graph.data(), graph.size(), &call.report->unsupported, call.asked());
}

Result<Imported> read_archive(const Source&, Source* file, const Call& call) {
  return import_nn_archive(std::move(file->bytes), &call.report->unsupported, call.asked());
}

Result<Imported> read_mxnet(const Source& graph, Source* weights, const Call& call) {
  Result<Checkpoint> params = read_mxnet_params(weights->data(), weights->size());
  if (!params.ok()) return weights->named(params.status());
  std::vector<uint8_t>().swap(weights->bytes);
  return import_mxnet(graph.data(), graph.size(), std::move(*params), call.asked(), &call.report->unsupported);
}

Result<Imported> read_ncnn(const Source& graph, Source* weights, const Call& call) {
  return import_ncnn(graph.data(), graph.size(), std::move(weights->bytes), call.asked(), &call.report->unsupported);
}

Result<Imported> read_caffe(const Source& graph, Source* weights, const Call& call) {
  Result<caffe::CaffeModel> model = caffe::read_caffe_model(weights->data(), weights->size());
  if (!model.ok()) return weights->named(model.status());
  std::vector<uint8_t>().swap(weights->bytes);
  return import_caffe(graph.data(), graph.size(), std::move(*model), call.asked(), &call.report->unsupported);
}

constexpr GraphReader kGraphs[] = {
    {SourceFormat::onnx, kNone, "onnx", read_onnx},
    {SourceFormat::onnx_damaged, kNone, "onnx", read_onnx},
    {SourceFormat::tensorflow_graph, kNone, "tensorflow", read_graphdef},
    {SourceFormat::tensorflow_saved_model, kNone, "tensorflow", read_graphdef},
    {SourceFormat::archive, kNone, "nn_archive", read_archive},
    {SourceFormat::mxnet_symbol, SourceFormat::mxnet_params, "mxnet", read_mxnet},
    {SourceFormat::ncnn_param, kUntold, "ncnn", read_ncnn},
    {SourceFormat::caffe_prototxt, SourceFormat::caffe_model, "caffe", read_caffe},
};

Status refuse(const Source& source) {
  const Status refusal = refusal_of(source.format);
  if (!refusal.ok()) return source.named(refusal);
  const std::string name = name_of(source.format);
  for (const GraphReader& reader : kGraphs)
    if (reader.graph == source.format || reader.weights == source.format)
      return source.named({Code::bad_argument, name + " is one of two files of a model: give the other one too"});
  return source.named({Code::unsupported, name + " is recognised, but not converted"});
}

// A shard of a TensorFlow checkpoint, or its graph: the index names the shards, and the weights need no graph.
bool goes_with_table(const Source& source, const Source& table) {
  const std::string stem = table.path.substr(0, table.path.rfind(".index"));
  return source.path.compare(0, stem.size() + 6, stem + ".data-") == 0 ||
         source.format == SourceFormat::tensorflow_graph;
}

void drop_companions_of_table(std::vector<Source>* sources) {
  const auto is_table = [](const Source& s) { return s.format == SourceFormat::tensorflow_table; };
  const auto table = std::find_if(sources->begin(), sources->end(), is_table);
  if (table == sources->end()) return;
  Source kept = std::move(*table);
  sources->erase(table);
  const auto companion = [&kept](const Source& s) { return goes_with_table(s, kept); };
  sources->erase(std::remove_if(sources->begin(), sources->end(), companion), sources->end());
  sources->push_back(std::move(kept));
}

// One file or two into a network; *weights is the file that the card tells of.
Result<Imported> import(std::vector<Source>* sources, const Call& call, const Source** weights) {
  Source& first = sources->front();
  Source& last = sources->back();
  *weights = &last;
  for (const CheckpointReader& reader : kCheckpoints)
    if (sources->size() == 1 && reader.format == first.format) return import_weights(&first, reader, call);
  for (const GraphReader& reader : kGraphs) {
    const bool one = sources->size() == 1 && reader.weights == kNone && reader.graph == first.format;
    const bool two = sources->size() == 2 && reader.graph == first.format && may_hold_weights(reader, last);
    const bool reversed = sources->size() == 2 && reader.graph == last.format && may_hold_weights(reader, first);
    if (!one && !two && !reversed) continue;
    if (reversed) *weights = &first;
    Source& graph = reversed ? last : first;
    call.report->format = reader.format;
    Result<Imported> imported = reader.read(graph, reversed ? &first : &last, call);
    return imported.ok() ? std::move(imported) : graph.named(imported.status());
  }
  for (const Source& s : *sources) {
    const bool alone = sources->size() == 1;
    if (alone || s.format == SourceFormat::ncnn_param_bin || s.format == SourceFormat::ncnn_param_old) return refuse(s);
  }
  std::string formats;
  for (const Source& s : *sources) formats += (formats.empty() ? "" : ", ") + std::string(name_of(s.format));
  return Status(Code::bad_argument, "these files are not one model: " + formats);
}

void fill_card(const Source& source, const std::string& sha256, Card* card) {
  card->source_file = base_name_of(source.path);
  card->source_sha256 = sha256;
  // An archive says what its model is called.
  if (source.format == SourceFormat::archive && !card->name.empty()) return;
  card->name = card->source_file.substr(0, card->source_file.rfind('.'));
}

}  // namespace

std::string reading_of(SourceFormat format) {
  if (format == SourceFormat::mindspore_encrypted) return "";  // its reader only says what to do about it
  std::vector<std::string> ways;
  for (const CheckpointReader& reader : kCheckpoints)
    if (reader.format == format) ways.push_back("weights by name");
  for (const GraphReader& reader : kGraphs) {
    const bool two = reader.weights != kNone;
    const bool told = reader.weights != kUntold;
    if (reader.graph == format)
      ways.push_back(!two   ? "a graph with its weights"
                     : told ? std::string("a graph; its weights are a file of ") + name_of(reader.weights)
                            : "a graph; its weights are the file given with it");
    if (two && told && reader.weights == format)
      ways.push_back(std::string("the weights of a graph that is a file of ") + name_of(reader.graph));
  }
  std::string text;
  for (const std::string& way : ways) text += (text.empty() ? "" : "; or ") + way;
  return text;
}

Result<Imported> read_source(const std::vector<std::string>& inputs, const ConvertOptions& options,
                             ConvertReport* report) {
  std::vector<SourceFile> files;
  for (const std::string& path : inputs) {
    Result<std::vector<uint8_t>> bytes = read_input(path);
    if (!bytes.ok()) return bytes.status();
    files.push_back({path, std::move(*bytes)});
  }
  return import_files(std::move(files), options, report);
}

Result<Imported> import_files(std::vector<SourceFile> files, const ConvertOptions& options, ConvertReport* report) {
  std::vector<Source> sources;
  if (files.empty()) return Status(Code::bad_argument, "no file to convert");
  for (SourceFile& file : files) {
    const SourceFormat format = detect_format(file.bytes.data(), file.bytes.size());
    sources.push_back({std::move(file.path), std::move(file.bytes), format});
  }
  drop_companions_of_table(&sources);
  std::vector<std::string> hashes;
  for (const Source& s : sources) hashes.push_back(sha256_hex(s.data(), s.size()));
  const Source* weights = nullptr;
  Result<Imported> imported = import(&sources, {options, report}, &weights);
  if (!imported.ok()) return imported;
  const Status size = check_picture_size(Call{options, report}.asked(), imported->package.input);
  if (!size.ok()) return weights->named(size);
  const std::string& sha256 = hashes[static_cast<size_t>(weights - sources.data())];
  fill_card(*weights, sha256, &imported->package.card);
  note_published(sha256, &*imported);
  return imported;
}

}  // namespace mien
