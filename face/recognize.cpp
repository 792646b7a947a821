#include "face/recognize.h"

#include <algorithm>
#include <numeric>

#include "face/align.h"
#include "face/photograph.h"

namespace mien {

Face Photograph::in_full(size_t face) const { return at_reduction(faces[face], seen.reduction, 1); }

Result<Photograph> find_faces(Detector& detector, std::vector<uint8_t> bytes) {
  Photograph photograph;
  photograph.bytes = std::move(bytes);
  Result<Picture> seen = decode_for_faces(photograph.bytes.data(), photograph.bytes.size(), detector.max_side());
  if (!seen.ok()) return seen.status();
  Result<std::vector<Face>> faces = detector.detect(*seen);
  if (!faces.ok()) return faces.status();
  photograph.seen = std::move(*seen);
  photograph.faces = std::move(*faces);
  return photograph;
}

size_t main_face(const Photograph& photograph) {
  const auto weight = [&](const Face& face) {
    const double dx = (double{face.box.left} + face.box.right - photograph.seen.width) / 2;
    const double dy = (double{face.box.top} + face.box.bottom - photograph.seen.height) / 2;
    return double{face.box.width()} * face.box.height() - 2 * (dx * dx + dy * dy);
  };
  const auto& faces = photograph.faces;
  const auto best = std::max_element(faces.begin(), faces.end(),
                                     [&](const Face& a, const Face& b) { return weight(a) < weight(b); });
  return static_cast<size_t>(best - faces.begin());
}

std::vector<size_t> all_faces(const Photograph& photograph) {
  std::vector<size_t> which(photograph.faces.size());
  std::iota(which.begin(), which.end(), size_t{0});
  return which;
}

Status refine_faces(Detector& detector, const std::vector<size_t>& which, Photograph* photograph) {
  for (size_t i : which) MIEN_RETURN_IF_ERROR(detector.refine(photograph->seen, &photograph->faces[i]));
  return {};
}

Result<std::vector<float>> embed_faces(Embedder& embedder, const Photograph& photograph,
                                       const std::vector<size_t>& which) {
  std::vector<Face> faces;
  for (size_t i : which) faces.push_back(photograph.faces[i]);
  const Package& package = embedder.session().model().package();
  Result<std::vector<Picture>> crops = align_faces(photograph.bytes.data(), photograph.bytes.size(), photograph.seen,
                                                   faces, package.input, package.face);
  if (!crops.ok()) return crops.status();

  std::vector<float> embeddings(faces.size() * static_cast<size_t>(embedder.dims()));
  std::vector<const Picture*> pointers;
  for (const Picture& crop : *crops) pointers.push_back(&crop);
  if (!faces.empty())
    MIEN_RETURN_IF_ERROR(embedder.embed(pointers.data(), static_cast<int>(faces.size()), embeddings.data()));
  return embeddings;
}

}  // namespace mien
