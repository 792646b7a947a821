#include "tests/face/written_pictures.h"

#include <cstdio>
#include <cstdlib>

// After <cstdio>, which jpeglib.h needs and does not include.
#include <jpeglib.h>
#include <png.h>

namespace mien::test {

std::vector<uint8_t> pattern(int width, int height, int channels) {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        pixels.push_back(static_cast<uint8_t>(40 + (x * (3 + c) + y * (5 - c) + 37 * c) % 180));
  return pixels;
}

std::vector<uint8_t> write_png(const std::vector<uint8_t>& pixels, int width, int height, const PngForm& form) {
  std::vector<uint8_t> file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep data, size_t size) {
        auto* out = static_cast<std::vector<uint8_t>*>(png_get_io_ptr(writer));
        out->insert(out->end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), form.bit_depth,
               form.color_type, form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  png_color palette[256];
  for (int i = 0; i < 256; ++i)
    palette[i] = {static_cast<png_byte>(i), static_cast<png_byte>(255 - i), static_cast<png_byte>(i / 2)};
  if (form.color_type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette, 1 << form.bit_depth);
  png_write_info(png, info);
  if (form.bit_depth < 8) png_set_packing(png);

  std::vector<uint8_t> samples;
  for (uint8_t v : pixels) samples.insert(samples.end(), form.bit_depth == 16 ? 2 : 1, v);
  const size_t row_bytes = samples.size() / static_cast<size_t>(height);
  std::vector<png_bytep> rows;
  for (int y = 0; y < height; ++y) rows.push_back(samples.data() + static_cast<size_t>(y) * row_bytes);
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::vector<uint8_t> write_jpeg(const std::vector<uint8_t>& pixels, int width, int height, const JpegForm& form) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = form.components;
  info.in_color_space = form.components == 1 ? JCS_GRAYSCALE : form.components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, form.quality, TRUE);
  for (int c = 0; c < info.num_components && !form.subsampled; ++c)
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  if (form.ycck) jpeg_set_colorspace(&info, JCS_YCCK);
  if (!form.adobe_marker) info.write_Adobe_marker = FALSE;
  if (form.progressive) jpeg_simple_progression(&info);
  info.arith_code = form.arithmetic ? TRUE : FALSE;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(pixels.data()) +
                size_t{info.next_scanline} * info.image_width * static_cast<size_t>(form.components);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::vector<uint8_t> file(buffer, buffer + size);
  std::free(buffer);
  return file;
}

std::vector<uint8_t> exif(int orientation, bool little_endian) {
  const auto value = static_cast<uint8_t>(orientation);
  if (little_endian) return {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0};
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
}

std::vector<uint8_t> jpeg_with_exif(const std::vector<uint8_t>& jpeg, const std::vector<uint8_t>& tiff) {
  const size_t length = 2 + 6 + tiff.size();
  std::vector<uint8_t> segment = {0xFF, 0xE1, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length),
                                  'E',  'x',  'i', 'f', 0, 0};
  segment.insert(segment.end(), tiff.begin(), tiff.end());
  std::vector<uint8_t> file = jpeg;
  file.insert(file.begin() + 2, segment.begin(), segment.end());
  return file;
}

std::vector<uint8_t> png_with_exif(const std::vector<uint8_t>& png, const std::vector<uint8_t>& tiff) {
  std::vector<uint8_t> chunk = {'e', 'X', 'I', 'f'};
  chunk.insert(chunk.end(), tiff.begin(), tiff.end());
  uint32_t crc = ~0u;
  for (const uint8_t byte : chunk) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (~(crc & 1) + 1));
  }
  const auto length = static_cast<uint32_t>(tiff.size());
  for (int i = 0; i < 4; ++i) {
    chunk.insert(chunk.begin() + i, static_cast<uint8_t>(length >> (24 - 8 * i)));
    chunk.push_back(static_cast<uint8_t>(~crc >> (24 - 8 * i)));
  }
  std::vector<uint8_t> file = png;
  file.insert(file.begin() + 33, chunk.begin(), chunk.end());  // after the signature and IHDR
  return file;
}

}  // namespace mien::test
