#include "converters/detect.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "converters/mindspore/mindspore.h"
#include "converters/ncnn/ncnn.h"
#include "converters/onnx/onnx.h"
#include "converters/onnx/wire_check.h"
#include "converters/tensorflow/tensorflow.h"

namespace mien {
namespace {

struct Bytes {
  const uint8_t* data;
  size_t size;

  bool at(size_t offset, const char* magic, size_t length) const {
    return offset <= size && length <= size - offset && std::memcmp(data + offset, magic, length) == 0;
  }
  bool starts(const std::string& magic) const { return at(0, magic.data(), magic.size()); }
};

uint64_t u64(const uint8_t* p) {
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v |= static_cast<uint64_t>(p[i]) << (8 * i);
  return v;
}

bool is_safetensors(const Bytes& b) {
  return b.size > 9 && u64(b.data) <= b.size - 8 && b.data[8] == '{';
}

bool is_mxnet_symbol(const Bytes& b) {
  size_t i = 0;
  while (i < b.size && std::strchr(" \t\r\n", b.data[i]) && b.data[i] != 0) ++i;
  if (i == b.size || b.data[i] != '{') return false;
  auto has = [&](const char* word) {
    return std::search(b.data, b.data + b.size, word, word + std::strlen(word)) != b.data + b.size;
  };
  return has("\"nodes\"") && has("\"heads\"");
}

// A tar archive of before ustar has no magic. What tells it is the checksum of its first header: the sum of its bytes,
// as octal digits in the eight that count as blanks.
bool is_old_tar(const Bytes& b) {
  constexpr size_t kHeader = 512, kAt = 148, kDigits = 8;
  if (b.size < kHeader || b.data[0] == 0) return false;
  uint64_t sum = kDigits * ' ', stated = 0;
  for (size_t i = 0; i < kHeader; ++i) sum += i < kAt || i >= kAt + kDigits ? b.data[i] : 0;
  size_t i = kAt, digits = 0;
  while (i < kAt + kDigits && b.data[i] == ' ') ++i;
  for (; i < kAt + kDigits && b.data[i] >= '0' && b.data[i] <= '7'; ++i, ++digits)
    stated = stated * 8 + b.data[i] - '0';
  return digits > 0 && stated == sum;
}

// The first record of a message with this number; false on damage before it, or where there is none.
bool find_field(const Bytes& b, uint64_t number, onnx::WireRecord* record) {
  for (size_t pos = 0; onnx::next_record(b.data, b.size, &pos, record);)
    if (record->field == number) return true;
  return false;
}

bool is_text(const Bytes& b, size_t begin, size_t length) {
  return length > 0 &&
         std::all_of(b.data + begin, b.data + begin + length, [](uint8_t c) { return c >= 32 && c < 127; });
}

// Field 1 a version of 1, field 2 meta graphs, nothing else.
bool is_saved_model(const Bytes& b) {
  size_t pos = 0;
  onnx::WireRecord record;
  bool any = false;
  while (onnx::next_record(b.data, b.size, &pos, &record)) {
    any = true;
    const bool version = record.field == 1 && record.wire == 0 && record.varint == 1;
    if (!version && !(record.field == 2 && record.wire == 2)) return false;
  }
  return any && pos == b.size;
}

// Layers are field 100, or 2 in old files, whose network has a name; the first of them has a name as a text.
bool is_caffe_model(const Bytes& b) {
  onnx::WireRecord name, layer, inner;
  const bool named = find_field(b, 1, &name) && name.wire == 2 && is_text(b, name.begin, name.length);
  const bool found = find_field(b, 100, &layer) || find_field(b, 2, &layer);
  if (!found || layer.wire != 2 || (layer.field == 2 && !named)) return false;
  const Bytes bytes{b.data + layer.begin, layer.length};
  return find_field(bytes, layer.field == 100 ? 1 : 4, &inner) && inner.wire == 2 &&
         is_text(bytes, inner.begin, inner.length);
}

// Text with at least one layer in braces.
bool is_caffe_prototxt(const Bytes& b) {
  const auto text = [](uint8_t c) { return c >= 32 || c == '\t' || c == '\n' || c == '\r'; };
  if (b.size == 0 || !std::all_of(b.data, b.data + std::min<size_t>(b.size, 4096), text)) return false;
  for (const char* word : {"layer", "layers"}) {
    const uint8_t* end = b.data + b.size;
    for (const uint8_t* at = b.data; (at = std::search(at, end, word, word + std::strlen(word))) != end; ++at) {
      const uint8_t* brace =
          std::find_if(at + std::strlen(word), end, [](uint8_t c) { return !std::strchr(" \t\r\n", c); });
      if (brace != end && *brace == '{') return true;
    }
  }
  return false;
}

// A ModelProto begins with its ir_version, and the next record is one of those that exporters write after it.
bool begins_as_onnx(const Bytes& b) {
  size_t pos = 0;
  onnx::WireRecord record;
  if (!onnx::next_record(b.data, b.size, &pos, &record)) return false;
  if (record.field != 1 || record.wire != 0 || record.varint < 1 || record.varint > 50) return false;
  if (pos >= b.size) return true;
  const uint8_t key = b.data[pos];
  return key == 0x12 || key == 0x1a || key == 0x22 || key == 0x28 || key == 0x32 || key == 0x3a || key == 0x42;
}

// Formats of protobuf, none of which has a magic number. One that is cut off is still told by how it begins.
SourceFormat protobuf_format(const Bytes& b) {
  if (looks_like_onnx(b.data, b.size)) return SourceFormat::onnx;
  if (is_saved_model(b)) return SourceFormat::tensorflow_saved_model;
  if (looks_like_mindspore(b.data, b.size)) return SourceFormat::mindspore;
  if (looks_like_graphdef(b.data, b.size)) return SourceFormat::tensorflow_graph;
  if (is_caffe_model(b)) return SourceFormat::caffe_model;
  return begins_as_onnx(b) ? SourceFormat::onnx_damaged : SourceFormat::unknown;
}

using std::string;
const char* const kNames[] = {"unknown",
                              "Git LFS pointer",
                              "mien",
                              "zip (PyTorch or npz)",
                              "PyTorch (legacy)",
                              "MXNet parameters",
                              "MXNet symbol",
                              "TensorFlow checkpoint",
                              "HDF5",
                              "TFLite",
                              "npy",
                              "archive",
                              "ncnn text",
                              "ncnn binary",
                              "ncnn text without its number",
                              "encrypted MindSpore",
                              "safetensors",
                              "pickle",
                              "ONNX",
                              "ONNX",
                              "TensorFlow SavedModel",
                              "TensorFlow graph",
                              "MindSpore",
                              "Caffe network",
                              "Caffe weights"};

}  // namespace

const char* name_of(SourceFormat format) {
  return kNames[static_cast<size_t>(format)];
}

std::vector<SourceFormat> all_formats() {
  std::vector<SourceFormat> formats;
  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) formats.push_back(static_cast<SourceFormat>(i));
  return formats;
}

SourceFormat detect_format(const uint8_t* data, size_t size) {
  const Bytes b{data, size};
  const struct {
    size_t offset;
    string magic;
    SourceFormat format;
  } kMagics[] = {
      {0, "\x89MIEN\r\n\x1a", SourceFormat::mien},
      {0, "PK\x03\x04", SourceFormat::zip},
      {0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", SourceFormat::pytorch_legacy},
      {0, string("\x12\x01\0\0\0\0\0\0", 8), SourceFormat::mxnet_params},
      {size >= 8 ? size - 8 : 0, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", SourceFormat::tensorflow_table},
      {0, "\x89HDF\r\n\x1a\n", SourceFormat::hdf5},
      {4, "TFL3", SourceFormat::tflite},
      {0, "\x93NUMPY", SourceFormat::npy},
      {0,
       string("\xfd"
              "7zXZ\0",
              6),
       SourceFormat::archive},
      {0, "\x1f\x8b\x08", SourceFormat::archive},
      {0, "BZh", SourceFormat::archive},
      {257, "ustar", SourceFormat::archive},
      {0, "7767517", SourceFormat::ncnn_param},
      {0, string("\xdd\x85\x76\0", 4), SourceFormat::ncnn_param_bin},
      {0, "\xd8\x5e\x3a\x7f", SourceFormat::mindspore_encrypted},
      {0, "\xd9\x5e\x3a\x7f", SourceFormat::mindspore_encrypted},
      {512, "\x89HDF\r\n\x1a\n", SourceFormat::hdf5},  // behind a block of the user's
      {1024, "\x89HDF\r\n\x1a\n", SourceFormat::hdf5},
      {2048, "\x89HDF\r\n\x1a\n", SourceFormat::hdf5},
  };
  if (size < 1024 && b.starts("version https://git-lfs")) return SourceFormat::git_lfs;
  for (const auto& row : kMagics) {
    if (b.at(row.offset, row.magic.data(), row.magic.size())) return row.format;
  }
  if (is_old_tar(b)) return SourceFormat::archive;
  if (is_safetensors(b)) return SourceFormat::safetensors;
  if (looks_like_old_ncnn(data, size)) return SourceFormat::ncnn_param_old;
  if (is_mxnet_symbol(b)) return SourceFormat::mxnet_symbol;
  if (size > 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5) return SourceFormat::pickle;
  if (is_caffe_prototxt(b)) return SourceFormat::caffe_prototxt;
  return protobuf_format(b);
}

}  // namespace mien
