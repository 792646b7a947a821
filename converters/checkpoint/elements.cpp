#include "converters/checkpoint/elements.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "engine/file/bytes.h"
#include "engine/half.h"

namespace mien {
namespace {

struct Row {
  int64_t bytes;
  const char* name;
};
// In the order of ElementType.
constexpr Row kTypes[] = {{2, "float16"}, {2, "bfloat16"}, {4, "float32"}, {8, "float64"}, {1, "bool"},
                          {1, "uint8"},   {1, "int8"},     {2, "uint16"},  {2, "int16"},   {4, "uint32"},
                          {4, "int32"},   {8, "uint64"},   {8, "int64"}};

float from_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float read_element(ElementType type, const uint8_t* from) {
  switch (type) {
    case ElementType::float16:
      return float_of(file::load<uint16_t>(from));
    case ElementType::bfloat16:
      return from_bits(static_cast<uint32_t>(file::load<uint16_t>(from)) << 16);
    case ElementType::float64:
      return static_cast<float>(file::load<double>(from));
    default:
      return file::load<float>(from);
  }
}

bool beyond_float(double value) {
  return std::isfinite(value) && std::fabs(value) > FLT_MAX;
}

// Calls each(offset in elements) in row-major order. REQUIRES: no dimension is 0.
template <class Each>
void walk(const Shape& shape, const std::vector<int64_t>& strides, Each each) {
  int64_t index[kMaxRank] = {};
  for (int64_t offset = 0;;) {
    each(offset);
    int axis = shape.rank - 1;
    for (; axis >= 0; --axis) {
      const int64_t stride = strides[static_cast<size_t>(axis)];
      if (++index[axis] < shape[axis]) {
        offset += stride;
        break;
      }
      offset -= stride * (shape[axis] - 1);
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace

int64_t bytes_of(ElementType type) {
  return kTypes[static_cast<size_t>(type)].bytes;
}

const char* name_of(ElementType type) {
  return kTypes[static_cast<size_t>(type)].name;
}

std::vector<int64_t> dense_strides(const Shape& shape) {
  std::vector<int64_t> strides(static_cast<size_t>(shape.rank), 0);
  if (shape.elements() == 0) return strides;
  int64_t stride = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= shape[i];
  }
  return strides;
}

Result<std::vector<float>> widen(ElementType type, const uint8_t* first, const Shape& shape,
                                 const std::vector<int64_t>& strides, int64_t* denormals) {
  const size_t count = static_cast<size_t>(shape.elements());
  std::vector<float> values(count);
  if (count == 0) return values;
  bool fits = true;
  if (type == ElementType::float32 && strides == dense_strides(shape)) {
    std::memcpy(values.data(), first, count * sizeof(float));
  } else {
    float* to = values.data();
    walk(shape, strides, [&](int64_t offset) {
      const uint8_t* from = first + offset * bytes_of(type);
      if (type == ElementType::float64 && beyond_float(file::load<double>(from))) fits = false;
      *to++ = read_element(type, from);
    });
  }
  if (!fits) return Status(Code::unsupported, "holds float64 numbers beyond the range of float32");
  for (float& value : values) {
    if (value != 0 && std::fabs(value) < FLT_MIN) value = 0, ++*denormals;
  }
  return values;
}

}  // namespace mien
