// The picture decoders behind picture.h: one file per library, the build compiles one of each kind.
// Thread-safety: free functions without state.
#pragma once

#include "face/picture.h"

namespace mien {

// REQUIRES: data starts with the format's signature. Errors name the byte near which the decoder stopped.
Result<Picture> decode_jpeg(const uint8_t* data, size_t size, const DecodeLimits& limits);
Result<Picture> decode_png(const uint8_t* data, size_t size, const DecodeLimits& limits);

// To be asked after the header and before anything of the picture's size is allocated.
Status check_dimensions(int64_t width, int64_t height, const DecodeLimits& limits);

}  // namespace mien
