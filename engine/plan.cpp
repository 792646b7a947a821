#include "engine/plan.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/arena.h"
#include "engine/fusion.h"
#include "engine/passes/edit.h"
#include "engine/steps/arithmetic.h"
#include "engine/steps/convolution.h"
#include "engine/steps/layout.h"
#include "engine/steps/winograd.h"

namespace mien {
namespace {

using kernels::kBlock;

// How each value lies: its row-major buffer, its blocked buffer, both, or neither yet. A reshape makes nothing: its
// output is `same_as` its input in row-major order until somebody asks for more.
struct Placement {
  BufferId plain = kNoBuffer, blocked = kNoBuffer;
  ValueId same_as = kNoValue;
  const Node* norm = nullptr;  // a batch_norm that its one reader applies while it reads
};

class Planner {
 public:
  Planner(const Graph& graph, const kernels::Kernels& table, Plan& plan)
      : graph_(graph), table_(table), plan_(plan), near_(graph), places_(graph.values.size()), external_(graph.values.size(), -1) {}

  Status run() {
    place_ends();
    const Fusion fusion = find_chains(graph_);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (fusion.absorbed[i]) continue;
      const Chain& chain = fusion.chains[i];
      MIEN_RETURN_IF_ERROR(chain.head >= 0 ? add_chain(chain) : add_node(graph_.nodes[i]));
    }
    finish_outputs();
    lay_out_arena();
    return {};
  }

 private:
  // ---- buffers ----

  BufferId new_buffer(Buffer buffer) {
    plan_.buffers.push_back(buffer);
    return static_cast<BufferId>(plan_.buffers.size() - 1);
  }
  BufferId arena_buffer(int64_t floats, bool blocked, const Shape& shape) {
    Buffer buffer;
    buffer.floats = round_up(floats, kAlignFloats);
    buffer.blocked = blocked;
    buffer.shape = shape;
    return new_buffer(buffer);
  }
  const Shape& shape_of(ValueId id) const { return graph_.value(id).shape; }
  Placement& place(ValueId id) { return places_[static_cast<size_t>(id)]; }

  void place_ends() {
    for (size_t i = 0; i < graph_.inputs.size(); ++i) {
      Buffer buffer;
      buffer.where = Buffer::Where::input;
      buffer.index = static_cast<int>(i);
      buffer.shape = shape_of(graph_.inputs[i]);
      buffer.floats = buffer.shape.elements();
      place(graph_.inputs[i]).plain = new_buffer(buffer);
    }
    for (size_t i = 0; i < graph_.outputs.size(); ++i) external_[static_cast<size_t>(graph_.outputs[i])] = static_cast<int>(i);
    // A value that is only reshaped into an output can be written there at once.
    const std::vector<int> uses = graph_.uses();
    for (size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      if (node.op != Op::reshape) continue;
      int& own = external_[static_cast<size_t>(node.inputs[0])];
      if (own < 0 && uses[static_cast<size_t>(node.inputs[0])] == 1) own = external_[static_cast<size_t>(node.output)];
    }
  }

  // The buffer into which a step writes the row-major form of a value: the caller's own, if it is an output.
  BufferId new_plain(ValueId id) {
    const int output = external_[static_cast<size_t>(id)];
    BufferId made;
    if (output >= 0) {
      Buffer buffer;
      buffer.where = Buffer::Where::output;
      buffer.index = output;
      buffer.shape = shape_of(id);
      buffer.floats = buffer.shape.elements();
      made = new_buffer(buffer);
    } else {
      made = arena_buffer(shape_of(id).elements(), false, shape_of(id));
    }
    return place(id).plain = made;
  }
  BufferId new_blocked(ValueId id) {
    return place(id).blocked = arena_buffer(blocked_floats(shape_of(id)), true, shape_of(id));
  }

  bool blockable(ValueId id) const { return shape_of(id).rank == 4 || shape_of(id).rank == 2; }
  // True if both layouts are the same bytes: one pixel and whole blocks of channels.
  bool same_bytes(ValueId id) const {
    const Shape& s = shape_of(id);
    return blockable(id) && s[1] % kBlock == 0 && (s.rank == 2 || s[2] * s[3] == 1);
  }
  bool in_arena(BufferId id) const { return plan_.buffers[static_cast<size_t>(id)].where == Buffer::Where::arena; }

  BufferId plain(ValueId id) {
    Placement& at = place(id);
    if (at.plain != kNoBuffer) return at.plain;
    const Value& value = graph_.value(id);
    if (value.is_constant()) return at.plain = constant_buffer(value.constant.data, value.shape, false);
    if (at.same_as != kNoValue) return at.plain = plain(at.same_as);
    if (same_bytes(id) && external_[static_cast<size_t>(id)] < 0) return at.plain = at.blocked;
    const BufferId from = at.blocked;
    const BufferId to = new_plain(id);
    add(make_unpack(table_, value.shape, from, to), kNoValue, value.name);
    return to;
  }

  BufferId blocked(ValueId id) {
    Placement& at = place(id);
    if (at.blocked != kNoBuffer) return at.blocked;
    const Value& value = graph_.value(id);
    // [N,C,1,1] and [N,C] have one blocked form.
    if (at.same_as != kNoValue && one_pixel_pair(id, at.same_as)) return at.blocked = blocked(at.same_as);
    const BufferId from = plain(id);
    if (value.is_constant()) return at.blocked = packed_constant(value);
    if (same_bytes(id) && in_arena(from)) return at.blocked = from;
    const BufferId to = new_blocked(id);
    add(make_pack(table_, value.shape, from, to), kNoValue, value.name);
    return to;
  }

  bool one_pixel_pair(ValueId a, ValueId b) const {
    auto vector_like = [&](ValueId id) {
      const Shape& s = shape_of(id);
      return s.rank == 2 || (s.rank == 4 && s[2] * s[3] == 1);
    };
    return vector_like(a) && vector_like(b) && shape_of(a)[0] == shape_of(b)[0] && shape_of(a)[1] == shape_of(b)[1];
  }

  BufferId constant_buffer(const float* data, const Shape& shape, bool is_blocked) {
    Buffer buffer;
    buffer.where = Buffer::Where::constant;
    buffer.constant = data;
    buffer.shape = shape;
    buffer.blocked = is_blocked;
    return new_buffer(buffer);
  }

  BufferId packed_constant(const Value& value) {
    const Shape& s = value.shape;
    const int64_t pixels = s.rank == 4 ? s[2] * s[3] : 1, image = s[1] * pixels;
    const int64_t image16 = blocked_floats(s) / s[0];
    AlignedFloats packed(blocked_floats(s));
    for (int64_t n = 0; n < s[0]; ++n) {
      table_.pack(value.constant.data + n * image, packed.data() + n * image16, static_cast<int32_t>(s[1]), pixels);
    }
    plan_.constants.push_back(std::move(packed));
    return constant_buffer(plan_.constants.back().data(), s, true);
  }

  // ---- steps ----

  // value: what the step completes, kNoValue for a step that the graph knows nothing of.
  void add(std::unique_ptr<Step> step, ValueId value, const std::string& name, int64_t macs = 0) {
    step->info.name = name;
    step->info.macs = macs;
    if (value != kNoValue) {
      step->info.value = graph_.value(value).name;
      step->info.shape = shape_of(value);
    } else {
      step->info.shape = plan_.buffers[static_cast<size_t>(step->writes)].shape;
    }
    plan_.scratch_floats = std::max(plan_.scratch_floats, step->scratch_floats());
    int64_t floats = plan_.buffers[static_cast<size_t>(step->writes)].floats;
    for (BufferId id : step->reads) floats += plan_.buffers[static_cast<size_t>(id)].floats;
    step->info.bytes = floats * 4 + step->packed_bytes();
    plan_.steps.push_back(std::move(step));
  }

  std::string name_of_node(const Node& node) const { return node.name.empty() ? graph_.value(node.output).name : node.name; }
  Status unsupported(const Node& node, const std::string& what) const {
    return {Code::unsupported, "node '" + name_of_node(node) + "' (" + name_of(node.op) + "): " + what};
  }

  Tail tail_of(const Chain& chain) {
    Tail tail;
    if (chain.activation >= 0) {
      const Node& node = graph_.nodes[static_cast<size_t>(chain.activation)];
      const int64_t channels = shape_of(node.output)[1];
      if (node.op == Op::relu) tail.act = kernels::Act::relu;
      if (node.op == Op::clip) tail.act = kernels::Act::clip, tail.lo = node.a, tail.hi = node.b;
      if (node.op == Op::leaky_relu) tail.act = kernels::Act::prelu, tail.slope.assign(static_cast<size_t>(channels), node.a);
      if (node.op == Op::prelu) tail.act = kernels::Act::prelu, tail.slope = slopes(node, channels);
    }
    if (chain.residual != kNoValue) tail.residual = blocked(chain.residual);
    tail.residual_last = chain.residual_last;
    return tail;
  }

  std::vector<float> slopes(const Node& node, int64_t channels) const {
    const Value& slope = graph_.value(node.inputs[1]);
    if (slope.shape.elements() == 1) return std::vector<float>(static_cast<size_t>(channels), slope.constant.data[0]);
    return {slope.constant.data, slope.constant.data + channels};
  }

  Status add_chain(const Chain& chain) {
    const Node& head = graph_.nodes[static_cast<size_t>(chain.head)];
    const ValueId out = graph_.nodes[static_cast<size_t>(chain.last)].output;
    switch (head.op) {
      case Op::conv: return add_conv(head, chain, out);
      case Op::fully_connected: return add_fully_connected(head, chain, out);
      default: return add_affine(head, chain, out);
    }
  }

  const float* constant_input(const Node& node, size_t i) const {
    return i < node.inputs.size() ? graph_.value(node.inputs[i]).constant.data : nullptr;
  }

  Status add_conv(const Node& node, const Chain& chain, ValueId out) {
    const ValueId x = node.inputs[0];
    ConvolutionSpec spec;
    spec.weights = constant_input(node, 1);
    spec.bias = constant_input(node, 2);
    spec.window = node.window;
    spec.x = shape_of(x);
    spec.y = shape_of(node.output);
    const Window& w = node.window;
    const int64_t bordered = (spec.x[2] + w.pad_top + w.pad_bottom) * (spec.x[3] + w.pad_left + w.pad_right) * kBlock;
    if (bordered > std::numeric_limits<int32_t>::max()) return unsupported(node, "one block of channels is over 2^31 floats");
    const int64_t macs = spec.y.elements() * shape_of(node.inputs[1]).elements() / spec.y[1];
    const Tail tail = tail_of(chain);
    if (is_depthwise(w, spec.x, spec.y)) {
      const BufferId from = blocked(x);
      add(make_depthwise(table_, spec, from, new_blocked(out), tail), out, name_of_node(node), macs);
      return {};
    }
    // A first layer of few channels reads its picture in the narrow form.
    const bool narrow = place(x).blocked == kNoBuffer && can_be_narrow(w, spec.x);
    if (const int outputs = narrow ? 0 : choose_winograd(w, spec.x, spec.y)) {
      add_winograd(node, spec, outputs, tail, out, macs);
      return {};
    }
    const BufferId from = bordered_input(node, spec);
    add(make_convolution(table_, spec, from, new_blocked(out), tail), out, name_of_node(node), macs);
    return {};
  }

  void add_winograd(const Node& node, const ConvolutionSpec& conv, int outputs, const Tail& tail, ValueId out, int64_t macs) {
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
    auto steps = make_winograd(table_, spec, from, new_blocked(out), tail, [&](int64_t floats) {
      return arena_buffer(floats, false, {floats});
    });
    for (auto& step : steps) {
      // The products are where the work is; the last step completes the value.
      const bool last = &step == &steps.back(), multiplies = step->packed_bytes() > 0;
      add(std::move(step), last ? out : kNoValue, name_of_node(node), multiplies ? macs : 0);
    }
  }

  // The input of a dense convolution with its padding around it. Few channels that are still in row-major order go
  // straight into the narrow form.
  BufferId bordered_input(const Node& node, ConvolutionSpec& spec) {
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

  Status add_fully_connected(const Node& node, const Chain& chain, ValueId out) {
    const ValueId x = node.inputs[0];
    const Shape shape = shape_of(x);
    FullyConnectedSpec spec;
    spec.weights = constant_input(node, 1);
    spec.bias = constant_input(node, 2);
    spec.inputs = shape[shape.rank - 1];
    spec.outputs = shape_of(node.inputs[1])[0];
    spec.rows = shape.elements() / spec.inputs;
    const int64_t macs = spec.rows * spec.inputs * spec.outputs;
    BufferId from = flattened_picture(x, spec);
    if (from == kNoBuffer) from = padded_rows(x, spec);
    const Tail tail = tail_of(chain);
    add(make_fully_connected(table_, spec, from, new_plain(out), tail), out, name_of_node(node), macs);
    return {};
  }

  // A flatten of one blocked picture is read as it lies; the columns of the weights change places instead.
  BufferId flattened_picture(ValueId x, FullyConnectedSpec& spec) {
    const ValueId source = place(x).same_as;
    if (source == kNoValue || place(source).blocked == kNoBuffer) return kNoBuffer;
    const Shape& s = shape_of(source);
    if (s.rank != 4 || s[0] != 1 || s.elements() != spec.inputs) return kNoBuffer;
    spec.channels = s[1];
    spec.pixels = s[2] * s[3];
    return place(source).blocked;
  }

  // Rows of whole blocks, zeros at the end of each.
  BufferId padded_rows(ValueId x, const FullyConnectedSpec& spec) {
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

  static void set(int64_t* to, std::initializer_list<int64_t> values) { std::copy(values.begin(), values.end(), to); }

  Status add_affine(const Node& node, const Chain& chain, ValueId out) {
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

  // True if the only reader of the value is a convolution that will be computed by Winograd's method.
  bool read_by_winograd(ValueId id) const {
    const int reader = near_.only_consumer_of(id);
    if (reader < 0 || graph_.nodes[static_cast<size_t>(reader)].op != Op::conv) return false;
    const Node& conv = graph_.nodes[static_cast<size_t>(reader)];
    return shape_of(id)[1] >= kBlock && choose_winograd(conv.window, shape_of(id), shape_of(conv.output)) != 0;
  }

  // Blocked wherever the value already is or can cheaply be; a picture of few channels that came in row-major stays so
  // for the first layer.
  void add_affine_step(const Node& node, AffineSpec spec, Tail tail, ValueId out) {
    const ValueId x = node.inputs[0];
    spec.shape = shape_of(x);
    spec.blocked = place(x).blocked != kNoBuffer || (spec.shape.rank == 4 && spec.shape[1] >= kBlock);
    const BufferId from = spec.blocked ? blocked(x) : plain(x);
    const BufferId to = spec.blocked ? new_blocked(out) : new_plain(out);
    add(make_affine(table_, spec, from, to, std::move(tail)), out, name_of_node(node));
  }

  Status add_node(const Node& node) {
    switch (node.op) {
      case Op::relu: return add_unary(node, kernels::Unary::relu, false);
      case Op::clip: return add_unary(node, kernels::Unary::clip, false);
      case Op::leaky_relu: return add_unary(node, kernels::Unary::leaky_relu, false);
      case Op::sigmoid: return add_unary(node, kernels::Unary::sigmoid, false);
      case Op::tanh: return add_unary(node, kernels::Unary::tanh_, false);
      case Op::exp: return add_unary(node, kernels::Unary::exp_, true);
      case Op::sqrt: return add_unary(node, kernels::Unary::sqrt_, true);
      case Op::abs: return add_unary(node, kernels::Unary::abs_, false);
      case Op::neg: return add_unary(node, kernels::Unary::neg, false);
      case Op::reciprocal: return add_unary(node, kernels::Unary::reciprocal, true);
      case Op::elu: return add_unary(node, kernels::Unary::elu, false);
      case Op::hard_sigmoid: return add_unary(node, kernels::Unary::hard_sigmoid, false);
      case Op::hard_swish: return add_unary(node, kernels::Unary::hard_swish, false);
      case Op::prelu: return add_prelu(node);
      case Op::add: return add_binary(node, kernels::Binary::add);
      case Op::sub: return add_binary(node, kernels::Binary::sub);
      case Op::mul: return add_binary(node, kernels::Binary::mul);
      case Op::div: return add_binary(node, kernels::Binary::div);
      case Op::max: return add_binary(node, kernels::Binary::max);
      case Op::min: return add_binary(node, kernels::Binary::min);
      case Op::concat: return add_concat(node);
      case Op::slice: return add_slice(node);
      case Op::transpose: return add_transpose(node);
      case Op::pad: return add_pad(node);
      case Op::reshape: place(node.output).same_as = node.inputs[0]; return {};
      case Op::max_pool: case Op::average_pool: case Op::global_average_pool: case Op::global_max_pool: return add_pool(node);
      case Op::resize_nearest: return add_resize(node);
      case Op::softmax: case Op::l2_normalize: return add_rows(node);
      case Op::conv: case Op::fully_connected: case Op::batch_norm: break;  // always the head of a chain
    }
    return unsupported(node, "no step for this operator");
  }

  // `whole`: the function of the padding's zeros is not a harmless number, so that a blocked value must be free of it.
  Status add_unary(const Node& node, kernels::Unary f, bool whole) {
    const ValueId x = node.inputs[0];
    const bool as_blocked = place(x).blocked != kNoBuffer && (!whole || shape_of(x)[1] % kBlock == 0);
    const BufferId from = as_blocked ? place(x).blocked : plain(x);
    const BufferId to = as_blocked ? new_blocked(node.output) : new_plain(node.output);
    const int64_t floats = as_blocked ? blocked_floats(shape_of(x)) : shape_of(x).elements();
    add(make_unary(table_, f, node.a, node.b, floats, from, to), node.output, name_of_node(node));
    return {};
  }

  Status add_prelu(const Node& node) {
    Tail tail;
    tail.act = kernels::Act::prelu;
    tail.slope = slopes(node, shape_of(node.output)[1]);
    add_affine_step(node, {}, std::move(tail), node.output);
    return {};
  }

  Status add_binary(const Node& node, kernels::Binary f) {
    const ValueId a = node.inputs[0], b = node.inputs[1], y = node.output;
    const bool whole = f == kernels::Binary::div;
    const bool any_blocked = place(a).blocked != kNoBuffer || place(b).blocked != kNoBuffer;
    if (shape_of(a) == shape_of(b) && any_blocked && (!whole || shape_of(a)[1] % kBlock == 0)) {
      const BufferId from_a = blocked(a), from_b = blocked(b);
      const Shape flat{blocked_floats(shape_of(y))};
      add(make_binary(table_, f, flat, flat, flat, from_a, from_b, new_blocked(y)), y, name_of_node(node));
      return {};
    }
    const BufferId from_a = plain(a), from_b = plain(b);
    add(make_binary(table_, f, shape_of(a), shape_of(b), shape_of(y), from_a, from_b, new_plain(y)), y, name_of_node(node));
    return {};
  }

  Status add_concat(const Node& node) {
    const Shape& y = shape_of(node.output);
    const bool whole_blocks = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
      return place(id).blocked != kNoBuffer && shape_of(id)[1] % kBlock == 0;
    });
    if (node.axis == 1 && y.rank == 4 && whole_blocks) {
      std::vector<BlockPart> blocks;
      for (ValueId id : node.inputs) blocks.push_back({place(id).blocked, blocked_floats(shape_of(id)) / y[0]});
      add(make_block_concat(std::move(blocks), y[0], new_blocked(node.output)), node.output, name_of_node(node));
      return {};
    }
    std::vector<CopyPart> parts;
    int64_t y_strides[kMaxRank], at = 0;
    plain_strides(y, y_strides);
    for (ValueId id : node.inputs) {
      CopyPart part = copy_of(id);
      std::copy(y_strides, y_strides + y.rank, part.args.y_stride);
      part.y_offset = at * y_strides[node.axis];
      at += shape_of(id)[node.axis];
      parts.push_back(part);
    }
    add_copy(node, std::move(parts), false);
    return {};
  }

  // A copy of the whole plain value; strides of y are the caller's to set.
  CopyPart copy_of(ValueId x) {
    CopyPart part;
    part.x = plain(x);
    const Shape& s = shape_of(x);
    part.args.rank = std::max(1, s.rank);
    part.args.dims[0] = part.args.x_stride[0] = part.args.y_stride[0] = 1;
    std::copy(s.dims, s.dims + s.rank, part.args.dims);
    plain_strides(s, part.args.x_stride);
    return part;
  }

  void add_copy(const Node& node, std::vector<CopyPart> parts, bool filled) {
    const int64_t floats = shape_of(node.output).elements();
    add(make_copy(table_, std::move(parts), filled, node.a, floats, new_plain(node.output)), node.output, name_of_node(node));
  }

  Status add_slice(const Node& node) {
    CopyPart part = copy_of(node.inputs[0]);
    const Shape& y = shape_of(node.output);
    const size_t rank = static_cast<size_t>(y.rank);
    for (size_t i = 0; i < rank; ++i) {
      part.x_offset += node.ints[i] * part.args.x_stride[i];
      part.args.x_stride[i] *= node.ints[2 * rank + i];
      part.args.dims[i] = y.dims[i];
    }
    plain_strides(y, part.args.y_stride);
    add_copy(node, {part}, false);
    return {};
  }

  Status add_transpose(const Node& node) {
    CopyPart part = copy_of(node.inputs[0]);
    const Shape &x = shape_of(node.inputs[0]), &y = shape_of(node.output);
    int64_t strides[kMaxRank] = {};
    plain_strides(x, strides);
    for (int i = 0; i < y.rank; ++i) {
      part.args.dims[i] = y[i];
      part.args.x_stride[i] = strides[node.ints[static_cast<size_t>(i)]];
    }
    plain_strides(y, part.args.y_stride);
    add_copy(node, {part}, false);
    return {};
  }

  Status add_pad(const Node& node) {
    CopyPart part = copy_of(node.inputs[0]);
    plain_strides(shape_of(node.output), part.args.y_stride);
    for (int i = 0; i < shape_of(node.output).rank; ++i)
      part.y_offset += node.ints[static_cast<size_t>(i)] * part.args.y_stride[i];
    add_copy(node, {part}, true);
    return {};
  }

  Status add_pool(const Node& node) {
    const Shape &x = shape_of(node.inputs[0]), &y = shape_of(node.output);
    const bool global = node.op == Op::global_average_pool || node.op == Op::global_max_pool;
    const bool max = node.op == Op::max_pool || node.op == Op::global_max_pool;
    Window window = node.window;
    if (global) {
      window = {};
      window.kernel_h = static_cast<int32_t>(x[2]);
      window.kernel_w = static_cast<int32_t>(x[3]);
    }
    const BufferId from = blocked(node.inputs[0]);
    add(make_pool(table_, max, window, x, y, from, new_blocked(node.output)), node.output, name_of_node(node));
    return {};
  }

  Status add_resize(const Node& node) {
    const std::vector<int32_t> rows(node.ints.begin(), node.ints.begin() + node.axis);
    const std::vector<int32_t> columns(node.ints.begin() + node.axis, node.ints.end());
    const BufferId from = blocked(node.inputs[0]);
    add(make_resize(table_, shape_of(node.inputs[0]), rows, columns, from, new_blocked(node.output)), node.output,
        name_of_node(node));
    return {};
  }

  // Softmax and L2 normalisation run over contiguous rows; another axis is moved to the end and back.
  Status add_rows(const Node& node) {
    const Shape& s = shape_of(node.inputs[0]);
    int64_t inner = 1;
    for (int i = node.axis + 1; i < s.rank; ++i) inner *= s[i];
    const int64_t cols = s[node.axis], rows = s.elements() / cols;
    const BufferId from = plain(node.inputs[0]);
    if (inner == 1) {
      add(rows_step(node, rows, cols, from, new_plain(node.output)), node.output, name_of_node(node));
      return {};
    }
    const BufferId moved = arena_buffer(s.elements(), false, s), done = arena_buffer(s.elements(), false, s);
    const int64_t outer = rows / inner;
    CopyPart there;
    there.x = from;
    there.args.rank = 3;
    set(there.args.dims, {outer, inner, cols});
    set(there.args.x_stride, {inner * cols, 1, inner});
    set(there.args.y_stride, {inner * cols, cols, 1});
    add(make_copy(table_, {there}, false, 0, s.elements(), moved), kNoValue, name_of_node(node));
    add(rows_step(node, rows, cols, moved, done), kNoValue, name_of_node(node));
    CopyPart back = there;
    back.x = done;
    std::swap(back.args.x_stride, back.args.y_stride);
    add(make_copy(table_, {back}, false, 0, s.elements(), new_plain(node.output)), node.output, name_of_node(node));
    return {};
  }
  std::unique_ptr<Step> rows_step(const Node& node, int64_t rows, int64_t cols, BufferId x, BufferId y) {
    if (node.op == Op::softmax) return make_softmax(table_, rows, cols, x, y);
    return make_l2_normalize(table_, rows, cols, node.a, x, y);
  }

  // ---- the end ----

  void finish_outputs() {
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const ValueId id = graph_.outputs[i];
      const BufferId from = plain(id);
      const Buffer& at = plan_.buffers[static_cast<size_t>(from)];
      if (at.where == Buffer::Where::output && at.index == static_cast<int>(i)) continue;
      Buffer buffer;
      buffer.where = Buffer::Where::output;
      buffer.index = static_cast<int>(i);
      buffer.shape = shape_of(id);
      buffer.floats = buffer.shape.elements();
      CopyPart part;
      part.x = from;
      part.args.rank = 1;
      set(part.args.dims, {buffer.floats});
      set(part.args.x_stride, {1});
      set(part.args.y_stride, {1});
      const int64_t floats = buffer.floats;
      add(make_copy(table_, {part}, false, 0, floats, new_buffer(buffer)), kNoValue, graph_.value(id).name);
    }
  }

  void lay_out_arena() {
    std::vector<Lifetime> tensors(plan_.buffers.size());
    for (size_t i = 0; i < tensors.size(); ++i) {
      tensors[i].first = static_cast<int>(plan_.steps.size());
      tensors[i].last = -1;
      if (plan_.buffers[i].where == Buffer::Where::arena) tensors[i].floats = plan_.buffers[i].floats;
    }
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      auto touch = [&](BufferId id) {
        Lifetime& t = tensors[static_cast<size_t>(id)];
        t.first = std::min(t.first, static_cast<int>(s));
        t.last = std::max(t.last, static_cast<int>(s));
      };
      for (BufferId id : plan_.steps[s]->reads) touch(id);
      touch(plan_.steps[s]->writes);
    }
    plan_.arena_floats = lay_out(tensors);
    for (size_t i = 0; i < tensors.size(); ++i) plan_.buffers[i].offset = tensors[i].offset;
  }

  const Graph& graph_;
  const kernels::Kernels& table_;
  Plan& plan_;
  const Neighbours near_;
  std::vector<Placement> places_;
  std::vector<int> external_;  // the graph output into which a value's row-major form goes, or -1
};

}  // namespace

Result<std::unique_ptr<Plan>> Plan::make(const Graph& graph, const kernels::Kernels& kernels) {
  auto plan = std::make_unique<Plan>();
  MIEN_RETURN_IF_ERROR(Planner(graph, kernels, *plan).run());
  return plan;
}

int64_t Plan::packed_bytes() const {
  int64_t bytes = 0;
  for (const auto& step : steps) bytes += step->packed_bytes();
  for (const AlignedFloats& constant : constants) bytes += constant.bytes();
  return bytes;
}

}  // namespace mien
