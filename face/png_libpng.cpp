// PNG through libpng. Alpha is dropped, not blended (as OpenCV and Pillow do for an RGB picture), 16 bits are scaled to
// 8, gamma and colour profiles are ignored.
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <png.h>

#include "face/decoders.h"

namespace mien {
namespace {

// Everything that must outlive a longjmp, see jpeg_libjpeg.cpp.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const uint8_t* data = nullptr;
  size_t size = 0, at = 0;
  char text[128] = {};
  Status refused;  // by the limits
  Picture picture;
  std::vector<png_bytep> rows;

  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  Decoder& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
  std::snprintf(decoder.text, sizeof decoder.text, "%s", text);
  png_longjmp(png, 1);
}

// Warnings are about chunks beside the picture (profiles, times); what breaks the pixels is an error in libpng.
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep out, size_t length) {
  Decoder& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
  if (length > decoder.size - decoder.at) png_error(png, "the file ends too early");
  std::memcpy(out, decoder.data + decoder.at, length);
  decoder.at += length;
}

void ask_for_rgb8(Decoder& decoder) {
  png_set_expand(decoder.png);  // palette and 1, 2, 4 bits to 8
  png_set_scale_16(decoder.png);
  png_set_gray_to_rgb(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
}

void allocate(Decoder& decoder, uint32_t width, uint32_t height) {
  decoder.picture.width = static_cast<int32_t>(width);
  decoder.picture.height = static_cast<int32_t>(height);
  decoder.picture.rgb.resize(size_t{3} * width * height);
  decoder.rows.resize(height);
  for (uint32_t y = 0; y < height; ++y) decoder.rows[y] = decoder.picture.rgb.data() + size_t{3} * width * y;
}

// Stops with `refused` set if the picture is too large. Leaves by longjmp on any error of libpng.
[[gnu::noinline]] void read_all(Decoder& decoder, const DecodeOptions& options) {
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_read_info(decoder.png, decoder.info);
  const uint32_t width = png_get_image_width(decoder.png, decoder.info);
  const uint32_t height = png_get_image_height(decoder.png, decoder.info);
  decoder.refused = check_dimensions(width, height, options);
  if (!decoder.refused.ok()) return;
  ask_for_rgb8(decoder);
  if (png_get_rowbytes(decoder.png, decoder.info) != size_t{3} * width) png_error(decoder.png, "unexpected row size");
  allocate(decoder, width, height);
  png_read_image(decoder.png, decoder.rows.data());
  png_read_end(decoder.png, nullptr);
}

// False: libpng stopped, decoder.text says why.
bool attempt(Decoder& decoder, const DecodeOptions& options) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  read_all(decoder, options);
  return true;
}

}  // namespace

Result<Picture> decode_png(const uint8_t* data, size_t size, const DecodeOptions& options) {
  Decoder decoder;
  decoder.data = data;
  decoder.size = size;
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) return Status(Code::out_of_memory, "PNG: no memory for the decoder");
  if (!attempt(decoder, options))
    return Status(Code::corrupt,
                  "PNG: " + std::string(decoder.text) + " (near byte " + std::to_string(decoder.at) + ")");
  if (!decoder.refused.ok()) return decoder.refused;
  return std::move(decoder.picture);
}

std::string png_decoder() { return "libpng " PNG_LIBPNG_VER_STRING; }

}  // namespace mien
