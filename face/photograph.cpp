#include "face/photograph.h"

#include <algorithm>
#include <string>

#include "face/align.h"
#include "face/picture_header.h"

namespace mien {
namespace {

constexpr int kMostReduction = 8;

Status at_face(size_t i, const Status& status) {
  return {status.code(), "face " + std::to_string(i) + ": " + status.message()};
}

// The reduction at which every face that `seen` shows too coarsely has enough pixels, or as many as there are.
Result<int> reduction_of_faces(const Picture& seen, const std::vector<Face>& faces, const InputRecord& input,
                               const FaceRecord& record) {
  int reduction = seen.reduction;
  for (size_t i = 0; i < faces.size(); ++i) {
    Result<double> pixels = pixels_per_crop_pixel(seen, faces[i], input, record);
    if (!pixels.ok()) return at_face(i, pixels.status());
    while (reduction > 1 && *pixels * seen.reduction < kEnoughPixels * reduction) reduction /= 2;
  }
  return reduction;
}

}  // namespace

int reduction_for(int32_t width, int32_t height, int32_t least) {
  const int32_t longer = std::max(width, height);
  int reduction = 1;
  while (reduction < kMostReduction && longer / (2 * reduction) >= least) reduction *= 2;
  return reduction;
}

Result<Picture> decode_for_faces(const uint8_t* data, size_t size, int32_t detector_side,
                                 const DecodeOptions& options) {
  const PictureHeader header = read_header(data, size);
  DecodeOptions reduced = options;
  reduced.reduction = reduction_for(header.width, header.height, detector_side * kPixelsPerDetectorPixel);
  // A last pixel that is only partly in the picture becomes the first one when the picture is turned, and the pixels of
  // two reductions would no longer begin at the same point.
  const auto divides = [&](int r) { return header.width % r == 0 && header.height % r == 0; };
  while (options.orient && header.orientation != 1 && !divides(reduced.reduction)) reduced.reduction /= 2;
  return decode_picture(data, size, reduced);
}

Result<std::vector<Picture>> align_faces(const uint8_t* data, size_t size, const Picture& seen,
                                         const std::vector<Face>& faces, const InputRecord& input,
                                         const FaceRecord& record, const DecodeOptions& options) {
  Result<int> reduction = reduction_of_faces(seen, faces, input, record);
  if (!reduction.ok()) return reduction.status();
  Picture finer;
  if (*reduction < seen.reduction) {
    DecodeOptions again = options;
    again.reduction = *reduction;
    Result<Picture> decoded = decode_picture(data, size, again);
    if (!decoded.ok()) return decoded.status();
    finer = std::move(*decoded);
  }

  std::vector<Picture> crops;
  for (size_t i = 0; i < faces.size(); ++i) {
    // A face that is large enough stays with the coarser picture, whether or not another one needs a finer one.
    Result<double> pixels = pixels_per_crop_pixel(seen, faces[i], input, record);
    if (!pixels.ok()) return at_face(i, pixels.status());
    const bool coarse = *pixels < kEnoughPixels && finer.width > 0;
    Result<Picture> crop = coarse ? align(finer, at_reduction(faces[i], seen.reduction, finer.reduction), input, record)
                                  : align(seen, faces[i], input, record);
    if (!crop.ok()) return at_face(i, crop.status());
    crops.push_back(std::move(*crop));
  }
  return crops;
}

}  // namespace mien
