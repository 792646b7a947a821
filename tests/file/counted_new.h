// The test program's operator new: counts bytes, and fails on demand. One thread only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mien::testing {

// Bytes in use now, and the most since the last reset_peak().
size_t bytes_in_use();
void reset_peak();
size_t peak_bytes();

// The n-th allocation from now on (0 = the next) throws std::bad_alloc; `and_all_later` ones too. Off with disarm().
void fail_allocation(int64_t n, bool and_all_later);
void disarm();
// Allocations that failed on demand since fail_allocation().
int failed_allocations();

}  // namespace mien::testing
