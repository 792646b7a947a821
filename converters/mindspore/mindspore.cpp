#include "converters/mindspore/mindspore.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include "converters/checkpoint/elements.h"
#include "converters/crc32.h"
#include "converters/mindspore/entry.h"
#include "converters/text.h"

namespace mien {
namespace {

using mindspore::Entry;

constexpr size_t kMaxTensors = 100000, kMaxSlices = 65536;
constexpr char kMark[] = "crc_num";
constexpr size_t kMarkSize = 7, kTrailer = 17;  // the mark and ten bytes of a big-endian number

class Reader {
 public:
  Reader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  Result<Checkpoint> read() {
    out_.format = "mindspore";
    Entry entry;
    for (size_t pos = 0; pos < size_;) {
      MIEN_RETURN_IF_ERROR(mindspore::read_entry(data_, size_, &pos, &entry));
      MIEN_RETURN_IF_ERROR(add(entry));
    }
    if (open_) return cut(size_);
    return std::move(out_);
  }

 private:
  Status cut(size_t at) const {
    return {Code::corrupt, "byte " + std::to_string(at) + ": tensor '" + printable(first_.tag) + "' has " +
                               std::to_string(present_) + " bytes of " + std::to_string(needed_)};
  }

  Status add(const Entry& entry) {
    if (open_ && entry.tag == first_.tag) return append(entry);
    if (open_) return cut(entry.at);
    if (!tags_.insert(entry.tag).second) return entry.error("appears twice");
    if (tags_.size() > kMaxTensors) return entry.error("is one of more tensors than any network has");
    first_ = entry;
    slices_.clear();
    present_ = 0;
    const int64_t width = mindspore::bytes_of_type(entry.type);
    // Text and the types of other releases: no weights, and what their bytes mean does not matter.
    if (width == 0) return finish();
    if (first_.shape.rank == 1 && first_.shape[0] == 0 && entry.length == static_cast<uint64_t>(width))
      first_.shape = Shape{};  // how old releases wrote a scalar
    needed_ = static_cast<uint64_t>(first_.shape.elements() * width);
    return append(entry);
  }

  Status append(const Entry& entry) {
    if (entry.shape != first_.shape && open_) return entry.error("goes on with another shape");
    if (entry.type != first_.type) return entry.error("goes on with another type");
    if (entry.length > needed_ - present_)
      return entry.error("has more bytes than the " + std::to_string(needed_) + " of its shape");
    if (slices_.size() >= kMaxSlices) return entry.error("is cut into too many slices");
    slices_.push_back({entry.begin, entry.length});
    present_ += entry.length;
    open_ = present_ < needed_;
    return open_ ? Status() : finish();
  }

  Status finish() {
    NamedTensor tensor;
    tensor.name = first_.tag;
    tensor.shape = first_.shape;
    tensor.type = mindspore::lower(first_.type);
    ElementType type;
    if (mindspore::floating_type(first_.type, &type)) {
      const std::vector<uint8_t> joined = slices_.size() > 1 ? join() : std::vector<uint8_t>();
      const uint8_t* bytes = slices_.size() > 1 ? joined.data() : data_ + slices_[0].begin;
      Result<std::vector<float>> values =
          widen(type, bytes, tensor.shape, dense_strides(tensor.shape), &out_.denormals_flushed);
      if (!values.ok()) return first_.error(values.status().message());
      tensor.values = std::move(*values);
    }
    out_.tensors.push_back(std::move(tensor));
    return {};
  }

  std::vector<uint8_t> join() const {
    std::vector<uint8_t> bytes;
    bytes.reserve(present_);
    for (const Slice& s : slices_) bytes.insert(bytes.end(), data_ + s.begin, data_ + s.begin + s.length);
    return bytes;
  }

  struct Slice {
    size_t begin, length;
  };

  const uint8_t* data_;
  size_t size_;
  Checkpoint out_;
  std::unordered_set<std::string> tags_;
  Entry first_;  // of the tensor that is being read
  std::vector<Slice> slices_;
  uint64_t present_ = 0, needed_ = 0;  // bytes
  bool open_ = false;                  // some are still to come
};

bool has_trailer(const uint8_t* data, size_t size) {
  return size >= kTrailer && std::memcmp(data + size - kTrailer, kMark, kMarkSize) == 0;
}

bool checksum_holds(const uint8_t* data, size_t size) {
  uint64_t stated = 0;
  bool fits = true;
  for (size_t i = size - kTrailer + kMarkSize; i < size; ++i) {
    fits = fits && stated >> 56 == 0;
    stated = stated << 8 | data[i];
  }
  return fits && stated == crc32(data, size - kTrailer);
}

}  // namespace

bool looks_like_mindspore(const uint8_t* data, size_t size) {
  Entry entry;
  size_t pos = 0;
  return mindspore::read_entry(data, size, &pos, &entry).ok() && mindspore::is_known_type(entry.type);
}

Result<Checkpoint> read_mindspore(const uint8_t* data, size_t size) {
  if (size >= 4 && (data[0] == 0xd8 || data[0] == 0xd9) && std::memcmp(data + 1, "\x5e\x3a\x7f", 3) == 0)
    return Status(Code::unsupported,
                  "an encrypted MindSpore checkpoint: load it with its key and save it again without");
  if (!has_trailer(data, size)) return Reader(data, size).read();
  if (checksum_holds(data, size)) return Reader(data, size - kTrailer).read();
  // The mark may be the end of the last tensor.
  Result<Checkpoint> whole = Reader(data, size).read();
  if (whole.ok()) return whole;
  return Status(Code::corrupt,
                "byte " + std::to_string(size - kTrailer) + ": the checksum does not hold: the file is damaged");
}

}  // namespace mien
