#include "converters/tensorflow/crc32c.h"

#include <array>

namespace mien::tensorflow {
namespace {

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}

}  // namespace

uint32_t crc32c(const uint8_t* data, size_t size, uint32_t before) {
  static constexpr std::array<uint32_t, 256> kTable = make_table();
  uint32_t crc = ~before;
  for (size_t i = 0; i < size; ++i) crc = kTable[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

}  // namespace mien::tensorflow
