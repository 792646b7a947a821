// SHA-256 (FIPS 180-4), for the fingerprint of a source file. Thread-safety: free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mien {

std::string sha256_hex(const uint8_t* data, size_t size);  // 64 lower-case digits

}  // namespace mien
