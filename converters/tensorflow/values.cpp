#include "converters/tensorflow/values.h"

#include <string>

#include "converters/onnx/tensor.h"
#include "tensorflow/tensorflow.pb.h"

namespace mien::tensorflow {
namespace {

// Appends the low bytes of each value, and of the last one again up to `count` values.
template <class List>
void append(const List& list, int64_t count, int64_t bytes, std::string* content) {
  using Number = typename List::value_type;
  Number value{};
  content->reserve(static_cast<size_t>(count * bytes));
  for (int64_t i = 0; i < count; ++i) {
    if (i < list.size()) value = list.Get(static_cast<int>(i));
    content->append(reinterpret_cast<const char*>(&value), static_cast<size_t>(bytes));
  }
}

// Calls use(list) with the list that holds values of this type.
template <class Use>
void with_list(const tf_pb::Tensor& t, ElementType type, Use use) {
  switch (type) {
    case ElementType::float16:
    case ElementType::bfloat16:
      return use(t.half_val());
    case ElementType::float32:
      return use(t.float_val());
    case ElementType::float64:
      return use(t.double_val());
    case ElementType::boolean:
      return use(t.bool_val());
    case ElementType::uint32:
      return use(t.uint32_val());
    case ElementType::uint64:
      return use(t.uint64_val());
    case ElementType::int64:
      return use(t.int64_val());
    default:
      return use(t.int_val());
  }
}

}  // namespace

bool element_type(int32_t number, ElementType* type) {
  static const struct {
    int32_t number;
    ElementType type;
  } kTypes[] = {{1, ElementType::float32}, {2, ElementType::float64},  {3, ElementType::int32},
                {4, ElementType::uint8},   {5, ElementType::int16},    {6, ElementType::int8},
                {9, ElementType::int64},   {10, ElementType::boolean}, {14, ElementType::bfloat16},
                {17, ElementType::uint16}, {19, ElementType::float16}, {22, ElementType::uint32},
                {23, ElementType::uint64}};
  for (const auto& row : kTypes) {
    if (row.number == number) return *type = row.type, true;
  }
  return false;
}

Result<std::vector<int64_t>> dims_of(const tf_pb::Shape& shape) {
  if (shape.unknown_rank()) return Status(Code::unsupported, "the rank is not known");
  if (shape.dim_size() > onnx::kMaxTensorRank) return Status(Code::unsupported, "rank above 8");
  std::vector<int64_t> dims;
  for (const tf_pb::Dimension& dim : shape.dim()) {
    if (dim.size() < -1) return Status(Code::corrupt, "dimension " + std::to_string(dim.size()));
    dims.push_back(dim.size());
  }
  return dims;
}

Status fill_content(tf_pb::Tensor* tensor, ElementType type, int64_t count, int64_t* repeat_bytes) {
  const int64_t bytes = bytes_of(type);
  if (tensor->has_content() && !tensor->content().empty()) {
    if (static_cast<int64_t>(tensor->content().size()) == count * bytes) return {};
    return {Code::corrupt, std::to_string(tensor->content().size()) + " bytes for " + std::to_string(count) +
                               " elements of " + name_of(type)};
  }
  int64_t stored = 0;
  with_list(*tensor, type, [&](const auto& list) { stored = list.size(); });
  if (stored > count)
    return {Code::corrupt, std::to_string(stored) + " values for " + std::to_string(count) + " elements"};
  *repeat_bytes -= (count - stored) * bytes;
  if (*repeat_bytes < 0) return {Code::unsupported, "repeats a value " + std::to_string(count - stored) + " times"};
  std::string content;
  with_list(*tensor, type, [&](const auto& list) { append(list, count, bytes, &content); });
  tf_pb::Tensor packed;  // a cleared list would keep its memory
  packed.set_content(std::move(content));
  tensor->Swap(&packed);
  return {};
}

}  // namespace mien::tensorflow
