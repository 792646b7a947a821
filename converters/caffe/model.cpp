#include "converters/caffe/model.h"

#include <cfloat>
#include <cmath>
#include <new>
#include <unordered_set>

#include "converters/onnx/wire_check.h"
#include "converters/text.h"
#include "engine/file/bytes.h"

namespace mien::caffe {
namespace {

using onnx::WireRecord;

constexpr uint64_t kMostElements = uint64_t{1} << 31;
constexpr size_t kMostLayers = 100000, kMostBlobs = 64, kMostAxes = 32;
constexpr size_t kLongestName = 4096;

enum Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Field numbers of caffe.proto.
constexpr uint64_t kNetName = 1, kNetLayersV1 = 2, kNetLayer = 100;
constexpr uint64_t kBlobNum = 1, kBlobWidth = 4, kBlobData = 5, kBlobShape = 7, kBlobDouble = 8;
constexpr uint64_t kBlobRawType = 10, kBlobRaw = 12;  // of a fork that stores half precision
constexpr uint64_t kShapeDim = 1;

struct LayerFields {
  uint64_t name, type, blobs;
};
constexpr LayerFields kLayer{1, 2, 7}, kLayerV1{4, 0, 6};  // the type of the first version is a number: not read

// Bytes begin..end of the file are one message.
struct Span {
  size_t begin, end;
};

class ModelReader {
 public:
  ModelReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  Result<CaffeModel> read() {
    MIEN_RETURN_IF_ERROR(each({0, size_}, [this](const WireRecord& r, size_t after) -> Status {
      if (r.field == kNetName) return text(r, after, "the name of the network", &out_.name);
      if (r.field == kNetLayer) return layer(r, after, kLayer);
      return r.field == kNetLayersV1 ? layer(r, after, kLayerV1) : Status();
    }));
    return std::move(out_);
  }

 private:
  static Status error(size_t at, const std::string& what, Code code = Code::corrupt) {
    return {code, file::corrupt_at(at, what).message()};
  }

  // Calls use(record, the byte behind it) for the records of a message. Payloads count from the start of the file.
  template <class Use>
  Status each(Span span, Use use) const {
    for (size_t at = span.begin; at < span.end;) {
      const size_t start = at;
      WireRecord record;
      if (!onnx::next_record(data_, span.end, &at, &record)) return error(start, "a field is cut off or malformed");
      MIEN_RETURN_IF_ERROR(use(record, at));
    }
    return {};
  }

  static Status expect(const WireRecord& r, size_t after, int wire, const char* what) {
    return r.wire == wire ? Status() : error(after, std::string(what) + " has a wrong wire type");
  }

  Status text(const WireRecord& r, size_t after, const char* what, std::string* out) const {
    MIEN_RETURN_IF_ERROR(expect(r, after, kBytes, what));
    if (r.length > kLongestName) return error(r.begin, std::string(what) + " is too long");
    out->assign(reinterpret_cast<const char*>(data_ + r.begin), r.length);
    return {};
  }

  Status layer(const WireRecord& r, size_t after, const LayerFields& fields) {
    MIEN_RETURN_IF_ERROR(expect(r, after, kBytes, "a layer"));
    WeightLayer made;
    const Status status = each({r.begin, after}, [&](const WireRecord& part, size_t end) -> Status {
      if (part.field == fields.name) return text(part, end, "the name of a layer", &made.name);
      if (part.field == fields.type) return text(part, end, "the type of a layer", &made.type);
      if (part.field != fields.blobs) return {};
      MIEN_RETURN_IF_ERROR(expect(part, end, kBytes, "a blob"));
      if (made.blobs.size() == kMostBlobs) return error(part.begin, "a layer of more than 64 blobs");
      made.blobs.emplace_back();
      return blob({part.begin, end}, &made.blobs.back());
    });
    if (!status.ok() || made.blobs.empty()) return status;
    if (out_.layers.size() == kMostLayers) return error(r.begin, "more layers than any network needs");
    if (!names_.insert(made.name).second)
      return error(r.begin, "a second layer '" + printable(made.name) + "' with weights");
    out_.layers.push_back(std::move(made));
    return {};
  }

  Status blob(Span span, Blob* out) const {
    bool shaped = false, raw = false;
    int64_t legacy[4] = {1, 1, 1, 1};
    uint64_t floats = 0, doubles = 0;
    const Status status = each(span, [&](const WireRecord& r, size_t after) -> Status {
      raw = raw || r.field == kBlobRaw || r.field == kBlobRawType;
      if (r.field == kBlobData) return count(r, after, kFixed32, &floats);
      if (r.field == kBlobDouble) return count(r, after, kFixed64, &doubles);
      if (r.field >= kBlobNum && r.field <= kBlobWidth) {
        MIEN_RETURN_IF_ERROR(expect(r, after, kVarint, "a dimension"));
        return dimension(r.varint, after, &legacy[r.field - kBlobNum]);
      }
      if (r.field != kBlobShape) return {};
      MIEN_RETURN_IF_ERROR(expect(r, after, kBytes, "a shape"));
      if (shaped) return error(r.begin, "a second shape of one blob");
      shaped = true;
      return shape({r.begin, after}, &out->shape);
    });
    if (!status.ok()) return status;
    if (!shaped) out->shape.assign(legacy, legacy + 4);
    if (raw && floats + doubles == 0)
      return error(span.begin, "weights in half precision: save them as floats", Code::unsupported);
    if (floats > 0 && doubles > 0) return error(span.begin, "a blob of floats and doubles");
    return values(span, floats + doubles, out);
  }

  Status dimension(uint64_t value, size_t after, int64_t* out) const {
    if (value > kMostElements) return error(after, "dimension " + std::to_string(static_cast<int64_t>(value)));
    *out = static_cast<int64_t>(value);
    return {};
  }

  Status shape(Span span, Dims* out) const {
    return each(span, [&](const WireRecord& r, size_t after) -> Status {
      if (r.field != kShapeDim) return {};
      if (r.wire == kVarint) return add_dimension(r.varint, after, out);
      MIEN_RETURN_IF_ERROR(expect(r, after, kBytes, "a dimension"));
      for (size_t at = r.begin; at < after;) {
        uint64_t value = 0;
        MIEN_RETURN_IF_ERROR(varint(&at, after, &value));
        MIEN_RETURN_IF_ERROR(add_dimension(value, at, out));
      }
      return {};
    });
  }
  Status add_dimension(uint64_t value, size_t after, Dims* out) const {
    if (out->size() == kMostAxes) return error(after, "a shape of more than 32 axes");
    out->push_back(0);
    return dimension(value, after, &out->back());
  }
  Status varint(size_t* at, size_t end, uint64_t* value) const {
    *value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
      const uint8_t byte = data_[(*at)++];
      *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return {};
    }
    return error(*at, "a dimension is cut off or malformed");
  }

  // Adds how many numbers a record holds: one, or a packed row of them.
  static Status count(const WireRecord& r, size_t after, int single, uint64_t* n) {
    const size_t width = single == kFixed32 ? 4 : 8;
    if (r.wire == single) {
      ++*n;
      return {};
    }
    MIEN_RETURN_IF_ERROR(expect(r, after, kBytes, "the data of a blob"));
    if (r.length % width != 0) return error(r.begin, "the data of a blob ends inside a number");
    *n += r.length / width;
    return {};
  }

  // The numbers lie in the file: `n` of them were counted.
  Status values(Span span, uint64_t n, Blob* out) const {
    uint64_t expected = 1;
    for (int64_t d : out->shape) {
      if (!file::multiply(expected, static_cast<uint64_t>(d), &expected) || expected > kMostElements)
        return error(span.begin, "a blob of more than 2^31 numbers");
    }
    if (n != expected || n == 0)
      return error(span.begin, "a blob " + dims_text(out->shape) + " holds " + std::to_string(n) + " numbers");
    out->values.reserve(static_cast<size_t>(n));
    return each(span, [&](const WireRecord& r, size_t after) -> Status {
      if (r.field != kBlobData && r.field != kBlobDouble) return {};
      const bool wide = r.field == kBlobDouble;
      const size_t width = wide ? 8 : 4, begin = r.wire == kBytes ? r.begin : after - width;
      for (size_t at = begin; at < after; at += width)
        out->values.push_back(wide ? narrowed(file::load<double>(data_ + at)) : file::load<float>(data_ + at));
      return {};
    });
  }
  static float narrowed(double value) {
    // Too large for a float becomes infinity, which whoever makes a constant of it refuses.
    if (std::fabs(value) > FLT_MAX) return value > 0 ? INFINITY : -INFINITY;
    return static_cast<float>(value);
  }

  const uint8_t* data_;
  const size_t size_;
  CaffeModel out_;
  std::unordered_set<std::string> names_;
};

}  // namespace

std::string dims_text(const Dims& dims) {
  std::string text;
  for (int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text.empty() ? "scalar" : text;
}

Result<CaffeModel> read_caffe_model(const uint8_t* data, size_t size) {
  try {
    return ModelReader(data, size).read();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory for the weights");
  }
}

}  // namespace mien::caffe
