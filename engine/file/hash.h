// XXH3-64, seed 0: the hash of headers and sections. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mien::file {

uint64_t hash_of(const void* data, size_t size);

}  // namespace mien::file
