// Embeddings compared. Thread-safety: pure functions.
#pragma once

#include <cstddef>

#include "engine/records.h"
#include "engine/status.h"

namespace mien {

// Sums in double, in the order of the elements.
double norm(const float* a, size_t n);
// In [-1, 1]; 0 if either norm is 0 (an Embedder never returns such an embedding).
double cosine(const float* a, const float* b, size_t n);
// Euclidean distance of the two vectors scaled to norm 1: sqrt(2 - 2 * cosine).
double unit_distance(double cosine);

// One vector for a person seen `count` times, in the frames of a video or in several photographs: the mean of the
// embeddings scaled to norm 1, scaled to norm 1. embeddings: [count][dims]; out: [dims], which may be embeddings
// itself. Sums in double. Error: bad_argument for no embedding; check_failed if one of them, or their mean, has norm 0
// or is not finite.
Status template_of(const float* embeddings, int count, int dims, float* out);

// Cosine from which two pictures are taken for the same person unless the user says otherwise. With three trained
// MobileFaceNets and 126 aligned crops it missed at most 1 of 255 pairs of one person and joined 13 to 28 of 7,620
// pairs of two.
inline constexpr double kSamePerson = 0.35;

// The false accept rate at which two pictures are compared: of 1000 pairs of two people at most one passes.
inline constexpr double kSamePersonFar = 1e-3;

// The cosine from which this model's embeddings are taken for one person's: of the record's thresholds the first, and
// so the loosest, with far <= kSamePersonFar; the strictest if all are looser; kSamePerson without thresholds.
double same_person(const FaceRecord& record);

}  // namespace mien
