// Counts from files and graphs as sizes in memory. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/no_memory.h"

namespace mien {

// Whether n elements of T can be in this machine's memory at all: a shape may ask for 2^31 floats, which 32 bits cannot
// even count in bytes.
template <class T>
constexpr bool fits_in_memory(int64_t n) {
  return n >= 0 && static_cast<uint64_t>(n) <= PTRDIFF_MAX / sizeof(T);
}

// n elements of T as a size. Runs out of memory, as the allocation would, if this machine cannot have so many.
template <class T>
size_t count_in_memory(int64_t n) {
  if (!fits_in_memory<T>(n)) throw_no_memory();
  return static_cast<size_t>(n);
}

}  // namespace mien
