// An allocator of a caller: counts what is alive, checks what comes back, and fails on demand. One thread only.
#pragma once

#include <gtest/gtest.h>
#include <mien/mien.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "engine/allocator.h"

namespace mien::testing_support {

class CountingAllocator {
 public:
  CountingAllocator() = default;
  CountingAllocator(const CountingAllocator&) = delete;
  ~CountingAllocator() { EXPECT_TRUE(alive_.empty()) << alive_.size() << " blocks were never released"; }

  Allocator engine() { return {allocate, release, this}; }
  mien_allocator c() { return {sizeof(mien_allocator), allocate, release, this}; }

  int64_t bytes() const { return bytes_; }  // alive
  int calls() const { return calls_; }      // of allocate, so far
  int failures() const { return failures_; }
  // The n-th allocation from now on, 0 the next, gives null.
  void fail(int n) { fail_at_ = calls_ + n, failures_ = 0; }
  void fail_never() { fail_at_ = -1; }

 private:
  static void* allocate(void* context, size_t size, size_t alignment) {
    auto* self = static_cast<CountingAllocator*>(context);
    EXPECT_EQ(alignment, 64u);
    EXPECT_GT(size, 0u);
    EXPECT_EQ(size % 64, 0u);
    if (self->calls_++ == self->fail_at_) return ++self->failures_, nullptr;
    void* memory = std::aligned_alloc(alignment, size);
    std::memset(memory, 0xA5, size);  // whoever needs zeros must write them
    self->alive_[memory] = size;
    self->bytes_ += static_cast<int64_t>(size);
    return memory;
  }
  static void release(void* context, void* memory, size_t size) {
    auto* self = static_cast<CountingAllocator*>(context);
    const auto found = self->alive_.find(memory);
    ASSERT_NE(found, self->alive_.end()) << "released what is not allocated";
    EXPECT_EQ(found->second, size);
    self->bytes_ -= static_cast<int64_t>(size);
    self->alive_.erase(found);
    std::free(memory);
  }

  std::map<void*, size_t> alive_;
  int64_t bytes_ = 0;
  int calls_ = 0, fail_at_ = -1, failures_ = 0;
};

}  // namespace mien::testing_support
