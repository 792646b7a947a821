#include "face/mirror.h"

#include <algorithm>
#include <cstddef>

namespace mien {

void mirror_input(const float* input, const InputRecord& record, float* mirrored) {
  const bool planes = record.layout == InputLayout::nchw;
  const ptrdiff_t width = record.width, pixel = planes ? 1 : record.channels;
  const ptrdiff_t rows = ptrdiff_t{record.height} * (planes ? record.channels : 1);
  for (ptrdiff_t y = 0; y < rows; ++y) {
    const float* from = input + y * width * pixel;
    float* to = mirrored + y * width * pixel;
    if (pixel == 1) {
      std::reverse_copy(from, from + width, to);
      continue;
    }
    for (ptrdiff_t x = 0; x < width; ++x)
      for (ptrdiff_t c = 0; c < pixel; ++c) to[(width - 1 - x) * pixel + c] = from[x * pixel + c];
  }
}

}  // namespace mien
