// Counts every allocation of a test program, those of C included: link with counted_memory.cpp and the options
// --wrap, as count_allocations() of tests/CMakeLists.txt does. Thread-safe.
#pragma once

#include <cstdint>

namespace mien::testing_support {

// malloc, calloc, realloc, aligned_alloc, posix_memalign, mmap and operator new so far, called by code that is linked
// into the program itself (a shared library's own calls are not seen).
int64_t allocations();
// Bytes that were asked for with posix_memalign so far.
int64_t aligned_bytes();

}  // namespace mien::testing_support
