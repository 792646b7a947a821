// A face as a detector sees it close up: the part of the picture around it, scaled so that the face has a size that the
// detector was trained on. Pure functions.
#pragma once

#include <vector>

#include "face/face.h"
#include "face/similarity.h"

namespace mien {

// The square of `sides` times the longer side of the box, around its middle, becomes size x size pixels.
// REQUIRES: a box with a longer side above 0.
Similarity close_up(const Box& box, double sides, int size);
Box apply(const Similarity& upright, const Box& box);  // of a similarity that does not turn
// From pixels of the close-up back to those of the picture.
Landmarks undo(const Similarity& upright, const Landmarks& landmarks);

// As the mirror image of `width` pixels shows it; left and right eye and corner of the mouth change places.
Box mirrored(const Box& box, int width);
Landmarks mirrored(const Landmarks& landmarks, int width);

// The face whose box has the largest intersection over union with `box`; null if none has more than `least`.
const Face* nearest_face(const std::vector<Face>& faces, const Box& box, double least);

}  // namespace mien
