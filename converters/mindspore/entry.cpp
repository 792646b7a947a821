#include "converters/mindspore/entry.h"

#include <vector>

#include "converters/onnx/wire_check.h"
#include "converters/text.h"

namespace mien::mindspore {
namespace {

using onnx::WireRecord;

constexpr size_t kMaxTag = 4096, kMaxType = 64;

Status corrupt(size_t at, const std::string& what) {
  return {Code::corrupt, "byte " + std::to_string(at) + ": " + what};
}

// Calls each(record, its byte) for every record of a message; unknown fields are the callee's to skip.
template <class Each>
Status for_records(const uint8_t* data, size_t begin, size_t end, Each each) {
  for (size_t pos = begin; pos < end;) {
    const size_t at = pos;
    WireRecord record;
    if (!onnx::next_record(data, end, &pos, &record)) return corrupt(at, "a record is cut off or malformed");
    MIEN_RETURN_IF_ERROR(each(record, at));
  }
  return {};
}

Status take_text(const uint8_t* data, const WireRecord& record, size_t at, size_t limit, bool* seen,
                 std::string* text) {
  if (record.wire != 2 || *seen) return corrupt(at, "a text has a wrong wire type or appears twice");
  if (record.length > limit) return corrupt(at, "a text of " + std::to_string(record.length) + " bytes");
  text->assign(reinterpret_cast<const char*>(data + record.begin), record.length);
  *seen = true;
  return {};
}

Status add_dimension(uint64_t value, size_t at, std::vector<int64_t>* dims) {
  if (value >> 62 != 0) return corrupt(at, "a dimension that no tensor has");
  if (dims->size() >= kMaxRank)
    return {Code::unsupported, "byte " + std::to_string(at) + ": a tensor of more than 6 dimensions"};
  dims->push_back(static_cast<int64_t>(value));
  return {};
}

// Dimensions that a newer writer packed into one record.
Status add_packed(const uint8_t* data, const WireRecord& record, std::vector<int64_t>* dims) {
  const size_t end = record.begin + record.length;
  for (size_t pos = record.begin; pos < end;) {
    const size_t at = pos;
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (pos >= end || shift > 63) return corrupt(at, "a dimension is cut off or malformed");
      value |= static_cast<uint64_t>(data[pos] & 0x7f) << shift;
      if (data[pos++] < 0x80) break;
    }
    MIEN_RETURN_IF_ERROR(add_dimension(value, at, dims));
  }
  return {};
}

Status read_tensor(const uint8_t* data, const WireRecord& message, Entry* entry) {
  std::vector<int64_t> dims;
  bool typed = false, filled = false;
  MIEN_RETURN_IF_ERROR(for_records(data, message.begin, message.begin + message.length,
                                   [&](const WireRecord& record, size_t at) -> Status {
                                     if (record.field == 1 && record.wire == 0)
                                       return add_dimension(record.varint, at, &dims);
                                     if (record.field == 1 && record.wire == 2) return add_packed(data, record, &dims);
                                     if (record.field == 2)
                                       return take_text(data, record, at, kMaxType, &typed, &entry->type);
                                     if (record.field == 1) return corrupt(at, "a dimension has a wrong wire type");
                                     if (record.field != 3) return {};
                                     if (record.wire != 2 || filled)
                                       return corrupt(at, "a content has a wrong wire type or appears twice");
                                     entry->begin = record.begin;
                                     entry->length = record.length;
                                     filled = true;
                                     return {};
                                   }));
  entry->shape = Shape::of(dims);
  if (entry->shape.elements() < 0) return entry->error("has too many elements");
  return {};
}

struct Type {
  const char* name;
  ElementType element;
};
constexpr Type kTypes[] = {
    {"float32", ElementType::float32},   {"float16", ElementType::float16}, {"float64", ElementType::float64},
    {"bfloat16", ElementType::bfloat16}, {"int8", ElementType::int8},       {"int16", ElementType::int16},
    {"int32", ElementType::int32},       {"int64", ElementType::int64},     {"uint8", ElementType::uint8},
    {"uint16", ElementType::uint16},     {"uint32", ElementType::uint32},   {"uint64", ElementType::uint64},
    {"bool", ElementType::boolean}};

const Type* find(const std::string& type) {
  const std::string wanted = lower(type);
  for (const Type& row : kTypes)
    if (wanted == row.name) return &row;
  return nullptr;
}

}  // namespace

Status Entry::error(const std::string& what) const {
  return corrupt(at, "tensor '" + printable(tag) + "' " + what);
}

Status read_entry(const uint8_t* data, size_t size, size_t* pos, Entry* entry) {
  *entry = {};
  entry->at = *pos;
  WireRecord top;
  if (!onnx::next_record(data, size, pos, &top)) return corrupt(entry->at, "an entry is cut off or malformed");
  if (top.field != 1 || top.wire != 2) return corrupt(entry->at, "not an entry of a checkpoint");
  bool tagged = false, found = false;
  WireRecord tensor;
  MIEN_RETURN_IF_ERROR(
      for_records(data, top.begin, top.begin + top.length, [&](const WireRecord& record, size_t at) -> Status {
        if (record.field == 1) return take_text(data, record, at, kMaxTag, &tagged, &entry->tag);
        if (record.field == 3) return {Code::unsupported, "byte " + std::to_string(at) + ": a hash table"};
        if (record.field != 2) return {};
        if (record.wire != 2 || found) return corrupt(at, "a tensor has a wrong wire type or appears twice");
        tensor = record;
        found = true;
        return {};
      }));
  if (!tagged || !found) return corrupt(entry->at, "an entry without a tag or a tensor");
  return read_tensor(data, tensor, entry);
}

bool is_known_type(const std::string& type) {
  return find(type) || lower(type) == "str" || lower(type) == "random_op";
}

int64_t bytes_of_type(const std::string& type) {
  const Type* row = find(type);
  return row ? bytes_of(row->element) : 0;
}

bool floating_type(const std::string& type, ElementType* element) {
  const Type* row = find(type);
  if (row) *element = row->element;
  return row && is_floating(row->element);
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace mien::mindspore
