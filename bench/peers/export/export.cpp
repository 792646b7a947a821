// mien_bench_export: writes a network of models/ with its seeded weights as an ONNX file, for other engines to run.
// Exit code 0: written; 1: not; 2: usage.
#include <cstdio>
#include <fstream>
#include <string>

#include "bench/peers/export/export_onnx.h"
#include "models/networks.h"

namespace mien::bench {
namespace {

constexpr uint64_t kSeed = 0;  // as in all benchmarks

Status write_network(const std::string& network, const std::string& path) {
  const Result<Package> package = build_network(network, kSeed);
  if (!package.ok()) return package.status();
  const Result<std::string> bytes = export_onnx(package->graph);
  if (!bytes.ok()) return bytes.status();
  std::ofstream file(path, std::ios::binary);
  file.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  file.close();
  return file ? Status() : Status(Code::io, path + ": cannot be written");
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const std::string& name : network_names()) std::puts(name.c_str());
    return 0;
  }
  if (argc != 3) {
    std::fprintf(stderr, "usage: mien_bench_export NETWORK OUT.onnx\n       mien_bench_export --list\n");
    return 2;
  }
  const Status status = write_network(argv[1], argv[2]);
  if (!status.ok()) std::fprintf(stderr, "mien_bench_export: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mien::bench

int main(int argc, char** argv) {
  return mien::bench::run(argc, argv);
}
