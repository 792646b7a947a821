// Memory for blocks: 64-byte aligned floats.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "engine/count.h"

namespace mien {

inline constexpr int64_t kAlignFloats = 16;  // 64 bytes

inline int64_t round_up(int64_t n, int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

class AlignedFloats {
 public:
  AlignedFloats() = default;
  // Zeros; `touched`: they have their memory at once, else each page gets it when it is first used. The size is
  // rounded up to a whole number of cache lines. Throws std::bad_alloc. Weights that stream from memory gain from pages
  // of 2 MB (a 9 MB panel 530 -> 380 us together with prefetching), so large arrays ask for them.
  enum class Zeros { touched, untouched };
  explicit AlignedFloats(int64_t size, Zeros zeros = Zeros::touched) : size_(round_up(size, kAlignFloats)) {
    if (size_ == 0) return;
    const size_t bytes = count_in_memory<float>(size_) * sizeof(float);
    if (bytes >= 2 * kLargePage) {
      data_ = map(bytes);
      if (zeros == Zeros::untouched) return;
    } else {
      void* memory = nullptr;
      if (posix_memalign(&memory, 64, bytes) != 0) throw std::bad_alloc();
      data_.reset(static_cast<float*>(memory));
    }
    std::memset(data_.get(), 0, bytes);
  }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }
  int64_t bytes() const { return size_ * static_cast<int64_t>(sizeof(float)); }
  float& operator[](int64_t i) { return data_.get()[i]; }

 private:
  struct Free {
    Free() : mapped(0) {}
    explicit Free(size_t bytes) : mapped(bytes) {}
    size_t mapped;  // 0: from posix_memalign
    void operator()(float* p) const { mapped > 0 ? static_cast<void>(munmap(p, mapped)) : std::free(p); }
  };
  using Memory = std::unique_ptr<float, Free>;
  static constexpr size_t kLargePage = size_t{2} << 20;
  static constexpr size_t kMostPage = size_t{64} << 10;  // a multiple of the page size on every system

  // Fresh zero pages from a large page's boundary, and no more than that.
  static Memory map(size_t bytes) {
    if (bytes > PTRDIFF_MAX - 2 * kLargePage) throw std::bad_alloc();  // what follows must not overflow
    const size_t whole = (bytes + kMostPage - 1) / kMostPage * kMostPage;
    const size_t mapped = whole + kLargePage;  // of `whole`: what is freed must have been mapped
    void* all = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::bad_alloc();
    char* begin = static_cast<char*>(all);
    const size_t before = (kLargePage - reinterpret_cast<uintptr_t>(all) % kLargePage) % kLargePage;
    if (before > 0) munmap(begin, before);
    begin += before;
    munmap(begin + whole, mapped - before - whole);
    madvise(begin, bytes, MADV_HUGEPAGE);
    return Memory(reinterpret_cast<float*>(begin), Free(whole));
  }

  Memory data_;
  int64_t size_ = 0;
};

// `padded` floats: n values (null: none) and zeros.
inline AlignedFloats padded_copy(const float* values, int64_t n, int64_t padded) {
  AlignedFloats out(padded);
  if (values) std::memcpy(out.data(), values, static_cast<size_t>(n) * sizeof(float));
  return out;
}

}  // namespace mien
