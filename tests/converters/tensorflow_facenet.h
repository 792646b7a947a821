// FaceNet 20180408 as its training script leaves it when the graph is frozen, with seeded weights: every BatchNorm
// under two conditionals on phase_train, the pictures out of a queue.
#pragma once

#include <string>
#include <vector>

#include "tests/converters/tensorflow_writer.h"

namespace mien::testing {

struct TfFacenet {
  TfGraph graph;
  std::vector<TfVariable> variables;  // in the order of creation
};

TfFacenet write_facenet();

}  // namespace mien::testing
