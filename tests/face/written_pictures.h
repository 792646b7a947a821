// Picture files made in memory by libjpeg and libpng, for tests of the decoder.
#pragma once

#include <cstdint>
#include <vector>

namespace mien::test {

// A smooth pattern with different channels: [height][width][channels].
std::vector<uint8_t> pattern(int width, int height, int channels);

struct PngForm {
  int color_type;     // PNG_COLOR_TYPE_*
  int bit_depth = 8;  // 16: the pattern's value in both bytes
  bool interlaced = false;
};
// pixels: [height][width][channels of the form], one byte per channel; palette forms take palette indices and use the
// palette (i, 255 - i, i / 2).
std::vector<uint8_t> write_png(const std::vector<uint8_t>& pixels, int width, int height, const PngForm& form);

struct JpegForm {
  int components = 3;  // 1 grey, 3 RGB, 4 CMYK as Adobe stores it (inverted)
  bool progressive = false;
  bool arithmetic = false;
  bool ycck = false;         // of 4 components: the first three as luma and chroma
  bool adobe_marker = true;  // of 4 components
  int quality = 95;
  bool subsampled = false;  // chroma of half the sides, as cameras store it
};
std::vector<uint8_t> write_jpeg(const std::vector<uint8_t>& pixels, int width, int height, const JpegForm& form);

// EXIF data, from its TIFF header on, that says nothing but the orientation.
std::vector<uint8_t> exif(int orientation, bool little_endian);
// The file with an APP1 segment or an eXIf chunk that holds this EXIF data, before the picture's data.
std::vector<uint8_t> jpeg_with_exif(const std::vector<uint8_t>& jpeg, const std::vector<uint8_t>& tiff);
std::vector<uint8_t> png_with_exif(const std::vector<uint8_t>& png, const std::vector<uint8_t>& tiff);

}  // namespace mien::test
