#include "converters/verification/pickled_arrays.h"

#include "converters/text.h"

namespace mien {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Use;

struct Name {
  const char *module, *name;
};

// NumPy 1 and 2 have the same functions in numpy.core and numpy._core.
constexpr Name kNames[] = {
    {"numpy.core.multiarray", "_reconstruct"},
    {"numpy._core.multiarray", "_reconstruct"},
    {"numpy.core.multiarray", "scalar"},
    {"numpy._core.multiarray", "scalar"},
    {"numpy.core.numeric", "_frombuffer"},
    {"numpy._core.numeric", "_frombuffer"},
    {"numpy", "ndarray"},
    {"numpy", "dtype"},
    {"_codecs", "encode"},
    {"builtins", "bytes"},
    {"__builtin__", "bytes"},
    {"builtins", "bytearray"},
    {"__builtin__", "bytearray"},
    {"builtins", "bool"},
    {"__builtin__", "bool"},
};

// Bytes whose code points in UTF-8 are all below 256; nothing for any other text.
std::optional<std::string> latin1_bytes(std::string_view utf8) {
  std::string bytes;
  bytes.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<uint8_t>(utf8[i]);
    if (c < 0x80) {
      bytes += utf8[i];
      continue;
    }
    if ((c != 0xC2 && c != 0xC3) || i + 1 == utf8.size() || (static_cast<uint8_t>(utf8[i + 1]) & 0xC0) != 0x80)
      return {};
    ++i;
    bytes += static_cast<char>((c & 3) << 6 | (static_cast<uint8_t>(utf8[i]) & 0x3F));
  }
  return bytes;
}

}  // namespace

Result<Use> numpy_names(std::string_view module, std::string_view name) {
  for (const Name& known : kNames)
    if (module == known.module && name == known.name) return Use::record;
  return Status(Code::unsupported, "names " + printable(std::string(module)) + "." + printable(std::string(name)) +
                                       ", which pictures and truth values do not need; nothing was run");
}

bool PickledArrays::is_record(Ref v, std::string_view name, size_t least_arguments) const {
  if (!values_.is(v, Kind::record)) return false;
  return values_.name_of(values_.items(v)[0]) == name && arguments_of(v).size() >= least_arguments;
}

const std::vector<Ref>& PickledArrays::arguments_of(Ref record) const {
  return values_.items(values_.items(record)[1]);
}

std::optional<std::string_view> PickledArrays::latin1(Ref text) {
  if (const auto known = known_.find(text); known != known_.end()) return known->second;
  std::optional<std::string> bytes = latin1_bytes(values_.slice(text));
  if (!bytes) return {};
  decoded_.push_back(std::move(*bytes));
  return known_[text] = decoded_.back();
}

// Python 3 writes bytes for the old protocols as a call of codecs.encode, and empty ones as a call of bytes; a byte
// array as a call on such bytes.
std::optional<std::string_view> PickledArrays::plain_bytes(Ref v) {
  if (is_record(v, "bytearray", 1)) v = arguments_of(v)[0];
  if (values_.is(v, Kind::bytes)) return values_.slice(v);
  if (values_.is(v, Kind::text)) return latin1(v);
  if (is_record(v, "encode", 2)) {
    const std::vector<Ref>& arguments = arguments_of(v);
    const auto codec = word(arguments[1]);
    const bool known = values_.is(arguments[0], Kind::text) && (codec == "latin1" || codec == "latin-1");
    return known ? latin1(arguments[0]) : std::nullopt;
  }
  if ((is_record(v, "bytes", 0) || is_record(v, "bytearray", 0)) && arguments_of(v).empty()) return std::string_view();
  return {};
}

// Short text that is bytes in Python 2.
std::optional<std::string_view> PickledArrays::word(Ref v) const {
  if (values_.is(v, Kind::text) || values_.is(v, Kind::bytes)) return values_.slice(v);
  return {};
}

// dtype("u1", False, True), then its state (version, byte order, ...).
std::optional<PickledArrays::Type> PickledArrays::type_of(Ref v) const {
  if (!is_record(v, "dtype", 1)) return {};
  const auto name = word(arguments_of(v)[0]);
  if (!name || name->size() != 2) return {};
  Type type{(*name)[0], static_cast<size_t>((*name)[1] - '0'), false};
  const bool size_fits = type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
  if (!size_fits || (type.kind != 'u' && type.kind != 'i' && (type.kind != 'b' || type.size != 1))) return {};
  const Ref state = values_.items(v)[2];
  if (values_.is(state, Kind::tuple) && values_.items(state).size() > 1)
    type.big_endian = word(values_.items(state)[1]) == ">";
  return type;
}

bool PickledArrays::shape_fits(Ref shape, size_t elements) const {
  if (!values_.is(shape, Kind::tuple)) return false;
  uint64_t product = 1;
  for (Ref extent : values_.items(shape)) {
    if (!values_.is(extent, Kind::integer) || values_.integer(extent) < 0) return false;
    const auto n = static_cast<uint64_t>(values_.integer(extent));
    if (n != 0 && product > UINT64_MAX / n) return false;
    product *= n;
  }
  return product == elements;
}

std::optional<PickledArrays::Array> PickledArrays::make_array(Ref type, Ref shape, Ref elements) {
  const auto known = type_of(type);
  const auto bytes = plain_bytes(elements);
  if (!known || !bytes || bytes->size() % known->size != 0 || !shape_fits(shape, bytes->size() / known->size))
    return {};
  return Array{*known, *bytes};
}

// An array of one dimension, or of several of which one counts: the order of their elements is the same either way.
// _reconstruct's record has its content in the state (version, shape, dtype, in Fortran's order, bytes); protocol 5
// calls _frombuffer(bytes, dtype, shape, order) instead.
std::optional<PickledArrays::Array> PickledArrays::array_of(Ref v) {
  if (is_record(v, "_frombuffer", 3)) {
    const std::vector<Ref>& arguments = arguments_of(v);
    return make_array(arguments[1], arguments[2], arguments[0]);
  }
  if (!is_record(v, "_reconstruct", 1)) return {};
  const Ref state = values_.items(v)[2];
  if (!values_.is(state, Kind::tuple) || values_.items(state).size() != 5) return {};
  const std::vector<Ref>& items = values_.items(state);
  return make_array(items[2], items[1], items[4]);
}

std::optional<std::string_view> PickledArrays::bytes_of(Ref v) {
  if (const auto bytes = plain_bytes(v)) return bytes;
  const auto array = array_of(v);
  if (array && array->type.kind == 'u' && array->type.size == 1) return array->elements;
  return {};
}

std::optional<std::vector<bool>> PickledArrays::truths_in(const Array& array) const {
  std::vector<bool> truths;
  for (size_t at = 0; at < array.elements.size(); at += array.type.size) {
    uint64_t value = 0;
    for (size_t i = 0; i < array.type.size; ++i) {
      const size_t place = array.type.big_endian ? array.type.size - 1 - i : i;
      value |= uint64_t{static_cast<uint8_t>(array.elements[at + i])} << (8 * place);
    }
    if (value > 1) return {};
    truths.push_back(value == 1);
  }
  return truths;
}

std::optional<bool> PickledArrays::truth_of(Ref v) {
  if (is_record(v, "bool", 1)) v = arguments_of(v)[0];
  if (values_.is(v, Kind::boolean)) return values_.truth(v);
  if (values_.is(v, Kind::integer) && (values_.integer(v) == 0 || values_.integer(v) == 1))
    return values_.integer(v) == 1;
  if (!is_record(v, "scalar", 2)) return {};
  const auto type = type_of(arguments_of(v)[0]);
  const auto bytes = plain_bytes(arguments_of(v)[1]);
  if (!type || !bytes || bytes->size() != type->size) return {};
  const auto truths = truths_in({*type, *bytes});
  return truths ? std::optional<bool>((*truths)[0]) : std::nullopt;
}

std::optional<std::vector<bool>> PickledArrays::truths_of(Ref v) {
  if (const auto array = array_of(v)) return truths_in(*array);
  if (!values_.is(v, Kind::list) && !values_.is(v, Kind::tuple)) return {};
  std::vector<bool> truths;
  for (Ref item : values_.items(v)) {
    const auto truth = truth_of(item);
    if (!truth) return {};
    truths.push_back(*truth);
  }
  return truths;
}

}  // namespace mien
