// The parts of a generated file, private to generate.cpp and write_*.cpp. Pure functions.
#pragma once

#include <string>

#include "codegen/generate.h"
#include "codegen/trace.h"

namespace mien::codegen {

// `static const` arrays for the weights and the integers.
std::string data_text(const Memory& memory);

// One function per step, and run_steps(in, out) that calls them in order. Counts the calls that are written.
std::string steps_text(const Trace& trace, int64_t* call_sites);

// What the header and the public functions speak of. The graph's own value of an input stands for one sample.
struct Surface {
  std::string name, upper;  // "net", "NET"
  const Package& package;
  kernels::Isa isa;
  int64_t weight_bytes, arena_bytes;

  // True if NAME_embed can be: one input that a picture becomes, one output.
  bool embeds() const;
  const Value& input(size_t i) const { return package.graph.value(package.graph.inputs[i]); }
  const Value& output(size_t i) const { return package.graph.value(package.graph.outputs[i]); }
};
std::string header_text(const Surface& surface);
// The picture's own part of the arena and the function that fills it; "" if there is no NAME_embed.
std::string picture_text(const Surface& surface);
// NAME_run and NAME_embed.
std::string functions_text(const Surface& surface);

}  // namespace mien::codegen
