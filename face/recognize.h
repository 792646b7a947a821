// The faces of a photograph and their embeddings: decoding, detector, alignment and embedder one behind the other.
// Thread-safety: that of the Detector and the Embedder.
#pragma once

#include <cstdint>
#include <vector>

#include "face/detector.h"
#include "face/embedder.h"
#include "face/face.h"
#include "face/picture.h"

namespace mien {

struct Photograph {
  std::vector<uint8_t> bytes;  // the file, JPEG or PNG
  Picture seen;                // decoded no finer than the detector asks for
  std::vector<Face> faces;     // by falling score, in pixels of `seen`

  // Faces in pixels of the whole photograph, upright.
  Face in_full(size_t face) const;
};

// Errors: decode_picture's and Detector::detect's. A photograph without a face is not an error.
Result<Photograph> find_faces(Detector& detector, std::vector<uint8_t> bytes);

// The face that a photograph of one person is most likely of: the one of largest area - 2 * squared distance of its
// middle from the picture's (facenet's align_dataset_mtcnn.py). REQUIRES: there is a face.
size_t main_face(const Photograph& photograph);
std::vector<size_t> all_faces(const Photograph& photograph);  // the places of all

// Detector::refine of the faces at these places.
Status refine_faces(Detector& detector, const std::vector<size_t>& which, Photograph* photograph);

// Embeddings, [which.size()][embedder.dims()], of the faces at these places, in batches of the embedder's size. Errors:
// align_faces' and Embedder::embed's.
Result<std::vector<float>> embed_faces(Embedder& embedder, const Photograph& photograph,
                                       const std::vector<size_t>& which);

}  // namespace mien
