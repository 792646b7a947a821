// Writes what the examples are run with: the command's recogniser, a crop, a photograph with two faces, a detector that
// finds them; and the answers of the engine itself, for every instruction set of this CPU.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "engine/file/flat_file.h"
#include "face/recognize.h"
#include "kernels/cpu.h"
#include "tests/app/square_faces.h"
#include "tests/app/subprocess.h"

namespace mien {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::write_bytes;

const std::string kFolder = MIEN_EXAMPLE_INPUTS "/";

std::string number(const char* form, double value) {
  char text[32];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

void write_text(const std::string& name, const std::string& text) {
  write_bytes(kFolder + name, std::vector<uint8_t>(text.begin(), text.end()));
}

// What the example that is given the crop prints.
std::string embedding_text(Embedder& embedder, const Picture& crop) {
  std::vector<float> embedding(static_cast<size_t>(embedder.dims()));
  const Picture* pointer = &crop;
  const Status status = embedder.embed(&pointer, 1, embedding.data());
  EXPECT_TRUE(status.ok()) << status.message();
  std::string text;
  for (const float v : embedding) text += number("%.9g", v) + "\n";
  return text;
}

// What the example that is given the photograph prints.
std::string faces_text(Detector& detector, Embedder& embedder) {
  Result<Photograph> photograph = find_faces(detector, bytes_of(kFolder + "photo.png"));
  EXPECT_TRUE(photograph.ok()) << photograph.status().message();
  EXPECT_EQ(photograph->faces.size(), 2u);
  const Result<std::vector<float>> embeddings = embed_faces(embedder, *photograph, {0, 1});
  EXPECT_TRUE(embeddings.ok()) << embeddings.status().message();
  const auto dims = static_cast<size_t>(embedder.dims());
  std::string text;
  for (size_t face = 0; face < 2; ++face) {
    const Box& box = photograph->faces[face].box;
    text += number("%g", box.left) + " " + number("%g", box.top) + " ";
    text += number("%g", box.right) + " " + number("%g", box.bottom);
    for (size_t i = 0; i < dims; ++i) text += " " + number("%.9g", (*embeddings)[face * dims + i]);
    text += "\n";
  }
  return text;
}

void write_answers(kernels::Isa isa, const Picture& crop) {
  ModelOptions options;
  options.isa = isa;
  const auto model = Model::load(kFolder + "model.mien", options);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const auto plain = Embedder::create(*model, {}, Flip::none);
  ASSERT_TRUE(plain.ok()) << plain.status().message();
  write_text(std::string("embedding.") + kernels::name_of(isa), embedding_text(**plain, crop));

  Result<Package> detects = read_file(kFolder + "detector.mien");
  ASSERT_TRUE(detects.ok()) << detects.status().message();
  DetectorOptions detector_options;
  detector_options.model = options;
  const auto detector = Detector::create(std::move(*detects), detector_options);
  ASSERT_TRUE(detector.ok()) << detector.status().message();
  const auto embedder = Embedder::create(*model);
  ASSERT_TRUE(embedder.ok()) << embedder.status().message();
  write_text(std::string("faces.") + kernels::name_of(isa), faces_text(**detector, **embedder));
}

TEST(ExampleInputs, AreWritten) {
  fs::remove_all(kFolder);
  fs::create_directories(kFolder);
  fs::copy_file(MIEN_SOURCE_DIR "/models/default/recogniser.mien", kFolder + "model.mien");
  Picture crop;
  crop.height = crop.width = 80;
  for (int i = 0; i < 80 * 80 * 3; ++i) crop.rgb.push_back(static_cast<uint8_t>(i * 37 % 251));
  write_bytes(kFolder + "pixels.rgb", crop.rgb);
  fs::copy_file(test::square_detector(), kFolder + "detector.mien");
  fs::copy_file(test::squares_file("photo.png", 8, 6, {{1, 1, 0, 0}, {5, 3, 0, 40}}), kFolder + "photo.png");

  int answers = 0;
  for (const kernels::Isa isa : kernels::kAllIsas)
    if (kernels::kernels_of(isa) != nullptr && kernels::usable(isa, kernels::detect_cpu()))
      write_answers(isa, crop), ++answers;
  EXPECT_GT(answers, 0);
}

}  // namespace
}  // namespace mien
