// What the kernel tests share: guarded memory, every usable ISA, seeded numbers, comparison of bits.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/kernels.h"

namespace mien::kernels::test {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr double kUlp = 0x1p-24;  // half of the distance between 1 and the next float

// The tables that this build has and this CPU can run.
inline std::vector<const Kernels*> usable_tables() {
  std::vector<const Kernels*> tables;
  for (Isa isa : kAllIsas) {
    if (kernels_of(isa) != nullptr && usable(isa, detect_cpu())) tables.push_back(kernels_of(isa));
  }
  return tables;
}
// Those that fuse multiply and add, or those that do not.
inline std::vector<const Kernels*> tables_that_fuse(bool fused) {
  std::vector<const Kernels*> tables;
  for (const Kernels* table : usable_tables()) {
    if (fuses(table->isa) == fused) tables.push_back(table);
  }
  return tables;
}
// NEON of 32-bit ARM takes denormal numbers for 0.
inline bool keeps_denormals(const Kernels& table) { return table.isa != Isa::neon32; }
// Within each of the two all must agree in every bit.
inline std::vector<std::vector<const Kernels*>> tables_of_same_bits() {
  return {tables_that_fuse(true), tables_that_fuse(false)};
}

// n floats that touch a page without access: at their end (Side::after) or at their start. A read or write past that
// side ends the test program. A multiple of 16 floats is 64-byte aligned on both.
enum class Side { before, after };
constexpr Side kSides[] = {Side::before, Side::after};

class Guarded {
 public:
  Guarded(size_t n, Side side) : n_(n) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t room = (n * sizeof(float) + page) / page * page;  // never 0, which mprotect may refuse
    total_ = room + 2 * page;
    base_ = static_cast<char*>(mmap(nullptr, total_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED || mprotect(base_ + page, room, PROT_READ | PROT_WRITE) != 0) abort();
    char* first = side == Side::before ? base_ + page : base_ + page + room - n * sizeof(float);
    data_ = reinterpret_cast<float*>(first);
  }
  Guarded(const std::vector<float>& values, Side side) : Guarded(values.size(), side) {
    std::copy(values.begin(), values.end(), data_);
  }
  ~Guarded() { munmap(base_, total_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  float* data() { return data_; }
  std::vector<float> copy() const { return std::vector<float>(data_, data_ + n_); }

 private:
  size_t n_, total_;
  char* base_;
  float* data_;
};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  // lo <= result <= hi
  int integer(int lo, int hi) { return lo + static_cast<int>(engine_() % static_cast<uint32_t>(hi - lo + 1)); }
  float real(float lo, float hi) { return lo + (hi - lo) * (static_cast<float>(engine_() >> 8) * 0x1p-24f); }
  std::vector<float> reals(size_t n, float lo, float hi) {
    std::vector<float> v(n);
    for (float& x : v) x = real(lo, hi);
    return v;
  }

 private:
  std::mt19937 engine_;
};

inline std::vector<double> to_double(const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); }

// The same bits, where any NaN equals any other.
inline bool same_bits(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof a) == 0;
}
inline ::testing::AssertionResult same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return ::testing::AssertionFailure() << a.size() << " and " << b.size() << " floats";
  for (size_t i = 0; i < a.size(); ++i) {
    if (!same_bits(a[i], b[i])) return ::testing::AssertionFailure() << "[" << i << "] " << a[i] << " and " << b[i];
  }
  return ::testing::AssertionSuccess();
}

// FNV-1a of the bits. A test that states the hash is run on x86-64 and on AArch64, and so holds both to the same bits.
inline uint64_t hash_of(const std::vector<float>& v, uint64_t hash = 0xcbf29ce484222325u) {
  for (float x : v) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3u;
  }
  return hash;
}

// |v - expected| <= bound; NaN and infinity must be met exactly.
inline bool close(float v, double expected, double bound) {
  if (std::isnan(expected)) return std::isnan(v);
  if (std::isinf(static_cast<float>(expected))) return v == static_cast<float>(expected);
  return std::fabs(v - expected) <= bound;
}

// Plain [16][pixels] from one block [pixels][16], and back.
inline std::vector<float> unblocked(const std::vector<float>& block) {
  const size_t pixels = block.size() / kBlock;
  std::vector<float> plain(block.size());
  for (size_t i = 0; i < block.size(); ++i) plain[i % kBlock * pixels + i / kBlock] = block[i];
  return plain;
}

}  // namespace mien::kernels::test
