// Turns a graph into a list of XNNPACK operators on channels-last tensors, set up once with fixed addresses.
// One builder makes one list and is then gone. Not thread-safe.
#pragma once

#include <xnnpack.h>

#include <functional>
#include <limits>
#include <vector>

#include "bench/peers/native/peer.h"
#include "bench/peers/native/pool.h"
#include "bench/peers/native/units.h"
#include "engine/passes/edit.h"

namespace mien::peers {

// `pixels` runs of `channels` floats, `stride` apart. A picture [1,C,H,W] lies as H * W pixels; a value of another rank
// row-major, its last axis being the channels.
struct Tensor {
  Floats floats;
  float* data = nullptr;
  int64_t pixels = 0, channels = 0, stride = 0;
  bool dense() const { return stride == channels || pixels == 1; }
};

// ReLU and clip, which most operators apply for nothing.
struct Limits {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

class Builder {
 public:
  Builder(const Graph& graph, pthreadpool_t threads);
  ~Builder();
  void build();

  std::vector<std::function<void()>> steps;
  std::vector<Tensor> inputs, outputs;

 private:
  const Shape& shape_of(ValueId id) const { return graph_.value(id).shape; }
  const float* constant_input(const Node& node, size_t i) const;
  const Node* producer_of(ValueId id) const {
    const int node = near_.producer_of(id);
    return node < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(node)];
  }
  Tensor& tensor(ValueId id) { return tensors_[static_cast<size_t>(id)]; }
  Tensor make_tensor(int64_t pixels, int64_t channels);
  Tensor new_tensor(ValueId id);
  // Where the operator that makes the value writes it: into its place in the output of a concatenation, if it goes
  // there, else into memory of its own.
  Tensor destination(ValueId id);
  Tensor part_of_concat(const Node& concat, ValueId id);
  // Runs `write` on the value's destination, through a dense copy if that is not dense.
  void write_dense(ValueId id, const std::function<void(const Tensor&)>& write);
  // The value without gaps between its pixels.
  Tensor dense(const Tensor& x);
  void add(xnn_operator_t made);

  // layers.cpp
  void add_layer(const Unit& unit);
  void weighted(const Node& node, const Limits& limits, const Tensor& y);
  void convolution(const Node& node, const Limits& limits, const Tensor& y);
  void fully_connected(const Node& node, const Limits& limits, const Tensor& y);
  void batch_norm(const Node& node, const Limits& limits, const Tensor& y);

  // nodes.cpp
  void add_node(const Node& node);
  void activation(const Node& node, const Tensor& x, const Tensor& y);
  void sum(const Tensor& a, const Tensor& b, const Limits& limits, const Tensor& y);
  void copy(const Tensor& x, const Tensor& y);
  void add_concat(const Node& node);
  void add_pool(const Node& node);
  void add_resize(const Node& node);
  void add_softmax(const Node& node);
  void add_l2_normalize(const Node& node);
  void add_reshape(const Node& node);

  const Graph& graph_;
  pthreadpool_t threads_;
  const Neighbours near_;
  Pool pool_;
  std::vector<Tensor> tensors_;
  std::vector<xnn_operator_t> operators_;
};

// What an activation is as limits; false if it is none of those.
bool limits_of(const Node& activation, Limits* limits);
void check(xnn_status status, const char* what);
size_t size(int64_t n);

}  // namespace mien::peers
