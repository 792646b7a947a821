#include "tests/counted_memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<int64_t> made{0}, aligned{0};
}

int64_t mien::testing_support::allocations() {
  return made.load();
}

int64_t mien::testing_support::aligned_bytes() {
  return aligned.load();
}

// The linker's --wrap=NAME sends calls of NAME to __wrap_NAME, and calls of __real_NAME to NAME.
extern "C" {
void* __real_malloc(size_t size);
void* __real_calloc(size_t n, size_t size);
void* __real_realloc(void* p, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void** p, size_t alignment, size_t size);
void* __real_mmap(void* at, size_t size, int protection, int flags, int file, off_t offset);

void* __wrap_malloc(size_t size) {
  ++made;
  return __real_malloc(size);
}
void* __wrap_calloc(size_t n, size_t size) {
  ++made;
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* p, size_t size) {
  ++made;
  return __real_realloc(p, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  ++made;
  return __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** p, size_t alignment, size_t size) {
  ++made;
  aligned += static_cast<int64_t>(size);
  return __real_posix_memalign(p, alignment, size);
}
void* __wrap_mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) {
  ++made;
  return __real_mmap(at, size, protection, flags, file, offset);
}
}

// malloc counts for these. Not inlined: gcc would take the pairs for mismatches.
__attribute__((noinline)) void* operator new(size_t size) {
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
__attribute__((noinline)) void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size ? size : 1);
}
__attribute__((noinline)) void* operator new(size_t size, std::align_val_t alignment) {
  const auto a = static_cast<size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (size + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* p) noexcept {
  std::free(p);
}
__attribute__((noinline)) void operator delete(void* p, size_t) noexcept {
  std::free(p);
}
__attribute__((noinline)) void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
__attribute__((noinline)) void operator delete(void* p, size_t, std::align_val_t) noexcept {
  std::free(p);
}
