// Takes the weights of one layer after the other from ncnn's `.bin`, which has neither header nor names: where a tensor
// begins follows from all that were taken before it. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "converters/ncnn/layer_view.h"
#include "engine/status.h"

namespace mien::ncnn {

// Values, widened to float32 from whatever the file holds. Those of eight bits are not scaled yet.
struct Tensor {
  std::vector<float> values;
  bool eight_bit = false;
};

class WeightReader {
 public:
  WeightReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  // The next `count` numbers, for a message of the layer's: plain float32, or a form that a word in front of them
  // tells. Nothing is allocated before they are known to lie in the file. After the first error, and once the place is
  // lost, they are empty.
  std::vector<float> raw(const LayerView& layer, int64_t count);
  Tensor flagged(const LayerView& layer, int64_t count);

  // A layer of unknown weights was passed: nothing behind it can be found.
  void lose_place() { lost_ = true; }
  bool lost() const { return lost_; }
  // The first error: corrupt, with the byte and the layer.
  const Status& status() const { return status_; }
  // status(), or corrupt if the file goes on.
  Status finish() const;
  int64_t denormals_flushed() const { return denormals_; }

 private:
  bool usable() const { return status_.ok() && !lost_; }
  Status corrupt(const std::string& what) const;
  // Whether `bytes` are left for `count` numbers; an error otherwise.
  bool need(const LayerView& layer, int64_t count, uint64_t bytes);
  std::vector<float> floats(const LayerView& layer, int64_t count, uint64_t width);
  std::vector<float> indexed(const LayerView& layer, int64_t count);

  const uint8_t* data_;
  const size_t size_;
  size_t at_ = 0;
  bool lost_ = false;
  Status status_;
  int64_t denormals_ = 0;
};

}  // namespace mien::ncnn
