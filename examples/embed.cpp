// Embeds one picture with the C++ interface: embed MODEL.mien < PIXELS.rgb
// PIXELS.rgb holds height x width x 3 bytes, R first, of an aligned face of the model's size.
#include <cstdio>
#include <exception>
#include <mien/mien.hpp>
#include <stdexcept>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: embed MODEL.mien < PIXELS.rgb");
  const mien::Model model = mien::Model::load(argv[1]);
  const mien_picture_info picture = model.picture();

  std::vector<unsigned char> rgb(static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width) * 3);
  if (std::fread(rgb.data(), 1, rgb.size(), stdin) != rgb.size()) throw std::runtime_error("the picture is too short");

  mien::Session session(model);
  for (float v : session.embed(rgb.data())) std::printf("%.9g\n", v);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
