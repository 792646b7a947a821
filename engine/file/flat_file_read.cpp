// From bytes to a package, in the order: container, hashes, fields, canonical form, graph, records.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "engine/aligned.h"
#include "engine/file/bytes.h"
#include "engine/file/container.h"
#include "engine/file/fields.h"
#include "engine/file/flat_file.h"
#include "engine/file/mapped_file.h"
#include "engine/file/package.h"
#include "engine/half.h"
#include "engine/no_memory.h"

namespace mien {
namespace file {
namespace {

// Memory that decoding may take. A weightless graph of 1500 nodes still fits; together with what infer_shapes needs
// it stays below the file's size and 1 MiB.
uint64_t decoding_budget(size_t file_size) {
  return file_size / 2 + (uint64_t{512} << 10);
}

// Hands out the constants of the weights section one after the other.
class Weights {
 public:
  Weights(const uint8_t* data, const Entry& entry, const ReadOptions& options)
      : data_(data), offset_(entry.offset), end_(entry.offset + entry.length), options_(options) {}

  Status next(Value& value, Stored how) {
    const int64_t elements = value.shape.elements();
    uint64_t stop = 0, padded = 0;
    if (elements < 1) return corrupt("has the shape " + value.shape.text(), value);
    if (!add(offset_, stored_bytes(how, elements), &stop) || !align(stop, &padded) || padded > end_)
      return corrupt("does not fit into the weights section", value);
    value.constant.half = how == Stored::f16;
    if (value.constant.half) {
      MIEN_RETURN_IF_ERROR(widen(value, elements));
    } else {
      value.constant.data = reinterpret_cast<const float*>(data_ + offset_);
    }
    // What is widened is checked in any case: it was read.
    if (options_.check_weights || value.constant.half) MIEN_RETURN_IF_ERROR(check(value, elements, stop, padded));
    offset_ = padded;
    return {};
  }
  Status finish() const {
    return offset_ == end_ ? Status() : corrupt_at(offset_, "weights that belong to no constant");
  }

 private:
  Status corrupt(const std::string& what, const Value& value) const {
    return corrupt_at(offset_, "the constant '" + value.name + "' " + what);
  }
  // The constant in memory of its own. REQUIRES: its halves lie within the section.
  Status widen(Value& value, int64_t elements) const {
    auto floats = std::make_shared<AlignedFloats>(elements, options_.allocator, AlignedFloats::Zeros::untouched);
    if (floats->failed()) return {Code::out_of_memory, "out of memory"};
    for (int64_t i = 0; i < elements; ++i) (*floats)[i] = float_of(load<uint16_t>(data_ + offset_ + 2 * i));
    value.constant.data = floats->data();
    value.constant.owner = floats;
    return {};
  }
  Status check(const Value& value, int64_t elements, uint64_t stop, uint64_t padded) const {
    const auto* floats = reinterpret_cast<const uint8_t*>(value.constant.data);  // not yet aligned, perhaps
    for (int64_t i = 0; i < elements; ++i) {
      const float weight = load<float>(floats + 4 * i);
      if (!std::isfinite(weight)) return corrupt("is NaN or infinite at element " + std::to_string(i), value);
    }
    for (uint64_t i = stop; i < padded; ++i) {
      if (data_[i] != 0) return corrupt_at(i, "padding after the constant '" + value.name + "' is not zero");
    }
    return {};
  }

  const uint8_t* data_;
  uint64_t offset_, end_;
  const ReadOptions& options_;
};

// Runs `fields` on a decoder of the section.
template <class Fields>
Status decode(const uint8_t* data, const Entry& entry, Budget* budget, Fields fields) {
  Decoder decoder(data + entry.offset, entry.length, entry.offset, budget);
  fields(decoder);
  return decoder.finish();
}

Status decode_graph(const uint8_t* data, const Sections& sections, const ReadOptions& options, Budget* budget,
                    Graph* graph) {
  Weights weights(data, sections.of[kWeights], options);
  Status weights_status;
  const auto constant = [&](Decoder& decoder, Value& value) {
    Stored how = Stored::nothing;
    decoder.choice(how, Stored::f16);
    if (how == Stored::nothing || decoder.failed()) return;
    weights_status = weights.next(value, how);
    if (!weights_status.ok()) decoder.fail("a constant is not in the weights section");
  };
  const Status status =
      decode(data, sections.of[kGraph], budget, [&](Decoder& d) { graph_fields(d, *graph, constant); });
  if (!weights_status.ok()) return weights_status;
  MIEN_RETURN_IF_ERROR(status);
  return weights.finish();
}

Status decode_records(const uint8_t* data, const Sections& sections, Budget* budget, Package* package) {
  MIEN_RETURN_IF_ERROR(decode(data, sections.of[kInput], budget, [&](Decoder& d) { input_fields(d, package->input); }));
  MIEN_RETURN_IF_ERROR(
      decode(data, sections.of[kOutput], budget, [&](Decoder& d) { output_fields(d, package->output); }));
  MIEN_RETURN_IF_ERROR(decode(data, sections.of[kCard], budget, [&](Decoder& d) { card_fields(d, package->card); }));
  return {};
}

// Sections that a file may do without. One that says nothing must not be there: it would be a second way of writing
// the same package.
Status decode_optional(const uint8_t* data, const Sections& sections, Budget* budget, Package* package) {
  if (const Entry& entry = sections.of[kGolden]; entry.length > 0) {
    MIEN_RETURN_IF_ERROR(decode(data, entry, budget, [&](Decoder& d) { golden_fields(d, package->golden); }));
    if (package->golden.cases.empty()) return corrupt_at(entry.offset, "a golden section without a case");
  }
  if (const Entry& entry = sections.of[kFace]; entry.length > 0) {
    MIEN_RETURN_IF_ERROR(decode(data, entry, budget, [&](Decoder& d) { face_fields(d, package->face); }));
    if (is_default(package->face)) return corrupt_at(entry.offset, "a face section that says nothing");
    if (const Status status = check_face_record(package->face); !status.ok())
      return corrupt_at(entry.offset, status.message());
  }
  return {};
}

// The graph section must be what the writer would write for the graph with its inferred shapes: a stored shape that is
// not the inferred one, or any second way of writing the same thing, ends here.
Status check_canonical(const uint8_t* data, const Entry& entry, const Graph& graph) {
  CompareEncoder encoder(data + entry.offset, entry.length);
  graph_fields(static_cast<Encoder&>(encoder), graph,
               [](Encoder& io, const Value& value) { io.choice(stored(value), Stored::f16); });
  if (encoder.same()) return {};
  return corrupt_at(entry.offset + encoder.position(), "a stored shape is not the one the graph has");
}

// A reader of 1.0 or 1.1 must not be told that it knows float16 weights.
Status check_least_version(const uint8_t* data, const Graph& graph) {
  const Header header = load_header(data);
  if (header.least_major > 1 || header.least_minor >= kLeastMinorOfHalf || !has_halves(graph)) return {};
  return corrupt_at(18, "float16 weights in a file that a reader of format 1.0 is said to know");
}

}  // namespace

bool has_halves(const Graph& graph) {
  return std::any_of(graph.values.begin(), graph.values.end(), [](const Value& v) { return stored(v) == Stored::f16; });
}

Result<Package> parse_package(const uint8_t* data, size_t size, const ReadOptions& options) {
  Sections sections;
  MIEN_RETURN_IF_ERROR(read_container(data, size, &sections));
  if (options.check_weights) MIEN_RETURN_IF_ERROR(check_hash(data, sections.of[kWeights]));
  Package package;
  if (sections.unknown > 0 && options.warnings)
    options.warnings->push_back("sections of a newer format that were left out: " + std::to_string(sections.unknown));
  Budget budget(decoding_budget(size));
  MIEN_RETURN_IF_ERROR(decode_graph(data, sections, options, &budget, &package.graph));
  MIEN_RETURN_IF_ERROR(check_least_version(data, package.graph));
  MIEN_RETURN_IF_ERROR(decode_records(data, sections, &budget, &package));
  MIEN_RETURN_IF_ERROR(decode_optional(data, sections, &budget, &package));
  const Entry& graph = sections.of[kGraph];
  if (const Status status = infer_shapes(package.graph); !status.ok())
    return corrupt_at(graph.offset, "graph: " + status.message());
  MIEN_RETURN_IF_ERROR(check_canonical(data, graph, package.graph));
  if (const Status status = check_package(package); !status.ok()) return corrupt_at(graph.offset, status.message());
  return package;
}

namespace {

// Lets every constant that lies in the file keep `owner` alive.
void own_constants(Graph& graph, const std::shared_ptr<const void>& owner, Constant::Memory memory) {
  for (Value& value : graph.values) {
    if (stored(value) == Stored::f32) value.constant = {value.constant.data, owner, memory};
  }
}

// Moves the constants to aligned memory of their own.
Status move_constants(Graph& graph, const uint8_t* data, size_t size, const ReadOptions& options) {
  const auto floats = static_cast<int64_t>((size + sizeof(float) - 1) / sizeof(float));
  auto storage = std::make_shared<AlignedFloats>(floats, options.allocator);
  if (storage->failed()) return {Code::out_of_memory, "out of memory"};
  std::memcpy(storage->data(), data, size);
  for (Value& value : graph.values) {
    if (stored(value) != Stored::f32) continue;
    const ptrdiff_t offset = reinterpret_cast<const uint8_t*>(value.constant.data) - data;
    value.constant.data = storage->data() + offset / static_cast<ptrdiff_t>(sizeof(float));
  }
  own_constants(graph, storage, Constant::Memory::borrowed);
  if (options.warnings)
    options.warnings->push_back("the data does not begin at a multiple of 64 bytes: " + std::to_string(size) +
                                " bytes were copied");
  return {};
}

// "model.mien: at byte 12: ..."
Status with_name(const Status& status, const std::string& name) {
  return {status.code(), name + ": " + status.message()};
}

}  // namespace
}  // namespace file

Result<Package> read_file(const std::string& path, const ReadOptions& options) {
  return or_no_memory([&]() -> Result<Package> {
    auto mapped = file::MappedFile::open(path);
    if (!mapped.ok()) return mapped.status();
    Result<Package> package = file::parse_package((*mapped)->data(), (*mapped)->size(), options);
    if (!package.ok()) return file::with_name(package.status(), path);
    file::own_constants(package->graph, *mapped, Constant::Memory::file);
    (*mapped)->drop_pages();  // the check of the weights has read every page
    return package;
  });
}

Result<Package> read_memory(const void* data, size_t size, const ReadOptions& options) {
  return or_no_memory([&]() -> Result<Package> {
    if (!data && size > 0) return Status{Code::bad_argument, "null data"};
    const auto* bytes = static_cast<const uint8_t*>(data);
    Result<Package> package = file::parse_package(bytes, size, options);
    if (package.ok() && reinterpret_cast<uintptr_t>(data) % file::kAlignment != 0)
      MIEN_RETURN_IF_ERROR(file::move_constants(package->graph, bytes, size, options));
    return package;
  });
}

}  // namespace mien
