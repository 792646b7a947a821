// write_case FOLDER ISA: a network with seeded weights, a crop, and what the full build says its embedding is, as files
// for the program of the minimal build. The weights are untrained: what is compared are bits.
#include <cstdio>
#include <string>
#include <vector>

#include "engine/file/flat_file.h"
#include "mien/mien.hpp"
#include "models/networks.h"

namespace {

template <class T>
bool write(const std::string& path, const std::vector<T>& values) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return false;
  const bool written = std::fwrite(values.data(), sizeof(T), values.size(), file) == values.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: write_case FOLDER ISA\n"), 2;
  const std::string folder = argv[1];
  const mien::Result<mien::Package> package = mien::build_network("mobilefacenet_relu6", 7);
  if (!package.ok()) return std::fprintf(stderr, "%s\n", package.status().message().c_str()), 1;
  const mien::Status stored = mien::write_file(*package, folder + "/model.mien");
  if (!stored.ok()) return std::fprintf(stderr, "%s\n", stored.message().c_str()), 1;

  mien::LoadOptions options;
  options.isa = argv[2];
  const mien::abi1::Model model = mien::abi1::Model::load(folder + "/model.mien", options);
  const mien_picture_info picture = model.picture();
  std::vector<uint8_t> crop(static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width) * 3);
  for (size_t i = 0; i < crop.size(); ++i) crop[i] = static_cast<uint8_t>((i * 131 + i / 336 * 17) % 253);
  mien::abi1::Session session(model);
  const std::vector<float> embedding = session.embed(crop.data());
  return write(folder + "/crop.rgb", crop) && write(folder + "/expected.f32", embedding) ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
