// Layers with weights, and what is fused into them.
#include <limits>

#include "engine/planner.h"
#include "engine/steps/winograd.h"

namespace mien {

using kernels::kBlock;

Tail Planner::tail_of(const Chain& chain) {
  Tail tail;
  if (chain.activation >= 0) {
    const Node& node = graph_.nodes[static_cast<size_t>(chain.activation)];
    const int64_t channels = shape_of(node.output)[1];
    if (node.op == Op::relu) tail.act = kernels::Act::relu;
    if (node.op == Op::clip) tail.act = kernels::Act::clip, tail.lo = node.a, tail.hi = node.b;
    if (node.op == Op::leaky_relu)
      tail.act = kernels::Act::prelu, tail.slope.assign(static_cast<size_t>(channels), node.a);
    if (node.op == Op::prelu) tail.act = kernels::Act::prelu, tail.slope = slopes(node, channels);
  }
  if (chain.residual != kNoValue) tail.residual = blocked(chain.residual);
  tail.residual_last = chain.residual_last;
  return tail;
}

std::vector<float> Planner::slopes(const Node& node, int64_t channels) const {
  const Value& slope = graph_.value(node.inputs[1]);
  if (slope.shape.elements() == 1) return std::vector<float>(static_cast<size_t>(channels), slope.constant.data[0]);
  return {slope.constant.data, slope.constant.data + channels};
}

Status Planner::add_chain(const Chain& chain) {
  const Node& head = graph_.nodes[static_cast<size_t>(chain.head)];
  const ValueId out = graph_.nodes[static_cast<size_t>(chain.last)].output;
  switch (head.op) {
    case Op::conv:
      return add_conv(head, chain, out);
    case Op::fully_connected:
      return add_fully_connected(head, chain, out);
    default:
      return add_affine(head, chain, out);
  }
}

// Floats of weights above which what the file has in memory is looked through again.
constexpr int64_t kLargeWeights = int64_t{1} << 19;

ConstantMemory Planner::weights_memory(const Node& node) {
  const ValueId id = node.inputs[1];
  // A file that lies in pages of 2 MB brings neighbours back with each touch: 40 MB by the end of arcface_r50.
  if (graph_.value(id).shape.elements() > kLargeWeights) drop_file_pages();
  return --uses_[static_cast<size_t>(id)] == 0 ? ConstantMemory(graph_.value(id)) : ConstantMemory();
}

void Planner::drop_file_pages() {
  for (Value& value : graph_.values) {
    const Constant& constant = value.constant;
    const bool in_place = std::any_of(plan_.buffers.begin(), plan_.buffers.end(),
                                      [&](const Buffer& b) { return b.constant && b.constant == constant.data; });
    if (constant.memory == Constant::Memory::file && !in_place) ConstantMemory(value).read_all();
  }
}

Status Planner::add_conv(const Node& node, const Chain& chain, ValueId out) {
  const ValueId x = node.inputs[0];
  ConvolutionSpec spec;
  spec.weights = constant_input(node, 1);
  spec.bias = constant_input(node, 2);
  spec.allocator = allocator_;
  spec.window = node.window;
  spec.x = shape_of(x);
  spec.y = shape_of(node.output);
  const Window& w = node.window;
  const int64_t bordered = (spec.x[2] + w.pad_top + w.pad_bottom) * (spec.x[3] + w.pad_left + w.pad_right) * kBlock;
  if (bordered > std::numeric_limits<int32_t>::max())
    return unsupported(node, "one block of channels is over 2^31 floats");
  const int64_t macs = spec.y.elements() * shape_of(node.inputs[1]).elements() / spec.y[1];
  const Tail tail = tail_of(chain);
  ConstantMemory memory = weights_memory(node);
  spec.memory = &memory;
  // A first layer of few channels reads its picture in the narrow form.
  const bool narrow = place(x).blocked == kNoBuffer && can_be_narrow(w, spec.x);
  if (is_depthwise(w, spec.x, spec.y)) {
    const BufferId from = blocked(x);
    add(make_depthwise(table_, spec, from, new_blocked(out), tail), out, name_of_node(node), macs);
  } else if (const int outputs = narrow ? 0 : winograd_outputs(node)) {
    add_winograd(node, spec, outputs, tail, out, macs);
  } else {
    const BufferId from = bordered_input(node, spec);
    add(make_convolution(table_, spec, from, new_blocked(out), tail), out, name_of_node(node), macs);
  }
  memory.read_all();
  return {};
}

void Planner::add_winograd(const Node& node, const ConvolutionSpec& conv, int outputs, const Tail& tail, ValueId out,
                           int64_t macs) {
  WinogradSpec spec;
  spec.conv = conv;
  spec.outputs = outputs;
  ValueId x = node.inputs[0];
  if (const Node* norm = place(x).norm) {
    spec.scale = constant_input(*norm, 1);
    spec.shift = constant_input(*norm, 2);
    x = norm->inputs[0];
  }
  const BufferId from = blocked(x);
  auto steps = make_winograd(table_, spec, from, new_blocked(out), tail,
                             [&](int64_t floats) { return arena_buffer(floats, false, {floats}); });
  for (auto& step : steps) {
    // The products are where the work is; the last step completes the value.
    const bool last = &step == &steps.back(), multiplies = step->packed_bytes() > 0;
    add(std::move(step), last ? out : kNoValue, name_of_node(node), multiplies ? macs : 0);
  }
}

BufferId Planner::bordered_input(const Node& node, ConvolutionSpec& spec) {
  const ValueId x = node.inputs[0];
  const Window& w = node.window;
  spec.narrow = place(x).blocked == kNoBuffer && can_be_narrow(w, spec.x);
  const bool padded = (w.pad_top | w.pad_left | w.pad_bottom | w.pad_right) != 0;
  const BufferId from = spec.narrow ? plain(x) : blocked(x);
  if (!padded && !spec.narrow) return from;
  const int64_t h = spec.x[2] + w.pad_top + w.pad_bottom, wide = spec.x[3] + w.pad_left + w.pad_right;
  const int64_t channels = spec.narrow ? spec.x[1] : round_up(spec.x[1], kBlock);
  const Shape shape{spec.x[0], spec.x[1], h, wide};
  const BufferId to = arena_buffer(spec.x[0] * channels * h * wide, !spec.narrow, shape);
  add(make_border(table_, spec.x, w, spec.narrow, from, to), kNoValue, name_of_node(node));
  return to;
}

Status Planner::add_fully_connected(const Node& node, const Chain& chain, ValueId out) {
  const ValueId x = node.inputs[0];
  const Shape shape = shape_of(x);
  FullyConnectedSpec spec;
  spec.weights = constant_input(node, 1);
  spec.bias = constant_input(node, 2);
  spec.allocator = allocator_;
  spec.inputs = shape[shape.rank - 1];
  spec.outputs = shape_of(node.inputs[1])[0];
  spec.rows = shape.elements() / spec.inputs;
  const int64_t macs = spec.rows * spec.inputs * spec.outputs;
  BufferId from = flattened_picture(x, spec);
  if (from == kNoBuffer) from = padded_rows(x, spec);
  const Tail tail = tail_of(chain);
  ConstantMemory memory = weights_memory(node);
  spec.memory = &memory;
  add(make_fully_connected(table_, spec, from, new_plain(out), tail), out, name_of_node(node), macs);
  memory.read_all();
  return {};
}

BufferId Planner::flattened_picture(ValueId x, FullyConnectedSpec& spec) {
  const ValueId source = place(x).same_as;
  if (source == kNoValue || place(source).blocked == kNoBuffer) return kNoBuffer;
  const Shape& s = shape_of(source);
  if (s.rank != 4 || s[0] != 1 || s.elements() != spec.inputs) return kNoBuffer;
  spec.channels = s[1];
  spec.pixels = s[2] * s[3];
  return place(source).blocked;
}

BufferId Planner::padded_rows(ValueId x, const FullyConnectedSpec& spec) {
  const BufferId from = plain(x);
  if (spec.inputs % kBlock == 0) return from;
  const int64_t width = round_up(spec.inputs, kBlock);
  const BufferId to = arena_buffer(spec.rows * width, false, {spec.rows, width});
  CopyPart part;
  part.x = from;
  part.args.rank = 2;
  set(part.args.dims, {spec.rows, spec.inputs});
  set(part.args.x_stride, {spec.inputs, 1});
  set(part.args.y_stride, {width, 1});
  add(make_copy(table_, {part}, true, 0.0f, spec.rows * width, to), kNoValue, graph_.value(x).name);
  return to;
}

Status Planner::add_affine(const Node& node, const Chain& chain, ValueId out) {
  if (chain.last == chain.head && read_by_winograd(out)) {
    place(out).norm = &node;
    return {};
  }
  AffineSpec spec;
  spec.scale = constant_input(node, 1);
  spec.shift = constant_input(node, 2);
  add_affine_step(node, spec, tail_of(chain), out);
  return {};
}

int Planner::winograd_outputs(const Node& conv) const {
  return choose_winograd(conv.window, shape_of(conv.inputs[0]), shape_of(conv.output), low_memory_);
}

bool Planner::read_by_winograd(ValueId id) const {
  const int reader = near_.only_consumer_of(id);
  if (reader < 0 || graph_.nodes[static_cast<size_t>(reader)].op != Op::conv) return false;
  const Node& conv = graph_.nodes[static_cast<size_t>(reader)];
  return shape_of(id)[1] >= kBlock && winograd_outputs(conv) != 0;
}

void Planner::add_affine_step(const Node& node, AffineSpec spec, Tail tail, ValueId out) {
  const ValueId x = node.inputs[0];
  spec.allocator = allocator_;
  spec.shape = shape_of(x);
  spec.blocked = place(x).blocked != kNoBuffer || (spec.shape.rank == 4 && spec.shape[1] >= kBlock);
  const BufferId from = spec.blocked ? blocked(x) : plain(x);
  const BufferId to = spec.blocked ? new_blocked(out) : new_plain(out);
  add(make_affine(table_, spec, from, to, std::move(tail)), out, name_of_node(node));
}

Status Planner::add_prelu(const Node& node) {
  Tail tail;
  tail.act = kernels::Act::prelu;
  tail.slope = slopes(node, shape_of(node.output)[1]);
  add_affine_step(node, {}, std::move(tail), node.output);
  return {};
}

}  // namespace mien
