// Denormals as zero, where the CPU can, and rounding to nearest for the time of a run; the caller's control state back
// afterwards.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace mien {

// Sets this thread's control state for a run; returns what it was, for restore_float_control.
inline uint64_t flush_denormals() {
#if defined(__x86_64__)
  // Flush-to-zero (bit 15), denormals-are-zero (bit 6), all exceptions masked, rounding to nearest.
  const uint64_t saved = _mm_getcsr();
  _mm_setcsr(0x9fc0u);
  return saved;
#elif defined(__aarch64__)
  // FPCR.FZ (bit 24), rounding to nearest.
  uint64_t saved;
  asm volatile("mrs %0, fpcr" : "=r"(saved));
  const uint64_t flush = uint64_t{1} << 24;
  asm volatile("msr fpcr, %0" : : "r"(flush));
  return saved;
#elif defined(__arm__) && defined(__ARM_FP)
  // FPSCR.FZ (bit 24), rounding to nearest: for the scalar unit; NEON flushes always.
  uint32_t saved;
  asm volatile("vmrs %0, fpscr" : "=r"(saved));
  asm volatile("vmsr fpscr, %0" : : "r"(uint32_t{1} << 24));
  return saved;
#elif defined(__riscv_flen)
  // Rounding to nearest. There is no mode that flushes: denormals stay.
  unsigned long saved;
  asm volatile("fsrmi %0, 0" : "=r"(saved));
  return saved;
#else
  return 0;
#endif
}

inline void restore_float_control([[maybe_unused]] uint64_t saved) {
#if defined(__x86_64__)
  _mm_setcsr(static_cast<unsigned>(saved));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(saved));
#elif defined(__arm__) && defined(__ARM_FP)
  asm volatile("vmsr fpscr, %0" : : "r"(static_cast<uint32_t>(saved)));
#elif defined(__riscv_flen)
  asm volatile("fsrm %0" : : "r"(static_cast<unsigned long>(saved)));
#endif
}

class FlushDenormals {
 public:
  FlushDenormals() : saved_(flush_denormals()) {}
  ~FlushDenormals() { restore_float_control(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  uint64_t saved_;
};

}  // namespace mien
