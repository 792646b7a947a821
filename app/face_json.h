// A face as the verbs print it. Thread-safety: free functions without state.
#pragma once

#include "app/console.h"
#include "face/face.h"

namespace mien::app {

// {"box": [left, top, right, bottom], "score": s, "landmarks": [[x, y] x 5]}; no landmarks for a detector without.
Json face_json(const Face& face, bool landmarks = true);
// "227,65 136x190"
std::string box_text(const Box& box);

}  // namespace mien::app
