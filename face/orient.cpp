#include "face/orient.h"

#include <algorithm>
#include <utility>

namespace mien {
namespace {

// Where target pixel (0, 0) comes from, and how far its source moves with a step of the target along x and y.
struct Walk {
  ptrdiff_t start, along_x, along_y;  // in bytes
};

// 5 to 8 exchange the axes; of the others and of them, which run backwards in the source.
struct Turn {
  bool exchange, x_backwards, y_backwards;  // x and y of the source
};
constexpr Turn kTurns[9] = {{false, false, false}, {false, false, false}, {false, true, false},
                            {false, true, true},   {false, false, true},  {true, false, false},
                            {true, false, true},   {true, true, true},    {true, true, false}};

Walk walk_of(const Picture& source, const Turn& turn) {
  const ptrdiff_t pixel = 3, row = pixel * source.width;
  const ptrdiff_t along_x = turn.x_backwards ? -pixel : pixel, along_y = turn.y_backwards ? -row : row;
  const ptrdiff_t start = (turn.x_backwards ? row - pixel : 0) + (turn.y_backwards ? row * (source.height - 1) : 0);
  return turn.exchange ? Walk{start, along_y, along_x} : Walk{start, along_x, along_y};
}

// Tiles of 64 x 64: 12 KB of source and of target stay in the first cache however the axes lie.
constexpr int32_t kTile = 64;

void copy_tile(const uint8_t* source, const Walk& walk, int32_t left, int32_t top, Picture* out) {
  const int32_t right = std::min(left + kTile, out->width), bottom = std::min(top + kTile, out->height);
  for (int32_t y = top; y < bottom; ++y) {
    const uint8_t* from = source + walk.start + walk.along_x * left + walk.along_y * y;
    uint8_t* to = out->rgb.data() + ptrdiff_t{3} * (ptrdiff_t{y} * out->width + left);
    for (int32_t x = left; x < right; ++x, from += walk.along_x, to += 3) {
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
    }
  }
}

}  // namespace

PixelBox as_stored(const PixelBox& part, int32_t width, int32_t height, int orientation) {
  const Turn& turn = kTurns[orientation];
  PixelBox out = part;
  if (turn.exchange) out = {part.top, part.left, part.bottom, part.right};
  const auto backwards = [](int32_t side, int32_t at) { return static_cast<int32_t>(int64_t{side} - at); };
  if (turn.x_backwards) out = {backwards(width, out.right), out.top, backwards(width, out.left), out.bottom};
  if (turn.y_backwards) out = {out.left, backwards(height, out.bottom), out.right, backwards(height, out.top)};
  return out;
}

Picture oriented(Picture picture, int orientation) {
  if (orientation == 1) return picture;
  const Turn& turn = kTurns[orientation];
  const Walk walk = walk_of(picture, turn);
  Picture out;
  out.width = turn.exchange ? picture.height : picture.width;
  out.height = turn.exchange ? picture.width : picture.height;
  out.reduction = picture.reduction;
  out.rgb.resize(picture.rgb.size());
  for (int32_t y = 0; y < out.height; y += kTile)
    for (int32_t x = 0; x < out.width; x += kTile) copy_tile(picture.rgb.data(), walk, x, y, &out);
  return out;
}

}  // namespace mien
