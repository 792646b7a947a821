#include "face/suppress.h"

#include <algorithm>

namespace mien {
namespace {

float area(const Box& box, float extra) {
  return (box.width() + extra) * (box.height() + extra);
}

bool overlap(const Box& a, float area_a, const Box& b, float area_b, float max_iou, float extra) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left) + extra;
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top) + extra;
  if (width <= 0 || height <= 0) return false;
  const float both = width * height;
  return both > max_iou * (area_a + area_b - both);
}

}  // namespace

void suppress_overlaps(float max_iou, float extra, std::vector<Face>* faces) {
  std::stable_sort(faces->begin(), faces->end(), [](const Face& a, const Face& b) { return a.score > b.score; });
  if (faces->size() > kMostCandidates) faces->resize(kMostCandidates);
  std::vector<float> areas;  // of those kept
  for (const Face& face : *faces) {
    const float own = area(face.box, extra);
    bool hidden = false;
    for (size_t k = 0; k < areas.size() && !hidden; ++k)
      hidden = overlap((*faces)[k].box, areas[k], face.box, own, max_iou, extra);
    if (hidden) continue;
    (*faces)[areas.size()] = face;
    areas.push_back(own);
  }
  faces->resize(areas.size());
}

}  // namespace mien
