// The graph: values, nodes and constants, as every converter and every network of models/ builds it and the planner
// reads it. A graph describes ONE sample: where a tensor has a batch axis it is 1, and a batch is so many independent
// runs. Not thread-safe while it is being built; any number of readers afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/status.h"

namespace mien {

inline constexpr int kMaxRank = 6;

// Dimensions, outermost first. Rank 0 is a scalar with one element.
struct Shape {
  int rank = 0;
  int64_t dims[kMaxRank] = {};

  Shape() = default;
  Shape(std::initializer_list<int64_t> list);
  static Shape of(const std::vector<int64_t>& list);  // REQUIRES: list.size() <= kMaxRank
  int64_t operator[](int i) const { return dims[i]; }
  int64_t& operator[](int i) { return dims[i]; }
  int64_t elements() const;  // -1 if the product overflows 2^40 or a dimension is negative
  std::string text() const;  // "1x3x112x112"
  bool operator==(const Shape& other) const;
  bool operator!=(const Shape& other) const { return !(*this == other); }
};

// Stable numbers: they are what the flat file stores. Semantics are those of the ONNX operator of the same name
// (opset 18) at inference unless a line says otherwise; all have one output.
enum class Op : uint16_t {
  conv = 1,             // x [N,C,H,W], w [M,C/groups,kh,kw], bias [M] optional; window
  fully_connected = 2,  // x [..,K], w [M,K], bias [M] optional -> [..,M]
  batch_norm = 3,       // x, scale [C], shift [C]: scale * x + shift on axis 1 (already folded to two vectors)
  prelu = 4,            // x, slope [C] on axis 1, or slope [1]
  relu = 10,
  clip = 11,        // a = low, b = high
  leaky_relu = 12,  // a = slope
  sigmoid = 13,
  tanh = 14,
  exp = 15,
  sqrt = 16,
  abs = 17,
  neg = 18,
  reciprocal = 19,
  elu = 20,           // a = alpha
  hard_sigmoid = 21,  // a, b: max(0, min(1, a * v + b))
  hard_swish = 22,
  add = 30,  // the six below broadcast as NumPy does
  sub = 31,
  mul = 32,
  div = 33,
  max = 34,
  min = 35,
  concat = 40,        // any number of inputs; axis
  slice = 41,         // ints = starts, ends, steps, each of the input's rank; 0 <= start <= end <= dim, step >= 1
  transpose = 42,     // ints = permutation
  reshape = 43,       // ints = the output's dimensions, all known
  pad = 44,           // ints = begins then ends, each of the input's rank, >= 0; a = the value
  max_pool = 50,      // window
  average_pool = 51,  // window
  global_average_pool = 52,
  global_max_pool = 53,
  resize_nearest =
      60,        // ints = row_of[out_h], then col_of[out_w], the source of each output row and column; axis = out_h
  softmax = 61,  // axis
  l2_normalize = 62,  // axis; a = eps: x / max(norm2, eps) along the axis
};

const char* name_of(Op op);  // "conv"; null if there is no such operator
bool op_from_number(uint16_t n, Op* op);

// Geometry of a convolution or a pool.
struct Window {
  int32_t kernel_h = 1, kernel_w = 1;
  int32_t stride_h = 1, stride_w = 1;
  int32_t dilation_h = 1, dilation_w = 1;
  int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int32_t groups = 1;              // convolution only
  bool ceil_mode = false;          // pools only
  bool count_include_pad = false;  // average pool only
};

// Float32 data that does not change: a view with whatever keeps it alive (a mapped file, a vector).
struct Constant {
  // Whose memory it is, which says what may become of it when a model has packed it.
  enum class Memory : uint8_t {
    borrowed,  // somebody's: it stays
    own,       // the owner holds nothing else: freed if nobody shares it
    file,      // of a mapped file: its pages leave memory and come back when they are read
    gone,      // freed; data is null
  };
  const float* data = nullptr;
  std::shared_ptr<const void> owner;
  Memory memory = Memory::borrowed;
  bool half = false;  // every value is a float16, and the flat file stores it as one
};
Constant make_constant(std::vector<float> values);

using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;

struct Value {
  std::string name;  // unique in its graph
  Shape shape;
  Constant constant;
  bool is_constant() const { return constant.data != nullptr || constant.memory == Constant::Memory::gone; }
};

struct Node {
  Op op = Op::relu;
  std::string name;             // may be empty; errors then use the output's name
  std::vector<ValueId> inputs;  // in the order of Op; an optional one is left out at the end
  ValueId output = kNoValue;
  Window window;
  int32_t axis = 0;  // never negative
  float a = 0, b = 0;
  std::vector<int64_t> ints;
};

struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;  // topologically sorted
  std::vector<ValueId> inputs, outputs;

  // Building. A name that is taken gets a suffix.
  ValueId add_input(const std::string& value_name, const Shape& shape);
  ValueId add_constant(const std::string& value_name, const Shape& shape, std::vector<float> values);
  ValueId add_constant(const std::string& value_name, const Shape& shape, Constant constant);
  // Appends the node, creates its output value (named output_name, or after the node) and returns it. The shape stays
  // empty until infer_shapes.
  ValueId add_node(Node node, const std::string& output_name = "");

  const Value& value(ValueId id) const { return values[static_cast<size_t>(id)]; }
  Value& value(ValueId id) { return values[static_cast<size_t>(id)]; }
  // The node that makes each value (index into nodes) or -1.
  std::vector<int> producers() const;
  // How often each value is read by nodes and as an output.
  std::vector<int> uses() const;

 private:
  std::string unique_name(const std::string& wanted);
  std::unordered_map<std::string, int> names_;  // of values, as far as unique_name has seen them, to the next suffix
};

// Checks the whole graph (indices in range, order, constants present, attributes sane, shapes agree) and fills the
// shape of every node's output. The error names the node. Safe on a graph read from hostile bytes.
Status infer_shapes(Graph& graph);
// The same; `before` is called with each node whose inputs have their shapes by then, and may change its attributes.
Status infer_shapes(Graph& graph, const std::function<Status(Node&)>& before);

// Error bad_argument, with its name, if a constant has no data any more because a model packed it.
Status check_constants_held(const Graph& graph);

// Exact cost of one sample.
struct NodeCost {
  int64_t macs = 0;    // multiply-adds of conv and fully_connected (0 for all others)
  int64_t flops = 0;   // 2 * macs, or the elementwise operations
  int64_t params = 0;  // constants read by the node (a constant shared by two nodes is counted at the first)
  int64_t bytes = 0;   // activations read and written, float32
};
struct GraphCost {
  std::vector<NodeCost> nodes;
  NodeCost total;
};
GraphCost cost_of(const Graph& graph);  // REQUIRES: infer_shapes was ok
// The most elements of inputs and node outputs that are alive at once, if nodes run in order and a value goes after its
// last use. REQUIRES: infer_shapes was ok.
int64_t most_alive(const Graph& graph);

}  // namespace mien
