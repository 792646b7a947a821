#include "face/search.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

#include "engine/aligned.h"
#include "engine/float_control.h"
#include "face/match.h"
#include "face/nearest.h"

namespace mien {
namespace {

constexpr int kBatch = 48;      // probes per pass: with 512 numbers each they and 64 rows stay in a level-2 cache
constexpr int kBlockRows = 64;  // Gallery::Rows
constexpr int64_t kClaimedBytes = 1 << 20;  // of rows that a thread takes at a time

Result<const kernels::Kernels*> kernels_for(const SearchOptions& options) {
  if (!options.isa) return kernels::best_kernels();
  const kernels::Kernels* wanted = kernels::kernels_of(*options.isa);
  if (wanted != nullptr && kernels::usable(*options.isa, kernels::detect_cpu())) return wanted;
  return Status{Code::bad_argument,
                std::string("instruction set ") + kernels::name_of(*options.isa) + " is not usable on this machine"};
}

// One pass over the gallery with up to kBatch probes.
class Pass {
 public:
  Pass(const Gallery& gallery, const kernels::Kernels& kernels, int64_t k, int width)
      : gallery_(gallery),
        dot_(gallery.info().type == RowType::float32 ? kernels.dot_rows_f32 : kernels.dot_rows_f16),
        probes_(int64_t{kBatch} * gallery.cols()),
        k_(k) {
    const int64_t block_bytes = kBlockRows * gallery.row_stride() * (gallery.info().type == RowType::float32 ? 4 : 2);
    claimed_blocks_ = std::max<int64_t>(1, kClaimedBytes / block_bytes);
    bodies_.resize(static_cast<size_t>(width));
    for (Body& body : bodies_) body.scores = AlignedFloats(kBatch * kBlockRows);
  }

  // probes: `count` <= kBatch of them; `first` is the number of the first, for messages.
  Status set_probes(const float* probes, int count, int first) {
    const int dims = gallery_.info().dims;
    count_ = count;
    for (int p = 0; p < count; ++p, probes += dims) {
      const double length = norm(probes, static_cast<size_t>(dims));
      if (!(length > 0) || !std::isfinite(length)) {
        return {Code::bad_argument, "probe " + std::to_string(first + p) + " has norm 0 or is not finite"};
      }
      float* unit = probes_.data() + int64_t{p} * gallery_.cols();
      for (int i = 0; i < dims; ++i) unit[i] = static_cast<float>(probes[i] / length);
    }
    for (Body& body : bodies_) {
      body.nearest.clear();
      for (int p = 0; p < count; ++p) body.nearest.emplace_back(k_);  // a copy would not have its memory
    }
    return {};
  }

  void run(const Parallel& parallel) {
    next_ = 0;
    if (bodies_.size() == 1) return run_body(bodies_[0]);
    const auto body = [](void* pass, int i) {
      Pass& self = *static_cast<Pass*>(pass);
      self.run_body(self.bodies_[static_cast<size_t>(i)]);
    };
    parallel.run(parallel.context, static_cast<int>(bodies_.size()), body, this);
  }

  std::vector<Match> matches(int probe) const {
    std::vector<Scored> all;
    for (const Body& body : bodies_) {
      const std::vector<Scored>& found = body.nearest[static_cast<size_t>(probe)].found();
      all.insert(all.end(), found.begin(), found.end());
    }
    std::sort(all.begin(), all.end(), before);
    all.resize(std::min(all.size(), static_cast<size_t>(k_)));
    std::vector<Match> out;
    for (const Scored& scored : all) out.push_back({gallery_.name(scored.row), scored.cosine, scored.row});
    return out;
  }

 private:
  struct Body {
    AlignedFloats scores;  // [probe][kBlockRows]
    std::vector<Nearest> nearest;
  };

  // Takes runs of blocks until none is left. They come in ascending order, which Nearest relies on.
  void run_body(Body& body) {
    const FlushDenormals control;  // the caller's rounding must not show
    for (;;) {
      const int64_t begin = next_.fetch_add(claimed_blocks_, std::memory_order_relaxed);
      const int64_t end = std::min(begin + claimed_blocks_, gallery_.blocks());
      if (begin >= end) return;
      for (int64_t b = begin; b < end; ++b) search_block(gallery_.block(b), body);
    }
  }

  void search_block(const Gallery::Rows& rows, Body& body) const {
    float* scores = body.scores.data();
    dot_({probes_.data(), count_, gallery_.cols(), rows.data, rows.count, gallery_.row_stride(), gallery_.cols(),
          scores, kBlockRows});
    for (int p = 0; p < count_; ++p, scores += kBlockRows) {
      Nearest& nearest = body.nearest[static_cast<size_t>(p)];
      for (int r = 0; r < rows.count; ++r) {
        if (scores[r] > nearest.floor()) add(rows, r, scores[r], &nearest);
      }
    }
  }

  static void add(const Gallery::Rows& rows, int r, float score, Nearest* nearest) {
    if ((rows.live >> r & 1) == 0) return;
    const uint64_t below = rows.live & ((uint64_t{1} << r) - 1);
    nearest->add(score, rows.first + __builtin_popcountll(below));
  }

  const Gallery& gallery_;
  kernels::DotRowsFn dot_;
  AlignedFloats probes_;  // [kBatch][cols] of norm 1, zeros past dims
  int64_t k_;
  int count_ = 0;
  int64_t claimed_blocks_ = 1;
  std::atomic<int64_t> next_{0};
  std::vector<Body> bodies_;
};

}  // namespace

Result<std::vector<std::vector<Match>>> top_k(const Gallery& gallery, const float* probes, int count, int k,
                                              const SearchOptions& options) {
  if (k < 1 || count < 1) return Status{Code::bad_argument, "a search needs a probe and k of at least 1"};
  const Result<const kernels::Kernels*> kernels = kernels_for(options);
  if (!kernels.ok()) return kernels.status();
  const int width = options.parallel.run == nullptr ? 1 : std::max(1, options.parallel.width);
  Pass pass(gallery, *kernels.value(), std::max<int64_t>(1, std::min<int64_t>(k, gallery.size())), width);
  std::vector<std::vector<Match>> all;
  for (int first = 0; first < count; first += kBatch) {
    const int batch = std::min(kBatch, count - first);
    MIEN_RETURN_IF_ERROR(pass.set_probes(probes + int64_t{first} * gallery.info().dims, batch, first));
    pass.run(options.parallel);
    for (int p = 0; p < batch; ++p) all.push_back(pass.matches(p));
  }
  return all;
}

}  // namespace mien
