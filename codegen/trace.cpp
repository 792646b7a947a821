#include "codegen/trace.h"

#include "codegen/fold.h"
#include "codegen/recorder.h"
#include "engine/steps/layout.h"

namespace mien::codegen {
namespace {

// Memory that stands for a session's: its addresses are used, its contents are not.
struct Session {
  std::vector<AlignedFloats> ends;
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
  AlignedFloats arena;
};

float* add_end(Session& session, const Graph& graph, ValueId value, int space, Memory& memory) {
  const int64_t floats = graph.value(value).shape.elements();
  session.ends.emplace_back(floats, AlignedFloats::Zeros::untouched);
  float* begin = session.ends.back().data();
  memory.map(begin, floats, space);
  return begin;
}

Session make_session(const Graph& graph, const Plan& plan, Memory& memory) {
  Session session;
  for (ValueId id : graph.inputs)
    session.inputs.push_back(
        add_end(session, graph, id, memory.input(static_cast<int>(session.inputs.size())), memory));
  for (ValueId id : graph.outputs)
    session.outputs.push_back(
        add_end(session, graph, id, memory.output(static_cast<int>(session.outputs.size())), memory));
  session.arena = AlignedFloats(plan.one_thread.floats + plan.scratch_floats, AlignedFloats::Zeros::untouched);
  if (session.arena.size() > 0) memory.map(session.arena.data(), session.arena.size(), Memory::kArena);
  return session;
}

void map_weights(const Plan& plan, Memory& memory) {
  for (const auto& step : plan.steps)
    for (const AlignedFloats* array : step->packed()) memory.map_weights(array->data(), array->size());
  for (const Buffer& buffer : plan.buffers) {
    if (buffer.where == Buffer::Where::constant)
      memory.map_weights(buffer.constant, buffer.blocked ? blocked_floats(buffer.shape) : buffer.shape.elements());
  }
}

}  // namespace

Result<Trace> trace_plan(Graph& graph, kernels::Isa isa, bool low_memory) {
  auto plan = Plan::make(graph, recording_kernels(isa), {low_memory, {}});
  if (!plan.ok()) return plan.status();
  Trace trace{std::move(*plan), Memory(static_cast<int>(graph.inputs.size())), {}, 0, 0};
  map_weights(*trace.plan, trace.memory);
  const Session session = make_session(graph, *trace.plan, trace.memory);
  trace.arena_floats = session.arena.size();

  RunContext context;
  context.buffers = trace.plan->buffers.data();
  context.offsets = trace.plan->one_thread.offsets.data();
  context.arena = const_cast<float*>(session.arena.data());
  context.scratch = context.arena + trace.plan->one_thread.floats;
  context.inputs = session.inputs.data();
  context.outputs = session.outputs.data();
  for (const auto& step : trace.plan->steps) {
    Folder folder;
    Recording recording(trace.memory, [&](Call call) {
      folder.add(std::move(call));
      ++trace.calls;
    });
    for (int item = 0; item < step->items(1); ++item) step->run(context, item);
    if (!recording.complete())
      return Status{Code::unsupported, "step '" + step->info.name + "' (" + step->info.op +
                                           ") uses memory of its own, which generated code has not"};
    trace.steps.push_back({step->info, folder.take()});
  }
  return trace;
}

}  // namespace mien::codegen
