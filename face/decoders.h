// The picture decoders behind picture.h: one file per library, the build compiles one of each kind.
// Thread-safety: free functions without state.
#pragma once

#include "face/picture.h"

namespace mien {

// As stored: the caller turns the picture. REQUIRES: data starts with the format's signature, options.reduction is 1,
// 2, 4 or 8. Errors name the byte near which the decoder stopped.
// part: null for all of the picture, else the pixels that are wanted, as stored.
Result<Picture> decode_jpeg(const uint8_t* data, size_t size, const DecodeOptions& options, const PixelBox* part);
bool jpeg_reduces();  // whether it minds options.reduction
Result<Picture> decode_png(const uint8_t* data, size_t size, const DecodeOptions& options);

// The pixels within the part. Error: bad_argument for a part that is empty or reaches beyond the picture.
Status check_part(const PixelBox& part, int64_t width, int64_t height);
Result<Picture> cut(const Picture& picture, const PixelBox& part);

// To be asked after the header and before anything of the picture's size is allocated.
Status check_dimensions(int64_t width, int64_t height, const DecodeOptions& options);

}  // namespace mien
