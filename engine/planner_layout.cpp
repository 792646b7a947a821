// Where values lie, and how they get into the layout that a step wants.
#include "engine/planner.h"

namespace mien {

using kernels::kBlock;

BufferId Planner::new_buffer(Buffer buffer) {
  plan_.buffers.push_back(buffer);
  return static_cast<BufferId>(plan_.buffers.size() - 1);
}

BufferId Planner::arena_buffer(int64_t floats, bool blocked, const Shape& shape) {
  Buffer buffer;
  buffer.floats = round_up(floats, kAlignFloats);
  buffer.blocked = blocked;
  buffer.shape = shape;
  return new_buffer(buffer);
}

BufferId Planner::output_buffer(int index, const Shape& shape) {
  Buffer buffer;
  buffer.where = Buffer::Where::output;
  buffer.index = index;
  buffer.shape = shape;
  buffer.floats = shape.elements();
  return new_buffer(buffer);
}

void Planner::place_ends() {
  for (size_t i = 0; i < graph_.inputs.size(); ++i) {
    Buffer buffer;
    buffer.where = Buffer::Where::input;
    buffer.index = static_cast<int>(i);
    buffer.shape = shape_of(graph_.inputs[i]);
    buffer.floats = buffer.shape.elements();
    place(graph_.inputs[i]).plain = new_buffer(buffer);
  }
  for (size_t i = 0; i < graph_.outputs.size(); ++i)
    external_[static_cast<size_t>(graph_.outputs[i])] = static_cast<int>(i);
  // A value that is only reshaped into an output can be written there at once.
  const std::vector<int> uses = graph_.uses();
  for (size_t i = graph_.nodes.size(); i-- > 0;) {
    const Node& node = graph_.nodes[i];
    if (node.op != Op::reshape) continue;
    int& own = external_[static_cast<size_t>(node.inputs[0])];
    if (own < 0 && uses[static_cast<size_t>(node.inputs[0])] == 1) own = external_[static_cast<size_t>(node.output)];
  }
}

BufferId Planner::new_plain(ValueId id) {
  const int output = external_[static_cast<size_t>(id)];
  BufferId made;
  if (output >= 0) {
    made = output_buffer(output, shape_of(id));
  } else {
    made = arena_buffer(shape_of(id).elements(), false, shape_of(id));
  }
  return place(id).plain = made;
}

bool Planner::same_bytes(ValueId id) const {
  const Shape& s = shape_of(id);
  return blockable(id) && s[1] % kBlock == 0 && (s.rank == 2 || s[2] * s[3] == 1);
}

BufferId Planner::plain(ValueId id) {
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

BufferId Planner::blocked(ValueId id) {
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

bool Planner::one_pixel_pair(ValueId a, ValueId b) const {
  auto vector_like = [&](ValueId id) {
    const Shape& s = shape_of(id);
    return s.rank == 2 || (s.rank == 4 && s[2] * s[3] == 1);
  };
  return vector_like(a) && vector_like(b) && shape_of(a)[0] == shape_of(b)[0] && shape_of(a)[1] == shape_of(b)[1];
}

BufferId Planner::constant_buffer(const float* data, const Shape& shape, bool is_blocked) {
  Buffer buffer;
  buffer.where = Buffer::Where::constant;
  buffer.constant = data;
  buffer.shape = shape;
  buffer.blocked = is_blocked;
  return new_buffer(buffer);
}

BufferId Planner::packed_constant(const Value& value) {
  const Shape& s = value.shape;
  const int64_t pixels = s.rank == 4 ? s[2] * s[3] : 1, image = s[1] * pixels;
  const int64_t image16 = blocked_floats(s) / s[0];
  AlignedFloats packed(blocked_floats(s), allocator_);
  out_of_memory_ = out_of_memory_ || packed.failed();
  for (int64_t n = 0; n < s[0] && !packed.failed(); ++n) {
    table_.pack(value.constant.data + n * image, packed.data() + n * image16, static_cast<int32_t>(s[1]), pixels);
  }
  plan_.constants.push_back(std::move(packed));
  return constant_buffer(plan_.constants.back().data(), s, true);
}

}  // namespace mien
