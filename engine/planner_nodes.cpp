// Operators without weights.
#include "engine/planner.h"

namespace mien {

using kernels::kBlock;

Status Planner::add_node(const Node& node) {
  switch (node.op) {
    case Op::relu:
      return add_unary(node, kernels::Unary::relu, false);
    case Op::clip:
      return add_unary(node, kernels::Unary::clip, false);
    case Op::leaky_relu:
      return add_unary(node, kernels::Unary::leaky_relu, false);
    case Op::sigmoid:
      return add_unary(node, kernels::Unary::sigmoid, false);
    case Op::tanh:
      return add_unary(node, kernels::Unary::tanh_, false);
    case Op::exp:
      return add_unary(node, kernels::Unary::exp_, true);
    case Op::sqrt:
      return add_unary(node, kernels::Unary::sqrt_, true);
    case Op::abs:
      return add_unary(node, kernels::Unary::abs_, false);
    case Op::neg:
      return add_unary(node, kernels::Unary::neg, false);
    case Op::reciprocal:
      return add_unary(node, kernels::Unary::reciprocal, true);
    case Op::elu:
      return add_unary(node, kernels::Unary::elu, false);
    case Op::hard_sigmoid:
      return add_unary(node, kernels::Unary::hard_sigmoid, false);
    case Op::hard_swish:
      return add_unary(node, kernels::Unary::hard_swish, false);
    case Op::prelu:
      return add_prelu(node);
    case Op::add:
      return add_binary(node, kernels::Binary::add);
    case Op::sub:
      return add_binary(node, kernels::Binary::sub);
    case Op::mul:
      return add_binary(node, kernels::Binary::mul);
    case Op::div:
      return add_binary(node, kernels::Binary::div);
    case Op::max:
      return add_binary(node, kernels::Binary::max);
    case Op::min:
      return add_binary(node, kernels::Binary::min);
    case Op::concat:
      return add_concat(node);
    case Op::slice:
      return add_slice(node);
    case Op::transpose:
      return add_transpose(node);
    case Op::pad:
      return add_pad(node);
    case Op::reshape:
      place(node.output).same_as = node.inputs[0];
      return {};
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_average_pool:
    case Op::global_max_pool:
      return add_pool(node);
    case Op::resize_nearest:
      return add_resize(node);
    case Op::softmax:
    case Op::l2_normalize:
      return add_rows(node);
    case Op::conv:
    case Op::fully_connected:
    case Op::batch_norm:
      break;  // always the head of a chain
  }
  return unsupported(node, "no step for this operator");
}

Status Planner::add_unary(const Node& node, kernels::Unary f, bool whole) {
  const ValueId x = node.inputs[0];
  const bool as_blocked = place(x).blocked != kNoBuffer && (!whole || shape_of(x)[1] % kBlock == 0);
  const BufferId from = as_blocked ? place(x).blocked : plain(x);
  const BufferId to = as_blocked ? new_blocked(node.output) : new_plain(node.output);
  const int64_t floats = as_blocked ? blocked_floats(shape_of(x)) : shape_of(x).elements();
  add(make_unary(table_, f, node.a, node.b, floats, from, to), node.output, name_of_node(node));
  return {};
}

Status Planner::add_binary(const Node& node, kernels::Binary f) {
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
  add(make_binary(table_, f, shape_of(a), shape_of(b), shape_of(y), from_a, from_b, new_plain(y)), y,
      name_of_node(node));
  return {};
}

Status Planner::add_concat(const Node& node) {
  const Shape& y = shape_of(node.output);
  const bool whole_blocks = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    return place(id).blocked != kNoBuffer && shape_of(id)[1] % kBlock == 0;
  });
  if (node.axis == 1 && y.rank == 4 && whole_blocks) {
    std::vector<BlockPart> blocks;
    for (ValueId id : node.inputs) blocks.push_back({place(id).blocked, blocked_floats(shape_of(id)) / y[0]});
    add(make_block_concat(table_, std::move(blocks), y[0], new_blocked(node.output)), node.output, name_of_node(node));
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

CopyPart Planner::copy_of(ValueId x) {
  CopyPart part;
  part.x = plain(x);
  const Shape& s = shape_of(x);
  part.args.rank = std::max(1, s.rank);
  part.args.dims[0] = part.args.x_stride[0] = part.args.y_stride[0] = 1;
  std::copy(s.dims, s.dims + s.rank, part.args.dims);
  plain_strides(s, part.args.x_stride);
  return part;
}

void Planner::add_copy(const Node& node, std::vector<CopyPart> parts, bool filled) {
  const int64_t floats = shape_of(node.output).elements();
  add(make_copy(table_, std::move(parts), filled, node.a, floats, new_plain(node.output)), node.output,
      name_of_node(node));
}

Status Planner::add_slice(const Node& node) {
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

Status Planner::add_transpose(const Node& node) {
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

Status Planner::add_pad(const Node& node) {
  CopyPart part = copy_of(node.inputs[0]);
  plain_strides(shape_of(node.output), part.args.y_stride);
  for (int i = 0; i < shape_of(node.output).rank; ++i)
    part.y_offset += node.ints[static_cast<size_t>(i)] * part.args.y_stride[i];
  add_copy(node, {part}, true);
  return {};
}

Status Planner::add_pool(const Node& node) {
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

Status Planner::add_resize(const Node& node) {
  const std::vector<int32_t> rows(node.ints.begin(), node.ints.begin() + node.axis);
  const std::vector<int32_t> columns(node.ints.begin() + node.axis, node.ints.end());
  const BufferId from = blocked(node.inputs[0]);
  add(make_resize(table_, shape_of(node.inputs[0]), rows, columns, from, new_blocked(node.output)), node.output,
      name_of_node(node));
  return {};
}

Status Planner::add_rows(const Node& node) {
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

std::unique_ptr<Step> Planner::rows_step(const Node& node, int64_t rows, int64_t cols, BufferId x, BufferId y) {
  if (node.op == Op::softmax) return make_softmax(table_, rows, cols, x, y);
  return make_l2_normalize(table_, rows, cols, node.a, x, y);
}

}  // namespace mien
