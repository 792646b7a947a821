// Writes small PyTorch files for the tests, in every layout: pickles opcode by opcode, the zip file and the old stream.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/crc32.h"
#include "tests/converters/raw_bytes.h"

namespace mien::testing {

inline uint32_t crc_of(const std::string& text) {
  return crc32(bytes_in(text), text.size());
}

// ---- Pickle, protocol 2.

namespace pkl {

inline std::string program(const std::string& opcodes) {
  return "\x80\x02" + opcodes + ".";
}
inline std::string text(const std::string& t) {
  return "X" + number_bytes(static_cast<uint32_t>(t.size())) + t;
}
inline std::string integer(int64_t n) {
  return std::string("\x8a\x08", 2) + number_bytes(n);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}
inline std::string integers(const std::vector<int64_t>& values) {
  std::vector<std::string> items;
  for (int64_t v : values) items.push_back(integer(v));
  return tuple(items);
}
inline std::string call(const std::string& callee, const std::vector<std::string>& arguments) {
  return callee + tuple(arguments) + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out = "}(";
  for (const auto& [key, value] : pairs) out += text(key) + value;
  return out + "u";
}

// The persistent id of a storage; `window` is the sixth item of the old layout.
inline std::string storage(const std::string& type, const std::string& key, int64_t elements,
                           const std::string& window = "") {
  std::vector<std::string> items = {text("storage"), global("torch", type), text(key), text("cpu"), integer(elements)};
  if (!window.empty()) items.push_back(window);
  return tuple(items) + "Q";
}
inline std::string tensor(const std::string& storage, int64_t offset, const std::vector<int64_t>& shape,
                          const std::vector<int64_t>& strides) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {storage, integer(offset), integers(shape), integers(strides), "\x89",
               global("collections", "OrderedDict") + ")R"});
}

}  // namespace pkl

// ---- Zip.

struct ZipOptions {
  bool streamed = false;  // local headers without sizes, data descriptors behind the data
  bool wide = false;      // every size in a 64-bit extra field, and the 64-bit end record
};

class ZipWriter {
 public:
  explicit ZipWriter(ZipOptions options = {}) : options_(options) {}

  ZipWriter& add(const std::string& name, const std::string& data, uint16_t method = 0) {
    const uint64_t offset = out_.size();
    const uint32_t crc = crc_of(data), size = static_cast<uint32_t>(data.size());
    const std::string flags = number_bytes<uint16_t>(options_.streamed ? 0x0808 : 0);
    const std::string head = number_bytes<uint16_t>(20) + flags + number_bytes(method) + number_bytes<uint32_t>(0);
    // Data begins at a multiple of 64 bytes.
    const size_t padding = 63 - (out_.size() + 30 + name.size() + 4 + 63) % 64;
    const std::string extra = "FB" + number_bytes(static_cast<uint16_t>(padding)) + std::string(padding, 'Z');
    out_ += "PK\3\4" + head;
    out_ += options_.streamed ? std::string(12, '\0') : sizes(crc, size, size);
    out_ += lengths(name.size(), extra.size()) + name + extra + data;
    if (options_.streamed) out_ += "PK\7\10" + sizes(crc, size, size);
    const std::string wide = std::string("\1\0\30\0", 4) + number_bytes<uint64_t>(size) + number_bytes<uint64_t>(size) +
                             number_bytes(offset);
    const uint32_t none = 0xffffffff;
    directory_ += std::string("PK\1\2\24\0", 6) + head;
    directory_ += options_.wide ? sizes(crc, none, none) : sizes(crc, size, size);
    directory_ += lengths(name.size(), options_.wide ? wide.size() : 0) + std::string(10, '\0');
    directory_ += number_bytes(options_.wide ? none : static_cast<uint32_t>(offset)) + name;
    if (options_.wide) directory_ += wide;
    ++members_;
    return *this;
  }

  std::string bytes() const {
    const uint64_t at = out_.size(), size = directory_.size(), end = at + size;
    std::string out = out_ + directory_;
    if (options_.wide) {
      out += "PK\6\6" + number_bytes<uint64_t>(44) + std::string(12, '\0') + number_bytes<uint64_t>(members_) +
             number_bytes<uint64_t>(members_) + number_bytes(size) + number_bytes(at);
      out += "PK\6\7" + number_bytes<uint32_t>(0) + number_bytes(end) + number_bytes<uint32_t>(1);
    }
    const uint16_t count = options_.wide ? 0xffff : static_cast<uint16_t>(members_);
    return out + std::string("PK\5\6\0\0\0\0", 8) + number_bytes(count) + number_bytes(count) +
           number_bytes(options_.wide ? 0xffffffff : static_cast<uint32_t>(size)) +
           number_bytes(options_.wide ? 0xffffffff : static_cast<uint32_t>(at)) + std::string(2, '\0');
  }

 private:
  static std::string sizes(uint32_t crc, uint32_t packed, uint32_t unpacked) {
    return number_bytes(crc) + number_bytes(packed) + number_bytes(unpacked);
  }
  static std::string lengths(size_t name, size_t extra) {
    return number_bytes(static_cast<uint16_t>(name)) + number_bytes(static_cast<uint16_t>(extra));
  }

  ZipOptions options_;
  std::string out_, directory_;
  uint32_t members_ = 0;
};

// ---- Whole files.

struct StorageData {
  std::string key, bytes;
  size_t element = 4;  // bytes of one
};
using StorageList = std::vector<StorageData>;

inline std::string zip_file(const std::string& opcodes, const StorageList& storages, ZipOptions options = {}) {
  ZipWriter zip(options);
  zip.add("archive/data.pkl", pkl::program(opcodes)).add("archive/byteorder", "little");
  for (const StorageData& s : storages) zip.add("archive/data/" + s.key, s.bytes);
  return zip.add("archive/version", "3\n").bytes();
}

inline std::string legacy_file(const std::string& opcodes, const StorageList& storages) {
  std::string out = pkl::program(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
  out += pkl::program("M\xe9\x03") +
         pkl::program(pkl::dict({{"protocol_version", "M\xe9\x03"}, {"little_endian", "\x88"}, {"type_sizes", "}"}}));
  std::string keys = "](";
  for (const StorageData& s : storages) keys += pkl::text(s.key);
  out += pkl::program(opcodes) + pkl::program(keys + "e");
  for (const StorageData& s : storages) out += number_bytes<uint64_t>(s.bytes.size() / s.element) + s.bytes;
  return out;
}

enum class PytorchLayout { zip, zip_stream, zip64, legacy };

// A state_dict of these tensors, each with its own storage: float32 as it is, and int64 as zeros.
inline std::vector<uint8_t> write_pytorch(const std::vector<NamedTensor>& tensors, PytorchLayout layout) {
  std::vector<std::pair<std::string, std::string>> pairs;
  StorageList storages;
  for (const NamedTensor& t : tensors) {
    const int64_t count = t.shape.elements();
    const bool real = t.type == "float32";
    std::vector<int64_t> strides(static_cast<size_t>(t.shape.rank), 1);
    for (size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * t.shape[static_cast<int>(i)];
    const std::string key = std::to_string(storages.size());
    const std::string bytes = real ? values_bytes(t.values) : std::string(static_cast<size_t>(count) * 8, '\0');
    storages.push_back({key, bytes, real ? sizeof(float) : 8});
    const std::string storage =
        pkl::storage(real ? "FloatStorage" : "LongStorage", key, count, layout == PytorchLayout::legacy ? "N" : "");
    pairs.emplace_back(
        t.name, pkl::tensor(storage, 0, std::vector<int64_t>(t.shape.dims, t.shape.dims + t.shape.rank), strides));
  }
  const std::string opcodes = pkl::dict(pairs);
  std::string file;
  if (layout == PytorchLayout::legacy) {
    file = legacy_file(opcodes, storages);
  } else {
    file = zip_file(opcodes, storages, {layout == PytorchLayout::zip_stream, layout == PytorchLayout::zip64});
  }
  return std::vector<uint8_t>(file.begin(), file.end());
}

}  // namespace mien::testing
