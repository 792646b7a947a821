// The planner's workings, private to plan.cpp and planner_*.cpp. One Planner makes one Plan and is then gone.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/fusion.h"
#include "engine/passes/edit.h"
#include "engine/plan.h"
#include "engine/steps/arithmetic.h"
#include "engine/steps/convolution.h"
#include "engine/steps/layout.h"

namespace mien {

// How each value lies: its row-major buffer, its blocked buffer, both, or neither yet. A reshape makes nothing: its
// output is `same_as` its input in row-major order until somebody asks for more.
struct Placement {
  BufferId plain = kNoBuffer, blocked = kNoBuffer;
  ValueId same_as = kNoValue;
  const Node* norm = nullptr;  // a batch_norm that its one reader applies while it reads
};

class Planner {
 public:
  Planner(Graph& graph, const kernels::Kernels& table, Plan& plan, const PlanOptions& options)
      : graph_(graph),
        table_(table),
        plan_(plan),
        low_memory_(options.low_memory),
        allocator_(options.allocator),
        near_(graph),
        uses_(graph.uses()),
        places_(graph.values.size()),
        external_(graph.values.size(), -1) {}
  Status run();

 private:
  // planner_layout.cpp: buffers, and values in the layout that a step wants.
  BufferId new_buffer(Buffer buffer);
  BufferId arena_buffer(int64_t floats, bool blocked, const Shape& shape);
  BufferId output_buffer(int index, const Shape& shape);
  const Shape& shape_of(ValueId id) const { return graph_.value(id).shape; }
  Placement& place(ValueId id) { return places_[static_cast<size_t>(id)]; }
  void place_ends();
  // The buffer into which a step writes the row-major form of a value: the caller's own, if it is an output.
  BufferId new_plain(ValueId id);
  BufferId new_blocked(ValueId id) {
    return place(id).blocked = arena_buffer(blocked_floats(shape_of(id)), true, shape_of(id));
  }
  bool blockable(ValueId id) const { return shape_of(id).rank == 4 || shape_of(id).rank == 2; }
  // True if both layouts are the same bytes: one pixel and whole blocks of channels.
  bool same_bytes(ValueId id) const;
  bool in_arena(BufferId id) const { return plan_.buffers[static_cast<size_t>(id)].where == Buffer::Where::arena; }
  // The value in this layout, converted by a step of its own the first time it is asked for.
  BufferId plain(ValueId id);
  BufferId blocked(ValueId id);
  bool one_pixel_pair(ValueId a, ValueId b) const;
  BufferId constant_buffer(const float* data, const Shape& shape, bool is_blocked);
  BufferId packed_constant(const Value& value);

  // Appends a step. value: what it completes, kNoValue for a step that the graph knows nothing of.
  void add(std::unique_ptr<Step> step, ValueId value, const std::string& name, int64_t macs = 0);
  std::string name_of_node(const Node& node) const {
    return node.name.empty() ? graph_.value(node.output).name : node.name;
  }
  Status unsupported(const Node& node, const std::string& what) const {
    return {Code::unsupported, "node '" + name_of_node(node) + "' (" + name_of(node.op) + "): " + what};
  }

  // planner_weights.cpp: chains that begin with a convolution, a fully connected layer or a batch_norm.
  Tail tail_of(const Chain& chain);
  std::vector<float> slopes(const Node& node, int64_t channels) const;
  Status add_chain(const Chain& chain);
  const float* constant_input(const Node& node, size_t i) const {
    return i < node.inputs.size() ? graph_.value(node.inputs[i]).constant.data : nullptr;
  }
  // The memory of the weights, input 1 of a node that is about to pack them, to give back if no other node reads them.
  ConstantMemory weights_memory(const Node& node);
  // What was read of a file without being packed for good: small constants, and pages that two constants share.
  void drop_file_pages();
  Status add_conv(const Node& node, const Chain& chain, ValueId out);
  void add_winograd(const Node& node, const ConvolutionSpec& conv, int outputs, const Tail& tail, ValueId out,
                    int64_t macs);
  // The input of a dense convolution with its padding around it. Few channels that are still in row-major order go
  // straight into the narrow form.
  BufferId bordered_input(const Node& node, ConvolutionSpec& spec);
  Status add_fully_connected(const Node& node, const Chain& chain, ValueId out);
  // A flatten of one blocked picture is read as it lies; the columns of the weights change places instead.
  BufferId flattened_picture(ValueId x, FullyConnectedSpec& spec);
  // Rows of whole blocks, zeros at the end of each.
  BufferId padded_rows(ValueId x, const FullyConnectedSpec& spec);
  static void set(int64_t* to, std::initializer_list<int64_t> values) { std::copy(values.begin(), values.end(), to); }
  Status add_affine(const Node& node, const Chain& chain, ValueId out);
  // As choose_winograd.
  int winograd_outputs(const Node& conv) const;
  // True if the only reader of the value is a convolution that will be computed by Winograd's method.
  bool read_by_winograd(ValueId id) const;
  // Blocked wherever the value already is or can cheaply be; a picture of few channels that came in row-major stays so
  // for the first layer.
  void add_affine_step(const Node& node, AffineSpec spec, Tail tail, ValueId out);

  // planner_nodes.cpp: everything else.
  Status add_node(const Node& node);
  // `whole`: the function of the padding's zeros is not a harmless number, so that a blocked value must be free of it.
  Status add_unary(const Node& node, kernels::Unary f, bool whole);
  Status add_prelu(const Node& node);
  Status add_binary(const Node& node, kernels::Binary f);
  Status add_concat(const Node& node);
  // A copy of the whole plain value; strides of y are the caller's to set.
  CopyPart copy_of(ValueId x);
  void add_copy(const Node& node, std::vector<CopyPart> parts, bool filled);
  Status add_slice(const Node& node);
  Status add_transpose(const Node& node);
  Status add_pad(const Node& node);
  Status add_pool(const Node& node);
  Status add_resize(const Node& node);
  // Softmax and L2 normalisation run over contiguous rows; another axis is moved to the end and back.
  Status add_rows(const Node& node);
  std::unique_ptr<Step> rows_step(const Node& node, int64_t rows, int64_t cols, BufferId x, BufferId y);

  // Outputs that no step has written to the caller's buffer yet.
  void finish_outputs();
  // steps_apart: how many steps lie at least between a buffer's last use and another one in its place.
  ArenaLayout arena_layout(int steps_apart) const;

  Graph& graph_;
  const kernels::Kernels& table_;
  Plan& plan_;
  const bool low_memory_;
  const Allocator allocator_;
  bool out_of_memory_ = false;  // a step or a constant found none: the plan must not be used
  const Neighbours near_;
  std::vector<int> uses_;  // of constants: by nodes that have not packed them
  std::vector<Placement> places_;
  std::vector<int> external_;  // the graph output into which a value's row-major form goes, or -1
};

}  // namespace mien
