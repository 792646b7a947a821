// Embeds one picture with the C++ interface: embed MODEL.mien PIXELS.rgb
// PIXELS.rgb holds height x width x 3 bytes, R first, of an aligned face of the model's size.
#include <cstdio>
#include <exception>
#include <fstream>
#include <mien/mien.hpp>
#include <stdexcept>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: embed MODEL.mien PIXELS.rgb");
  const mien::Model model = mien::Model::load(argv[1]);
  const mien_picture_info picture = model.picture();

  std::vector<char> rgb(static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width) * 3);
  std::ifstream file(argv[2], std::ios::binary);
  if (!file.read(rgb.data(), static_cast<std::streamsize>(rgb.size())))
    throw std::runtime_error("the pixels cannot be read");

  mien::Session session(model);
  for (float v : session.embed(reinterpret_cast<const unsigned char*>(rgb.data()))) std::printf("%.9g\n", v);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
