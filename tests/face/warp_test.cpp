// Warps and resizes against hashes of what OpenCV and Pillow answer (tests/generate/crops.py).
#include "face/warp.h"

#include <gtest/gtest.h>

namespace mien {
namespace {

// The formula of crops.py.
Picture synthetic(int width, int height) {
  Picture picture;
  picture.width = width;
  picture.height = height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        picture.rgb.push_back(static_cast<uint8_t>(x * 7 + y * 13 + c * 50 + (x * y >> 3) + ((x ^ y) & 31) * 3));
  return picture;
}

uint64_t fnv(const Picture& picture) {
  uint64_t value = 0xCBF29CE484222325u;
  for (const uint8_t byte : picture.rgb) value = (value ^ byte) * 0x100000001B3u;
  return value;
}

void expect(const Picture& picture, int width, int height, uint64_t hash) {
  EXPECT_EQ(picture.width, width);
  EXPECT_EQ(picture.height, height);
  EXPECT_EQ(picture.rgb.size(), size_t{3} * static_cast<size_t>(width * height));
  EXPECT_EQ(fnv(picture), hash) << width << "x" << height;
}

TEST(Warp, EqualsOpenCvBitForBit) {
  struct Case {
    int width, height, to_width, to_height;
    Similarity similarity;
    uint64_t hash;
  };
  const Case cases[] = {
#define WARPS
#include "golden_crops.inc"
#undef WARPS
  };
  for (const Case& c : cases)
    expect(warp(synthetic(c.width, c.height), c.similarity, c.to_width, c.to_height), c.to_width, c.to_height, c.hash);
}

TEST(Warp, FarAwayIsBlack) {
  for (const double far : {1e4, 1e9, 1e30}) {
    const Picture crop = warp(synthetic(20, 20), {1e-3, 0, far, -far}, 16, 16);
    for (const uint8_t v : crop.rgb) ASSERT_EQ(v, 0);
  }
}

TEST(Resize, EqualsOpenCvBitForBit) {
  struct Case {
    int width, height, to_width, to_height;
    uint64_t hash;
  };
  const Case cases[] = {
#define RESIZES
#include "golden_crops.inc"
#undef RESIZES
  };
  for (const Case& c : cases)
    expect(resize(synthetic(c.width, c.height), c.to_width, c.to_height), c.to_width, c.to_height, c.hash);
}

TEST(Resize, IntoAStrideLeavesTheRestAlone) {
  for (const int width : {50, 30, 25, 61}) {
    const Picture source = synthetic(50, 40);
    const int height = width == 25 ? 20 : 40;  // halves, copies and all else
    const Picture dense = resize(source, width, height);
    const size_t row = size_t{3} * static_cast<size_t>(width), stride = row + 7;
    std::vector<uint8_t> wide(stride * static_cast<size_t>(height), 0xA5);
    resize_into(source, width, height, wide.data(), stride);
    for (size_t i = 0; i < wide.size(); ++i) {
      const size_t y = i / stride, x = i % stride;
      ASSERT_EQ(wide[i], x < row ? dense.rgb[y * row + x] : 0xA5) << width << " wide, byte " << i;
    }
  }
}

TEST(ResizeSmoothly, EqualsPillowBitForBit) {
  struct Case {
    int width, height;
    PixelBox box;
    int to_width, to_height;
    uint64_t hash;
  };
  const Case cases[] = {
#define SMOOTH
#include "golden_crops.inc"
#undef SMOOTH
  };
  for (const Case& c : cases)
    expect(resize_smoothly(synthetic(c.width, c.height), c.box, c.to_width, c.to_height), c.to_width, c.to_height,
           c.hash);
}

}  // namespace
}  // namespace mien
