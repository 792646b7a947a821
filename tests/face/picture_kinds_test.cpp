// What becomes of the kinds of pictures in docs/PICTURES.md: orientation, rare colour forms, reduced decoding.
#include <gtest/gtest.h>
#include <png.h>

#include <cstdlib>

#include "face/picture.h"
#include "face/picture_header.h"
#include "tests/face/written_pictures.h"

namespace mien {
namespace {

using test::exif;
using test::jpeg_with_exif;
using test::pattern;
using test::png_with_exif;
using test::write_jpeg;
using test::write_png;

constexpr int kWidth = 75, kHeight = 70;  // more than one tile of orient.cpp

Result<Picture> decode(const std::vector<uint8_t>& file, const DecodeOptions& options = {}) {
  return decode_picture(file.data(), file.size(), options);
}

const uint8_t* pixel(const Picture& picture, int x, int y) {
  return picture.rgb.data() + ptrdiff_t{3} * (ptrdiff_t{y} * picture.width + x);
}

// Where EXIF 2.32 says that the pixel at (x, y) of the upright picture is stored.
std::pair<int, int> stored_at(int orientation, int x, int y) {
  const int right = kWidth - 1, bottom = kHeight - 1;
  switch (orientation) {
    case 2: return {right - x, y};
    case 3: return {right - x, bottom - y};
    case 4: return {x, bottom - y};
    case 5: return {y, x};
    case 6: return {y, bottom - x};
    case 7: return {right - y, bottom - x};
    case 8: return {right - y, x};
    default: return {x, y};
  }
}

void expect_upright(const Picture& stored, const Picture& upright, int orientation) {
  const bool turned = orientation >= 5;
  ASSERT_EQ(upright.width, turned ? kHeight : kWidth);
  ASSERT_EQ(upright.height, turned ? kWidth : kHeight);
  for (int y = 0; y < upright.height; ++y)
    for (int x = 0; x < upright.width; ++x) {
      const auto [sx, sy] = stored_at(orientation, x, y);
      for (int c = 0; c < 3; ++c) ASSERT_EQ(pixel(upright, x, y)[c], pixel(stored, sx, sy)[c]) << x << "," << y;
    }
}

TEST(Orientation, AllEightOfJpegAndPng) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  const auto jpeg = write_jpeg(pixels, kWidth, kHeight, {});
  const auto png = write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB});
  DecodeOptions as_stored;
  as_stored.orient = false;
  for (const bool little : {false, true})
    for (int orientation = 1; orientation <= 8; ++orientation)
      for (const auto& file :
           {jpeg_with_exif(jpeg, exif(orientation, little)), png_with_exif(png, exif(orientation, little))}) {
        EXPECT_EQ(read_header(file.data(), file.size()).orientation, orientation);
        const auto stored = decode(file, as_stored), upright = decode(file);
        ASSERT_TRUE(stored.ok() && upright.ok()) << upright.status().message();
        ASSERT_EQ(stored->width, kWidth);
        expect_upright(*stored, *upright, orientation);
      }
}

// The bytes are copied to a block of their own size, so that a sanitizer sees a read beyond them.
int orientation_of(const std::vector<uint8_t>& tiff) {
  const std::vector<uint8_t> exact(tiff.begin(), tiff.end());
  return exif_orientation(exact.data(), exact.size());
}

TEST(Orientation, HostileExifIsIgnored) {
  for (const int nonsense : {0, 9, 255}) EXPECT_EQ(orientation_of(exif(nonsense, true)), 1);
  for (const bool little : {false, true}) {
    const auto good = exif(6, little);
    EXPECT_EQ(orientation_of(good), 6);
    for (size_t size = 0; size < 22; ++size)
      EXPECT_EQ(orientation_of({good.begin(), good.begin() + static_cast<ptrdiff_t>(size)}), 1) << size;
    for (size_t at = 0; at < good.size(); ++at)
      for (int value = 0; value < 256; ++value) {
        auto damaged = good;
        damaged[at] = static_cast<uint8_t>(value);
        const int orientation = orientation_of(damaged);
        ASSERT_TRUE(orientation >= 1 && orientation <= 8) << at << " " << value;
      }
  }
  auto far = exif(6, true);
  for (size_t i = 4; i < 8; ++i) far[i] = 0xFF;  // the directory lies 4 GB away
  EXPECT_EQ(orientation_of(far), 1);
  auto many = exif(6, true);
  many[8] = many[9] = 0xFF;   // 65,535 entries
  many[10] = 0;               // none of those present is the one looked for
  EXPECT_EQ(orientation_of(many), 1);
}

TEST(Orientation, DamagedExifLeavesThePictureReadable) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  const auto png = write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB});
  const auto jpeg = write_jpeg(pixels, kWidth, kHeight, {});
  for (const std::vector<uint8_t>& tiff : {std::vector<uint8_t>{}, {'I', 'I'}, exif(77, true)}) {
    const auto from_png = decode(png_with_exif(png, tiff)), from_jpeg = decode(jpeg_with_exif(jpeg, tiff));
    ASSERT_TRUE(from_png.ok() && from_jpeg.ok());
    EXPECT_EQ(from_png->rgb, pixels);
    EXPECT_EQ(from_jpeg->rgb, decode(jpeg)->rgb);
  }
}

TEST(Orientation, AChunkWithAWrongChecksumIsIgnored) {
  const auto pixels = pattern(kWidth, kHeight, 3);
  auto png = png_with_exif(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_RGB}), exif(3, true));
  png[33 + 8 + 18] = 8;  // the value itself
  const auto picture = decode(png);
  ASSERT_TRUE(picture.ok()) << picture.status().message();
  EXPECT_EQ(picture->rgb, pixels);
}

TEST(Header, EveryTruncationAndEveryByteEnds) {
  const auto pixels = pattern(9, 7, 3);
  for (const auto& file : {jpeg_with_exif(write_jpeg(pixels, 9, 7, {}), exif(6, false)),
                           png_with_exif(write_png(pixels, 9, 7, {PNG_COLOR_TYPE_RGB}), exif(6, false))}) {
    const PictureHeader header = read_header(file.data(), file.size());
    EXPECT_EQ(header.width, 9);
    EXPECT_EQ(header.height, 7);
    for (size_t size = 0; size < file.size(); ++size) {
      const std::vector<uint8_t> cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_LE(read_header(cut.data(), cut.size()).orientation, 8);
      auto damaged = file;
      for (const int mask : {0x01, 0x80, 0xFF}) {
        damaged[size] = static_cast<uint8_t>(file[size] ^ mask);
        EXPECT_GE(read_header(damaged.data(), damaged.size()).width, 0);
      }
    }
  }
}

TEST(Png, GreyOfEveryDepthIsScaledToTheFullRange) {
  for (const int depth : {1, 2, 4, 8, 16}) {
    const int levels = 1 << (depth < 8 ? depth : 8);
    std::vector<uint8_t> values;
    for (int i = 0; i < kWidth * kHeight; ++i) values.push_back(static_cast<uint8_t>(i * 5 % levels));
    const auto picture = decode(write_png(values, kWidth, kHeight, {PNG_COLOR_TYPE_GRAY, depth}));
    ASSERT_TRUE(picture.ok()) << depth << ": " << picture.status().message();
    for (size_t i = 0; i < values.size(); ++i)
      for (size_t c = 0; c < 3; ++c) ASSERT_EQ(picture->rgb[3 * i + c], values[i] * 255 / (levels - 1)) << depth;
  }
}

TEST(Png, GreyWithAlphaKeepsTheGrey) {
  for (const int depth : {8, 16}) {
    const auto pixels = pattern(kWidth, kHeight, 2);
    const auto picture = decode(write_png(pixels, kWidth, kHeight, {PNG_COLOR_TYPE_GRAY_ALPHA, depth}));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    for (size_t i = 0; i < pixels.size() / 2; ++i)
      for (size_t c = 0; c < 3; ++c) ASSERT_EQ(picture->rgb[3 * i + c], pixels[2 * i]);
  }
}

TEST(Png, SmallPalettesAreLookedUp) {
  for (const int depth : {1, 2, 4}) {
    std::vector<uint8_t> indices;
    for (int i = 0; i < kWidth * kHeight; ++i) indices.push_back(static_cast<uint8_t>(i * 3 % (1 << depth)));
    const auto picture = decode(write_png(indices, kWidth, kHeight, {PNG_COLOR_TYPE_PALETTE, depth}));
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    for (size_t i = 0; i < indices.size(); ++i) ASSERT_EQ(picture->rgb[3 * i + 1], 255 - indices[i]);
  }
}

TEST(Jpeg, ArithmeticCodingGivesTheSameAsHuffman) {
  if (jpeg_decoder().rfind("libjpeg", 0) != 0) GTEST_SKIP() << "not promised of " << jpeg_decoder();
  const auto pixels = pattern(kWidth, kHeight, 3);
  for (const bool progressive : {false, true}) {
    const auto huffman = decode(write_jpeg(pixels, kWidth, kHeight, {3, progressive}));
    const auto arithmetic = decode(write_jpeg(pixels, kWidth, kHeight, {3, progressive, true}));
    ASSERT_TRUE(huffman.ok() && arithmetic.ok()) << arithmetic.status().message();
    EXPECT_EQ(arithmetic->rgb, huffman->rgb);
  }
}

// No black ink: what is left of the light is what the three inks leave.
TEST(Jpeg, InksOfAdobeAndOfOthers) {
  if (jpeg_decoder().rfind("libjpeg", 0) != 0) GTEST_SKIP() << "not promised of " << jpeg_decoder();
  const uint8_t inverted[] = {220, 120, 40, 255}, plain[] = {35, 135, 215, 0};
  for (const bool adobe : {true, false}) {
    std::vector<uint8_t> pixels;
    for (int i = 0; i < kWidth * kHeight; ++i)
      pixels.insert(pixels.end(), adobe ? inverted : plain, (adobe ? inverted : plain) + 4);
    for (const bool ycck : {false, true}) {
      if (ycck && !adobe) continue;  // without the marker nothing says that it is YCCK
      const auto picture = decode(write_jpeg(pixels, kWidth, kHeight, {4, false, false, ycck, adobe}));
      ASSERT_TRUE(picture.ok()) << picture.status().message();
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(picture->rgb[static_cast<size_t>(c)], inverted[c], 3) << adobe << ycck;
    }
  }
}

TEST(Jpeg, ReducedPicturesAreMeans) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 203 * 101; ++i)
    for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<uint8_t>(40 + i % 203 * 3 / 4 + i / 203 / 2 + 10 * c));
  const auto file = write_jpeg(pixels, 203, 101, {});
  for (const int reduction : {1, 2, 4, 8}) {
    DecodeOptions options;
    options.reduction = reduction;
    const auto picture = decode(file, options);
    ASSERT_TRUE(picture.ok()) << picture.status().message();
    if (picture->reduction == 1 && reduction > 1) GTEST_SKIP() << "this build's decoder does not reduce";
    ASSERT_EQ(picture->reduction, reduction);
    ASSERT_EQ(picture->width, (203 + reduction - 1) / reduction);
    ASSERT_EQ(picture->height, (101 + reduction - 1) / reduction);
    const int x = 5, y = 4;
    int sum = 0;
    for (int i = 0; i < reduction * reduction; ++i)
      sum += pixels[static_cast<size_t>(
          3 * ((y * reduction + i / reduction) * 203 + x * reduction + i % reduction))];
    EXPECT_NEAR(pixel(*picture, x, y)[0], sum / (reduction * reduction), 3) << reduction;
  }
}

TEST(Jpeg, OtherReductionsAreRefused) {
  const auto file = write_jpeg(pattern(9, 7, 3), 9, 7, {});
  for (const int reduction : {0, -1, 3, 16}) {
    DecodeOptions options;
    options.reduction = reduction;
    EXPECT_EQ(decode(file, options).status().code(), Code::bad_argument);
  }
}

// Noise, so that every neighbour that a decoder looks at counts.
std::vector<uint8_t> noise(int width, int height) {
  std::vector<uint8_t> pixels(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  uint32_t state = 1;
  for (uint8_t& value : pixels) value = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return pixels;
}

void expect_part(const std::vector<uint8_t>& file, const PixelBox& part, const DecodeOptions& options) {
  const auto whole = decode(file, options);
  const auto cut = decode_part(file.data(), file.size(), part, options);
  ASSERT_TRUE(whole.ok() && cut.ok()) << cut.status().message();
  ASSERT_EQ(cut->width, part.right - part.left);
  ASSERT_EQ(cut->height, part.bottom - part.top);
  EXPECT_EQ(cut->reduction, whole->reduction);
  for (int y = 0; y < cut->height; ++y)
    for (int x = 0; x < cut->width; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(pixel(*cut, x, y)[c], pixel(*whole, part.left + x, part.top + y)[c])
            << x << "," << y << " reduced by " << options.reduction << " from " << part.left << "," << part.top;
}

TEST(Part, HoldsThePixelsOfTheWhole) {
  const auto pixels = noise(403, 301);
  for (const bool subsampled : {false, true})
    for (const bool progressive : {false, true}) {
      test::JpegForm form;
      form.subsampled = subsampled;
      form.progressive = progressive;
      const auto file = write_jpeg(pixels, 403, 301, form);
      for (const int reduction : {1, 2}) {
        DecodeOptions options;
        options.reduction = reduction;
        for (const PixelBox& part : {PixelBox{100, 70, 131, 90}, PixelBox{0, 0, 5, 5}, PixelBox{33, 1, 34, 2},
                                     PixelBox{170, 149, 201, 150}, PixelBox{1, 0, 201, 150}, PixelBox{65, 33, 66, 150}})
          expect_part(file, part, options);
      }
    }
  expect_part(write_jpeg(pixels, 403, 301, {}), {390, 200, 403, 301}, {});
  expect_part(write_png(pixels, 403, 301, {PNG_COLOR_TYPE_RGB}), {390, 200, 403, 301}, {});
}

TEST(Part, IsThatOfTheUprightPicture) {
  test::JpegForm form;
  form.subsampled = true;
  const auto file = write_jpeg(noise(160, 96), 160, 96, form);
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const int reduction : {1, 2}) {
      DecodeOptions options;
      options.reduction = reduction;
      const auto turned = jpeg_with_exif(file, exif(orientation, true));
      expect_part(turned, {9, 7, 40, 31}, options);
      options.orient = false;
      expect_part(turned, {9, 7, 40, 31}, options);
    }
}

TEST(Part, BeyondThePictureIsRefused) {
  const auto jpeg = write_jpeg(pattern(40, 30, 3), 40, 30, {});
  const auto png = write_png(pattern(40, 30, 3), 40, 30, {PNG_COLOR_TYPE_RGB});
  for (const auto& file : {jpeg, png})
    for (const PixelBox& part : {PixelBox{0, 0, 41, 30}, PixelBox{0, 0, 40, 31}, PixelBox{-1, 0, 4, 4},
                                 PixelBox{5, 5, 5, 9}, PixelBox{9, 9, 5, 5}, PixelBox{0, -1, 4, 4}})
      EXPECT_EQ(decode_part(file.data(), file.size(), part).status().code(), Code::bad_argument) << part.left;
}

TEST(Png, IsNeverReduced) {
  DecodeOptions options;
  options.reduction = 4;
  const auto picture = decode(write_png(pattern(40, 30, 3), 40, 30, {PNG_COLOR_TYPE_RGB}), options);
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->reduction, 1);
  EXPECT_EQ(picture->width, 40);
}

}  // namespace
}  // namespace mien
