#include "kernels/cpu.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__linux__)
#include <sys/auxv.h>

#include <cstdio>
#endif
#if defined(__aarch64__) || defined(__arm__)
#include <asm/hwcap.h>
#endif

namespace mien::kernels {
namespace {

constexpr const char* kNames[] = {"generic", "sse41", "avx2", "avx512", "neon32", "neon"};

#if defined(__x86_64__)

struct Registers {
  unsigned eax, ebx, ecx, edx;
};

// A leaf that the CPU does not have gives zeros, so every feature bit reads "absent".
Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r{};
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return Registers{};
  return r;
}

bool bit(unsigned reg, int n) {
  return ((reg >> n) & 1) != 0;
}

// The register states that the operating system saves (Intel SDM volume 1, chapter 13). REQUIRES: OSXSAVE.
unsigned xcr0() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

void read_brand(char (&brand)[64]) {
  if (cpuid(0x80000000u, 0).eax < 0x80000004u) return;
  for (unsigned i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002u + i, 0);
    std::memcpy(brand + 16 * i, &r, sizeof(r));
  }
  brand[48] = 0;
  const size_t blanks = std::strspn(brand, " ");
  std::memmove(brand, brand + blanks, sizeof(brand) - blanks);
  for (size_t n = std::strlen(brand); n > 0 && brand[n - 1] == ' '; --n) brand[n - 1] = 0;
}

CpuFeatures detect() {
  CpuFeatures f;
  const Registers one = cpuid(1, 0), seven = cpuid(7, 0), seven_1 = cpuid(7, 1);
  f.sse41 = bit(one.ecx, 19);
  f.fma = bit(one.ecx, 12);
  f.f16c = bit(one.ecx, 29);
  f.avx2 = bit(one.ecx, 28) && bit(seven.ebx, 5);  // with AVX itself
  f.avx512f = bit(seven.ebx, 16);
  f.avx512dq = bit(seven.ebx, 17);
  f.avx512bw = bit(seven.ebx, 30);
  f.avx512vl = bit(seven.ebx, 31);
  f.avx512vnni = bit(seven.ecx, 11);
  f.avx512bf16 = bit(seven_1.eax, 5);
  if (bit(one.ecx, 27)) {            // OSXSAVE
    constexpr unsigned kYmm = 0x06;  // xmm and the upper halves of ymm
    constexpr unsigned kZmm = 0xe6;  // and opmask, upper halves of zmm0-15, zmm16-31
    const unsigned state = xcr0();
    f.os_ymm = (state & kYmm) == kYmm;
    f.os_zmm = (state & kZmm) == kZmm;
  }
  read_brand(f.brand);
  return f;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
  CpuFeatures f;
  const unsigned long caps = getauxval(AT_HWCAP);
  f.neon = (caps & HWCAP_ASIMD) != 0;
  f.fp16 = (caps & HWCAP_ASIMDHP) != 0;
  f.dotprod = (caps & HWCAP_ASIMDDP) != 0;
  f.sve = (caps & HWCAP_SVE) != 0;
  const unsigned long more = getauxval(AT_HWCAP2);
  f.sve2 = (more & HWCAP2_SVE2) != 0;
  f.i8mm = (more & HWCAP2_I8MM) != 0;
  f.bf16 = (more & HWCAP2_BF16) != 0;
  unsigned long midr = 0;  // which core this is; the kernel answers the read for user programs if HWCAP_CPUID says so
  if ((caps & HWCAP_CPUID) != 0) asm("mrs %0, MIDR_EL1" : "=r"(midr));
  std::snprintf(f.brand, sizeof(f.brand), "AArch64 implementer 0x%02lx part 0x%03lx", (midr >> 24) & 0xff,
                (midr >> 4) & 0xfff);
  return f;
}

#elif defined(__arm__)

CpuFeatures detect() {
  CpuFeatures f;
  const unsigned long caps = getauxval(AT_HWCAP);
  f.neon = (caps & HWCAP_NEON) != 0;
  f.vfpv4 = (caps & HWCAP_VFPv4) != 0;
  // Told by Linux 6.2 and later, and so not named in older headers.
  constexpr unsigned long kAsimdHp = 1ul << 23, kAsimdDp = 1ul << 24, kAsimdBf16 = 1ul << 26, kI8mm = 1ul << 27;
  f.fp16 = (caps & kAsimdHp) != 0;
  f.dotprod = (caps & kAsimdDp) != 0;
  f.bf16 = (caps & kAsimdBf16) != 0;
  f.i8mm = (caps & kI8mm) != 0;
  const char* platform = reinterpret_cast<const char*>(getauxval(AT_PLATFORM));  // "v7l"
  std::snprintf(f.brand, sizeof(f.brand), "32-bit ARM %s", platform != nullptr ? platform : "");
  return f;
}

#elif defined(__riscv) && defined(__linux__)

CpuFeatures detect() {
  CpuFeatures f;
  f.rvv = (getauxval(AT_HWCAP) >> ('v' - 'a') & 1) != 0;  // a bit per letter of the ISA's name
  std::snprintf(f.brand, sizeof(f.brand), "RISC-V, %d bits", __riscv_xlen);
  return f;
}

#else

CpuFeatures detect() {
  return {};
}

#endif

}  // namespace

// Found once: in a virtual machine each CPUID is a trip to the host, milliseconds in all.
CpuFeatures detect_cpu() {
  static const CpuFeatures kFound = detect();
  return kFound;
}

bool usable(Isa isa, const CpuFeatures& cpu) {
  const bool avx2 = cpu.sse41 && cpu.avx2 && cpu.fma && cpu.f16c && cpu.os_ymm;
  switch (isa) {
    case Isa::generic:
      return true;
    case Isa::sse41:
      return cpu.sse41;
    case Isa::avx2:
      return avx2;
    case Isa::avx512:
      return avx2 && cpu.avx512f && cpu.avx512bw && cpu.avx512dq && cpu.avx512vl && cpu.os_zmm;
    case Isa::neon32:
      return cpu.neon && cpu.vfpv4;
    case Isa::neon:
      return cpu.neon;
  }
  return false;
}

const char* name_of(Isa isa) {
  return kNames[static_cast<int>(isa)];
}

bool isa_from_name(const char* name, Isa* isa) {
  for (Isa candidate : kAllIsas) {
    if (std::strcmp(name, name_of(candidate)) != 0) continue;
    *isa = candidate;
    return true;
  }
  return false;
}

}  // namespace mien::kernels
