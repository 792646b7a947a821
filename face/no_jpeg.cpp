// Of a build that found no JPEG decoder fit for hostile files.
#include "face/decoders.h"

namespace mien {
namespace {

constexpr char kWhy[] = "this build has no JPEG decoder (libjpeg was not found, and stb_image is absent or below 2.30)";

}  // namespace

Result<Picture> decode_jpeg(const uint8_t*, size_t, const DecodeOptions&, const PixelBox*) {
  return Status(Code::unreadable, kWhy);
}

bool jpeg_reduces() { return false; }

std::string jpeg_decoder() { return "none: " + std::string(kWhy); }

}  // namespace mien
