#include "converters/ncnn/weights.h"

#include "converters/checkpoint/elements.h"
#include "engine/file/bytes.h"

namespace mien::ncnn {
namespace {

constexpr uint32_t kFloat32 = 0, kFloat16 = 0x01306B47, kInt8 = 0x000D4B38, kScaledFloat32 = 0x0002C056;
constexpr int64_t kMostElements = int64_t{1} << 31;
constexpr uint64_t kTable = 256;

uint64_t padded(uint64_t bytes) {
  return (bytes + 3) & ~uint64_t{3};
}

}  // namespace

Status WeightReader::corrupt(const std::string& what) const {
  return {Code::corrupt, "weights at byte " + std::to_string(at_) + ": " + what};
}

bool WeightReader::need(const LayerView& layer, int64_t count, uint64_t bytes) {
  if (count >= 1 && count <= kMostElements && bytes <= size_ - at_) return true;
  status_ = corrupt(layer.label() + ": needs " + std::to_string(count) + " numbers; " + std::to_string(size_ - at_) +
                    " bytes are left");
  return false;
}

std::vector<float> WeightReader::floats(const LayerView& layer, int64_t count, uint64_t width) {
  const uint64_t bytes = padded(static_cast<uint64_t>(count) * width);
  if (!need(layer, count, bytes)) return {};
  const ElementType type = width == 2 ? ElementType::float16 : ElementType::float32;
  Result<std::vector<float>> wide = widen(type, data_ + at_, Shape{count}, {1}, &denormals_);
  if (!wide.ok()) {
    status_ = corrupt(layer.label() + ": " + wide.status().message());
    return {};
  }
  at_ += bytes;
  return std::move(*wide);
}

std::vector<float> WeightReader::indexed(const LayerView& layer, int64_t count) {
  const uint64_t bytes = kTable * sizeof(float) + padded(static_cast<uint64_t>(count));
  if (!need(layer, count, bytes)) return {};
  const uint8_t* indices = data_ + at_ + kTable * sizeof(float);
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = file::load<float>(data_ + at_ + sizeof(float) * indices[i]);
  at_ += bytes;
  return values;
}

std::vector<float> WeightReader::raw(const LayerView& layer, int64_t count) {
  return usable() ? floats(layer, count, sizeof(float)) : std::vector<float>{};
}

Tensor WeightReader::flagged(const LayerView& layer, int64_t count) {
  if (!usable() || !need(layer, count, sizeof(uint32_t))) return {};
  const uint32_t tag = file::load<uint32_t>(data_ + at_);
  at_ += sizeof tag;
  if (tag == kFloat32 || tag == kScaledFloat32) return {floats(layer, count, sizeof(float))};
  if (tag == kFloat16) return {floats(layer, count, 2)};
  if (tag != kInt8) return {indexed(layer, count)};
  Tensor tensor;
  tensor.eight_bit = true;
  const uint64_t bytes = padded(static_cast<uint64_t>(count));
  if (!need(layer, count, bytes)) return tensor;
  tensor.values.resize(static_cast<size_t>(count));
  for (size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = static_cast<int8_t>(data_[at_ + i]);
  at_ += bytes;
  return tensor;
}

Status WeightReader::finish() const {
  if (!status_.ok() || lost_ || at_ == size_) return status_;
  return corrupt("the last layer's end here, the file goes on for " + std::to_string(size_ - at_) + " bytes");
}

}  // namespace mien::ncnn
