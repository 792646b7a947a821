// What lets several threads run on from one step into the next without meeting in between: which items of a step an
// item of the following one needs. Pure function.
#pragma once

#include <memory>
#include <vector>

#include "engine/steps/step.h"

namespace mien {

// Items [first, last) of one sample; empty if there are none.
struct ItemRange {
  int first = 0, last = 0;
};

// The items of `before` that item i of `step` reads from, for each i < step.items(1); or one entry for all of them if
// one of the steps is not per sample: all items of `before` (last is then INT_MAX), or none.
std::vector<ItemRange> dependencies(const Step& before, const Step& step);

}  // namespace mien
