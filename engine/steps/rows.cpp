#include <string>

#include "engine/steps/arithmetic.h"

namespace mien {
namespace {

class Rows final : public PerSampleStep {
 public:
  Rows(const kernels::Kernels& table, bool softmax, int64_t rows, int64_t cols, float eps, BufferId x, BufferId y)
      : table_(table), softmax_(softmax), rows_(rows), cols_(cols), eps_(eps), x_(x) {
    reads = {x};
    writes = y;
    chunks_ = chunks_for(rows * cols * kElementWork, rows);
    info.op = softmax ? "softmax" : "l2_normalize";
    info.kernel = "f32_" + info.op + "_" + table.name;
  }

 private:
  void run_chunk(const RunContext& context, int sample, int chunk) const override {
    const int64_t first = part_begin(rows_, chunks_, chunk), count = part_begin(rows_, chunks_, chunk + 1) - first;
    const float* x = context.read(x_, sample) + first * cols_;
    float* y = context.write(writes, sample) + first * cols_;
    if (softmax_) {
      table_.softmax(x, y, count, cols_);
    } else {
      table_.l2_normalize(x, y, count, cols_, eps_);
    }
  }

  const kernels::Kernels& table_;
  bool softmax_;
  int64_t rows_, cols_;
  float eps_;
  BufferId x_;
};

}  // namespace

std::unique_ptr<Step> make_softmax(const kernels::Kernels& table, int64_t rows, int64_t cols, BufferId x, BufferId y) {
  return std::make_unique<Rows>(table, true, rows, cols, 0.0f, x, y);
}
std::unique_ptr<Step> make_l2_normalize(const kernels::Kernels& table, int64_t rows, int64_t cols, float eps,
                                        BufferId x, BufferId y) {
  return std::make_unique<Rows>(table, false, rows, cols, eps, x, y);
}

}  // namespace mien
