// One face of those that overlap: greedy non-maximum suppression. Pure function.
#pragma once

#include <vector>

#include "face/face.h"

namespace mien {

// A network has tens of faces at a usual threshold; this many of the best bound the time for any output (a second of
// the network's own at most), and are what Pytorch_Retinaface looks at too.
inline constexpr int kMostCandidates = 5000;

// Sorts by falling score (equal scores stay in their order) and keeps each face whose intersection over union with no
// face kept before it is above max_iou. `extra` is added to every width and height, of intersections too: 1 if boxes
// include their last pixel, else 0.
void suppress_overlaps(float max_iou, float extra, std::vector<Face>* faces);

}  // namespace mien
