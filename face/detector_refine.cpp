// Looking again: four times, close up. docs/PICTURES.md has what each number here was chosen from.
#include <algorithm>
#include <new>
#include <utility>

#include "face/close_up.h"
#include "face/detector.h"
#include "face/mirror.h"
#include "face/suppress.h"
#include "face/warp.h"

namespace mien {
namespace {

constexpr int kCloseUp = 256;             // pixels a side
constexpr double kSides[] = {1.25, 1.5};  // of the longer side of the box: faces of 205 and of 171 pixels
constexpr float kLeastScore = 0.3f;       // that it is a face is known already
constexpr double kLeastOverlap = 0.3;     // of its box and the one that is looked for
constexpr float kMostPixels = 1e6f;       // no coordinate of a box is larger

bool is_box(const Box& box) {
  // Comparisons that are false for NaN.
  const bool within =
      box.left > -kMostPixels && box.top > -kMostPixels && box.right < kMostPixels && box.bottom < kMostPixels;
  return within && box.width() > 1 && box.height() > 1;
}

}  // namespace

Status Detector::refine(const Picture& picture, Face* face) {
  if (!has_landmarks() || !any_size_) return {};
  MIEN_RETURN_IF_ERROR(check_picture(picture));
  if (!is_box(face->box)) return {Code::bad_argument, "the box is none that a face could have"};
  try {
    return refine_in(picture, face);
  } catch (const std::bad_alloc&) {
    return {Code::out_of_memory, "not enough memory to look at a face again"};
  }
}

Status Detector::refine_in(const Picture& picture, Face* face) {
  Result<Planned*> found = planned_for(kCloseUp, kCloseUp);
  if (!found.ok()) return found.status();
  Planned& planned = **found;
  std::vector<Landmarks> seen = {face->landmarks};
  std::vector<float> other(planned.input.size());
  for (const double sides : kSides) {
    const Similarity close = close_up(face->box, sides, kCloseUp);
    const Box expected = apply(close, face->box);
    MIEN_RETURN_IF_ERROR(fill_input(warp(picture, close, kCloseUp, kCloseUp), planned.record, planned.input.data()));
    for (const bool mirror : {false, true}) {
      if (mirror) {
        mirror_input(planned.input.data(), planned.record, other.data());
        std::swap(planned.input, other);
      }
      Result<std::vector<Face>> faces = run(planned, std::min(kLeastScore, score_threshold_));
      if (!faces.ok()) return faces.status();
      suppress(&*faces);
      const Face* same = nearest_face(*faces, mirror ? mirrored(expected, kCloseUp) : expected, kLeastOverlap);
      if (same == nullptr) continue;
      seen.push_back(undo(close, mirror ? mirrored(same->landmarks, kCloseUp) : same->landmarks));
    }
  }
  const auto count = static_cast<float>(seen.size());
  face->landmarks = {};
  for (const Landmarks& landmarks : seen)
    for (size_t k = 0; k < landmarks.size(); ++k) {
      face->landmarks[k].x += landmarks[k].x / count;
      face->landmarks[k].y += landmarks[k].y / count;
    }
  return {};
}

}  // namespace mien
