#include "converters/mxnet/params.h"

#include <new>
#include <unordered_set>

#include "converters/checkpoint/elements.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien {
namespace {

constexpr uint64_t kListMagic = 0x112;
constexpr uint32_t kV1 = 0xF993FAC8, kV2 = 0xF993FAC9, kV3 = 0xF993FACA;
constexpr uint32_t kMostAxes = 32;  // a first word up to this is the rank of the layout without a version word
constexpr uint64_t kMostArrays = 100000;
constexpr uint64_t kLongestName = 4096;
constexpr uint64_t kMostElements = uint64_t{1} << 31;

constexpr ElementType kTypes[] = {
    ElementType::float32, ElementType::float64, ElementType::float16, ElementType::uint8, ElementType::int32,
    ElementType::int8,    ElementType::int64,   ElementType::boolean, ElementType::int16, ElementType::uint16,
    ElementType::uint32,  ElementType::uint64,  ElementType::bfloat16};

class ParamsReader {
 public:
  ParamsReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  Result<Checkpoint> read() {
    out_.format = "mxnet";
    MIEN_RETURN_IF_ERROR(header());
    uint64_t arrays = 0;
    MIEN_RETURN_IF_ERROR(count("arrays", sizeof(uint32_t), &arrays));
    out_.tensors.reserve(static_cast<size_t>(arrays));
    for (uint64_t i = 0; i < arrays; ++i) {
      out_.tensors.emplace_back();
      MIEN_RETURN_IF_ERROR(array(&out_.tensors.back()));
    }
    MIEN_RETURN_IF_ERROR(names());
    if (at_ != size_)
      return error("the list ends here, the file goes on for " + std::to_string(size_ - at_) + " bytes");
    return std::move(out_);
  }

 private:
  Status error(const std::string& what, Code code = Code::corrupt) const {
    const Status status = file::corrupt_at(at_, what);
    return {code, status.message()};
  }

  template <class T>
  Status number(const char* what, T* value) {
    if (sizeof *value > size_ - at_) return error(std::string("the file ends within ") + what);
    *value = file::load<T>(data_ + at_);
    at_ += sizeof *value;
    return {};
  }

  Status header() {
    uint64_t magic = 0, reserved = 0;
    MIEN_RETURN_IF_ERROR(number("the magic number", &magic));
    if (magic != kListMagic) return {Code::unreadable, "not a list of MXNet arrays"};
    return number("the reserved word", &reserved);
  }

  // A count of entries that take at least `least` bytes each.
  Status count(const char* what, uint64_t least, uint64_t* n) {
    const size_t before = at_;
    MIEN_RETURN_IF_ERROR(number("a count", n));
    if (*n <= (size_ - at_) / least && *n <= kMostArrays) return {};
    at_ = before;
    return error("announces " + std::to_string(*n) + " " + what + ", more than the file can hold or than " +
                 std::to_string(kMostArrays));
  }

  Status array(NamedTensor* tensor) {
    uint32_t first = 0;
    MIEN_RETURN_IF_ERROR(number("an array", &first));
    uint32_t rank = first;
    if (first == kV2 || first == kV3) {
      int32_t storage = 0;
      MIEN_RETURN_IF_ERROR(number("a storage type", &storage));
      if (storage == 1 || storage == 2) return error("a sparse array", Code::unsupported);
      if (storage != 0) return error("storage type " + std::to_string(storage));
    } else if (first != kV1 && first > kMostAxes) {
      return error("an array starts with neither a version nor a rank");
    }
    if (first > kMostAxes) MIEN_RETURN_IF_ERROR(number("a rank", &rank));
    const bool scalars = first == kV3;  // since V3 rank 0 is one element, and rank -1 is "unknown"
    tensor->type = "none";
    if (scalars ? rank == 0xFFFFFFFF : rank == 0) return {};
    uint64_t elements = 0;
    MIEN_RETURN_IF_ERROR(dimensions(rank, first <= kMostAxes, &tensor->shape, &elements));
    return values(elements, tensor);
  }

  Status dimensions(uint32_t rank, bool narrow, Shape* shape, uint64_t* elements) {
    if (rank > kMostAxes) return error("rank " + std::to_string(static_cast<int32_t>(rank)));
    if (rank > kMaxRank) return error("an array of rank " + std::to_string(rank), Code::unsupported);
    shape->rank = static_cast<int>(rank);
    *elements = 1;
    for (int i = 0; i < shape->rank; ++i) {
      uint32_t dim32 = 0;
      int64_t dim = 0;
      MIEN_RETURN_IF_ERROR(narrow ? number("a dimension", &dim32) : number("a dimension", &dim));
      if (narrow) dim = dim32;
      if (dim < 0) return error("dimension " + std::to_string(dim));
      if (!file::multiply(*elements, static_cast<uint64_t>(dim), elements) || *elements > kMostElements)
        return error("an array of more than 2^31 elements");
      (*shape)[i] = dim;
    }
    return {};
  }

  Status values(uint64_t elements, NamedTensor* tensor) {
    int64_t device = 0;
    int32_t type = 0;
    MIEN_RETURN_IF_ERROR(number("a device", &device));  // two words: whatever it was, the data is here
    MIEN_RETURN_IF_ERROR(number("an element type", &type));
    if (type < 0 || static_cast<size_t>(type) >= std::size(kTypes))
      return error("element type " + std::to_string(type));
    const ElementType element = kTypes[type];
    const uint64_t bytes = elements * static_cast<uint64_t>(bytes_of(element));
    if (bytes > size_ - at_) {
      return error("an array " + tensor->shape.text() + " of " + name_of(element) + " needs " + std::to_string(bytes) +
                   " bytes, the file has " + std::to_string(size_ - at_) + " left");
    }
    tensor->type = name_of(element);
    if (is_floating(element)) {
      Result<std::vector<float>> wide =
          widen(element, data_ + at_, tensor->shape, dense_strides(tensor->shape), &out_.denormals_flushed);
      if (!wide.ok()) return error(wide.status().message(), wide.status().code());
      tensor->values = std::move(*wide);
    }
    at_ += bytes;
    return {};
  }

  Status names() {
    const size_t before = at_;
    uint64_t n = 0;
    MIEN_RETURN_IF_ERROR(count("names", sizeof(uint64_t), &n));
    if (n == 0) return numbered();
    if (n != out_.tensors.size()) {
      at_ = before;
      return error(std::to_string(n) + " names for " + std::to_string(out_.tensors.size()) + " arrays");
    }
    std::unordered_set<std::string> seen;
    for (NamedTensor& tensor : out_.tensors) {
      const size_t start = at_;
      MIEN_RETURN_IF_ERROR(name(&tensor.name));
      if (seen.insert(tensor.name).second) continue;
      at_ = start;
      return error("a second array '" + printable(tensor.name) + "'");
    }
    return {};
  }

  Status numbered() {
    if (out_.tensors.empty()) return {};
    for (size_t i = 0; i < out_.tensors.size(); ++i) out_.tensors[i].name = std::to_string(i);
    out_.warnings.push_back("the file names none of its arrays: they are called by their position");
    return {};
  }

  Status name(std::string* text) {
    const size_t start = at_;
    uint64_t length = 0;
    MIEN_RETURN_IF_ERROR(number("the length of a name", &length));
    if (length <= kLongestName && length <= size_ - at_) {
      text->assign(reinterpret_cast<const char*>(data_ + at_), static_cast<size_t>(length));
      at_ += length;
      if (!text->empty() && file::is_text(*text)) return {};
    }
    at_ = start;
    return error("a name of " + std::to_string(length) +
                 " bytes that is empty, no text or longer than the file allows");
  }

  const uint8_t* data_;
  const size_t size_;
  size_t at_ = 0;
  Checkpoint out_;
};

}  // namespace

Result<Checkpoint> read_mxnet_params(const uint8_t* data, size_t size) {
  try {
    return ParamsReader(data, size).read();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory for the arrays");
  }
}

}  // namespace mien
