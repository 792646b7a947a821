// mien_bench_gallery FOLDER [ROWS DIMS]: makes a gallery of seeded embeddings there (1,000,000 x 512 unless the command
// says otherwise), and compares the time of a top-5 search with the time to read its rows from memory once. The two
// take turns in this process; the medians are compared.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/float_control.h"
#include "engine/records.h"
#include "face/gallery_writer.h"
#include "face/search.h"
#ifdef MIEN_TBB
#include "engine/threads_tbb.h"
#endif

namespace mien::bench {
namespace {

constexpr int kRounds = 9, kNearest = 5;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  return times[kRounds / 2];
}

Status fill(const std::string& path, int64_t rows, int dims, RowType type) {
  auto writer = GalleryWriter::create(path, {dims, type, {"seeded", 1}});
  if (!writer.ok()) return writer.status();
  const int64_t pool_size = int64_t{1} << 20;  // each row is a window of these numbers
  const std::vector<float> pool = golden_input(1, pool_size + dims, -1, 1);
  for (int64_t i = 0; i < rows; ++i) {
    const float* embedding = pool.data() + i * 7919 % pool_size;
    MIEN_RETURN_IF_ERROR((*writer)->append("person " + std::to_string(i), embedding));
  }
  return {};
}

// Reads every row once, blocks taken by the threads in turn as a search takes them.
class Reader {
 public:
  explicit Reader(const Gallery& gallery) : gallery_(gallery) {}
  void run(const Parallel& parallel) {
    next_ = 0;
    const auto body = [](void* self, int) { static_cast<Reader*>(self)->read(); };
    if (parallel.run == nullptr) return read();
    parallel.run(parallel.context, parallel.width, body, this);
  }
  int64_t bytes() const { return gallery_.size() * row_bytes(); }

 private:
  int64_t row_bytes() const { return gallery_.row_stride() * (gallery_.info().type == RowType::float32 ? 4 : 2); }
  void read() {
    const FlushDenormals control;
    constexpr int64_t kTaken = 8;
    for (int64_t begin; (begin = next_.fetch_add(kTaken)) < gallery_.blocks();) {
      for (int64_t b = begin; b < std::min(begin + kTaken, gallery_.blocks()); ++b) {
        const Gallery::Rows rows = gallery_.block(b);
        // Whatever it finds: all of it is read.
        found_ = kernels_.all_finite(static_cast<const float*>(rows.data), rows.count * row_bytes() / 4);
      }
    }
  }

  const Gallery& gallery_;
  const kernels::Kernels& kernels_ = *kernels::best_kernels();
  std::atomic<int64_t> next_{0};
  std::atomic<bool> found_{false};
};

Status compare(const Gallery& gallery, const Parallel& parallel, int probes) {
  const int dims = gallery.info().dims;
  const std::vector<float> probe = golden_input(99, int64_t{probes} * dims, -1, 1);
  SearchOptions options;
  options.parallel = parallel;
  Reader reader(gallery);
  std::vector<double> read, search;
  for (int i = -1; i < kRounds; ++i) {  // the first round maps the pages and is not counted
    auto start = std::chrono::steady_clock::now();
    reader.run(parallel);
    const double reading = seconds_since(start);
    start = std::chrono::steady_clock::now();
    const auto found = top_k(gallery, probe.data(), probes, kNearest, options);
    if (!found.ok()) return found.status();
    if (i < 0) continue;
    read.push_back(reading);
    search.push_back(seconds_since(start));
  }
  const double r = median(read), s = median(search);
  std::printf("%s %d threads %2d probes: read %.1f ms (%.1f GB/s), search %.1f ms, ratio %.2f, per probe %.2f ms\n",
              gallery.info().type == RowType::float32 ? "float32" : "float16", parallel.width, probes, 1e3 * r,
              1e-9 * static_cast<double>(reader.bytes()) / r, 1e3 * s, s / r, 1e3 * s / probes);
  return {};
}

Status run(const std::string& folder, int64_t rows, int dims) {
  for (const RowType type : {RowType::float32, RowType::float16}) {
    const std::string path = folder + "/bench.mgal";
    auto start = std::chrono::steady_clock::now();
    const Status filled = fill(path, rows, dims, type);
    std::printf("%lld rows of %d appended in %.1f s\n", static_cast<long long>(rows), dims, seconds_since(start));
    start = std::chrono::steady_clock::now();
    const auto gallery = filled.ok() ? Gallery::open(path) : filled;
    std::remove(path.c_str());  // it stays until it is closed
    if (!gallery.ok()) return gallery.status();
    std::printf("opened, every row checked, in %.2f s\n", seconds_since(start));
    for (const int probes : {1, 48}) {
      MIEN_RETURN_IF_ERROR(compare(*gallery.value(), {}, probes));
#ifdef MIEN_TBB
      MIEN_RETURN_IF_ERROR(compare(*gallery.value(), tbb_parallel(2), probes));
#endif
    }
  }
  return {};
}

}  // namespace
}  // namespace mien::bench

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fprintf(stderr, "usage: mien_bench_gallery FOLDER [ROWS DIMS]\n");
    return 2;
  }
  const int64_t rows = argc == 4 ? std::atoll(argv[2]) : 1000000;
  const mien::Status status = mien::bench::run(argv[1], rows, argc == 4 ? std::atoi(argv[3]) : 512);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 5;
}
