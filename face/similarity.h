// Where a face's landmarks belong in a crop, and the similarity that puts them there. Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "engine/status.h"
#include "face/face.h"

namespace mien {

// (x, y) -> (a x - b y + tx, b x + a y + ty): turns, scales by sqrt(a^2 + b^2) and moves; never mirrors.
struct Similarity {
  double a = 1, b = 0, tx = 0, ty = 0;
};

Point apply(const Similarity& s, Point p);
// How many pixels of the target one pixel of the source becomes.
double scale_of(const Similarity& s);

// ArcFace's five points in a crop of width x height pixels, by the rules of the packages that made the training crops:
//   112 x 112, and multiples of it                      the template of 112 times size / 112
//   96 wide x 112 high, and multiples                   the same without 8 pixels on each side
//   128 x 128, and multiples (where not also of 112)    the template of 112 times size / 128, moved right by size / 16
// Any other size has no rule in the field: there the template of 112 x 112 is scaled by height / 112 in both axes and
// centred sideways, so that the face keeps its shape and fills the height as in training.
Landmarks arcface_template(int32_t width, int32_t height);

// The similarity of least squared distance from `from` to `to` (Umeyama 1991; for points of the plane it has the closed
// form that is used here). Where the best fit would have to mirror, it is the best that does not. Errors
// (bad_argument): a coordinate that is not finite or beyond a million; the points of `from` are all in one place, or so
// arranged that no turn is better than another.
Result<Similarity> fit_similarity(const Landmarks& from, const Landmarks& to);

}  // namespace mien
