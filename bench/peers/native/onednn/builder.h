// Turns a graph into a list of oneDNN primitives. One builder makes one list and is then gone. Not thread-safe.
#pragma once

#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "bench/peers/native/peer.h"
#include "bench/peers/native/pool.h"
#include "bench/peers/native/units.h"
#include "engine/passes/edit.h"

namespace mien::peers {

// A primitive with its arguments.
struct Call {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};

// A tensor in memory of the pool, in whatever layout.
struct Tensor {
  dnnl::memory memory;
  Floats floats;
  dnnl::memory::desc desc() const { return memory.get_desc(); }
};

// What follows a sum, in order; each may become a post-op of the primitive before it or a primitive of its own.
struct PostOp {
  const Node* activation = nullptr;  // null: adds `residual`
  ValueId residual = kNoValue;
};

// Of what convolutions read and write: left to the library, which then picks channels last for most layers, or blocks
// of 16 channels. Which one is faster depends on the network.
enum class Layout { any, blocked };

class Builder {
 public:
  Builder(const Graph& graph, dnnl::engine engine, Layout layout);
  void build();

  std::vector<Call> calls;
  std::vector<dnnl::memory> inputs, outputs;  // plain
  Pool pool;

 private:
  using Desc = dnnl::memory::desc;
  using Dims = dnnl::memory::dims;

  const Shape& shape_of(ValueId id) const { return graph_.value(id).shape; }
  static Dims dims_of(const Shape& shape) { return {shape.dims, shape.dims + shape.rank}; }
  static Desc plain_desc(const Dims& dims);
  static Desc any_desc(const Dims& dims);
  Tensor make_tensor(const Desc& desc);
  Tensor& tensor(ValueId id);
  // The value in this layout, reordered by a primitive where it is in another one.
  Tensor in_layout(const Tensor& from, const Desc& desc);
  Tensor plain(ValueId id);
  // A constant in this layout, reordered once, now.
  dnnl::memory constant(const float* data, const Dims& dims, const Desc& desc);
  dnnl::memory constant(const float* data, const Dims& dims) { return constant(data, dims, plain_desc(dims)); }
  const float* constant_input(const Node& node, size_t i) const;
  // A PReLU with one slope per channel. One with a slope for all is a ReLU with that slope, for which the library has
  // kernels where it has none for PReLU.
  bool is_per_channel(const Node& node) const {
    return node.op == Op::prelu && shape_of(node.inputs[1]).elements() > 1;
  }
  // Below zero, of the other activations; 0 if it has none.
  float slope_of(const Node& node) const;
  void call(dnnl::primitive primitive, std::unordered_map<int, dnnl::memory> arguments);
  void set(ValueId id, Tensor made) { tensors_[static_cast<size_t>(id)] = std::move(made); }

  // layers.cpp: chains that begin with a convolution, a fully connected layer or a batch_norm. `make(attributes)` gives
  // the primitive's descriptor; it is asked with as many of the post-ops as the library has an optimised form for.
  std::vector<PostOp> post_ops_of(const Chain& chain) const;
  template <class Make>
  auto best_form(const std::vector<PostOp>& ops, const Make& make, size_t* fused);
  dnnl::primitive_attr attributes(const std::vector<PostOp>& ops, size_t fused) const;
  void add_slopes(const std::vector<PostOp>& ops, size_t fused, std::unordered_map<int, dnnl::memory>* arguments);
  Tensor destination(const std::vector<PostOp>& ops, size_t fused, const Desc& desc);
  Tensor after(const PostOp& op, const Tensor& x);
  template <class Description>
  void finish_layer(const Description& description, size_t fused, std::unordered_map<int, dnnl::memory> arguments,
                    const Chain& chain);
  static Desc activation_desc(const Shape& shape, Layout layout);
  void add_convolution(const Node& node, const Chain& chain);
  void add_inner_product(const Node& node, const Chain& chain);
  void add_batch_norm(const Node& node, const Chain& chain);

  // nodes.cpp: everything else.
  void add_node(const Node& node);
  Tensor activated(const Node& node, const Tensor& x);
  Tensor sum(dnnl::algorithm f, const Tensor& a, const Tensor& b);
  void add_binary(const Node& node, dnnl::algorithm f);
  void add_concat(const Node& node);
  void add_pool(const Node& node);
  void add_resize(const Node& node);
  void add_softmax(const Node& node);
  void add_l2_normalize(const Node& node);
  void add_reshape(const Node& node);
  void add_transpose(const Node& node);

  const Graph& graph_;
  const Neighbours near_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Layout layout_;
  std::vector<Tensor> tensors_;  // of values that are computed and not yet dead
  std::vector<int> last_reads_;
  size_t unit_ = 0;  // at hand
};

}  // namespace mien::peers
