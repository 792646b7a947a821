#include "bench/peers/native/peer.h"

#include <cstdio>

#include "engine/file/flat_file.h"

struct mien_peer {
  mien::Package package;
  std::unique_ptr<mien::peers::Executor> executor;
};

namespace {

void tell(const std::string& text, char* error, size_t size) {
  std::snprintf(error, size, "%s", text.c_str());
}

}  // namespace

const char* mien_peer_version() {
  static const std::string kVersion = mien::peers::library_version();
  return kVersion.c_str();
}

mien_peer* mien_peer_load(const char* path, int threads, char* error, size_t error_size) {
  try {
    auto package = mien::read_file(path);
    if (!package.ok()) {
      tell(package.status().message(), error, error_size);
      return nullptr;
    }
    auto peer = std::make_unique<mien_peer>();
    peer->package = std::move(*package);
    peer->executor = mien::peers::make_executor(peer->package.graph, threads);
    return peer.release();
  } catch (const std::exception& failure) {
    tell(failure.what(), error, error_size);
    return nullptr;
  }
}

int mien_peer_outputs(const mien_peer* peer) {
  return static_cast<int>(peer->package.graph.outputs.size());
}

int64_t mien_peer_output_elements(const mien_peer* peer, int output) {
  const mien::Graph& graph = peer->package.graph;
  return graph.value(graph.outputs[static_cast<size_t>(output)]).shape.elements();
}

int mien_peer_run(mien_peer* peer, const float* const* inputs, float* const* outputs, char* error, size_t error_size) {
  try {
    peer->executor->run(inputs, outputs);
    return 0;
  } catch (const std::exception& failure) {
    tell(failure.what(), error, error_size);
    return -1;
  }
}

void mien_peer_free(mien_peer* peer) {
  delete peer;
}
