// What YuNet and SCRFD share: outputs for each place of a few grids, told apart by their numbers of rows. Pure
// functions.
#pragma once

#include <vector>

#include "face/detection_head.h"

namespace mien {

// The outputs of one grid.
struct Grid {
  int32_t stride = 0, anchors = 0;  // rows = anchors * ceil(height / stride) * ceil(width / stride)
  std::vector<size_t> scores;       // outputs of width 1, in the graph's order
  size_t boxes = 0, landmarks = 0;  // those of widths 4 and 10
  int box_outputs = 0, landmark_outputs = 0;
};

// Grids of strides 8 to 128 with 1 or 2 anchors, finest first. Empty if an output belongs to none. Sizes below 128 can
// be ambiguous; the coarser grid is then not found.
std::vector<Grid> find_grids(const std::vector<HeadOutput>& outputs, InputSize size);

// Whether outputs at another size have the rows of these grids.
bool grids_fit(const std::vector<Grid>& grids, const std::vector<HeadOutput>& outputs, InputSize size);
// All five points in the middle of the box: what a head without landmarks gives.
Landmarks no_landmarks(const Box& box);

}  // namespace mien
