// One layer of a network with typed access to its parameters, and the weights that were read for it. Access never fails
// outright: the first thing that is wrong is remembered, a harmless fallback is returned, and whoever runs the layer
// looks at status() once. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/ncnn/param.h"
#include "engine/graph.h"
#include "engine/status.h"

namespace mien::ncnn {

using Dims = std::vector<int64_t>;

class LayerView {
 public:
  explicit LayerView(const Layer& layer) : layer_(&layer) {}

  const std::string& type() const { return layer_->type; }
  std::string name() const;   // fit for a message and for the graph
  std::string label() const;  // node 'conv0' (Convolution)
  int bottoms() const { return static_cast<int>(layer_->bottoms.size()); }
  int tops() const { return static_cast<int>(layer_->tops.size()); }
  int32_t bottom(int i) const { return layer_->bottoms[static_cast<size_t>(i)]; }
  int32_t top(int i) const { return layer_->tops[static_cast<size_t>(i)]; }

  bool has(int id) const { return find(id) != nullptr; }
  int64_t integer(int id, int64_t fallback);
  // A whole number other than 0 is taken as it reads, which needs_repair() then tells: ncnn itself takes its bits.
  double real(int id, double fallback);
  Dims integers(int id);  // empty if it is not there
  std::vector<double> reals(int id);
  // An axis of a blob of so many dimensions; negative ones count from the end.
  int axis(int id, int64_t fallback, int dimensions);

  void refuse(const std::string& what) { fail({Code::unsupported, label() + ": " + what}); }
  void corrupt(const std::string& what) { fail({Code::corrupt, label() + ": " + what}); }
  // Fails without a word of its own, because of something that is listed already.
  void give_up() { fail({Code::unsupported, ""}); }
  void fail(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  bool needs_repair() const { return needs_repair_; }

  // What the layer's reader took from the file of weights, in its order.
  std::vector<std::vector<float>> weights;
  bool eight_bit = false;  // made for int8 arithmetic

 private:
  const Param* find(int id) const;
  // The parameter with numbers, of one kind; null if it is not there or another.
  const Param* numbers(int id, ParamKind kind);
  double real_of(const Number& number);

  const Layer* layer_;
  Status status_;
  bool needs_repair_ = false;
};

std::string dims_text(const Dims& dims);  // "1x3x112x112"

}  // namespace mien::ncnn
