// The C interface to pictures, detection, alignment and embedding, on networks whose answer is computed by hand.
#include <gtest/gtest.h>
#include <mien/face.h>
#include <png.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "engine/file/flat_file.h"
#include "face/detector.h"
#include "tests/engine/counting_allocator.h"
#include "tests/engine/picture_model.h"
#include "tests/face/face_header_c99.h"
#include "tests/face/gallery_support.h"
#include "tests/face/toy_detector.h"
#include "tests/face/written_pictures.h"

namespace mien {
namespace {

using namespace mien::testing;
using gallery_test::Folder;
using test::blocks;
using test::ToyDetector;

mien_pixels pixels_of(const Picture& picture) {
  mien_pixels pixels = MIEN_PIXELS_INIT;
  pixels.rgb = picture.rgb.data();
  pixels.height = picture.height;
  pixels.width = picture.width;
  return pixels;
}

// Its face record cuts boxes as they are, without a margin, and so a box of the network's size is its crop.
Package box_package() {
  Package package = picture_package();
  package.face.margin = 0;
  return package;
}

mien_face box_of_crop(int left, int top) {
  mien_face face = {};
  const auto x = static_cast<float>(left), y = static_cast<float>(top);
  const float box[] = {x, y, x + kW, y + kH};
  std::memcpy(face.box, box, sizeof box);
  return face;
}

std::vector<uint8_t> cut(const Picture& picture, int left, int top) {
  std::vector<uint8_t> crop;
  for (int y = top; y < top + kH; ++y) {
    const auto* row = picture.rgb.data() + 3 * (y * picture.width + left);
    crop.insert(crop.end(), row, row + 3 * kW);
  }
  return crop;
}

std::vector<uint8_t> mirrored(const std::vector<uint8_t>& rgb) {
  std::vector<uint8_t> out;
  for (size_t y = 0; y < kH; ++y)
    for (size_t x = kW; x-- > 0;) out.insert(out.end(), &rgb[(y * kW + x) * 3], &rgb[(y * kW + x) * 3] + 3);
  return out;
}

class FaceCApi : public ::testing::Test {
 protected:
  void TearDown() override {
    mien_embedder_free(embedder_);
    mien_detector_free(detector_);
    mien_picture_free(picture_);
    mien_model_free(model_);
  }
  std::string stored(const Package& package) {
    const std::string path = folder_.file("m.mien");
    const Status status = write_file(package, path);
    EXPECT_TRUE(status.ok()) << status.message();
    return path;
  }
  void load(const Package& package) {
    ASSERT_EQ(mien_model_load(stored(package).c_str(), nullptr, &model_, &error_), MIEN_OK) << error_.message;
  }
  void open(const Package& package, int32_t max_batch, int32_t flip = MIEN_FLIP_OF_MODEL) {
    load(package);
    mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
    options.max_batch = max_batch;
    ASSERT_EQ(mien_embedder_create(model_, &options, flip, &embedder_, &error_), MIEN_OK) << error_.message;
  }
  void detect_with(const ToyDetector& toy, const mien_detector_options* options = nullptr) {
    const std::string path = stored(toy.package);
    ASSERT_EQ(mien_detector_create(path.c_str(), options, &detector_, &error_), MIEN_OK) << error_.message;
  }

  Folder folder_;
  mien_error error_ = MIEN_ERROR_INIT;
  mien_model* model_ = nullptr;
  mien_picture* picture_ = nullptr;
  mien_detector* detector_ = nullptr;
  mien_embedder* embedder_ = nullptr;
};

TEST_F(FaceCApi, Header) {
  EXPECT_EQ(mien_face_abi_version(), 2u);
  EXPECT_EQ(MIEN_FACE_ABI_VERSION, 2);
  EXPECT_EQ(face_initialisers_set_sizes(), 1);
}

TEST_F(FaceCApi, DecodesPictures) {
  const std::vector<uint8_t> rgb = test::pattern(31, 17, 3);
  const std::vector<uint8_t> png = test::write_png(rgb, 31, 17, {PNG_COLOR_TYPE_RGB});
  ASSERT_EQ(mien_picture_decode(png.data(), png.size(), nullptr, &picture_, &error_), MIEN_OK) << error_.message;
  mien_pixels pixels = MIEN_PIXELS_INIT;
  ASSERT_EQ(mien_picture_get_pixels(picture_, &pixels, &error_), MIEN_OK);
  EXPECT_EQ(pixels.height, 17);
  EXPECT_EQ(pixels.width, 31);
  EXPECT_EQ(pixels.stride, 93);
  EXPECT_EQ(pixels.reduction, 1);
  EXPECT_EQ(std::vector<uint8_t>(pixels.rgb, pixels.rgb + rgb.size()), rgb);
  mien_picture_free(picture_);
  const std::string path = folder_.file("p.png");
  gallery_test::write_bytes(path, png);
  ASSERT_EQ(mien_picture_load(path.c_str(), nullptr, &picture_, &error_), MIEN_OK) << error_.message;
  EXPECT_EQ(mien_picture_get_pixels(picture_, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_picture_get_pixels(nullptr, &pixels, &error_), MIEN_BAD_ARGUMENT);
  pixels.struct_size -= 1;
  EXPECT_EQ(mien_picture_get_pixels(picture_, &pixels, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(FaceCApi, BadPicturesAndBadOptions) {
  const std::vector<uint8_t> png = test::write_png(test::pattern(31, 17, 3), 31, 17, {PNG_COLOR_TYPE_RGB});
  const auto code_of = [&](size_t size, void (*change)(mien_decode_options&)) {
    mien_decode_options options = MIEN_DECODE_OPTIONS_INIT;
    change(options);
    picture_ = reinterpret_cast<mien_picture*>(this);  // must be set to null
    const mien_code code = mien_picture_decode(png.data(), size, &options, &picture_, &error_);
    EXPECT_EQ(picture_, nullptr);
    return code;
  };
  for (size_t size = 0; size < png.size(); ++size) {
    const mien_code code = code_of(size, [](mien_decode_options&) {});
    ASSERT_TRUE(code == MIEN_CORRUPT || code == MIEN_UNREADABLE) << size << ": " << mien_code_name(code);
    ASSERT_EQ(error_.code, code);
  }
  EXPECT_EQ(code_of(png.size(), [](mien_decode_options& o) { o.reduction = 3; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of(png.size(), [](mien_decode_options& o) { o.max_bytes = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of(png.size(), [](mien_decode_options& o) { o.struct_size = 8; }), MIEN_BAD_ARGUMENT);
  EXPECT_NE(code_of(png.size(), [](mien_decode_options& o) { o.max_pixels = 31 * 17 - 1; }), MIEN_OK);
  EXPECT_EQ(mien_picture_decode(nullptr, 4, nullptr, &picture_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_picture_decode(png.data(), png.size(), nullptr, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_picture_load(nullptr, nullptr, &picture_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_picture_load(folder_.file("none").c_str(), nullptr, &picture_, &error_), MIEN_UNREADABLE);
  mien_picture_free(nullptr);
}

TEST_F(FaceCApi, DetectsWhatAPlainComputationFinds) {
  const ToyDetector toy({"SCRFD", 2}, 128, 256, 5);
  detect_with(toy);
  mien_detector_info info = MIEN_DETECTOR_INFO_INIT;
  ASSERT_EQ(mien_detector_get_info(detector_, &info, &error_), MIEN_OK);
  EXPECT_STREQ(info.family, "SCRFD");
  EXPECT_EQ(info.has_landmarks, 1);
  EXPECT_EQ(info.any_size, 1);
  EXPECT_EQ(info.min_score, 0.5f);
  EXPECT_EQ(info.overlap, 0.4f);
  const Picture picture = blocks(256, 128, 9);
  const std::vector<Face> expected = toy.plain(picture, 0.5, double{info.overlap});
  ASSERT_GT(expected.size(), 3u);
  const mien_pixels pixels = pixels_of(picture);
  std::vector<mien_face> faces(expected.size() + 1);
  int32_t count = -1;
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, faces.data(), static_cast<int32_t>(faces.size()), &count, &error_),
            MIEN_OK)
      << error_.message;
  ASSERT_EQ(static_cast<size_t>(count), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(faces[i].score, expected[i].score, 1e-5f);
    EXPECT_NEAR(faces[i].box[0], expected[i].box.left, 2e-3f);
    EXPECT_NEAR(faces[i].box[1], expected[i].box.top, 2e-3f);
    EXPECT_NEAR(faces[i].box[2], expected[i].box.right, 2e-3f);
    EXPECT_NEAR(faces[i].box[3], expected[i].box.bottom, 2e-3f);
    for (size_t k = 0; k < 5; ++k) {
      EXPECT_NEAR(faces[i].landmarks[k][0], expected[i].landmarks[k].x, 2e-3f);
      EXPECT_NEAR(faces[i].landmarks[k][1], expected[i].landmarks[k].y, 2e-3f);
    }
  }
}

TEST_F(FaceCApi, TheCapacityAndTheStrideAreTheCallers) {
  detect_with(ToyDetector({"SCRFD", 2}, 128, 256, 5));
  const Picture picture = blocks(256, 128, 9);
  mien_pixels pixels = pixels_of(picture);
  constexpr int32_t kRoom = 1000;
  std::vector<mien_face> all(kRoom), strided(kRoom);
  mien_face two[3];
  int32_t count = 0, again = 0;
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, all.data(), kRoom, &count, &error_), MIEN_OK);
  ASSERT_GT(count, 3);
  ASSERT_LE(count, kRoom);
  // A capacity that is too small: the best ones, and how many there are.
  std::memset(two, 0x55, sizeof two);
  const mien_face untouched = two[2];
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, two, 2, &again, &error_), MIEN_OK);
  EXPECT_EQ(again, count);
  EXPECT_EQ(std::memcmp(two, all.data(), sizeof(mien_face) * 2), 0);
  EXPECT_EQ(std::memcmp(&two[2], &untouched, sizeof untouched), 0);
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, nullptr, 0, &again, &error_), MIEN_OK);
  EXPECT_EQ(again, count);
  // The same picture as a part of a wider one.
  std::vector<uint8_t> wide(128 * 1000);
  for (size_t y = 0; y < 128; ++y) std::copy_n(&picture.rgb[y * 768], 768, &wide[y * 1000]);
  pixels.rgb = wide.data();
  pixels.stride = 1000;
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, strided.data(), kRoom, &again, &error_), MIEN_OK);
  ASSERT_EQ(again, count);
  EXPECT_EQ(std::memcmp(strided.data(), all.data(), sizeof(mien_face) * static_cast<size_t>(count)), 0);
}

TEST_F(FaceCApi, DetectorsFromMemoryAndWithThreads) {
  const ToyDetector toy({"YuNet", 1}, 128, 256, 5);
  const auto bytes = serialize(toy.package);
  ASSERT_TRUE(bytes.ok());
  mien_detector_options options = MIEN_DETECTOR_OPTIONS_INIT;
  options.width = 2;
  options.min_score = 0.75f;
  options.parallel_for = [](void*, int bodies, void (*body)(void*, int), void* arg) {
    std::vector<std::thread> others;
    for (int i = 1; i < bodies; ++i) others.emplace_back(body, arg, i);
    body(arg, 0);
    for (std::thread& other : others) other.join();
  };
  ASSERT_EQ(mien_detector_create_memory(bytes->data(), bytes->size(), &options, &detector_, &error_), MIEN_OK)
      << error_.message;
  const Picture picture = blocks(256, 128, 9);
  const mien_pixels pixels = pixels_of(picture);
  int32_t count = 0;
  ASSERT_EQ(mien_detector_detect(detector_, &pixels, nullptr, 0, &count, &error_), MIEN_OK) << error_.message;
  EXPECT_EQ(static_cast<size_t>(count), toy.plain(picture, 0.75, 0.3).size());
}

TEST_F(FaceCApi, ADetectorTakesTheCallersAllocatorAndLog) {
  const ToyDetector toy({"YuNet", 1}, 128, 256, 5);
  const auto bytes = serialize(toy.package);
  ASSERT_TRUE(bytes.ok());
  // Not at a multiple of 64, where the weights would be used as they lie and no memory were asked for.
  std::vector<uint8_t> room(bytes->size() + 1);
  uint8_t* data = room.data() + (reinterpret_cast<uintptr_t>(room.data()) % 64 == 0 ? 1 : 0);
  std::copy(bytes->begin(), bytes->end(), data);
  testing_support::CountingAllocator counting;
  const mien_allocator allocator = counting.c();
  std::string lines;
  mien_detector_options options = MIEN_DETECTOR_OPTIONS_INIT;
  options.allocator = &allocator;
  options.check_weights = 0;
  options.log_context = &lines;
  options.log = [](void* context, int32_t, const char* message) { *static_cast<std::string*>(context) += message; };
  const auto create = [&] {
    return mien_detector_create_memory(data, bytes->size(), &options, &detector_, &error_);
  };
  ASSERT_EQ(create(), MIEN_OK) << error_.message;
  EXPECT_NE(lines.find("the weights were not checked"), std::string::npos) << lines;
  EXPECT_GT(counting.bytes(), 0);
  mien_detector_free(detector_);
  EXPECT_EQ(counting.bytes(), 0);
  counting.fail(0);
  EXPECT_EQ(create(), MIEN_OUT_OF_MEMORY);
  counting.fail_never();
  options.struct_size = offsetof(mien_detector_options, log);  // a program of version 1
  options.allocator = nullptr;
  lines.clear();
  EXPECT_EQ(create(), MIEN_OK) << error_.message;
  EXPECT_EQ(lines, "");
}

TEST_F(FaceCApi, DetectorMistakes) {
  const std::string path = stored(ToyDetector({"SCRFD", 2}, 128, 256, 5).package);
  const auto code_of = [&](void (*change)(mien_detector_options&)) {
    mien_detector_options options = MIEN_DETECTOR_OPTIONS_INIT;
    change(options);
    return mien_detector_create(path.c_str(), &options, &detector_, &error_);
  };
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.min_score = 1.5f; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.overlap = NAN; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.side = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.isa = "vax"; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.width = 2; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_detector_options& o) { o.struct_size = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(detector_, nullptr);
  EXPECT_EQ(mien_detector_create(nullptr, nullptr, &detector_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_create(path.c_str(), nullptr, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_create_memory(nullptr, 9, nullptr, &detector_, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_create_memory("no model", 8, nullptr, &detector_, &error_), MIEN_UNREADABLE);
  EXPECT_EQ(mien_detector_create(stored(picture_package()).c_str(), nullptr, &detector_, &error_), MIEN_BAD_ARGUMENT);
  mien_detector_free(nullptr);
}

TEST_F(FaceCApi, LooksAtFacesAgain) {
  const ToyDetector toy({"SCRFD", 2}, 128, 256, 5);
  detect_with(toy);
  const Picture picture = blocks(256, 128, 9);
  const mien_pixels pixels = pixels_of(picture);
  mien_face faces[2] = {{{10, 10, 60, 70}, 0.5f, {{20, 30}, {50, 30}, {35, 40}, {25, 60}, {45, 60}}}, {}};
  faces[1] = faces[0];
  faces[1].box[2] = NAN;
  ASSERT_EQ(mien_detector_refine(detector_, &pixels, faces, 1, &error_), MIEN_OK) << error_.message;
  Face inside;
  inside.box = {10, 10, 60, 70};
  for (size_t k = 0; k < 5; ++k) inside.landmarks[k] = {faces[1].landmarks[k][0], faces[1].landmarks[k][1]};
  const auto detector = Detector::create(toy.package);
  ASSERT_TRUE(detector.ok() && (*detector)->refine(picture, &inside).ok());
  EXPECT_EQ(faces[0].score, 0.5f);
  for (size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(faces[0].landmarks[k][0], inside.landmarks[k].x);
    EXPECT_EQ(faces[0].landmarks[k][1], inside.landmarks[k].y);
  }
  EXPECT_EQ(mien_detector_refine(detector_, &pixels, nullptr, 0, &error_), MIEN_OK) << error_.message;
  EXPECT_EQ(mien_detector_refine(detector_, &pixels, nullptr, 1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_refine(detector_, &pixels, faces, -1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_refine(detector_, nullptr, faces, 1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_refine(nullptr, &pixels, faces, 1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_refine(detector_, &pixels, faces, 2, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(std::string(error_.message).rfind("face 1: ", 0), 0u) << error_.message;
}

TEST_F(FaceCApi, PixelMistakes) {
  detect_with(ToyDetector({"SCRFD", 2}, 128, 256, 5));
  const Picture picture = blocks(256, 128, 9);
  const auto code_of = [&](void (*change)(mien_pixels&)) {
    mien_pixels pixels = pixels_of(picture);
    change(pixels);
    int32_t count = 7;
    const mien_code code = mien_detector_detect(detector_, &pixels, nullptr, 0, &count, &error_);
    EXPECT_EQ(count, 0);
    return code;
  };
  EXPECT_EQ(code_of([](mien_pixels& p) { p.rgb = nullptr; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.height = 0; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.width = -1; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.width = p.height = std::numeric_limits<int32_t>::max(); }),
            MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.stride = 767; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.reduction = -1; }), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(code_of([](mien_pixels& p) { p.struct_size = 0; }), MIEN_BAD_ARGUMENT);
  const mien_pixels pixels = pixels_of(picture);
  int32_t count = 7;
  EXPECT_EQ(mien_detector_detect(detector_, nullptr, nullptr, 0, &count, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_detect(nullptr, &pixels, nullptr, 0, &count, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_detect(detector_, &pixels, nullptr, 1, &count, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_detect(detector_, &pixels, nullptr, -1, &count, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_detector_detect(detector_, &pixels, nullptr, 0, nullptr, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(FaceCApi, AlignsAndEmbeds) {
  open(box_package(), 2);
  ASSERT_EQ(mien_embedder_dims(embedder_), 2 * kOut);  // the record says concat
  const Picture picture = blocks(64, 48, 3);
  const mien_pixels pixels = pixels_of(picture);
  // More than one batch, and not a multiple of it.
  const int lefts[] = {6, 30, 21};
  std::vector<mien_face> faces;
  std::vector<uint8_t> crops;
  for (const int left : lefts) {
    faces.push_back(box_of_crop(left, left + 9));
    uint8_t crop[3 * kPixels + 1];
    crop[3 * kPixels] = 77;
    ASSERT_EQ(mien_face_align(&pixels, &faces.back(), model_, crop, sizeof crop, &error_), MIEN_OK) << error_.message;
    EXPECT_EQ(crop[3 * kPixels], 77);
    EXPECT_EQ(std::vector<uint8_t>(crop, crop + 3 * kPixels), cut(picture, left, left + 9));
    crops.insert(crops.end(), crop, crop + 3 * kPixels);
  }
  float of_crops[3][2 * kOut], of_faces[3][2 * kOut];
  ASSERT_EQ(mien_embedder_embed(embedder_, crops.data(), 3, of_crops[0], &error_), MIEN_OK) << error_.message;
  ASSERT_EQ(mien_embedder_embed_faces(embedder_, &pixels, faces.data(), 3, of_faces[0], &error_), MIEN_OK)
      << error_.message;
  EXPECT_EQ(std::memcmp(of_crops, of_faces, sizeof of_crops), 0);
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<uint8_t> crop = cut(picture, lefts[i], lefts[i] + 9);
    for (int o = 0; o < kOut; ++o) {
      EXPECT_NEAR(of_crops[i][o], expected(normalized(crop), o), 1e-3);
      EXPECT_NEAR(of_crops[i][o + kOut], expected(normalized(mirrored(crop)), o), 1e-3);
    }
  }
}

TEST_F(FaceCApi, TheFlipCanBeChosenAndTheModelFreed) {
  open(box_package(), 1, MIEN_FLIP_NONE);
  EXPECT_EQ(mien_embedder_dims(embedder_), kOut);
  mien_model_free(model_);
  model_ = nullptr;
  float embedding[kOut];
  ASSERT_EQ(mien_embedder_embed(embedder_, picture(4).data(), 1, embedding, &error_), MIEN_OK) << error_.message;
  EXPECT_NEAR(embedding[1], expected(normalized(picture(4)), 1), 1e-4);
}

TEST_F(FaceCApi, EmbedderMistakes) {
  open(box_package(), 1);
  mien_embedder* other = nullptr;
  for (int32_t flip : {-2, 3})
    EXPECT_EQ(mien_embedder_create(model_, nullptr, flip, &other, &error_), MIEN_BAD_ARGUMENT);
  mien_session_options options = MIEN_SESSION_OPTIONS_INIT;
  options.max_batch = 4097;
  EXPECT_EQ(mien_embedder_create(model_, &options, -1, &other, &error_), MIEN_BAD_ARGUMENT);
  options.struct_size = 1;
  EXPECT_EQ(mien_embedder_create(model_, &options, -1, &other, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_create(nullptr, nullptr, -1, &other, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_create(model_, nullptr, -1, nullptr, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(mien_embedder_dims(nullptr), 0);
  mien_embedder_free(nullptr);

  float out[4 * kOut];
  const auto crop = picture(0);
  for (int32_t count : {0, -1})
    EXPECT_EQ(mien_embedder_embed(embedder_, crop.data(), count, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_embed(embedder_, nullptr, 1, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_embed(nullptr, crop.data(), 1, out, &error_), MIEN_BAD_ARGUMENT);
  const Picture photo = blocks(64, 48, 3);
  const mien_pixels pixels = pixels_of(photo);
  const mien_face faces[] = {box_of_crop(1, 1), box_of_crop(900, 1)};
  EXPECT_EQ(mien_embedder_embed_faces(embedder_, &pixels, faces, 0, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_embed_faces(embedder_, nullptr, faces, 1, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_embedder_embed_faces(embedder_, &pixels, faces, 2, out, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(std::string(error_.message).rfind("face 1: ", 0), 0u) << error_.message;
  uint8_t bytes[3 * kPixels];
  EXPECT_EQ(mien_face_align(&pixels, faces, model_, bytes, sizeof bytes - 1, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_face_align(&pixels, faces, nullptr, bytes, sizeof bytes, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_face_align(&pixels, nullptr, model_, bytes, sizeof bytes, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_face_align(&pixels, faces, model_, nullptr, sizeof bytes, &error_), MIEN_BAD_ARGUMENT);
}

TEST_F(FaceCApi, Comparing) {
  const float a[] = {3, 4}, b[] = {4, 3}, zero[] = {0, 0};
  EXPECT_NEAR(mien_cosine(a, b, 2), 0.96, 1e-12);
  EXPECT_EQ(mien_cosine(a, zero, 2), 0);
  EXPECT_EQ(mien_cosine(a, nullptr, 2), 0);
  EXPECT_EQ(mien_same_person_threshold(nullptr), 0.35);
  load(picture_package());
  EXPECT_EQ(mien_same_person_threshold(model_), 0.5);  // of its thresholds the one of 0.001
  const float two[] = {3, 4, 8, 6};
  float mean[2];
  ASSERT_EQ(mien_template(two, 2, 2, mean, &error_), MIEN_OK) << error_.message;
  EXPECT_NEAR(mean[0], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(mean[1], std::sqrt(0.5), 1e-6);
  EXPECT_EQ(mien_template(zero, 1, 2, mean, &error_), MIEN_CHECK_FAILED);
  EXPECT_EQ(mien_template(two, 0, 2, mean, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_template(nullptr, 1, 2, mean, &error_), MIEN_BAD_ARGUMENT);
  EXPECT_EQ(mien_template(two, 1, 2, nullptr, nullptr), MIEN_BAD_ARGUMENT);
}

}  // namespace
}  // namespace mien
