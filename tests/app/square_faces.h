// Photographs whose faces are squares of one colour, and a detector of such squares: what must be found is known to the
// pixel. Files are made in folder(). Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "face/picture.h"

namespace mien::test {

inline constexpr int kCell = 32;  // side of a face and of the grid on which faces lie

// Path of a YuNet that finds squares of red, green or blue (channel 0, 1, 2) on the grid: the box is the square, the
// landmarks are where a face has them.
std::string square_detector(int channel = 0);

struct Square {
  int column = 0, row = 0;  // on the grid
  int channel = 0;          // of its colour
  int shade = 0;            // 0..60, what the other channels have; another face for the embedder
};
// Black but for these squares.
Picture squares(int columns, int rows, const std::vector<Square>& faces);
// The same as a PNG file of this name below folder(), whose folders are made; its path.
std::string squares_file(const std::string& name, int columns, int rows, const std::vector<Square>& faces);

}  // namespace mien::test
