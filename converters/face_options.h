// The face record of a converted network: what it says itself, its preset, its origin and size, and the options.
// Thread-safety: free function without state.
#pragma once

#include "converters/convert.h"

namespace mien {

// Completes package->face. A record that a network of models/ brought stands; otherwise it is the preset's, and else
// that of a picture of ArcFace's size: 112x112 or 112x96 (height x width), aligned by its landmarks. An aligned network
// out of MXNet is measured with the sum of both flips, as InsightFace does, unless the preset has a flip. The options
// come last. Warns if it is not known how a face becomes the picture.
// Error: bad_argument for an option that does not apply or has no such value.
Status fill_face_record(const ConvertOptions& options, Package* package, ConvertReport* report);

}  // namespace mien
