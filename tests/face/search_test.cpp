// Search against a double-precision reference, and its bits against themselves.
#include "face/search.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "face/match.h"
#include "tests/face/gallery_support.h"

namespace mien {
namespace {

using namespace gallery_test;
using Found = std::vector<std::vector<Match>>;

// A thread per body.
void run_threads(void*, int bodies, void (*body)(void* arg, int index), void* arg) {
  std::vector<std::thread> threads;
  for (int i = 0; i < bodies; ++i) threads.emplace_back(body, arg, i);
  for (std::thread& thread : threads) thread.join();
}

Found search(const Gallery& gallery, const std::vector<float>& probes, int k, int threads = 1,
             std::optional<kernels::Isa> isa = {}) {
  SearchOptions options;
  if (threads > 1) options.parallel = {threads, run_threads, nullptr};
  options.isa = isa;
  const int count = static_cast<int>(probes.size()) / gallery.info().dims;
  auto found = top_k(gallery, probes.data(), count, k, options);
  EXPECT_TRUE(found.ok()) << found.status().message();
  return found.ok() ? std::move(*found) : Found();
}

std::vector<float> probes_of(int dims, int count) {
  std::vector<float> probes;
  for (int p = 0; p < count; ++p) {
    const std::vector<float> one = embedding_of(dims, 1000000u + static_cast<uint32_t>(p));
    probes.insert(probes.end(), one.begin(), one.end());
  }
  return probes;
}

std::string fill(const Folder& folder, int dims, int rows, RowType type) {
  const std::string path = folder.file("g" + std::to_string(dims) + "." + std::to_string(rows));
  auto writer = created(path, info_of(dims, type));
  for (int i = 0; i < rows; ++i) {
    EXPECT_TRUE(writer->append(name_of(i), embedding_of(dims, static_cast<uint32_t>(i)).data()).ok());
  }
  for (int i = 5; i < rows; i += 50) EXPECT_EQ(*writer->remove(name_of(i)), 1);
  return path;
}

void expect_same(const Found& a, const Found& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t p = 0; p < a.size(); ++p) {
    ASSERT_EQ(a[p].size(), b[p].size()) << what;
    for (size_t i = 0; i < a[p].size(); ++i) {
      ASSERT_EQ(a[p][i].row, b[p][i].row) << what << " probe " << p << " place " << i;
      ASSERT_EQ(std::memcmp(&a[p][i].cosine, &b[p][i].cosine, sizeof(float)), 0) << what;
      ASSERT_EQ(a[p][i].name, b[p][i].name) << what;
    }
  }
}

// Of the embeddings as they were appended, in double: what is found is within the stated bound, and nothing that is
// better by more than that is missing.
void check_against_double(const Gallery& gallery, const std::vector<float>& probes, const Found& found, int k) {
  const int dims = gallery.info().dims;
  const double rounding = (dims / 16 + 7) * 0x1p-24;
  const double half = gallery.info().type == RowType::float16 ? 0x1p-11 + std::sqrt(dims) * 0x1p-25 : 0;
  for (size_t p = 0; p < found.size(); ++p) {
    std::vector<double> exact;
    for (int64_t row = 0; row < gallery.size(); ++row) {
      const uint32_t seed = static_cast<uint32_t>(std::stoi(gallery.name(row).substr(7)));
      exact.push_back(
          cosine(&probes[p * static_cast<size_t>(dims)], embedding_of(dims, seed).data(), static_cast<size_t>(dims)));
    }
    ASSERT_EQ(found[p].size(), std::min<size_t>(static_cast<size_t>(k), exact.size()));
    double worst = 2;
    std::vector<double> left = exact;
    for (size_t i = 0; i < found[p].size(); ++i) {
      const Match& match = found[p][i];
      ASSERT_NEAR(match.cosine, exact[static_cast<size_t>(match.row)], rounding + half) << dims;
      ASSERT_EQ(match.name, gallery.name(match.row));
      if (i > 0) {
        const Match& above = found[p][i - 1];
        ASSERT_TRUE(above.cosine > match.cosine || (above.cosine == match.cosine && above.row < match.row));
      }
      worst = match.cosine;
      left[static_cast<size_t>(match.row)] = -2;
    }
    for (const double other : left) ASSERT_LE(other, worst + rounding + half);
  }
}

TEST(Search, AgainstDouble) {
  for (const RowType type : {RowType::float32, RowType::float16}) {
    for (const int dims : {1, 7, 16, 48, 128, 512}) {
      Folder folder;
      const auto gallery = opened(fill(folder, dims, 400, type));
      const std::vector<float> probes = probes_of(dims, 10);
      for (const int k : {1, 5, 1000}) check_against_double(*gallery, probes, search(*gallery, probes, k), k);
    }
  }
}

TEST(Search, SameBitsForThreadsBatchesAndInstructionSets) {
  for (const RowType type : {RowType::float32, RowType::float16}) {
    Folder folder;
    const int dims = 512;
    const auto gallery = opened(fill(folder, dims, 3000, type));  // several runs of blocks
    const std::vector<float> probes = probes_of(dims, 51);        // more than one pass
    const Found first = search(*gallery, probes, 9);
    for (int threads = 2; threads <= 4; ++threads) {
      expect_same(search(*gallery, probes, 9, threads), first, std::to_string(threads) + " threads");
    }
    for (const kernels::Isa isa : kernels::kAllIsas) {
      if (kernels::kernels_of(isa) == nullptr || !kernels::usable(isa, kernels::detect_cpu())) continue;
      expect_same(search(*gallery, probes, 9, 1, isa), first, kernels::name_of(isa));
    }
    for (const int p : {0, 20, 50}) {
      const auto begin = probes.begin() + ptrdiff_t{p} * dims;
      expect_same(search(*gallery, std::vector<float>(begin, begin + dims), 9), {first[static_cast<size_t>(p)]}, "one");
    }
  }
}

// The same embedding many times, beside others: of equals the lower rows, in order, and never above 1.
TEST(Search, TiesGoToTheLowerRow) {
  Folder folder;
  const int dims = 128;
  auto writer = created(folder.file("g"), info_of(dims));
  const std::vector<float> same = embedding_of(dims, 4);
  std::vector<int64_t> equal;
  for (int i = 0; i < 5000; ++i) {
    const bool chosen = i % 7 == 3;
    if (chosen) equal.push_back(i);
    ASSERT_TRUE(writer->append(name_of(i), chosen ? same.data() : embedding_of(dims, 100u + uint32_t(i)).data()).ok());
  }
  const auto gallery = opened(folder.file("g"));
  for (int threads = 1; threads <= 4; ++threads) {
    const Found found = search(*gallery, same, 40, threads);
    for (size_t i = 0; i < 40; ++i) {
      EXPECT_EQ(found[0][i].row, equal[i]);
      EXPECT_NEAR(found[0][i].cosine, 1, 1e-6);
      EXPECT_LE(found[0][i].cosine, 1);
    }
  }
}

TEST(Search, EmptyGalleryAndBadArguments) {
  Folder folder;
  created(folder.file("g"), info_of(4)).reset();
  const auto gallery = opened(folder.file("g"));
  const float probe[] = {1, 2, 3, 4}, zero[] = {0, 0, 0, 0}, nan[] = {1, NAN, 0, 0};
  EXPECT_EQ(gallery->size(), 0);
  const auto found = top_k(*gallery, probe, 1, 5);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found.value().size(), 1u);
  EXPECT_TRUE(found.value()[0].empty());
  for (const float* bad : {zero, nan}) {
    EXPECT_EQ(top_k(*gallery, bad, 1, 5).status().code(), Code::bad_argument);
  }
  EXPECT_EQ(top_k(*gallery, probe, 1, 0).status().code(), Code::bad_argument);
  EXPECT_EQ(top_k(*gallery, probe, 0, 1).status().code(), Code::bad_argument);
}

}  // namespace
}  // namespace mien
