// Writes small MindSpore checkpoints for the tests. Plain functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/checkpoint/checkpoint.h"
#include "converters/crc32.h"
#include "tests/converters/raw_bytes.h"

namespace mien::testing {

inline std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

inline std::string field(int number, const std::string& payload) {
  return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(payload.size()) + payload;
}

// One entry; `dims` unpacked, as MindSpore writes them.
inline std::string mindspore_entry(const std::string& tag, const std::vector<int64_t>& dims, const std::string& type,
                                   const std::string& content) {
  std::string tensor;
  for (const int64_t d : dims) tensor += varint(1 << 3) + varint(static_cast<uint64_t>(d));
  return field(1, field(1, tag) + field(2, tensor + field(2, type) + field(3, content)));
}

inline std::string with_checksum(const std::string& file) {
  std::string digits(10, '\0');
  uint64_t crc = crc32(bytes_in(file), file.size());
  for (size_t i = digits.size(); i-- > 0; crc >>= 8) digits[i] = static_cast<char>(crc);
  return file + "crc_num" + digits;
}

inline std::string write_mindspore(const std::vector<NamedTensor>& tensors) {
  std::string file;
  for (const NamedTensor& t : tensors)
    file += mindspore_entry(t.name, std::vector<int64_t>(t.shape.dims, t.shape.dims + t.shape.rank), "Float32",
                            values_bytes(t.values));
  return file;
}

}  // namespace mien::testing
