// A decoded picture. Decoding is strict and bounded: hostile bytes give an error, never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

struct Picture {
  int32_t height = 0, width = 0;
  std::vector<uint8_t> rgb;  // [height][width][3]
  int32_t reduction = 1;     // the file's picture has this many times more pixels a side, the last ones cut off
};

struct PixelBox {
  int32_t left = 0, top = 0, right = 0, bottom = 0;  // right and bottom are the first pixels outside
};

struct DecodeOptions {
  int64_t max_pixels = 64 << 20;           // of the file's picture, whatever the reduction
  int64_t max_bytes = int64_t{256} << 20;  // of the file, of the decoded pixels, of the decoder's own memory
  bool orient = true;                      // turn the picture upright where EXIF data says how
  // 1, 2, 4 or 8: sides of a JPEG divided by this, rounded up, each pixel the mean of the file's. Only libjpeg can;
  // elsewhere the picture comes in full and says so in Picture::reduction.
  int reduction = 1;
};

// JPEG or PNG, told by content; docs/PICTURES.md lists what becomes of each kind. Grey, palette, CMYK and 16-bit
// pictures become 8-bit RGB; an alpha channel is dropped, not blended. A file that is damaged or ends too early is an
// error even where most of the picture could be shown. The orientation of EXIF data is applied, so width and height are
// those of the picture as it is looked at; EXIF data that makes no sense is ignored. load_picture's errors start with
// the path.
Result<Picture> decode_picture(const uint8_t* data, size_t size, const DecodeOptions& options = {});
Result<Picture> load_picture(const std::string& path, const DecodeOptions& options = {});

// The pixels of decode_picture's answer within `part`, the same ones. libjpeg-turbo only goes through the codes of the
// rest, which costs a fifth, and stops behind the last row, so that damage below it stays unnoticed; elsewhere all is
// decoded. Error: bad_argument for a part that is empty or reaches beyond the picture; else those of decode_picture.
Result<Picture> decode_part(const uint8_t* data, size_t size, const PixelBox& part, const DecodeOptions& options = {});

// "libjpeg-turbo 2.1.5"; says why if this build has none.
std::string jpeg_decoder();
std::string png_decoder();

// Fills the graph's input (record.layout, one sample) from a picture of exactly record.height x record.width.
Status fill_input(const Picture& picture, const InputRecord& record, float* input);

}  // namespace mien
