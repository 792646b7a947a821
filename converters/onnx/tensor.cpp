#include "converters/onnx/tensor.h"

#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "onnx/onnx.pb.h"

namespace mien::onnx {
namespace {

struct Encoding {
  int bits;        // per element in raw bytes
  bool is_signed;  // integers only
};

// bits = 0: not a type that weights or shapes come in.
Encoding encoding_of(int32_t type) {
  switch (type) {
    case kFloat:
      return {32, true};
    case kDouble:
      return {64, true};
    case kFloat16:
    case kBfloat16:
      return {16, true};
    case kInt8:
      return {8, true};
    case kInt16:
      return {16, true};
    case kInt32:
      return {32, true};
    case kInt64:
      return {64, true};
    case kUint8:
    case kBool:
      return {8, false};
    case kUint16:
      return {16, false};
    case kUint32:
      return {32, false};
    case kUint64:
      return {64, false};
    case kUint4:
      return {4, false};
    case kInt4:
      return {4, true};
    case kUint2:
      return {2, false};
    case kInt2:
      return {2, true};
    default:
      return {0, false};
  }
}

double half_to_double(uint32_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023);
  double value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? HUGE_VAL : NAN;
  } else if (exponent == 0) {
    value = fraction * 0x1p-24;
  } else {
    value = (1024 + fraction) * 0x1p-25 * static_cast<double>(int64_t{1} << exponent);
  }
  return (bits & 0x8000) ? -value : value;
}

float float_from_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

uint64_t little_endian(const uint8_t* p, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(p[i]) << (8 * i);
  return value;
}

// The number that a bit pattern of the type stands for.
double real_of(int32_t type, uint64_t bits) {
  if (type == kFloat) return float_from_bits(static_cast<uint32_t>(bits));
  if (type == kFloat16) return half_to_double(static_cast<uint32_t>(bits));
  if (type == kBfloat16) return float_from_bits(static_cast<uint32_t>(bits) << 16);
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
int64_t integer_of(const Encoding& e, uint64_t bits) {
  const int unused = 64 - e.bits;
  return e.is_signed ? static_cast<int64_t>(bits << unused) >> unused : static_cast<int64_t>(bits);
}

class Decoder {
 public:
  Decoder(const onnx_pb::Tensor& proto, const ExternalData& external) : proto_(proto), external_(external) {}

  Result<Tensor> decode() {
    MIEN_RETURN_IF_ERROR(header());
    MIEN_RETURN_IF_ERROR(data());
    if (out_.type == kUint64 || out_.type == kBool) MIEN_RETURN_IF_ERROR(check_range());
    return std::move(out_);
  }

 private:
  Status error(const std::string& what, Code code = Code::corrupt) const {
    return {code, "tensor '" + proto_.name().substr(0, 200) + "': " + what};
  }

  Status header() {
    out_.type = proto_.data_type();
    out_.dims.assign(proto_.dims().begin(), proto_.dims().end());
    if (proto_.has_segment()) return error("is split into segments", Code::unsupported);
    encoding_ = encoding_of(out_.type);
    if (encoding_.bits == 0) return error("element type " + std::to_string(out_.type), Code::unsupported);
    Result<int64_t> count = count_elements(out_.dims);
    if (!count.ok()) return error(count.status().message());
    count_ = *count;
    bytes_ = (static_cast<uint64_t>(count_) * static_cast<uint64_t>(encoding_.bits) + 7) / 8;
    return {};
  }

  Status data() {
    const int64_t typed = typed_count();
    const bool outside = proto_.data_location() == 1;
    if (proto_.data_location() > 1 || proto_.data_location() < 0) return error("unknown data location");
    const int sources = (typed > 0) + !proto_.raw_data().empty() + outside;
    if (sources > 1) return error("carries its data twice");
    if (outside) return outside_data();
    if (typed > 0) return typed_data(typed);
    if (proto_.raw_data().size() != bytes_) {
      return error(dims_text(out_.dims) + " needs " + std::to_string(bytes_) + " bytes, has " +
                   std::to_string(proto_.raw_data().size()));
    }
    return raw(reinterpret_cast<const uint8_t*>(proto_.raw_data().data()));
  }

  int64_t typed_count() const {
    return int64_t{proto_.float_data_size()} + proto_.int32_data_size() + proto_.int64_data_size() +
           proto_.double_data_size() + proto_.uint64_data_size() + proto_.string_data_size();
  }

  // REQUIRES: bytes_ bytes at p.
  Status raw(const uint8_t* p) {
    out_.resize(count_);
    for (int64_t i = 0; i < count_; ++i) {
      uint64_t bits;
      if (encoding_.bits >= 8) {
        bits = little_endian(p + i * (encoding_.bits / 8), encoding_.bits / 8);
      } else {
        const int per_byte = 8 / encoding_.bits;
        bits = p[i / per_byte] >> (i % per_byte * encoding_.bits) & ((1u << encoding_.bits) - 1);
      }
      put(i, bits);
    }
    return {};
  }

  void put(int64_t i, uint64_t bits) {
    if (out_.floating()) {
      out_.reals[static_cast<size_t>(i)] = real_of(out_.type, bits);
    } else {
      out_.ints[static_cast<size_t>(i)] = integer_of(encoding_, bits);
    }
  }

  // One value per element, except that types under 8 bits keep their packed bytes.
  Status typed_data(int64_t present) {
    const int64_t need = encoding_.bits >= 8 ? count_ : static_cast<int64_t>(bytes_);
    int64_t right = 0;
    switch (out_.type) {
      case kFloat:
        right = proto_.float_data_size();
        break;
      case kDouble:
        right = proto_.double_data_size();
        break;
      case kInt64:
        right = proto_.int64_data_size();
        break;
      case kUint32:
      case kUint64:
        right = proto_.uint64_data_size();
        break;
      default:
        right = proto_.int32_data_size();
    }
    if (right != present) return error("its data does not fit element type " + std::to_string(out_.type));
    if (right != need) {
      return error(dims_text(out_.dims) + " needs " + std::to_string(need) + " values, has " + std::to_string(right));
    }
    if (encoding_.bits < 8) return packed_in_ints();
    out_.resize(count_);
    for (int64_t i = 0; i < count_; ++i) {
      const int at = static_cast<int>(i);
      switch (out_.type) {
        case kFloat:
          out_.reals[static_cast<size_t>(i)] = proto_.float_data(at);
          break;
        case kDouble:
          out_.reals[static_cast<size_t>(i)] = proto_.double_data(at);
          break;
        case kInt64:
          out_.ints[static_cast<size_t>(i)] = proto_.int64_data(at);
          break;
        case kUint32:
        case kUint64:
          put(i, proto_.uint64_data(at));
          break;
        default:
          put(i, low_bits(proto_.int32_data(at)));
      }
    }
    return {};
  }

  uint64_t low_bits(int32_t value) const {
    return static_cast<uint32_t>(value) & (encoding_.bits >= 32 ? ~0u : (1u << encoding_.bits) - 1);
  }

  Status packed_in_ints() {
    std::vector<uint8_t> bytes;
    for (int32_t v : proto_.int32_data()) bytes.push_back(static_cast<uint8_t>(v));
    return raw(bytes.data());
  }

  Status outside_data() {
    std::map<std::string, std::string> keys;
    for (const onnx_pb::Property& entry : proto_.external_data()) {
      if (!keys.emplace(entry.key(), entry.value()).second) return error("external key '" + entry.key() + "' twice");
      const std::string& key = entry.key();
      if (key != "location" && key != "offset" && key != "length" && key != "checksum" && key != "basepath")
        return error("unknown external key '" + key.substr(0, 60) + "'");
    }
    uint64_t offset = 0, length = 0;
    if (!number(keys, "offset", &offset) || !number(keys, "length", &length))
      return error("malformed external offset or length");
    const std::string location = keys["location"];
    if (!keys.count("length")) {
      Result<uint64_t> size = external_.size_of(location);
      if (!size.ok()) return error(size.status().message(), size.status().code());
      if (offset > *size) return error("external offset beyond the end of '" + location + "'");
      length = *size - offset;
    }
    if (length != bytes_) {
      return error(dims_text(out_.dims) + " needs " + std::to_string(bytes_) + " bytes, has " + std::to_string(length) +
                   " in '" + location.substr(0, 200) + "'");
    }
    Result<std::vector<uint8_t>> bytes = external_.read(location, offset, length);
    if (!bytes.ok()) return error(bytes.status().message(), bytes.status().code());
    return raw(bytes->data());
  }

  // Digits only, at most 2^53. An absent key leaves *out.
  static bool number(const std::map<std::string, std::string>& keys, const char* key, uint64_t* out) {
    auto found = keys.find(key);
    if (found == keys.end()) return true;
    if (found->second.empty() || found->second.size() > 16) return false;
    *out = 0;
    for (char c : found->second) {
      if (c < '0' || c > '9') return false;
      *out = *out * 10 + static_cast<uint64_t>(c - '0');
    }
    return *out <= uint64_t{1} << 53;
  }

  Status check_range() const {
    for (int64_t v : out_.ints) {
      if (v < 0) return error("a number above 2^63", Code::unsupported);
      if (out_.type == kBool && v > 1) return error("a truth value that is neither 0 nor 1");
    }
    return {};
  }

  const onnx_pb::Tensor& proto_;
  const ExternalData& external_;
  Tensor out_;
  Encoding encoding_{};
  int64_t count_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

bool is_floating(int32_t type) {
  return type == kFloat || type == kDouble || type == kFloat16 || type == kBfloat16;
}

void Tensor::resize(int64_t n) {
  if (floating()) {
    reals.resize(static_cast<size_t>(n));
  } else {
    ints.resize(static_cast<size_t>(n));
  }
}

Tensor int_vector(std::vector<int64_t> values) {
  Tensor tensor;
  tensor.type = kInt64;
  tensor.dims = {static_cast<int64_t>(values.size())};
  tensor.ints = std::move(values);
  return tensor;
}

Tensor make_tensor(int32_t type, std::vector<int64_t> dims) {
  Tensor tensor;
  tensor.type = type;
  int64_t count = 1;
  for (int64_t d : dims) count *= d;
  tensor.dims = std::move(dims);
  tensor.resize(count);
  return tensor;
}

Result<int64_t> count_elements(const std::vector<int64_t>& dims) {
  if (dims.size() > kMaxTensorRank) return Status(Code::corrupt, "rank " + std::to_string(dims.size()) + " is above 8");
  int64_t count = 1;
  bool none = false;
  for (int64_t d : dims) {
    if (d < 0) return Status(Code::corrupt, "negative dimension " + std::to_string(d));
    none = none || d == 0;
    if (d > 0 && count > kMaxTensorElements / d) return Status(Code::corrupt, "more than 2^31 elements");
    if (d > 0) count *= d;
  }
  return none ? 0 : count;
}

Result<Tensor> decode_tensor(const onnx_pb::Tensor& proto, const ExternalData& external) {
  return Decoder(proto, external).decode();
}

std::string dims_text(const std::vector<int64_t>& dims) {
  if (dims.empty()) return "scalar";
  std::string text = std::to_string(dims[0]);
  for (size_t i = 1; i < dims.size(); ++i) text += "x" + std::to_string(dims[i]);
  return text;
}

}  // namespace mien::onnx
