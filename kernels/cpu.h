// What the CPU at hand can run, found by CPUID/XGETBV (x86-64) or the auxiliary vector (ARM, RISC-V).
// Thread-safety: all functions are pure.
#pragma once

#include <cstdint>

namespace mien::kernels {

// Instruction sets with a table of kernels, from the least to the best on each architecture.
// generic runs on every processor, neon32 on 32-bit ARM, neon on AArch64.
enum class Isa : int32_t { generic, sse41, avx2, avx512, neon32, neon };
inline constexpr Isa kAllIsas[] = {Isa::generic, Isa::sse41, Isa::avx2, Isa::avx512, Isa::neon32, Isa::neon};

struct CpuFeatures {
  bool sse41 = false, avx2 = false, fma = false, f16c = false;
  bool avx512f = false, avx512bw = false, avx512dq = false, avx512vl = false, avx512vnni = false, avx512bf16 = false;
  bool neon = false, vfpv4 = false;  // vfpv4: fused multiply-add, told by 32-bit ARM only
  bool fp16 = false, dotprod = false, i8mm = false, bf16 = false, sve = false, sve2 = false;
  bool rvv = false;                     // vectors of RISC-V
  bool os_ymm = false, os_zmm = false;  // the operating system saves these registers
  char brand[64] = {};
};

// Every bool of CpuFeatures with its name, in the order in which they are shown.
struct CpuFlag {
  const char* name;
  bool CpuFeatures::*is_on;
};
inline constexpr CpuFlag kCpuFlags[] = {{"sse41", &CpuFeatures::sse41},
                                        {"avx2", &CpuFeatures::avx2},
                                        {"fma", &CpuFeatures::fma},
                                        {"f16c", &CpuFeatures::f16c},
                                        {"avx512f", &CpuFeatures::avx512f},
                                        {"avx512bw", &CpuFeatures::avx512bw},
                                        {"avx512dq", &CpuFeatures::avx512dq},
                                        {"avx512vl", &CpuFeatures::avx512vl},
                                        {"avx512vnni", &CpuFeatures::avx512vnni},
                                        {"avx512bf16", &CpuFeatures::avx512bf16},
                                        {"neon", &CpuFeatures::neon},
                                        {"vfpv4", &CpuFeatures::vfpv4},
                                        {"fp16", &CpuFeatures::fp16},
                                        {"dotprod", &CpuFeatures::dotprod},
                                        {"i8mm", &CpuFeatures::i8mm},
                                        {"bf16", &CpuFeatures::bf16},
                                        {"sve", &CpuFeatures::sve},
                                        {"sve2", &CpuFeatures::sve2},
                                        {"rvv", &CpuFeatures::rvv},
                                        {"os_ymm", &CpuFeatures::os_ymm},
                                        {"os_zmm", &CpuFeatures::os_zmm}};

CpuFeatures detect_cpu();
// True if every instruction that the ISA's kernels may use is usable here, the OS state included.
bool usable(Isa isa, const CpuFeatures& cpu);
// Whether its kernels fuse multiply and add. Those that do return the same bits, and so do those that do not.
constexpr bool fuses(Isa isa) {
  return isa != Isa::generic && isa != Isa::sse41;
}
const char* name_of(Isa isa);                    // "generic", "sse41", "avx2", "avx512", "neon32", "neon"
bool isa_from_name(const char* name, Isa* isa);  // false: no such name

}  // namespace mien::kernels
