#include "face/picture.h"

#include <gtest/gtest.h>
#include <png.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "tests/face/written_pictures.h"

namespace mien {
namespace {

using test::pattern;
using test::write_jpeg;
using test::write_png;

constexpr int kWidth = 23, kHeight = 17;

Result<Picture> decode(const std::vector<uint8_t>& file) {
  return decode_picture(file.data(), file.size());
}

void expect_size(const Picture& picture) {
  EXPECT_EQ(picture.width, kWidth);
  EXPECT_EQ(picture.height, kHeight);
  EXPECT_EQ(picture.rgb.size(), size_t{3} * kWidth * kHeight);
}

TEST(Png, RgbComesBackExactly) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  for (bool interlaced : {false, true}) {
    const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB, 8, interlaced}));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    expect_size(*picture);
    EXPECT_EQ(picture->rgb, pixels);
  }
}

TEST(Png, GreyBecomesThreeEqualChannels) {
  const auto pixels = pattern(kWidth, kHeight, 1);
  const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_GRAY}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  for (size_t i = 0; i < pixels.size(); ++i)
    for (size_t c = 0; c < 3; ++c) ASSERT_EQ(picture->rgb[3 * i + c], pixels[i]);
}

TEST(Png, OneBitGreyIsBlackAndWhite) {
  std::vector<uint8_t> bits;
  for (int i = 0; i < kWidth * kHeight; ++i) bits.push_back(i % 3 == 0);
  const auto picture = decode(write_png(bits, kWidth, kHeight, {PNG_COLOR_TYPE_GRAY, 1}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  for (size_t i = 0; i < bits.size(); ++i) ASSERT_EQ(picture->rgb[3 * i], bits[i] * 255);
}

TEST(Png, PaletteIsLookedUp) {
  const auto pixels = pattern(kWidth, kHeight, 1);
  const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_PALETTE}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  for (size_t i = 0; i < pixels.size(); ++i) {
    ASSERT_EQ(picture->rgb[3 * i], pixels[i]);
    ASSERT_EQ(picture->rgb[3 * i + 1], 255 - pixels[i]);
    ASSERT_EQ(picture->rgb[3 * i + 2], pixels[i] / 2);
  }
}

TEST(Png, AlphaIsDropped) {
  const auto pixels = pattern(kWidth, kHeight, 4);
  const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB_ALPHA}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  for (size_t i = 0; i < pixels.size() / 4; ++i)
    for (size_t c = 0; c < 3; ++c) ASSERT_EQ(picture->rgb[3 * i + c], pixels[4 * i + c]);
}

TEST(Png, SixteenBitsAreScaled) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB, 16}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  EXPECT_EQ(picture->rgb, pixels);
}

TEST(Png, AHugeHeaderIsRefusedQuickly) {
  auto file = write_png(pattern(1, 1, 3), 1, 1, {PNG_COLOR_TYPE_RGB});
  const uint8_t side[] = {0, 0, 0xFF, 0xDC};  // 65,500
  std::copy(side, side + 4, file.begin() + 16);
  std::copy(side, side + 4, file.begin() + 20);
  png_byte* header = file.data() + 12;
  uint32_t crc = ~0u;
  for (int i = 0; i < 17; ++i) {
    crc ^= header[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (~(crc & 1) + 1));
  }
  for (int i = 0; i < 4; ++i) header[17 + i] = static_cast<png_byte>(~crc >> (24 - 8 * i));
  const auto picture = decode(file);
  ASSERT_FALSE(picture.ok());
  EXPECT_NE(picture.status().message().find("65500x65500"), std::string::npos) << picture.status().message();
}

TEST(Png, EveryTruncationIsAnError) {
  for (bool interlaced : {false, true}) {
    const auto file = write_png(pattern(kWidth, kHeight, 3), kWidth, kHeight, {PNG_COLOR_TYPE_RGB, 8, interlaced});
    for (size_t size = 0; size < file.size(); ++size)
      ASSERT_FALSE(decode_picture(file.data(), size).ok()) << "of " << file.size() << " bytes: " << size;
  }
}

TEST(Png, EveryFlippedByteOfAChunkIsAnErrorOrTheSamePicture) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  const auto file = write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB});
  for (size_t at = 0; at < file.size(); ++at) {
    auto flipped = file;
    flipped[at] ^= 0x55;
    const auto picture = decode(flipped);
    if (picture.ok()) {
      ASSERT_EQ(picture->rgb, pixels) << "byte " << at;
    }
  }
}

TEST(Jpeg, RgbIsClose) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  for (bool progressive : {false, true}) {
    const auto picture = decode(write_jpeg(pixels, kWidth, kHeight, {3, progressive}));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    expect_size(*picture);
    double sum = 0;
    for (size_t i = 0; i < pixels.size(); ++i) sum += std::abs(int{pixels[i]} - int{picture->rgb[i]});
    EXPECT_LT(sum / static_cast<double>(pixels.size()), 6);
  }
}

TEST(Jpeg, GreyBecomesThreeEqualChannels) {
  const auto picture = decode(write_jpeg(pattern(kWidth, kHeight, 1), kWidth, kHeight, {1}));
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  expect_size(*picture);
  for (size_t i = 0; i < picture->rgb.size(); i += 3) {
    ASSERT_EQ(picture->rgb[i], picture->rgb[i + 1]);
    ASSERT_EQ(picture->rgb[i], picture->rgb[i + 2]);
  }
}

TEST(Jpeg, AdobeCmykIsInverted) {
  // 255 is no ink: (255, 128, 0) with no black is orange as it stands, half the light with key 128.
  for (int key : {255, 128}) {
    std::vector<uint8_t> pixels;
    for (int i = 0; i < kWidth * kHeight; ++i)
      for (int v : {255, 128, 0, key}) pixels.push_back(static_cast<uint8_t>(v));
    const auto picture = decode(write_jpeg(pixels, kWidth, kHeight, {4}));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    expect_size(*picture);
    EXPECT_NEAR(picture->rgb[0], key, 3);
    EXPECT_NEAR(picture->rgb[1], 128 * key / 255, 3);
    EXPECT_NEAR(picture->rgb[2], 0, 3);
  }
}

TEST(Jpeg, EveryTruncationIsAnError) {
  for (bool progressive : {false, true}) {
    const auto file = write_jpeg(pattern(kWidth, kHeight, 3), kWidth, kHeight, {3, progressive});
    for (size_t size = 0; size < file.size(); ++size)
      ASSERT_FALSE(decode_picture(file.data(), size).ok()) << "of " << file.size() << " bytes: " << size;
  }
}

// JPEG has no checksum, so a flip can give another picture; it must end, and end without a crash.
TEST(Jpeg, EveryFlippedByteEnds) {
  for (bool progressive : {false, true}) {
    const auto file = write_jpeg(pattern(kWidth, kHeight, 3), kWidth, kHeight, {3, progressive});
    for (size_t at = 0; at < file.size(); ++at)
      for (int mask : {0x01, 0x80, 0xFF}) {
        auto flipped = file;
        flipped[at] = static_cast<uint8_t>(flipped[at] ^ mask);
        const auto picture = decode(flipped);
        if (picture.ok()) {
          ASSERT_EQ(picture->rgb.size(), size_t{3} * static_cast<size_t>(picture->width * picture->height));
        }
      }
  }
}

// Overwrites the dimensions in the frame header.
std::vector<uint8_t> with_dimensions(std::vector<uint8_t> file, int width, int height) {
  for (size_t i = 2; i + 9 < file.size(); ++i)
    if (file[i] == 0xFF && (file[i + 1] == 0xC0 || file[i + 1] == 0xC2)) {
      file[i + 5] = static_cast<uint8_t>(height >> 8);
      file[i + 6] = static_cast<uint8_t>(height);
      file[i + 7] = static_cast<uint8_t>(width >> 8);
      file[i + 8] = static_cast<uint8_t>(width);
      return file;
    }
  ADD_FAILURE() << "no frame header";
  return file;
}

TEST(Jpeg, HugeHeadersAreRefusedQuickly) {
  for (bool progressive : {false, true}) {
    const auto file = write_jpeg(pattern(kWidth, kHeight, 3), kWidth, kHeight, {3, progressive});
    for (auto [width, height] : {std::pair{65500, 65500}, {65500, 1000}, {8000, 8000}, {65535, 65535}}) {
      const std::clock_t start = std::clock();
      EXPECT_FALSE(decode(with_dimensions(file, width, height)).ok()) << width << "x" << height;
      EXPECT_LT(std::clock() - start, 2 * CLOCKS_PER_SEC) << width << "x" << height;
    }
  }
}

TEST(Picture, LimitsHold) {
  const auto file = write_png(pattern(kWidth, kHeight, 3), kWidth, kHeight, {PNG_COLOR_TYPE_RGB});
  DecodeOptions limits;
  limits.max_pixels = kWidth * kHeight;
  EXPECT_TRUE(decode_picture(file.data(), file.size(), limits).ok());
  limits.max_pixels -= 1;
  EXPECT_FALSE(decode_picture(file.data(), file.size(), limits).ok());
  limits = {};
  limits.max_bytes = static_cast<int64_t>(file.size()) - 1;
  EXPECT_FALSE(decode_picture(file.data(), file.size(), limits).ok());
}

TEST(Picture, OtherFormatsAreNamed) {
  const std::string gif = "GIF89a______________", text = "hello, world";
  const auto refused = decode_picture(reinterpret_cast<const uint8_t*>(gif.data()), gif.size());
  EXPECT_EQ(refused.status().code(), Code::unreadable);
  EXPECT_NE(refused.status().message().find("GIF"), std::string::npos);
  EXPECT_EQ(decode_picture(reinterpret_cast<const uint8_t*>(text.data()), text.size()).status().code(),
            Code::unreadable);
  EXPECT_EQ(decode_picture(nullptr, 0).status().code(), Code::unreadable);
}

TEST(Picture, MissingFilesAndFoldersAreNamed) {
  EXPECT_EQ(load_picture("/no/such/file.png").status().message().rfind("/no/such/file.png: ", 0), 0u);
  EXPECT_EQ(load_picture("/tmp").status().code(), Code::unreadable);
}

TEST(Picture, HostileJpegFilesEndWithoutACrash) {
  const std::filesystem::path folder = std::filesystem::path(MIEN_SHARED_DIR) / "fixtures/hostile_jpeg";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto picture = load_picture(entry.path().string());
    if (picture.ok()) {
      EXPECT_EQ(picture->rgb.size(), size_t{3} * static_cast<size_t>(picture->width * picture->height));
    }
  }
}

TEST(FillInput, SizesMustAgreeAndBothAreNamed) {
  Picture picture;
  picture.width = 250;
  picture.height = 240;
  picture.rgb.resize(size_t{3} * 250 * 240);
  InputRecord record;
  record.known = true;
  record.width = record.height = 112;
  const Status status = fill_input(picture, record, nullptr);
  EXPECT_EQ(status.code(), Code::bad_argument);
  EXPECT_NE(status.message().find("250x240"), std::string::npos);
  EXPECT_NE(status.message().find("112x112"), std::string::npos);
}

TEST(FillInput, AppliesTheRecord) {
  Picture picture;
  picture.width = 2;
  picture.height = 1;
  picture.rgb = {10, 20, 30, 40, 50, 60};
  InputRecord record;
  record.known = true;
  record.width = 2;
  record.height = 1;
  record.color = ColorOrder::bgr;
  record.mean = {1, 2, 3, 0};
  record.scale = {2, 2, 2, 1};
  float input[6];
  ASSERT_TRUE(fill_input(picture, record, input).ok());
  const float expected[] = {58, 118, 36, 96, 14, 74};  // blue plane, green plane, red plane
  for (int i = 0; i < 6; ++i) EXPECT_EQ(input[i], expected[i]) << i;
  record.known = false;
  EXPECT_EQ(fill_input(picture, record, input).code(), Code::bad_argument);
}

}  // namespace
}  // namespace mien
