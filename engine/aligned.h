// Memory for blocks: 64-byte aligned floats.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/allocator.h"
#include "engine/count.h"
#include "engine/no_memory.h"

namespace mien {

inline constexpr int64_t kAlignFloats = 16;  // 64 bytes

inline int64_t round_up(int64_t n, int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

class AlignedFloats {
 public:
  AlignedFloats() = default;
  // Zeros; `touched`: they have their memory at once, else each page gets it when it is first used. The size is
  // rounded up to a whole number of cache lines. Where there is no memory, failed() is true afterwards and data() is
  // null. Weights that stream from memory gain from pages of 2 MB (a 9 MB panel 530 -> 380 us together with
  // prefetching), so large arrays ask the system for them.
  enum class Zeros { touched, untouched };
  AlignedFloats(int64_t size, const Allocator& allocator, Zeros zeros = Zeros::touched)
      : size_(round_up(size, kAlignFloats)) {
    if (size_ == 0) return;
    if (!fits_in_memory<float>(size_)) return;
    const size_t bytes = static_cast<size_t>(size_) * sizeof(float);
    const bool mapped = !allocator.allocate && bytes >= 2 * kLargePage;
    data_ = allocator.allocate ? from(allocator, bytes) : mapped ? map(bytes) : from_heap(bytes);
    if (data_ && !(mapped && zeros == Zeros::untouched)) std::memset(data_.get(), 0, bytes);
  }
  // The system's. Throws std::bad_alloc.
  explicit AlignedFloats(int64_t size, Zeros zeros = Zeros::touched) : AlignedFloats(size, Allocator{}, zeros) {
    if (failed()) throw_no_memory();
  }
  bool failed() const { return size_ != 0 && !data_; }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }
  int64_t bytes() const { return size_ * static_cast<int64_t>(sizeof(float)); }
  float& operator[](int64_t i) { return data_.get()[i]; }

 private:
  struct Free {
    Free() : bytes(0), mapped(false) {}
    Free(size_t size, bool from_mmap, const Allocator& from) : bytes(size), mapped(from_mmap), allocator(from) {}
    size_t bytes;
    bool mapped;
    Allocator allocator;  // none: the system's heap, or mapped
    void operator()(float* p) const {
      if (allocator.allocate) return allocator.release(allocator.context, p, bytes);
      mapped ? static_cast<void>(munmap(p, bytes)) : std::free(p);
    }
  };
  using Memory = std::unique_ptr<float, Free>;
  static constexpr size_t kLargePage = size_t{2} << 20;
  static constexpr size_t kMostPage = size_t{64} << 10;  // a multiple of the page size on every system

  static Memory from(const Allocator& allocator, size_t bytes) {
    void* memory = allocator.allocate(allocator.context, bytes, kAlignFloats * sizeof(float));
    return Memory(static_cast<float*>(memory), Free{bytes, false, allocator});
  }
  static Memory from_heap(size_t bytes) {
    void* memory = nullptr;
    if (posix_memalign(&memory, kAlignFloats * sizeof(float), bytes) != 0) return {};
    return Memory(static_cast<float*>(memory), Free{});
  }
  // Fresh zero pages from a large page's boundary, and no more than that.
  static Memory map(size_t bytes) {
    if (bytes > PTRDIFF_MAX - 2 * kLargePage) return {};  // what follows must not overflow
    const size_t whole = (bytes + kMostPage - 1) / kMostPage * kMostPage;
    const size_t mapped = whole + kLargePage;  // of `whole`: what is freed must have been mapped
    void* all = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return {};
    char* begin = static_cast<char*>(all);
    const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(all) % kLargePage) % kLargePage;
    if (before > 0) munmap(begin, before);
    begin += before;
    munmap(begin + whole, mapped - before - whole);
    madvise(begin, bytes, MADV_HUGEPAGE);
    return Memory(reinterpret_cast<float*>(begin), Free{whole, true, {}});
  }

  Memory data_;
  int64_t size_ = 0;
};

// `padded` floats: n values (null: none) and zeros. May have failed().
inline AlignedFloats padded_copy(const float* values, int64_t n, int64_t padded, const Allocator& allocator) {
  AlignedFloats out(padded, allocator);
  if (values && !out.failed()) std::memcpy(out.data(), values, static_cast<size_t>(n) * sizeof(float));
  return out;
}

}  // namespace mien
