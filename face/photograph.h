// A photograph decoded no finer than its faces ask for: a JPEG decoded at one half or one quarter of its sides spares
// much of the work behind the entropy decoding (docs/PICTURES.md has figures). Crops of it are not the bits that the
// full picture gives. Thread-safety: free functions without state.
#pragma once

#include <vector>

#include "engine/records.h"
#include "face/face.h"
#include "face/picture.h"

namespace mien {

// The largest of 1, 2, 4 and 8 that leaves the longer side at least `least` pixels; what a JPEG is worth decoding at.
int reduction_for(int32_t width, int32_t height, int32_t least);

// A detector that looks at a picture of 640 pixels finds faces of 20; in one of 1280 such a face has the pixels of an
// ArcFace crop, one for one, so that the same decoded picture serves for both and none is decoded twice.
inline constexpr int32_t kPixelsPerDetectorPixel = 2;

// decode_picture at the reduction that leaves `detector_side` * kPixelsPerDetectorPixel pixels. options.reduction is
// not looked at; Picture::reduction says what was done: 1 for a PNG and for a small photograph.
Result<Picture> decode_for_faces(const uint8_t* data, size_t size, int32_t detector_side,
                                 const DecodeOptions& options = {});

// The crops of align(), one per face and in their order. `seen` is what decode_for_faces made of the same bytes and
// `faces` are in its pixels. Where it has fewer than kEnoughPixels per pixel of a crop, and the file has more, the file
// is decoded once more, no finer than those faces ask for. options as they were for `seen`. Errors: align's, with the
// number of the face; decode_picture's.
inline constexpr double kEnoughPixels = 0.9;
Result<std::vector<Picture>> align_faces(const uint8_t* data, size_t size, const Picture& seen,
                                         const std::vector<Face>& faces, const InputRecord& input,
                                         const FaceRecord& record, const DecodeOptions& options = {});

}  // namespace mien
