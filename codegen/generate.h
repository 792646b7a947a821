// A model as one C++ file that needs nothing but a compiler: its weights, the kernels that its graph uses and the calls
// that the engine would make, with every number known. docs/CODEGEN.md is the user's page.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/records.h"
#include "kernels/kernels.h"

namespace mien::codegen {

struct GenerateOptions {
  std::string name;  // of the functions and files, a C identifier in lower case (see identifier_of)
  kernels::Isa isa = kernels::Isa::avx2;
  bool low_memory = false;  // as ModelOptions
};

struct Generated {
  std::string header, source;        // NAME.h, NAME.cpp
  std::vector<std::string> kernels;  // the functions that the graph uses, sorted
  int64_t calls = 0, call_sites = 0;
  int64_t weight_bytes = 0, arena_bytes = 0;
};

// REQUIRES: infer_shapes(package.graph) was ok. Frees weights as Model::create does. Throws std::bad_alloc.
// Errors: bad_argument for a name that is no identifier; unsupported, with the node's name, and for neon32.
Result<Generated> generate(Package package, const GenerateOptions& options);

// "avx512" -> {"-mavx512f", ...}: what a compiler for that processor must be told besides -O2.
std::vector<std::string> compiler_flags(kernels::Isa isa);
// The name of an instruction set's cross compiler: "g++", "aarch64-linux-gnu-g++".
std::string compiler_for(kernels::Isa isa);
// A C identifier in lower case that resembles the text: "MobileFaceNet 0.45" -> "mobilefacenet_0_45".
std::string identifier_of(const std::string& text);

}  // namespace mien::codegen
