#include "engine/plan.h"

#include <algorithm>
#include <string>

#include "engine/arena.h"
#include "engine/planner.h"

namespace mien {

Status Planner::run() {
  place_ends();
  const Fusion fusion = find_chains(graph_);
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (fusion.absorbed[i]) continue;
    const Chain& chain = fusion.chains[i];
    MIEN_RETURN_IF_ERROR(chain.head >= 0 ? add_chain(chain) : add_node(graph_.nodes[i]));
    if (out_of_memory_) return {Code::out_of_memory, "out of memory"};
  }
  finish_outputs();
  plan_.one_thread = arena_layout(0);
  plan_.many_threads = arena_layout(1);
  drop_file_pages();
  return {};
}

void Planner::add(std::unique_ptr<Step> step, ValueId value, const std::string& name, int64_t macs) {
  out_of_memory_ = out_of_memory_ || step->out_of_memory;
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

void Planner::finish_outputs() {
  for (size_t i = 0; i < graph_.outputs.size(); ++i) {
    const ValueId id = graph_.outputs[i];
    const BufferId from = plain(id);
    const Buffer& at = plan_.buffers[static_cast<size_t>(from)];
    if (at.where == Buffer::Where::output && at.index == static_cast<int>(i)) continue;
    const int64_t floats = shape_of(id).elements();
    CopyPart part;
    part.x = from;
    part.args.rank = 1;
    set(part.args.dims, {floats});
    set(part.args.x_stride, {1});
    set(part.args.y_stride, {1});
    const BufferId to = output_buffer(static_cast<int>(i), shape_of(id));
    add(make_copy(table_, {part}, false, 0, floats, to), kNoValue, graph_.value(id).name);
  }
}

ArenaLayout Planner::arena_layout(int steps_apart) const {
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
      t.last = std::max(t.last, static_cast<int>(s) + steps_apart);
    };
    for (BufferId id : plan_.steps[s]->reads) touch(id);
    touch(plan_.steps[s]->writes);
  }
  return lay_out(tensors);
}

Result<std::unique_ptr<Plan>> Plan::make(Graph& graph, const kernels::Kernels& kernels, const PlanOptions& options) {
  auto plan = std::make_unique<Plan>();
  MIEN_RETURN_IF_ERROR(Planner(graph, kernels, *plan, options).run());
  return plan;
}

int64_t Plan::arena_bytes(int batch, int threads) const {
  return (arena(threads).floats * batch + scratch_floats * threads) * static_cast<int64_t>(sizeof(float));
}

int64_t Plan::progress_bytes(int batch, int threads) const {
  if (threads <= 1) return 0;
  int64_t items = 0;
  for (const auto& step : steps) items += step->items(batch);
  return round_up(items, kAlignFloats * static_cast<int64_t>(sizeof(float)));
}

int64_t Plan::packed_bytes() const {
  int64_t bytes = 0;
  for (const auto& step : steps) bytes += step->packed_bytes();
  for (const AlignedFloats& constant : constants) bytes += constant.bytes();
  return bytes;
}

}  // namespace mien
