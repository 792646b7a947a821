// The verbs on pictures of every odd kind: the table in docs/PICTURES.md, row by row. Faces are squares, so that what
// must be found is known to the pixel.
#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "face/match.h"
#include "face/picture.h"
#include "tests/app/square_faces.h"
#include "tests/app/subprocess.h"
#include "tests/app/tiny_model.h"
#include "tests/face/written_pictures.h"

namespace mien::test {
namespace {

using nlohmann::json;
using Bytes = std::vector<uint8_t>;

// One face, at column 3 and row 1 of 6 x 4: neither in the middle nor at a place that turning leaves alone.
constexpr int kColumns = 6, kRows = 4;
Picture one_face() {
  return squares(kColumns, kRows, {{3, 1, 0, 20}});
}
constexpr double kBox[] = {3 * kCell, kCell, 4 * kCell, 2 * kCell};

std::string file_of(const std::string& name, const Bytes& bytes) {
  const std::string path = folder() + "/" + name;
  write_bytes(path, bytes);
  return path;
}
Bytes png_of(const Picture& picture) {
  return write_png(picture.rgb, picture.width, picture.height, {PNG_COLOR_TYPE_RGB});
}
Bytes jpeg_of(const Picture& picture) {
  return write_jpeg(picture.rgb, picture.width, picture.height, {});
}
std::string plain_file() {
  return file_of("plain.png", png_of(one_face()));
}

json detected(const std::string& path) {
  const Outcome outcome = mien({"detect", square_detector(), path, "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json answer = json::parse(outcome.out, nullptr, false);
  return answer.is_array() && !answer.empty() ? answer[0]["faces"] : json::array();
}

std::vector<float> embedding_in(const std::string& path) {
  const Outcome outcome = mien({"embed", square_detector(), tiny_model(), path, "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json answer = json::parse(outcome.out, nullptr, false);
  return answer.is_array() && answer.size() == 1 ? answer[0]["embedding"].get<std::vector<float>>()
                                                 : std::vector<float>(kDims);
}

double compared(const std::string& path) {
  const Outcome outcome = mien({"compare", square_detector(), tiny_model(), plain_file(), path, "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json answer = json::parse(outcome.out, nullptr, false);
  return answer.is_object() ? answer["cosine"].get<double>() : 0;
}

// All three verbs find the face where it is and take it for the one of the plain picture. least: of the cosine.
void expect_the_face(const std::string& path, double least, double off = 0.51, double scale = 1) {
  const json faces = detected(path);
  ASSERT_EQ(faces.size(), 1u) << path;
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(faces[0]["box"][i].get<double>(), scale * kBox[i], off) << path;
  const auto plain = embedding_in(plain_file()), odd = embedding_in(path);
  EXPECT_GE(cosine(plain.data(), odd.data(), kDims), least) << path;
  EXPECT_GE(compared(path), least) << path;
}

// A picture that can be read and shows nobody.
void expect_nobody(const std::string& path) {
  EXPECT_EQ(detected(path).size(), 0u) << path;
  expect_error(mien({"embed", square_detector(), tiny_model(), path}), 1, "no face found in " + path);
  expect_error(mien({"compare", square_detector(), tiny_model(), plain_file(), path}), 1, "no face found in " + path);
}

// Each verb names the file and says why, in one line.
void expect_refused(const std::string& path, const std::string& why, int code = 3) {
  for (const char* verb : {"detect", "embed", "compare"}) {
    std::vector<std::string> arguments = {verb, square_detector(), path};
    if (std::string(verb) != "detect") arguments.push_back(tiny_model());
    if (std::string(verb) == "compare") arguments.push_back(plain_file());
    const Outcome outcome = mien(arguments);
    expect_error(outcome, code, why);
    EXPECT_NE(outcome.err.find(path), std::string::npos) << outcome.err;
  }
}

TEST(OddPictures, NoFaceAndOnesTooSmallForAny) {
  expect_nobody(file_of("nobody.png", png_of(squares(3, 3, {}))));
  for (const int side : {1, 8}) {
    const Bytes pixels(static_cast<size_t>(3 * side * side), 200);
    expect_nobody(file_of("tiny" + std::to_string(side) + ".png",
                          write_png(pixels, side, side, {PNG_COLOR_TYPE_RGB})));
    expect_nobody(file_of("tiny" + std::to_string(side) + ".jpg", write_jpeg(pixels, side, side, {})));
  }
  const Bytes line(3 * 2000, 90);
  expect_nobody(file_of("line.png", write_png(line, 2000, 1, {PNG_COLOR_TYPE_RGB})));
}

TEST(OddPictures, SeveralFaces) {
  const std::string path = squares_file("several.png", 6, 4, {{0, 0, 0, 0}, {3, 1, 0, 20}, {5, 3, 0, 40}});
  EXPECT_EQ(detected(path).size(), 3u);
  const auto main = embedding_in(path), alone = embedding_in(plain_file());
  EXPECT_EQ(main, alone) << "the one nearest to the middle";
  EXPECT_NEAR(compared(path), 1, 1e-6);
}

// 11 megapixels: the detector looks at 640 x 427 of them, the answer is in pixels of the file.
TEST(OddPictures, HugeOnesThatCanBeRead) {
  constexpr int kTimes = 21;
  const Picture small = one_face();
  Picture large;
  large.width = kTimes * small.width;
  large.height = kTimes * small.height;
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x) {
      const uint8_t* pixel = small.rgb.data() + 3 * (y / kTimes * small.width + x / kTimes);
      large.rgb.insert(large.rgb.end(), pixel, pixel + 3);
    }
  for (const std::string& path : {file_of("large.jpg", jpeg_of(large)), file_of("large.png", png_of(large))}) {
    // One of the 640 is 6.3 of the file. The face has 107 of them and is found in each square of the grid inside it.
    const json faces = detected(path);
    ASSERT_GE(faces.size(), 1u);
    for (const json& face : faces) {
      const double x = (face["box"][0].get<double>() + face["box"][2].get<double>()) / 2;
      const double y = (face["box"][1].get<double>() + face["box"][3].get<double>()) / 2;
      EXPECT_GT(x, kTimes * kBox[0]);
      EXPECT_LT(x, kTimes * kBox[2]);
      EXPECT_GT(y, kTimes * kBox[1]);
      EXPECT_LT(y, kTimes * kBox[3]);
    }
  }
}

void store_side(Bytes* png, size_t at, uint32_t side) {
  for (int i = 0; i < 4; ++i) (*png)[at + static_cast<size_t>(i)] = static_cast<uint8_t>(side >> (24 - 8 * i));
}

// 40000 x 40000 pixels would be 4.8 GB.
TEST(OddPictures, HugeOnesThatCannot) {
  Bytes png = png_of(one_face()), jpeg = jpeg_of(one_face());
  store_side(&png, 16, 40000);
  store_side(&png, 20, 40000);
  uint32_t crc = ~0u;
  for (size_t i = 12; i < 29; ++i) {
    crc ^= png[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (~(crc & 1) + 1));
  }
  store_side(&png, 29, ~crc);
  expect_refused(file_of("huge.png", png), "40000x40000");
  constexpr uint8_t kFrame[] = {0xFF, 0xC0};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin(kFrame), std::end(kFrame));
  ASSERT_NE(frame, jpeg.end());
  for (const int high : {5, 7}) frame[high] = 40000 >> 8, frame[high + 1] = 40000 & 255;
  const std::string path = file_of("huge.jpg", jpeg);
  expect_refused(path, "40000x40000");
#if !defined(__SANITIZE_ADDRESS__)  // whose own memory is counted with the process's
  EXPECT_LT(mien({"detect", square_detector(), path}).peak_bytes, int64_t{300} << 20);
#endif
}

// How the upright picture lies in a file of each orientation, by EXIF 2.32.
Picture stored(const Picture& upright, int orientation) {
  const int right = upright.width - 1, bottom = upright.height - 1;
  Picture file;
  file.width = orientation >= 5 ? upright.height : upright.width;
  file.height = orientation >= 5 ? upright.width : upright.height;
  file.rgb.resize(upright.rgb.size());
  for (int y = 0; y <= bottom; ++y)
    for (int x = 0; x <= right; ++x) {
      const int places[8][2] = {{x, y}, {right - x, y}, {right - x, bottom - y}, {x, bottom - y},
                                {y, x}, {y, right - x}, {bottom - y, right - x}, {bottom - y, x}};
      const int* place = places[orientation - 1];
      std::copy_n(upright.rgb.data() + 3 * (y * upright.width + x), 3,
                  file.rgb.data() + 3 * (place[1] * file.width + place[0]));
    }
  return file;
}

TEST(OddPictures, TurnedByExif) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture picture = stored(one_face(), orientation);
    const std::string name = "turned" + std::to_string(orientation);
    const std::string png = file_of(name + ".png", png_with_exif(png_of(picture), exif(orientation, true)));
    const std::string jpeg = file_of(name + ".jpg", jpeg_with_exif(jpeg_of(picture), exif(orientation, false)));
    EXPECT_EQ(load_picture(png)->rgb, one_face().rgb) << orientation;
    expect_the_face(png, 0.999999);
    expect_the_face(jpeg, 0.99);
  }
}

TEST(OddPictures, SixteenBitsAlphaInterlacingAndPalette) {
  const Picture picture = one_face();
  const auto png = [&](const Bytes& samples, const PngForm& form) {
    return write_png(samples, picture.width, picture.height, form);
  };
  expect_the_face(file_of("sixteen.png", png(picture.rgb, {PNG_COLOR_TYPE_RGB, 16})), 0.999999);
  expect_the_face(file_of("interlaced.png", png(picture.rgb, {PNG_COLOR_TYPE_RGB, 8, true})), 0.999999);
  Bytes with_alpha;
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    with_alpha.insert(with_alpha.end(), picture.rgb.begin() + static_cast<ptrdiff_t>(i),
                      picture.rgb.begin() + static_cast<ptrdiff_t>(i) + 3);
    with_alpha.push_back(0);
  }
  expect_the_face(file_of("transparent.png", png(with_alpha, {PNG_COLOR_TYPE_RGBA})), 0.999999);
  // The palette's colour 255 is red with half of blue, its colour 0 is green: the square is still the reddest.
  Bytes indices;
  for (size_t i = 0; i < picture.rgb.size(); i += 3) indices.push_back(picture.rgb[i] == 255 ? 255 : 0);
  EXPECT_EQ(load_picture(file_of("palette.png", png(indices, {PNG_COLOR_TYPE_PALETTE})))->rgb.size(),
            picture.rgb.size());
}

TEST(OddPictures, InksAndProgressiveJpeg) {
  const Picture picture = one_face();
  Bytes inks;  // inverted, as Adobe stores them: 255 is none
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    inks.insert(inks.end(), picture.rgb.begin() + static_cast<ptrdiff_t>(i),
                picture.rgb.begin() + static_cast<ptrdiff_t>(i) + 3);
    inks.push_back(255);
  }
  JpegForm form;
  form.progressive = true;
  expect_the_face(file_of("progressive.jpg", write_jpeg(picture.rgb, picture.width, picture.height, form)), 0.99);
  form = {};
  form.components = 4;
  expect_the_face(file_of("inks.jpg", write_jpeg(inks, picture.width, picture.height, form)), 0.99);
  form.ycck = true;
  expect_the_face(file_of("ycck.jpg", write_jpeg(inks, picture.width, picture.height, form)), 0.99);
}

// The detector of squares sees colours, so greys come as crops.
TEST(OddPictures, GreyOnesAreTheSameInColour) {
  const Bytes grey = pattern(kSide, kSide, 1);
  Bytes rgb;
  for (const uint8_t v : grey) rgb.insert(rgb.end(), 3, v);
  const std::string colour = file_of("colour.png", write_png(rgb, kSide, kSide, {PNG_COLOR_TYPE_RGB}));
  JpegForm form;
  form.components = 1;
  const std::string files[] = {
      file_of("grey.png", write_png(grey, kSide, kSide, {PNG_COLOR_TYPE_GRAY})),
      file_of("grey16.png", write_png(grey, kSide, kSide, {PNG_COLOR_TYPE_GRAY, 16})),
      file_of("grey.jpg", write_jpeg(grey, kSide, kSide, form)),
  };
  for (const std::string& path : files) {
    const Outcome outcome = mien({"compare", tiny_model(), colour, path, "--aligned", "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_GE(json::parse(outcome.out, nullptr, false)["cosine"].get<double>(), path == files[2] ? 0.999 : 0.9999999)
        << path;
  }
  Bytes square(static_cast<size_t>(3 * 96 * 96), 0);
  expect_nobody(file_of("grey_photo.png", write_png(square, 96, 96, {PNG_COLOR_TYPE_RGB})));
}

TEST(OddPictures, TruncatedOnesAreErrorsThatNameTheByte) {
  const Picture picture = one_face();
  JpegForm progressive;
  progressive.progressive = true;
  const std::pair<const char*, Bytes> files[] = {
      {"cut.png", png_of(picture)},
      {"cut.jpg", jpeg_of(picture)},
      {"cut_progressive.jpg", write_jpeg(picture.rgb, picture.width, picture.height, progressive)},
  };
  for (const auto& [name, whole] : files)
    for (const double share : {0.1, 0.5, 0.9}) {
      const auto left = static_cast<ptrdiff_t>(share * static_cast<double>(whole.size()));
      expect_refused(file_of(name, {whole.begin(), whole.begin() + left}), "byte");
    }
}

TEST(OddPictures, WhatIsNoPictureOfAKnownKind) {
  expect_refused(file_of("empty.jpg", {}), "empty.jpg");
  expect_refused(file_of("animated.png", {'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0, 0, 0, ';'}), "GIF");
  expect_refused(file_of("text.png", {'n', 'o', ' ', 'p', 'i', 'c', 't', 'u', 'r', 'e'}), "text.png");
  std::filesystem::create_directories(folder() + "/empty_album");
  expect_error(mien({"detect", square_detector(), folder() + "/empty_album"}), 3, "empty_album");
}

// Files of a few hundred bytes that crash, or keep busy for minutes, a well-known decoder.
TEST(OddPictures, HostileJpegs) {
  const std::string hostile = std::string(MIEN_SHARED_DIR) + "/fixtures/hostile_jpeg";
  if (!std::filesystem::exists(hostile)) GTEST_SKIP() << "no " << hostile;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(hostile)) {
    ++files;
    expect_refused(entry.path().string(), "JPEG");
    const Outcome outcome = mien({"detect", square_detector(), entry.path().string()});
    EXPECT_LT(outcome.seconds, 5) << entry.path();
  }
  EXPECT_EQ(files, 12);
}

}  // namespace
}  // namespace mien::test
