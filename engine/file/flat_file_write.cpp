#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "engine/file/fields.h"
#include "engine/file/flat_file.h"
#include "engine/file/hash.h"
#include "engine/file/package.h"
#include "engine/file/replace_file.h"

namespace mien {
namespace file {
namespace {

// The graph without the values that no node makes or reads; the others keep their order.
Graph without_unused(const Graph& graph) {
  std::vector<ValueId> renamed(graph.values.size(), kNoValue);
  const auto mark = [&](ValueId id) { renamed[static_cast<size_t>(id)] = 0; };
  for (const Node& node : graph.nodes) {
    std::for_each(node.inputs.begin(), node.inputs.end(), mark);
    mark(node.output);
  }
  std::for_each(graph.inputs.begin(), graph.inputs.end(), mark);
  std::for_each(graph.outputs.begin(), graph.outputs.end(), mark);

  Graph kept = graph;
  kept.values.clear();
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (renamed[i] == kNoValue) continue;
    renamed[i] = static_cast<ValueId>(kept.values.size());
    kept.values.push_back(graph.values[i]);
  }
  const auto rename = [&](ValueId& id) { id = renamed[static_cast<size_t>(id)]; };
  for (Node& node : kept.nodes) {
    std::for_each(node.inputs.begin(), node.inputs.end(), rename);
    rename(node.output);
  }
  std::for_each(kept.inputs.begin(), kept.inputs.end(), rename);
  std::for_each(kept.outputs.begin(), kept.outputs.end(), rename);
  return kept;
}

struct Content {
  Section section;
  std::vector<uint8_t> bytes;
};

// Runs `fields` on an encoder. An empty result: something was too long for its count.
template <class Fields>
std::vector<uint8_t> encode(Fields fields) {
  VectorEncoder encoder;
  fields(static_cast<Encoder&>(encoder));
  if (encoder.failed()) encoder.bytes.clear();
  return std::move(encoder.bytes);
}

// All sections but the weights.
std::vector<Content> encode_sections(const Package& package, const Graph& graph) {
  const auto constant = [](Encoder& io, const Value& value) { io.flag(value.is_constant()); };
  std::vector<Content> contents;
  contents.push_back({kGraph, encode([&](Encoder& io) { graph_fields(io, graph, constant); })});
  contents.push_back({kInput, encode([&](Encoder& io) { input_fields(io, package.input); })});
  contents.push_back({kOutput, encode([&](Encoder& io) { output_fields(io, package.output); })});
  contents.push_back({kCard, encode([&](Encoder& io) { card_fields(io, package.card); })});
  if (!package.golden.cases.empty())
    contents.push_back({kGolden, encode([&](Encoder& io) { golden_fields(io, package.golden); })});
  return contents;
}

uint64_t bytes_of(const Value& value) {
  return static_cast<uint64_t>(value.shape.elements()) * sizeof(float);
}

// REQUIRES: infer_shapes was ok, so that no constant has more than 2^31 elements and no graph more than 2^31 values:
// the sum cannot overflow.
uint64_t weights_size(const Graph& graph) {
  uint64_t size = 0;
  for (const Value& value : graph.values) {
    if (value.is_constant()) size += aligned(bytes_of(value));
  }
  return size;
}

void write_weights(const Graph& graph, uint8_t* to) {
  for (const Value& value : graph.values) {
    if (!value.is_constant()) continue;
    std::memcpy(to, value.constant.data, bytes_of(value));
    to += aligned(bytes_of(value));
  }
}

// Lays the sections out behind a header and a table; the rest of the buffer is zero.
std::vector<uint8_t> assemble(const std::vector<Content>& contents, const Graph& graph) {
  const uint64_t weights = weights_size(graph);
  const size_t sections = contents.size() + 1;
  uint64_t size = aligned(kHeaderSize + sections * kEntrySize) + weights;
  for (const Content& content : contents) size += aligned(content.bytes.size());

  std::vector<uint8_t> file(size);
  uint8_t* entry_at = file.data() + kHeaderSize;
  uint64_t offset = aligned(kHeaderSize + sections * kEntrySize);
  const auto add_entry = [&](Section section, uint64_t length) {
    const uint32_t flags = is_critical(section) ? kCritical : 0;
    write_entry({section, flags, offset, length, hash_of(file.data() + offset, length)}, entry_at);
    entry_at += kEntrySize;
    offset += aligned(length);
  };
  for (const Content& content : contents) {
    std::memcpy(file.data() + offset, content.bytes.data(), content.bytes.size());
    add_entry(content.section, content.bytes.size());
  }
  write_weights(graph, file.data() + offset);
  add_entry(kWeights, weights);

  Header header;
  header.sections = static_cast<uint32_t>(sections);
  header.file_size = size;
  header.table_hash = hash_of(file.data() + kHeaderSize, sections * kEntrySize);
  write_header(header, file.data());
  return file;
}

}  // namespace
}  // namespace file

Result<std::vector<uint8_t>> serialize(const Package& package) try {
  MIEN_RETURN_IF_ERROR(check_constants_held(package.graph));
  const Graph graph = file::without_unused(package.graph);
  const std::vector<file::Content> contents = file::encode_sections(package, graph);
  std::vector<uint8_t> bytes = file::assemble(contents, graph);
  // What cannot be read back (NaN weights, names that are not text, records that do not fit) must not be written.
  if (const Result<Package> back = file::parse_package(bytes.data(), bytes.size(), {}); !back.ok())
    return Status{Code::bad_argument, "the model cannot be stored: " + back.status().message()};
  return bytes;
} catch (const std::bad_alloc&) {
  return Status{Code::out_of_memory, "out of memory"};
}

Status write_file(const Package& package, const std::string& path) try {
  Result<std::vector<uint8_t>> bytes = serialize(package);
  if (!bytes.ok()) return bytes.status();
  return file::replace_file(path, bytes->data(), bytes->size());
} catch (const std::bad_alloc&) {
  return {Code::out_of_memory, "out of memory"};
}

}  // namespace mien
