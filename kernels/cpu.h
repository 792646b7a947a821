// What the CPU at hand can run, found by CPUID/XGETBV (x86-64) or the auxiliary vector (AArch64).
// Thread-safety: all functions are pure.
#pragma once

#include <cstdint>

namespace mien::kernels {

// Instruction sets with a table of kernels, from the least to the best on each architecture.
enum class Isa : int32_t { sse41, avx2, avx512, neon };
inline constexpr Isa kAllIsas[] = {Isa::sse41, Isa::avx2, Isa::avx512, Isa::neon};

struct CpuFeatures {
  bool sse41 = false, avx2 = false, fma = false, f16c = false;
  bool avx512f = false, avx512bw = false, avx512dq = false, avx512vl = false, avx512vnni = false, avx512bf16 = false;
  bool neon = false, fp16 = false, dotprod = false;
  bool os_ymm = false, os_zmm = false;  // the operating system saves these registers
  char brand[64] = {};
};

CpuFeatures detect_cpu();
// True if every instruction that the ISA's kernels may use is usable here, the OS state included.
bool usable(Isa isa, const CpuFeatures& cpu);
const char* name_of(Isa isa);                    // "sse41", "avx2", "avx512", "neon"
bool isa_from_name(const char* name, Isa* isa);  // false: no such name

}  // namespace mien::kernels
