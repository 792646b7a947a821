// Embeds one picture on all threads that this process may use: embed_tbb MODEL.mien < PIXELS.rgb
#include <cstdio>
#include <exception>
#include <mien/mien.hpp>
#include <mien/tbb.h>
#include <stdexcept>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: embed_tbb MODEL.mien < PIXELS.rgb");
  const mien::Model model = mien::Model::load(argv[1]);
  mien::SessionOptions options;
  options.width = mien_tbb_parallel(0, &options.parallel_for, &options.parallel_context);
  mien::Session session(model, options);

  const mien_picture_info picture = model.picture();
  std::vector<unsigned char> rgb(static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width) * 3);
  if (std::fread(rgb.data(), 1, rgb.size(), stdin) != rgb.size()) throw std::runtime_error("the picture is too short");
  for (float v : session.embed(rgb.data())) std::printf("%.9g\n", v);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
