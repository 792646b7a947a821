// The size of the picture that a network is built for, by one rule for every format. What the file says holds. What it
// leaves free is what the caller asks for (`--size`), or else a usual size, which a warning then names. A caller who
// asks for another size than the file's is refused. Thread-safety: free functions.
#pragma once

#include <cstdint>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// What the caller asks for: both sides or neither.
struct PictureSize {
  int height = 0, width = 0;
  bool given() const { return height > 0 && width > 0; }
};

constexpr int64_t kUsualSide = 112;

// For importers: sides that the file leaves free, here 0 or less, become those asked for, or else 112. True if a side
// became 112: a warning must then name the shape.
bool fill_free_sides(const PictureSize& asked, int64_t* height, int64_t* width);

// For what was imported, of whatever format: that a size that was asked for is the one that the network has.
// Error: bad_argument.
Status check_picture_size(const PictureSize& asked, const InputRecord& input);

}  // namespace mien
