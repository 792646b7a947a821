// A library of primitives (oneDNN, XNNPACK) as a peer: an executor of ours walks a graph and calls the library's
// primitives. Each one is a shared library with the C functions below, which bench/peers/engines/native.py calls.
// A peer is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/graph.h"

namespace mien::peers {

// The library has nothing for this node, or the executor does not use it.
struct Refused : std::runtime_error {
  Refused(const Graph& graph, const Node& node, const std::string& why)
      : std::runtime_error(graph.value(node.output).name + " (" + name_of(node.op) + "): " + why) {}
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Plain tensors in the order of the graph's inputs and outputs.
  virtual void run(const float* const* inputs, float* const* outputs) = 0;
};

// Each library's own. Weights are packed and memory is planned here. graph: simplified, shapes inferred; it outlives
// the executor. Throws Refused, or what the library throws.
std::unique_ptr<Executor> make_executor(const Graph& graph, int threads);
std::string library_version();

}  // namespace mien::peers

#define MIEN_PEER_API extern "C" __attribute__((visibility("default")))

// An executor with the graph it runs. Errors are texts in `error`, cut to its size.
struct mien_peer;
MIEN_PEER_API const char* mien_peer_version();
// path: a .mien file. Null on error.
MIEN_PEER_API mien_peer* mien_peer_load(const char* path, int threads, char* error, size_t error_size);
MIEN_PEER_API int mien_peer_outputs(const mien_peer* peer);
MIEN_PEER_API int64_t mien_peer_output_elements(const mien_peer* peer, int output);
// 0, or -1 on error.
MIEN_PEER_API int mien_peer_run(mien_peer* peer, const float* const* inputs, float* const* outputs, char* error,
                                size_t error_size);
MIEN_PEER_API void mien_peer_free(mien_peer* peer);
