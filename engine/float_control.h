// Denormals as zero, where the CPU can, and rounding to nearest for the time of a run; the caller's control state back
// afterwards.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace mien {

class FlushDenormals {
 public:
#if defined(__x86_64__)
  // Flush-to-zero (bit 15), denormals-are-zero (bit 6), all exceptions masked, rounding to nearest.
  FlushDenormals() : saved_(_mm_getcsr()) {
    _mm_setcsr(0x9fc0u);
  }
  ~FlushDenormals() {
    _mm_setcsr(saved_);
  }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  // FPCR.FZ (bit 24), rounding to nearest.
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    const uint64_t flush = uint64_t{1} << 24;
    asm volatile("msr fpcr, %0" : : "r"(flush));
  }
  ~FlushDenormals() {
    asm volatile("msr fpcr, %0" : : "r"(saved_));
  }

 private:
  uint64_t saved_;
#elif defined(__arm__) && defined(__ARM_FP)
  // FPSCR.FZ (bit 24), rounding to nearest: for the scalar unit; NEON flushes always.
  FlushDenormals() {
    asm volatile("vmrs %0, fpscr" : "=r"(saved_));
    asm volatile("vmsr fpscr, %0" : : "r"(uint32_t{1} << 24));
  }
  ~FlushDenormals() {
    asm volatile("vmsr fpscr, %0" : : "r"(saved_));
  }

 private:
  uint32_t saved_;
#elif defined(__riscv_flen)
  // Rounding to nearest. There is no mode that flushes: denormals stay.
  FlushDenormals() {
    asm volatile("fsrmi %0, 0" : "=r"(saved_));
  }
  ~FlushDenormals() {
    asm volatile("fsrm %0" : : "r"(saved_));
  }

 private:
  unsigned long saved_;
#else
  FlushDenormals() {}
#endif

 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace mien
