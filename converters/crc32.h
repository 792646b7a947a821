// CRC-32 with the polynomial of zip, zlib and PNG. Thread-safety: free function without state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mien {

// Of the bytes that gave `before` and then these.
uint32_t crc32(const uint8_t* data, size_t size, uint32_t before = 0);

}  // namespace mien
