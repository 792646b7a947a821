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
#include "engine/file/package.h"
#include "engine/file/replace_file.h"
#include "engine/half.h"

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

// The section whose bytes `fields` gives to an encoder. No bytes: something was too long for its count.
template <class Fields>
Part encoded(Section section, Fields fields) {
  VectorEncoder encoder;
  fields(static_cast<Encoder&>(encoder));
  if (encoder.failed()) encoder.bytes.clear();
  const size_t size = encoder.bytes.size();
  return part_of(section, size, [bytes = std::move(encoder.bytes)](uint8_t* to) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  });
}

uint64_t bytes_of(const Value& value) {
  return stored_bytes(stored(value), value.shape.elements());
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
    if (value.constant.half) {
      for (int64_t i = 0; i < value.shape.elements(); ++i) store(to + 2 * i, half_of(value.constant.data[i]));
    } else {
      std::memcpy(to, value.constant.data, bytes_of(value));
    }
    to += aligned(bytes_of(value));
  }
}

// What is marked as half must be no other number when it is read again.
Status check_halves(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (!value.is_constant() || !value.constant.half) continue;
    for (int64_t i = 0; i < value.shape.elements(); ++i) {
      const float v = value.constant.data[i];
      if (float_of(half_of(v)) != v)
        return {Code::bad_argument, "the constant '" + value.name + "' is to be stored as float16, and its element " +
                                        std::to_string(i) + " is none"};
    }
  }
  return {};
}

// REQUIRES: the package and the graph outlive the parts.
std::vector<Part> parts_of(const Package& package, const Graph& graph) {
  const auto constant = [](Encoder& io, const Value& value) { io.choice(stored(value), Stored::f16); };
  std::vector<Part> parts;
  parts.push_back(encoded(kGraph, [&](Encoder& io) { graph_fields(io, graph, constant); }));
  parts.push_back(encoded(kInput, [&](Encoder& io) { input_fields(io, package.input); }));
  parts.push_back(encoded(kOutput, [&](Encoder& io) { output_fields(io, package.output); }));
  parts.push_back(encoded(kCard, [&](Encoder& io) { card_fields(io, package.card); }));
  if (!package.golden.cases.empty())
    parts.push_back(encoded(kGolden, [&](Encoder& io) { golden_fields(io, package.golden); }));
  parts.push_back(part_of(kWeights, weights_size(graph), [&graph](uint8_t* to) { write_weights(graph, to); }));
  if (!is_default(package.face)) parts.push_back(encoded_face(package.face));
  return parts;
}

}  // namespace

Part encoded_face(const FaceRecord& record) {
  return encoded(kFace, [&](Encoder& io) { face_fields(io, record); });
}

}  // namespace file

Result<std::vector<uint8_t>> serialize(const Package& package) try {
  MIEN_RETURN_IF_ERROR(check_constants_held(package.graph));
  const Graph graph = file::without_unused(package.graph);
  MIEN_RETURN_IF_ERROR(file::check_halves(graph));
  file::Header header;
  if (file::has_halves(graph)) header.least_minor = file::kLeastMinorOfHalf;
  std::vector<uint8_t> bytes = file::assemble(header, file::parts_of(package, graph));
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
