// The checksum of TensorFlow's tables and tensors. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mien::tensorflow {

// CRC-32 with the Castagnoli polynomial. `before`: the checksum of what precedes the bytes.
uint32_t crc32c(const uint8_t* data, size_t size, uint32_t before = 0);

// Checksums are stored rotated and shifted, so that bytes that hold their own checksum stay distinguishable.
inline uint32_t masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace mien::tensorflow
