#include "tests/app/square_faces.h"

#include <gtest/gtest.h>
#include <png.h>

#include <filesystem>

#include "engine/file/flat_file.h"
#include "tests/app/subprocess.h"
#include "tests/face/toy_detector.h"
#include "tests/face/written_pictures.h"

namespace mien::test {
namespace {

void set(Package* package, const std::string& name, const std::vector<float>& values) {
  for (Value& value : package->graph.values) {
    if (value.name != name) continue;
    ASSERT_EQ(static_cast<size_t>(value.shape.elements()), values.size()) << name;
    value.constant = make_constant(values);
    return;
  }
  FAIL() << "no constant " << name;
}

}  // namespace

std::string square_detector(int channel) {
  ToyDetector toy({"YuNet"}, 64, 64, 1);
  for (const char* stride : {"8", "16", "32"}) {
    const bool looks = std::string(stride) == "32";
    // Of the square's own colour 30 - 20, of black 10 - 20, of white and grey less.
    std::vector<float> weights(3, -10.0f);
    weights[static_cast<size_t>(channel)] = 10;
    set(&toy.package, std::string("cls_") + stride + ".w", weights);
    set(&toy.package, std::string("cls_") + stride + ".b", {looks ? -20.0f : -80.0f});
    set(&toy.package, std::string("obj_") + stride + ".w", std::vector<float>(3, 0.0f));
    set(&toy.package, std::string("obj_") + stride + ".b", {20.0f});
    set(&toy.package, std::string("bbox_") + stride + ".w", std::vector<float>(12, 0.0f));
    set(&toy.package, std::string("bbox_") + stride + ".b", {0.5f, 0.5f, 0, 0});
    set(&toy.package, std::string("kps_") + stride + ".w", std::vector<float>(30, 0.0f));
    set(&toy.package, std::string("kps_") + stride + ".b",
        {0.3f, 0.35f, 0.7f, 0.35f, 0.5f, 0.5f, 0.35f, 0.7f, 0.65f, 0.7f});
  }
  const std::string path = folder() + "/squares" + std::to_string(channel) + ".mien";
  const Status status = write_file(toy.package, path);
  EXPECT_TRUE(status.ok()) << status.message();
  return path;
}

Picture squares(int columns, int rows, const std::vector<Square>& faces) {
  Picture picture;
  picture.width = columns * kCell;
  picture.height = rows * kCell;
  picture.rgb.resize(size_t{3} * static_cast<size_t>(picture.width * picture.height));
  for (const Square& face : faces)
    for (int y = face.row * kCell; y < (face.row + 1) * kCell; ++y)
      for (int x = face.column * kCell; x < (face.column + 1) * kCell; ++x)
        for (int c = 0; c < 3; ++c)
          picture.rgb[static_cast<size_t>(3 * (y * picture.width + x) + c)] =
              static_cast<uint8_t>(c == face.channel ? 255 : face.shade);
  return picture;
}

std::string squares_file(const std::string& name, int columns, int rows, const std::vector<Square>& faces) {
  const std::string path = folder() + "/" + name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const Picture picture = squares(columns, rows, faces);
  write_bytes(path, write_png(picture.rgb, picture.width, picture.height, {PNG_COLOR_TYPE_RGB}));
  return path;
}

}  // namespace mien::test
