// Memory for blocks: 64-byte aligned floats.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace mien {

inline constexpr int64_t kAlignFloats = 16;  // 64 bytes

inline int64_t round_up(int64_t n, int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

class AlignedFloats {
 public:
  AlignedFloats() = default;
  // Zeroed; size is rounded up to a whole number of cache lines. Throws std::bad_alloc. Weights that stream from memory
  // gain from pages of 2 MB (a 9 MB panel 530 -> 380 us together with prefetching), so large arrays ask for them.
  explicit AlignedFloats(int64_t size) : size_(round_up(size, kAlignFloats)) {
    if (size_ == 0) return;
    constexpr size_t kLarge = size_t{2} << 20;
    const size_t bytes = static_cast<size_t>(size_) * sizeof(float);
    const bool large = bytes >= 2 * kLarge;
    void* memory = nullptr;
    if (posix_memalign(&memory, large ? kLarge : 64, bytes) != 0) throw std::bad_alloc();
    data_.reset(static_cast<float*>(memory));
    if (large) madvise(data_.get(), bytes, MADV_HUGEPAGE);
    std::memset(data_.get(), 0, bytes);
  }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }
  int64_t bytes() const { return size_ * static_cast<int64_t>(sizeof(float)); }
  float& operator[](int64_t i) { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> data_;
  int64_t size_ = 0;
};

// `padded` floats: n values (null: none) and zeros.
inline AlignedFloats padded_copy(const float* values, int64_t n, int64_t padded) {
  AlignedFloats out(padded);
  if (values) std::memcpy(out.data(), values, static_cast<size_t>(n) * sizeof(float));
  return out;
}

}  // namespace mien
