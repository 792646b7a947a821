#include "tests/file/counted_new.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace mien::testing {
namespace {

size_t in_use = 0, peak = 0;
bool armed = false, later = false;
int64_t countdown = 0;
int failures = 0;

bool must_fail() {
  if (!armed) return false;
  const bool now = countdown == 0 || (later && countdown < 0);
  --countdown;
  failures += now;
  return now;
}

}  // namespace

size_t bytes_in_use() { return in_use; }
void reset_peak() { peak = in_use; }
size_t peak_bytes() { return peak; }

void fail_allocation(int64_t n, bool and_all_later) {
  armed = true;
  later = and_all_later;
  countdown = n;
  failures = 0;
}
void disarm() { armed = false; }
int failed_allocations() { return failures; }

void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  in_use += malloc_usable_size(memory);
  peak = std::max(peak, in_use);
  return memory;
}
void* allocate(size_t size, size_t alignment) {
  if (must_fail()) throw std::bad_alloc();
  if (alignment <= alignof(std::max_align_t)) return counted(std::malloc(std::max<size_t>(size, 1)));
  return counted(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
}
void release(void* memory) {
  if (memory) in_use -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace mien::testing

void* operator new(size_t size) { return mien::testing::allocate(size, 1); }
void* operator new[](size_t size) { return mien::testing::allocate(size, 1); }
void* operator new(size_t size, std::align_val_t alignment) {
  return mien::testing::allocate(size, static_cast<size_t>(alignment));
}
// Sorting buffers are asked for in this way; the library's own would not belong to the deletes below.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  try {
    return mien::testing::allocate(size, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { mien::testing::release(memory); }
void operator delete[](void* memory) noexcept { mien::testing::release(memory); }
void operator delete(void* memory, size_t) noexcept { mien::testing::release(memory); }
void operator delete[](void* memory, size_t) noexcept { mien::testing::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { mien::testing::release(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { mien::testing::release(memory); }
