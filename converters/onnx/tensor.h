// A constant of an ONNX file with its numbers decoded: what the folding interpreter computes on and what weights are
// made from. Plain data; no thread-safety concerns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/onnx/external_data.h"
#include "engine/status.h"

namespace mien::onnx_pb {
class Tensor;
}

namespace mien::onnx {

// Element types by the number that the format gives them.
enum ElementType : int32_t {
  kFloat = 1, kUint8 = 2, kInt8 = 3, kUint16 = 4, kInt16 = 5, kInt32 = 6, kInt64 = 7, kString = 8, kBool = 9,
  kFloat16 = 10, kDouble = 11, kUint32 = 12, kUint64 = 13, kBfloat16 = 16, kUint4 = 21, kInt4 = 22, kUint2 = 25,
  kInt2 = 26,
};

inline constexpr int kMaxTensorRank = 8;
inline constexpr int64_t kMaxTensorElements = int64_t{1} << 31;

bool is_floating(int32_t type);

// Exactly one of `reals` (floating types) and `ints` (all others, bool as 0 and 1) holds count() numbers, row-major.
struct Tensor {
  int32_t type = kFloat;
  std::vector<int64_t> dims;   // empty: a scalar
  std::vector<double> reals;
  std::vector<int64_t> ints;

  bool floating() const { return is_floating(type); }
  int64_t count() const { return static_cast<int64_t>(floating() ? reals.size() : ints.size()); }
  int rank() const { return static_cast<int>(dims.size()); }
  double real(int64_t i) const {
    return floating() ? reals[static_cast<size_t>(i)] : static_cast<double>(ints[static_cast<size_t>(i)]);
  }
  void resize(int64_t n);
  // The value as its type can hold it: float32 results are rounded as the runtimes round them. Reduced floats count as
  // float32.
  void set_real(int64_t i, double v) {
    reals[static_cast<size_t>(i)] = type == kDouble ? v : static_cast<double>(static_cast<float>(v));
  }
};

Tensor int_vector(std::vector<int64_t> values);
Tensor make_tensor(int32_t type, std::vector<int64_t> dims);  // zeros

// Product with overflow check; error corrupt for a negative dimension, a rank above 8 or more than 2^31 elements.
Result<int64_t> count_elements(const std::vector<int64_t>& dims);

// Decodes any encoding: raw, typed, external. The bytes present must be exactly those that the dimensions need.
// Errors name the tensor: corrupt (sizes, encodings), unsupported (text, complex, float8 and the like).
Result<Tensor> decode_tensor(const onnx_pb::Tensor& proto, const ExternalData& external);

std::string dims_text(const std::vector<int64_t>& dims);  // "1x3x112x112", "scalar"

}  // namespace mien::onnx
