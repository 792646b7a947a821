// write_case FOLDER ISA [MODEL.mien PICTURE DETECTOR.mien]: a model, a raw crop, and what the full build says its
// embedding is, as files for examples/minimal. Without a model one with untrained, seeded weights and a made-up crop:
// what is compared are bits. A picture of the model's input size is the crop; in another the detector finds the face.
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

std::vector<uint8_t> tightly_packed(const mien_pixels& pixels) {
  std::vector<uint8_t> crop;
  for (int32_t row = 0; row < pixels.height; ++row) {
    const uint8_t* begin = pixels.rgb + row * (pixels.stride ? pixels.stride : int64_t{3} * pixels.width);
    crop.insert(crop.end(), begin, begin + pixels.width * 3);
  }
  return crop;
}

std::vector<uint8_t> crop_of(const std::string& path, const std::string& detector, const mien::abi1::Model& model) {
  const mien::abi1::Photo photo = mien::abi1::Photo::load(path);
  const mien_pixels pixels = photo.pixels();
  if (pixels.height == model.picture().height && pixels.width == model.picture().width) return tightly_packed(pixels);
  const std::vector<mien_face> faces = mien::abi1::FaceDetector::load(detector).detect(pixels);
  if (faces.empty()) throw std::runtime_error(path + ": no face found");
  return mien::abi1::align_face(pixels, faces[0], model);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 6)
    return std::fprintf(stderr, "usage: write_case FOLDER ISA [MODEL.mien PICTURE DETECTOR.mien]\n"), 2;
  const std::string folder = argv[1], model_path = folder + "/model.mien";
  if (argc == 6) {
    std::filesystem::copy_file(argv[3], model_path, std::filesystem::copy_options::overwrite_existing);
  } else {
    write_seeded_model(model_path);
  }
  mien::LoadOptions options;
  options.isa = argv[2];
  const mien::abi1::Model model = mien::abi1::Model::load(model_path, options);
  const std::vector<uint8_t> crop = argc == 6 ? crop_of(argv[4], argv[5], model) : made_up_crop(model.picture());
  mien::abi1::Session session(model);
  write(folder + "/crop.rgb", crop);
  write(folder + "/expected.f32", session.embed(crop.data()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
