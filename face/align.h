// From a face in a photograph to the crop that a network was trained on. Thread-safety: pure functions.
#pragma once

#include "engine/records.h"
#include "face/face.h"
#include "face/picture.h"

namespace mien {

// The crop of input.height x input.width pixels, as record.alignment says:
//   landmarks   the five landmarks warped onto ArcFace's template; black where the crop reaches beyond the picture
//   box         the box and half of record.margin on each side, cut to whole pixels and to the picture, resized with
//               Pillow's bilinear filter, without keeping its proportions: FaceNet's crops
//   unknown     an error: only a picture that is such a crop already (fill_input takes it as it is) can be embedded
// `face` is in pixels of this picture. record.margin is in pixels of the photograph, so it shrinks with
// picture.reduction. Errors (bad_argument): what fit_similarity refuses; a box that holds no pixel of the picture.
Result<Picture> align(const Picture& picture, const Face& face, const InputRecord& input, const FaceRecord& record);

// Pixels of `picture` that one pixel of the crop is made of, in one direction; below 1 the crop shows less than it has
// room for, and a finer picture would help. Errors as align's.
Result<double> pixels_per_crop_pixel(const Picture& picture, const Face& face, const InputRecord& input,
                                     const FaceRecord& record);

// The pixels that align() looks at, of which there is at least one; picture.rgb is not looked at. Errors as align's.
Result<PixelBox> pixels_of_crop(const Picture& picture, const Face& face, const InputRecord& input,
                                const FaceRecord& record);

// The same face in pixels of the same photograph at another reduction; 1 is its full size.
Face at_reduction(const Face& face, int from, int to);

}  // namespace mien
