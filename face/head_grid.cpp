#include "face/head_grid.h"

#include <algorithm>

namespace mien {
namespace {

Grid* grid_of(int64_t rows, InputSize size, std::vector<Grid>* grids) {
  for (int32_t stride : {8, 16, 32, 64, 128}) {
    for (int32_t anchors : {1, 2}) {
      if (rows != anchors * cells(size.height, stride) * cells(size.width, stride)) continue;
      for (Grid& grid : *grids) {
        if (grid.stride == stride && grid.anchors == anchors) return &grid;
      }
      grids->push_back({});
      grids->back().stride = stride;
      grids->back().anchors = anchors;
      return &grids->back();
    }
  }
  return nullptr;
}

}  // namespace

std::vector<Grid> find_grids(const std::vector<HeadOutput>& outputs, InputSize size) {
  std::vector<Grid> grids;
  for (size_t i = 0; i < outputs.size(); ++i) {
    Grid* grid = grid_of(outputs[i].rows, size, &grids);
    if (!grid) return {};
    if (outputs[i].width == 1) {
      grid->scores.push_back(i);
    } else if (outputs[i].width == 4) {
      grid->boxes = i;
      ++grid->box_outputs;
    } else if (outputs[i].width == 10) {
      grid->landmarks = i;
      ++grid->landmark_outputs;
    } else {
      return {};
    }
  }
  std::sort(grids.begin(), grids.end(), [](const Grid& a, const Grid& b) { return a.stride < b.stride; });
  return grids;
}

bool grids_fit(const std::vector<Grid>& grids, const std::vector<HeadOutput>& outputs, InputSize size) {
  size_t found = 0;
  for (const Grid& grid : grids) {
    const int64_t rows = grid.anchors * cells(size.height, grid.stride) * cells(size.width, grid.stride);
    const auto fits = [&](size_t i, int64_t width) {
      ++found;
      return i < outputs.size() && outputs[i].rows == rows && outputs[i].width == width;
    };
    for (size_t i : grid.scores) {
      if (!fits(i, 1)) return false;
    }
    if (grid.box_outputs > 0 && !fits(grid.boxes, 4)) return false;
    if (grid.landmark_outputs > 0 && !fits(grid.landmarks, 10)) return false;
  }
  return found == outputs.size();
}

Landmarks no_landmarks(const Box& box) {
  Landmarks points;
  points.fill({(box.left + box.right) / 2, (box.top + box.bottom) / 2});
  return points;
}

}  // namespace mien
