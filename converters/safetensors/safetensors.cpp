#include "converters/safetensors/safetensors.h"

#include <algorithm>
#include <optional>
#include <string>

#include "converters/checkpoint/elements.h"
#include "converters/safetensors/header.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien {
namespace {

using file::corrupt_at;
using safetensors::Entry;

constexpr uint64_t kMaxHeader = 100000000;  // the format's own limit

std::optional<ElementType> type_of(const std::string& name) {
  static const struct {
    const char* name;
    ElementType type;
  } kTypes[] = {{"F16", ElementType::float16}, {"BF16", ElementType::bfloat16}, {"F32", ElementType::float32},
                {"F64", ElementType::float64}, {"BOOL", ElementType::boolean},  {"U8", ElementType::uint8},
                {"I8", ElementType::int8},     {"U16", ElementType::uint16},    {"I16", ElementType::int16},
                {"U32", ElementType::uint32},  {"I32", ElementType::int32},     {"U64", ElementType::uint64},
                {"I64", ElementType::int64}};
  for (const auto& row : kTypes) {
    if (name == row.name) return row.type;
  }
  return std::nullopt;
}

Status refuse(const Entry& entry, Code code, const std::string& what) {
  return {code, "tensor '" + printable(entry.name) + "': " + what};
}

// Sorted by place, each tensor begins where the one before ends, the first at 0 and the last ends with the data.
Status check_cover(const std::vector<Entry>& entries, uint64_t data_at, uint64_t data_size) {
  std::vector<const Entry*> sorted;
  for (const Entry& e : entries) sorted.push_back(&e);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  uint64_t at = 0;
  for (const Entry* e : sorted) {
    if (e->end < e->begin || e->end > data_size) return refuse(*e, Code::corrupt, "lies outside of the data");
    if (e->begin != at)
      return corrupt_at(data_at + at, e->begin < at ? "two tensors overlap" : "bytes that belong to no tensor");
    at = e->end;
  }
  return at == data_size ? Status() : corrupt_at(data_at + at, "bytes that belong to no tensor");
}

Status add(const Entry& entry, const uint8_t* data, Checkpoint* out) {
  const std::optional<ElementType> type = type_of(entry.type);
  if (!type) return refuse(entry, Code::unsupported, "element type '" + printable(entry.type) + "'");
  if (entry.shape.size() > kMaxRank)
    return refuse(entry, Code::unsupported, "rank " + std::to_string(entry.shape.size()) + " is above 6");
  NamedTensor tensor{entry.name, Shape::of(entry.shape), name_of(*type), {}};
  const int64_t count = tensor.shape.elements();
  if (count < 0) return refuse(entry, Code::corrupt, tensor.shape.text() + " is larger than any tensor");
  const uint64_t bytes = static_cast<uint64_t>(count * bytes_of(*type));
  if (bytes != entry.end - entry.begin) {
    return refuse(entry, Code::corrupt,
                  tensor.shape.text() + " needs " + std::to_string(bytes) + " bytes, has " +
                      std::to_string(entry.end - entry.begin));
  }
  if (is_floating(*type)) {
    Result<std::vector<float>> values =
        widen(*type, data + entry.begin, tensor.shape, dense_strides(tensor.shape), &out->denormals_flushed);
    if (!values.ok()) return refuse(entry, values.status().code(), values.status().message());
    tensor.values = std::move(*values);
  }
  out->tensors.push_back(std::move(tensor));
  return {};
}

}  // namespace

Result<Checkpoint> read_safetensors(const uint8_t* data, size_t size) {
  if (size < 8) return corrupt_at(0, "the header's length is cut off");
  const uint64_t header = file::load<uint64_t>(data);
  if (header > kMaxHeader || header > size - 8)
    return corrupt_at(
        0, "a header of " + std::to_string(header) + " bytes where " + std::to_string(size - 8) + " are left");
  if (header == 0 || data[8] != '{') return corrupt_at(8, "the header does not begin as JSON");
  const uint64_t data_at = 8 + header;
  const Result<std::vector<Entry>> entries =
      safetensors::read_header(reinterpret_cast<const char*>(data) + 8, header, 8);
  if (!entries.ok()) return entries.status();
  MIEN_RETURN_IF_ERROR(check_cover(*entries, data_at, size - data_at));
  Checkpoint out;
  out.format = "safetensors";
  out.tensors.reserve(entries->size());
  int64_t rounded = 0;
  for (const Entry& e : *entries) {
    MIEN_RETURN_IF_ERROR(add(e, data + data_at, &out));
    rounded += e.type == "F64";
  }
  if (rounded > 0) out.warnings.push_back(std::to_string(rounded) + " tensors of float64 were rounded to float32");
  return out;
}

}  // namespace mien
