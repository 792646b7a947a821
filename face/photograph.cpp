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

// What of a photograph is decoded once more.
struct Finer {
  std::vector<bool> shows;  // of each face
  Picture part;
  int32_t left = 0, top = 0;  // of the part in the photograph at the part's reduction

  Face within(const Face& face, int reduction) const {
    Face moved = at_reduction(face, reduction, part.reduction);
    const auto x = static_cast<float>(left), y = static_cast<float>(top);
    moved.box = {moved.box.left - x, moved.box.top - y, moved.box.right - x, moved.box.bottom - y};
    for (Point& point : moved.landmarks) point = {point.x - x, point.y - y};
    return moved;
  }
};

// The photograph at a reduction, without its pixels.
Picture outline(const PictureHeader& header, int reduction, bool orient) {
  const bool turned = orient && header.orientation >= 5;
  Picture picture;
  picture.width = ((turned ? header.height : header.width) + reduction - 1) / reduction;
  picture.height = ((turned ? header.width : header.height) + reduction - 1) / reduction;
  picture.reduction = reduction;
  return picture;
}

void include(const PixelBox& more, PixelBox* box) {
  box->left = std::min(box->left, more.left);
  box->top = std::min(box->top, more.top);
  box->right = std::max(box->right, more.right);
  box->bottom = std::max(box->bottom, more.bottom);
}

// The part with all the faces that `seen` shows too coarsely, at the reduction at which each of them has enough
// pixels, or as many as there are. A crop of it is that of the whole picture at this reduction.
Result<Finer> decode_finer(const uint8_t* data, size_t size, const Picture& seen, const std::vector<Face>& faces,
                           const InputRecord& input, const FaceRecord& record, const DecodeOptions& options) {
  Finer finer;
  DecodeOptions again = options;
  again.reduction = seen.reduction;
  for (size_t i = 0; i < faces.size(); ++i) {
    Result<double> pixels = pixels_per_crop_pixel(seen, faces[i], input, record);
    if (!pixels.ok()) return at_face(i, pixels.status());
    finer.shows.push_back(seen.reduction > 1 && *pixels < kEnoughPixels);
    while (again.reduction > 1 && *pixels * seen.reduction < kEnoughPixels * again.reduction) again.reduction /= 2;
  }
  if (again.reduction == seen.reduction) return finer;

  const Picture whole = outline(read_header(data, size), again.reduction, options.orient);
  PixelBox part{whole.width, whole.height, 0, 0};
  for (size_t i = 0; i < faces.size(); ++i) {
    if (!finer.shows[i]) continue;
    Result<PixelBox> box =
        pixels_of_crop(whole, at_reduction(faces[i], seen.reduction, again.reduction), input, record);
    if (!box.ok()) return at_face(i, box.status());
    include(*box, &part);
  }
  Result<Picture> decoded = decode_part(data, size, part, again);
  if (!decoded.ok()) return decoded.status();
  finer.part = std::move(*decoded);
  finer.left = part.left;
  finer.top = part.top;
  return finer;
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
  Result<Finer> finer = decode_finer(data, size, seen, faces, input, record, options);
  if (!finer.ok()) return finer.status();
  std::vector<Picture> crops;
  for (size_t i = 0; i < faces.size(); ++i) {
    // A face that is large enough stays with the coarser picture, whether or not another one needs a finer one.
    Result<Picture> crop = finer->shows[i] ? align(finer->part, finer->within(faces[i], seen.reduction), input, record)
                                           : align(seen, faces[i], input, record);
    if (!crop.ok()) return at_face(i, crop.status());
    crops.push_back(std::move(*crop));
  }
  return crops;
}

}  // namespace mien
