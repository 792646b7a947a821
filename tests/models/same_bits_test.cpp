// One seeded network on every instruction set of every machine: the embedding has the bits that were stored on x86-64,
// one hash for the instruction sets that fuse multiply and add and one for those that do not, and lies as near to the
// stored double-precision embedding as the golden networks' limits say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "engine/model.h"
#include "engine/passes/passes.h"
#include "engine/records.h"
#include "engine/reference.h"
#include "kernels/kernels.h"
#include "models/networks.h"

namespace mien {
namespace {

// run_reference's embedding, 17 digits.
constexpr double kReference[] = {
#include "tests/models/seeded_embedding.inc"
};
constexpr size_t kDims = 128;
static_assert(sizeof kReference / sizeof *kReference == kDims);

constexpr uint64_t kFused = 0x5ee23dc2bb682485u, kNotFused = 0xc8e21366936de95cu;

Package seeded() {
  auto package = build_network("mobilefacenet", 0);
  EXPECT_TRUE(package.ok()) << package.status().message();
  return std::move(*package);
}

std::vector<float> picture() {
  return golden_input(7, 3 * 112 * 112, -1, 1);
}

// FNV-1a of the bits.
uint64_t hash_of(const std::vector<float>& values) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const float value : values) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3u;
  }
  return hash;
}

std::vector<float> embedding_on(kernels::Isa isa) {
  Package package = seeded();
  EXPECT_TRUE(simplify(package.graph).ok());
  const auto model = Model::create(std::move(package), {isa});
  EXPECT_TRUE(model.ok()) << model.status().message();
  auto session = Session::create(*model);
  EXPECT_TRUE(session.ok());
  std::vector<float> embedding(kDims);
  const std::vector<float> input = picture();
  const float* inputs[] = {input.data()};
  float* outputs[] = {embedding.data()};
  const Status status = (*session)->run(1, inputs, outputs);
  EXPECT_TRUE(status.ok()) << status.message();
  return embedding;
}

TEST(SameBits, OnEveryInstructionSet) {
  for (const kernels::Isa isa : kernels::kAllIsas) {
    if (kernels::kernels_of(isa) == nullptr || !kernels::usable(isa, kernels::detect_cpu())) continue;
    const std::vector<float> embedding = embedding_on(isa);
    double error = 0, product = 0, square = 0, expected_square = 0;
    for (size_t i = 0; i < kDims; ++i) {
      const double found = embedding[i], expected = kReference[i];
      error = std::max(error, std::abs(found - expected));
      product += found * expected, square += found * found, expected_square += expected * expected;
    }
    const double rms = std::sqrt(expected_square / kDims), cosine = product / std::sqrt(square * expected_square);
    std::printf("%s: hash %016llx, largest error %.2g of the rms, 1 - cosine %.2g\n", kernels::name_of(isa),
                static_cast<unsigned long long>(hash_of(embedding)), error / rms, 1 - cosine);
    EXPECT_EQ(hash_of(embedding), kernels::fuses(isa) ? kFused : kNotFused) << kernels::name_of(isa);
    EXPECT_LE(error, 1e-4 * std::min(1.0, rms)) << kernels::name_of(isa);
    EXPECT_GE(cosine, 0.9999999) << kernels::name_of(isa);
  }
}

#ifndef MIEN_EMULATED  // half a minute there
TEST(SameBits, TheStoredEmbeddingIsTheReferences) {
  const Package package = seeded();
  const std::vector<float> input = picture();
  const auto outputs = run_reference(package.graph, {std::vector<double>(input.begin(), input.end())});
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  const std::vector<double>& embedding = (*outputs)[0];
  ASSERT_EQ(embedding.size(), kDims);
  // Its sums are Eigen's, whose order depends on the vectors that the compiler was allowed.
  for (size_t i = 0; i < kDims; ++i) EXPECT_NEAR(embedding[i], kReference[i], 1e-12) << i;
}
#endif

}  // namespace
}  // namespace mien
