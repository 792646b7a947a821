// Prints what detect_cpu() finds and which kernels it makes usable, one line each: what `mien doctor` says, for
// machines without the command. A test compares it with the processors that an emulator imitates.
#include <cstdio>

#include "kernels/kernels.h"

int main() {
  using namespace mien::kernels;
  const CpuFeatures cpu = detect_cpu();
  std::printf("CPU: %s\nfeatures:", cpu.brand);
  for (const CpuFlag& flag : kCpuFlags) {
    if (cpu.*flag.is_on) std::printf(" %s", flag.name);
  }
  std::printf("\nusable:");
  for (const Isa isa : kAllIsas) {
    if (kernels_of(isa) != nullptr && usable(isa, cpu)) std::printf(" %s", name_of(isa));
  }
  std::printf("\nchosen: %s\n", best_kernels() != nullptr ? best_kernels()->name : "none");
  return best_kernels() != nullptr ? 0 : 1;
}
