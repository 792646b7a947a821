#include "kernels/kernels.h"

namespace mien::kernels {

// One per ISA file of this build (kernels/isa/); MIEN_ISA_* come from the build.
#define MIEN_DECLARE(isa)      \
  namespace isa {              \
  extern const Kernels table;  \
  }
#ifdef MIEN_ISA_GENERIC
MIEN_DECLARE(generic)
#endif
#ifdef MIEN_ISA_SSE41
MIEN_DECLARE(sse41)
#endif
#ifdef MIEN_ISA_AVX2
MIEN_DECLARE(avx2)
#endif
#ifdef MIEN_ISA_AVX512
MIEN_DECLARE(avx512)
#endif
#ifdef MIEN_ISA_NEON32
MIEN_DECLARE(neon32)
#endif
#ifdef MIEN_ISA_NEON
MIEN_DECLARE(neon)
#endif
#undef MIEN_DECLARE

const Kernels* kernels_of(Isa isa) {
  switch (isa) {
#ifdef MIEN_ISA_GENERIC
    case Isa::generic: return &generic::table;
#endif
#ifdef MIEN_ISA_SSE41
    case Isa::sse41: return &sse41::table;
#endif
#ifdef MIEN_ISA_AVX2
    case Isa::avx2: return &avx2::table;
#endif
#ifdef MIEN_ISA_AVX512
    case Isa::avx512: return &avx512::table;
#endif
#ifdef MIEN_ISA_NEON32
    case Isa::neon32: return &neon32::table;
#endif
#ifdef MIEN_ISA_NEON
    case Isa::neon: return &neon::table;
#endif
    default: return nullptr;
  }
}

const Kernels* best_kernels() {
  const CpuFeatures cpu = detect_cpu();
  const Kernels* best = nullptr;
  for (Isa isa : kAllIsas) {
    const Kernels* table = kernels_of(isa);
    if (table != nullptr && usable(isa, cpu)) best = table;
  }
  return best;
}

}  // namespace mien::kernels
