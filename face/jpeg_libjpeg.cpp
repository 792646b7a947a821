// JPEG through libjpeg (libjpeg-turbo where Debian's is installed).
#include <algorithm>
#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include "face/decoders.h"

namespace mien {
namespace {

// Real progressive files have about ten scans. A few bytes per scan can make a decoder walk the whole picture again,
// so a hostile file could otherwise buy minutes with kilobytes.
constexpr int kMaxScans = 100;

// Everything that must outlive a longjmp. While libjpeg is at work no object with a destructor is alive on the stack
// above attempt(), so that jumping out skips none.
struct Decoder {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf escape;
  Code code = Code::corrupt;
  char text[JMSG_LENGTH_MAX] = {};
  Status refused;  // by the limits
  PixelBox window;  // what of the picture is decoded
  Picture picture;  // that
  std::vector<uint8_t> cmyk_row;

  ~Decoder() { jpeg_destroy_decompress(&info); }
};

Decoder& decoder_of(j_common_ptr info) { return *static_cast<Decoder*>(info->client_data); }

[[noreturn]] void stop(j_common_ptr info) {
  Decoder& decoder = decoder_of(info);
  info->err->format_message(info, decoder.text);
  if (info->err->msg_code == JERR_OUT_OF_MEMORY || info->err->msg_code == JERR_NO_BACKING_STORE)
    decoder.code = Code::out_of_memory;
  std::longjmp(decoder.escape, 1);
}

// libjpeg warns and goes on where data is missing or broken, and fills in grey: an embedding of that would be silently
// wrong. Three warnings are about files that decode perfectly.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // a trace message
  const int code = info->err->msg_code;
  if (code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR) stop(info);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  Decoder& decoder = decoder_of(info);
  std::snprintf(decoder.text, sizeof decoder.text, "more than %d scans", kMaxScans);
  std::longjmp(decoder.escape, 1);
}

// CMYK with ink values; Adobe's files hold them inverted (255 = no ink).
void cmyk_to_rgb(const uint8_t* cmyk, int width, bool inverted, uint8_t* rgb) {
  const int flip = inverted ? 0 : 255;
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3)
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(((cmyk[c] ^ flip) * (cmyk[3] ^ flip) + 127) / 255);
}

void read_rows(Decoder& decoder) {
  jpeg_decompress_struct& info = decoder.info;
  const bool cmyk = info.out_color_space == JCS_CMYK;
  const size_t row_bytes = size_t{3} * info.output_width;
  const auto top = static_cast<JDIMENSION>(decoder.window.top), bottom = static_cast<JDIMENSION>(decoder.window.bottom);
  while (info.output_scanline < bottom) {
    uint8_t* rgb = decoder.picture.rgb.data() + row_bytes * (info.output_scanline - top);
    JSAMPROW row = cmyk ? decoder.cmyk_row.data() : rgb;
    if (jpeg_read_scanlines(&info, &row, 1) != 1) continue;
    if (cmyk) cmyk_to_rgb(row, static_cast<int>(info.output_width), info.saw_Adobe_marker, rgb);
  }
}

// Sets the window to the part and what is around it; rows above it are skipped. An inverse transform is not done for
// what lies outside.
void narrow(Decoder& decoder, const PixelBox& part) {
  jpeg_decompress_struct& info = decoder.info;
  decoder.refused = check_part(part, info.output_width, info.output_height);
  if (!decoder.refused.ok()) return;
#ifdef LIBJPEG_TURBO_VERSION
  // Chroma is smoothed with the neighbours', which the first pixels of a window have not.
  constexpr int32_t kAround = 32;
  const int32_t first = std::max(part.left - kAround, 0);
  const int32_t end = std::min(part.right + kAround, decoder.window.right);
  JDIMENSION left = static_cast<JDIMENSION>(first), width = static_cast<JDIMENSION>(end - first);
  jpeg_crop_scanline(&info, &left, &width);  // rounds them to whole blocks
  decoder.window = {static_cast<int32_t>(left), part.top, static_cast<int32_t>(left + width), part.bottom};
  if (part.top > 0) jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(part.top));
#endif
}

void allocate(Decoder& decoder) {
  const jpeg_decompress_struct& info = decoder.info;
  decoder.picture.width = decoder.window.right - decoder.window.left;
  decoder.picture.height = decoder.window.bottom - decoder.window.top;
  decoder.picture.reduction = static_cast<int32_t>(info.scale_denom / info.scale_num);
  decoder.picture.rgb.resize(size_t{3} * info.output_width * static_cast<size_t>(decoder.picture.height));
  if (info.out_color_space == JCS_CMYK) decoder.cmyk_row.resize(size_t{4} * info.output_width);
}

// Stops with `refused` set if the picture is too large. Leaves by longjmp on any error of libjpeg.
[[gnu::noinline]] void read_all(Decoder& decoder, const uint8_t* data, size_t size, const DecodeOptions& options,
                                 const PixelBox* part) {
  jpeg_decompress_struct& info = decoder.info;
  jpeg_create_decompress(&info);
  info.client_data = &decoder;
  info.progress = &decoder.progress;
  decoder.progress.progress_monitor = on_progress;
  info.mem->max_memory_to_use = static_cast<long>(options.max_bytes);
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  decoder.refused = check_dimensions(info.image_width, info.image_height, options);
  if (!decoder.refused.ok()) return;
  const bool inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = inks ? JCS_CMYK : JCS_RGB;
  info.scale_num = 1;
  info.scale_denom = static_cast<unsigned>(options.reduction);
  jpeg_start_decompress(&info);
  decoder.window = {0, 0, static_cast<int32_t>(info.output_width), static_cast<int32_t>(info.output_height)};
  if (part != nullptr) narrow(decoder, *part);
  if (!decoder.refused.ok()) return;
  allocate(decoder);
  read_rows(decoder);
  if (part != nullptr) return;
  jpeg_finish_decompress(&info);  // reads to the end marker, so that a missing one is noticed
}

// False: libjpeg stopped, decoder.text says why.
bool attempt(Decoder& decoder, const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part) {
  if (setjmp(decoder.escape) != 0) return false;
  read_all(decoder, data, size, options, part);
  return true;
}

}  // namespace

Result<Picture> decode_jpeg(const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part) {
  Decoder decoder;
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = stop;
  decoder.errors.emit_message = on_message;
  decoder.info.client_data = &decoder;
  if (!attempt(decoder, data, size, options, part)) {
    const size_t left = decoder.info.src != nullptr ? decoder.info.src->bytes_in_buffer : size;
    const size_t at = left <= size ? size - left : size;
    return Status(decoder.code, "JPEG: " + std::string(decoder.text) + " (near byte " + std::to_string(at) + ")");
  }
  if (!decoder.refused.ok()) return decoder.refused;
  if (part == nullptr) return std::move(decoder.picture);
  const PixelBox& window = decoder.window;
  return cut(decoder.picture, {part->left - window.left, part->top - window.top, part->right - window.left,
                               part->bottom - window.top});
}

bool jpeg_reduces() { return true; }

std::string jpeg_decoder() {
#ifdef LIBJPEG_TURBO_VERSION
#define MIEN_TEXT2(x) #x
#define MIEN_TEXT(x) MIEN_TEXT2(x)
  return "libjpeg-turbo " MIEN_TEXT(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " + std::to_string(JPEG_LIB_VERSION / 10);
#endif
}

}  // namespace mien
