// write_case FOLDER ISA [MODEL.mien PICTURE]: a model, a raw crop, and what the full build says its embedding is, as
// files for examples/minimal. Without a model one with untrained, seeded weights and a made-up crop: what is compared
// are bits. The picture must be a crop of the model's input size.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/file/flat_file.h"
#include "mien/face.hpp"
#include "models/networks.h"

namespace {

template <class T>
void write(const std::string& path, const std::vector<T>& values) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) throw std::runtime_error(path + ": cannot be written");
  const bool written = std::fwrite(values.data(), sizeof(T), values.size(), file) == values.size();
  if (std::fclose(file) != 0 || !written) throw std::runtime_error(path + ": cannot be written");
}

void write_seeded_model(const std::string& path) {
  const mien::Result<mien::Package> package = mien::build_network("mobilefacenet_relu6", 7);
  const mien::Status stored = package.ok() ? mien::write_file(*package, path) : package.status();
  if (!stored.ok()) throw std::runtime_error(stored.message());
}

std::vector<uint8_t> made_up_crop(const mien_picture_info& input) {
  std::vector<uint8_t> crop(static_cast<size_t>(input.height) * static_cast<size_t>(input.width) * 3);
  for (size_t i = 0; i < crop.size(); ++i) crop[i] = static_cast<uint8_t>((i * 131 + i / 336 * 17) % 253);
  return crop;
}

std::vector<uint8_t> decoded_crop(const std::string& path, const mien_picture_info& input) {
  const mien::abi1::Photo photo = mien::abi1::Photo::load(path);
  const mien_pixels pixels = photo.pixels();
  if (pixels.height != input.height || pixels.width != input.width)
    throw std::runtime_error(path + ": the model wants a crop of " + std::to_string(input.height) + "x" +
                             std::to_string(input.width));
  std::vector<uint8_t> crop;
  for (int32_t row = 0; row < pixels.height; ++row) {
    const uint8_t* begin = pixels.rgb + row * (pixels.stride ? pixels.stride : int64_t{3} * pixels.width);
    crop.insert(crop.end(), begin, begin + pixels.width * 3);
  }
  return crop;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 5) return std::fprintf(stderr, "usage: write_case FOLDER ISA [MODEL.mien PICTURE]\n"), 2;
  const std::string folder = argv[1], model_path = folder + "/model.mien";
  if (argc == 5) {
    std::filesystem::copy_file(argv[3], model_path, std::filesystem::copy_options::overwrite_existing);
  } else {
    write_seeded_model(model_path);
  }
  mien::LoadOptions options;
  options.isa = argv[2];
  const mien::abi1::Model model = mien::abi1::Model::load(model_path, options);
  const std::vector<uint8_t> crop = argc == 5 ? decoded_crop(argv[4], model.picture()) : made_up_crop(model.picture());
  mien::abi1::Session session(model);
  write(folder + "/crop.rgb", crop);
  write(folder + "/expected.f32", session.embed(crop.data()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
