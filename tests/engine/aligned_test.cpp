// Large arrays give back the pages that they got and no others: what lies behind them belongs to somebody else. The
// linker sends their mmap here, so that the system's answer is the worst there is.
#include "engine/aligned.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "engine/count.h"

namespace {

constexpr size_t kLargePage = size_t{2} << 20;
// Where the next mapping begins behind a boundary of large pages, -1: wherever; and the page after that mapping's end.
int64_t next_begin = -1;
char* neighbour = nullptr;

size_t page() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

extern "C" {
void* __real_mmap(void* at, size_t size, int protection, int flags, int file, off_t offset);
void* __wrap_mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) {
  if (next_begin < 0) return __real_mmap(at, size, protection, flags, file, offset);
  size = (size + page() - 1) / page() * page();
  void* all = __real_mmap(nullptr, size + 2 * kLargePage, protection, flags, file, offset);
  if (all == MAP_FAILED) return all;
  const uintptr_t boundary = (reinterpret_cast<uintptr_t>(all) + kLargePage - 1) / kLargePage * kLargePage;
  char* begin = reinterpret_cast<char*>(boundary + static_cast<uintptr_t>(next_begin));
  neighbour = begin + size;
  next_begin = -1;
  return begin;
}
}

namespace mien {
namespace {

bool is_mapped(char* address) {
  unsigned char in_memory = 0;
  return mincore(address, 1, &in_memory) == 0;
}

TEST(AlignedFloats, WhatLiesBehindALargeArrayStays) {
  const auto pages = static_cast<int64_t>(page());
  for (const int64_t begin : {int64_t{0}, pages, 2 * pages, static_cast<int64_t>(kLargePage) - pages}) {
    for (const int64_t bytes : {int64_t{4} << 20, (int64_t{4} << 20) + 64, (int64_t{6} << 20) - 64}) {
      next_begin = begin;
      {
        AlignedFloats floats(bytes / static_cast<int64_t>(sizeof(float)));
        ASSERT_EQ(next_begin, -1) << "the array is not from mmap";
        EXPECT_EQ(reinterpret_cast<uintptr_t>(floats.data()) % kLargePage, 0u);
        EXPECT_TRUE(is_mapped(neighbour)) << "made, " << bytes << " bytes from " << begin;
      }
      EXPECT_TRUE(is_mapped(neighbour)) << "freed, " << bytes << " bytes from " << begin;
    }
  }
}

// 2^30 floats have 2^32 bytes, which 32 bits take for none.
TEST(AlignedFloats, MoreThanTheAddressSpaceIsOutOfMemory) {
  for (const int64_t size : {int64_t{1} << 62, INT64_MAX - 63, int64_t{1} << 61, (int64_t{1} << 61) - 64, int64_t{-64}})
    EXPECT_THROW(AlignedFloats(size, AlignedFloats::Zeros::untouched), std::bad_alloc) << size;
  if (sizeof(size_t) > 4) return;
  for (const int64_t size : {int64_t{1} << 29, (int64_t{1} << 29) - 16, int64_t{1} << 30, (int64_t{1} << 30) + 64})
    EXPECT_THROW(AlignedFloats(size, AlignedFloats::Zeros::untouched), std::bad_alloc) << size;
}

// What a graph or a caller may ask for, where 32 bits cannot even count its bytes.
TEST(CountInMemory, RefusesWhatCannotBeAllocated) {
  EXPECT_EQ(count_in_memory<float>(0), 0u);
  EXPECT_EQ(count_in_memory<float>(PTRDIFF_MAX / 4), static_cast<size_t>(PTRDIFF_MAX / 4));
  EXPECT_THROW(count_in_memory<float>(int64_t{PTRDIFF_MAX / 4} + 1), std::bad_alloc);
  EXPECT_THROW(count_in_memory<double>(int64_t{PTRDIFF_MAX / 8} + 1), std::bad_alloc);
  EXPECT_THROW(count_in_memory<float>(-1), std::bad_alloc);
}

}  // namespace
}  // namespace mien
